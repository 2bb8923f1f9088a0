"""Criteria that the inverted index answers by itself, as one FTS5 expression; pure."""

from throughcare.fhir.terms import AnyOf, Criterion, Missing, RefersTo, TokenIs, UriIs
from throughcare.record import keys
from throughcare.record.masking import tells_episode

NOTHING = "none"
"""An expression that no entry meets: terms are 16 hexadecimal digits."""


def expression(criterion: Criterion, type_: str) -> str | None:
    """Return the expression of `criterion` on entries of `type_`; None if terms can't tell."""
    if isinstance(criterion, TokenIs):
        found = [keys.token(type_, criterion.param, s, c) for s, c in _pairs(criterion)]
        return _signed(found, type_, negated=criterion.negated)
    if isinstance(criterion, RefersTo):
        found = [keys.reference(type_, criterion.param, target) for target in criterion.targets]
        return _signed(found, type_, negated=criterion.negated)
    if isinstance(criterion, UriIs):
        found = [keys.uri(type_, criterion.param, value) for value in criterion.values]
        return _signed(found, type_, negated=False)
    if isinstance(criterion, Missing):
        return _signed([keys.present(type_, criterion.param)], type_, negated=criterion.missing)
    if isinstance(criterion, AnyOf):
        return _any(criterion, type_)
    return None


def _pairs(criterion: TokenIs) -> list[tuple[str | None, str | None]]:
    """Return the values, "any code of no system named" left out: it says nothing."""
    return [(s, c) for s, c in criterion.values if (s, c) != (None, None)]


def _signed(found: list[str], type_: str, *, negated: bool) -> str:
    either = "(" + " OR ".join(found) + ")" if found else NOTHING
    return f"({keys.of_type(type_)} NOT {either})" if negated else either


def _any(criterion: AnyOf, type_: str) -> str | None:
    if any(touches_episode(one, type_) for one in criterion.criteria):
        return None  # what is masked is told apart branch by branch
    found = [expression(one, type_) for one in criterion.criteria]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    return "(" + " OR ".join(known) + ")" if known else NOTHING


def is_negative(criterion: Criterion) -> bool:
    """Tell whether entries without a value meet `criterion`."""
    if isinstance(criterion, TokenIs | RefersTo):
        return criterion.negated
    return isinstance(criterion, Missing) and criterion.missing


def touches_episode(criterion: Criterion, type_: str) -> bool:
    """Tell whether `criterion` looks at what is masked on some entries."""
    param = getattr(criterion, "param", "")
    return bool(param) and tells_episode(type_, param)
