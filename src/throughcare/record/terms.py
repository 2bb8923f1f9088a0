"""Criteria that the inverted index answers by itself, as one FTS5 expression; pure."""

from collections.abc import Callable, Mapping
from typing import Any

from throughcare.fhir.terms import (
    AllOf,
    AnyOf,
    CompositeIs,
    Criterion,
    IdentifierIs,
    Missing,
    Not,
    RefersTo,
    TokenIs,
    UriIs,
)
from throughcare.record import keys, masking

NOTHING = "none"
"""An expression that no entry meets: terms are 16 hexadecimal digits."""


def expression(criterion: Criterion, type_: str) -> str | None:
    """Return the expression of `criterion` on entries of `type_`; None if terms can't tell."""
    said = _EXPRESSIONS.get(type(criterion))
    return None if said is None else said(criterion, type_)


def _token(criterion: TokenIs, type_: str) -> str:
    found = [keys.token(type_, criterion.param, s, c) for s, c in _pairs(criterion)]
    return _signed(found, type_, negated=criterion.negated)


def _reference(criterion: RefersTo, type_: str) -> str:
    found = [keys.reference(type_, criterion.param, target) for target in criterion.targets]
    return _signed(found, type_, negated=criterion.negated)


def _uri(criterion: UriIs, type_: str) -> str:
    found = [keys.uri(type_, criterion.param, value) for value in criterion.values]
    if criterion.below:
        below = [value.rstrip("/") + "/" for value in criterion.values]
        found += [keys.below(type_, criterion.param, value) for value in below]
    return _signed(found, type_, negated=False)


def _missing(criterion: Missing, type_: str) -> str:
    return _signed([keys.present(type_, criterion.param)], type_, negated=criterion.missing)


def _not(criterion: Not, type_: str) -> str | None:
    if touches_episode(criterion.criterion, type_):
        return None
    inner = expression(criterion.criterion, type_)
    return None if inner is None else f"({keys.of_type(type_)} NOT {inner})"


def firsts(criterion: CompositeIs) -> list[str]:
    """Return how the first part of a combination may be said: a token, or what is referred to."""
    if isinstance(criterion.first, RefersTo):
        return [keys.pair("", target) for target in criterion.first.targets]
    return [keys.pair(system, code) for system, code in criterion.first.values if code is not None]


def _combined(criterion: CompositeIs, type_: str) -> str | None:
    """Return the expression of two tokens in one element; None for a token and numbers."""
    (second, *_) = criterion.rest
    if not isinstance(second, TokenIs):
        return None
    beside = [keys.pair(system, code) for system, code in second.values if code is not None]
    found = [
        keys.combined(type_, criterion.param, first, other)
        for first in firsts(criterion)
        for other in beside
    ]
    return _signed(found, type_, negated=False)


def _pairs(criterion: TokenIs) -> list[tuple[str | None, str | None]]:
    """Return the values, "any code of no system named" left out: it says nothing."""
    return [(s, c) for s, c in criterion.values if (s, c) != (None, None)]


def _signed(found: list[str], type_: str, *, negated: bool) -> str:
    either = "(" + " OR ".join(found) + ")" if found else NOTHING
    return f"({keys.of_type(type_)} NOT {either})" if negated else either


def _joined(criterion: AnyOf | AllOf, type_: str) -> str | None:
    if any(touches_episode(one, type_) for one in criterion.criteria):
        return None  # what is masked is told apart branch by branch
    found = [expression(one, type_) for one in criterion.criteria]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    sign = " OR " if isinstance(criterion, AnyOf) else " AND "
    if not known:
        return NOTHING if isinstance(criterion, AnyOf) else keys.of_type(type_)
    return "(" + sign.join(known) + ")"


def is_negative(criterion: Criterion) -> bool:
    """Tell whether entries without a value meet `criterion`."""
    if isinstance(criterion, TokenIs | RefersTo):
        return criterion.negated
    return isinstance(criterion, Missing) and criterion.missing


def touches_episode(criterion: Criterion, type_: str) -> bool:
    """Tell whether `criterion` looks at what is masked on some entries."""
    if isinstance(criterion, AnyOf | AllOf):
        return any(touches_episode(one, type_) for one in criterion.criteria)
    if isinstance(criterion, Not):
        return touches_episode(criterion.criterion, type_)
    if isinstance(criterion, IdentifierIs):
        return True  # an identifier may be the episode's, wherever it stands
    param = getattr(criterion, "param", "")
    if isinstance(criterion, Missing) and masking.stays(type_, param):
        return False
    return bool(param) and masking.tells_episode(type_, param)


_EXPRESSIONS: Mapping[type, Callable[[Any, str], str | None]] = {
    TokenIs: _token,
    RefersTo: _reference,
    UriIs: _uri,
    Missing: _missing,
    CompositeIs: _combined,
    AnyOf: _joined,
    AllOf: _joined,
    Not: _not,
}
"""What terms can tell, by the kind of criterion."""
