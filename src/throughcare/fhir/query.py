"""Search parameters of a request, parsed into criteria (FHIR R4, 3.1.1).

A parameter that this server does not know is set aside in `Query.ignored`; one that it knows, with
a modifier or value that it can't read, is refused: a filter that silently falls away shows too
much. What begins with ``_`` and is no parameter of the standard is a client's own, and passed over.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from throughcare.fhir import composites, criteria, filters, index, shaping, spec
from throughcare.fhir.codes import STANDARD, Terminology
from throughcare.fhir.criteria import Asked
from throughcare.fhir.shaping import AFTER, MAXIMUM_COUNT, Draft, Pair, refuse
from throughcare.fhir.terms import (
    AllOf,
    AnyOf,
    Chain,
    Criterion,
    Has,
    IdIs,
    InRecordOf,
    Missing,
    Not,
    Query,
    RefersTo,
)
from throughcare.kernel import BadInputError

__all__ = ["AFTER", "MAXIMUM_CHAIN", "MAXIMUM_COUNT", "parse", "parse_types"]

MAXIMUM_CHAIN = 8
"""Most steps of a chain or of ``_has``."""
MAXIMUM_PARTS = 500
"""Most comparisons that one parameter may come to: references to any type multiply."""
UNSUPPORTED: Final = frozenset({"_text", "_content", "_query"})
"""Parameters of every type that are not served: reported, never passed over."""
CRITERIA_KEPT: Final = 1024
"""Criteria that need not be read again: clients ask for the same codes and dates of many people."""


def token(system: str, value: str) -> str:
    r"""Return a system and a value as a token parameter has them.

    >>> token("https://a", "b,c")
    'https://a|b\\,c'
    """
    return f"{_escaped(system)}|{_escaped(value)}"


def _escaped(text: str) -> str:
    for sign in ("\\", ",", "|", "$"):
        text = text.replace(sign, f"\\{sign}")
    return text


def parse(
    resource_type: str,
    pairs: Sequence[Pair],
    *,
    compartment: str | None = None,
    terminology: Terminology = STANDARD,
) -> Query:
    """Return the query that `pairs` (decoded, in their order) ask of a resource type.

    `compartment` is ``Patient/id`` for a search in the record of that person, or names another
    resource whose compartment R4 defines. Raises BadInputError
    naming the parameter, the fault and the way out. ``_format``, ``_pretty``, ``_elements`` and
    whatever else begins with ``_`` are the API's or the client's, and passed over.

    >>> parse("Condition", [("code", "http://snomed.info/sct|52448006")]).where
    (TokenIs(param='code', values=(('http://snomed.info/sct', '52448006'),), negated=False),)
    """
    if not spec.is_resource_type(resource_type):
        message = "The address names no resource type of FHIR R4: correct it."
        raise BadInputError(message, place=resource_type)
    draft = Draft([resource_type])
    if compartment is not None:
        owner = compartment.partition("/")[0]
        if resource_type not in _compartment_types(owner):
            message = f"{resource_type} is not in the compartment of {owner}: search it directly."
            raise BadInputError(message, place=resource_type)
        draft.where[resource_type] = [_inside(resource_type, compartment)]
    return _drafted(draft, pairs, terminology)


def parse_types(
    pairs: Sequence[Pair],
    *,
    compartment: str | None = None,
    terminology: Terminology = STANDARD,
) -> Query:
    """Return the query over the types that ``_type`` names, all if none.

    A parameter counts if each of these types has it. Raises BadInputError as `parse` does.
    """
    known = spec.resource_types()
    if compartment is not None:
        known &= _compartment_types(compartment.partition("/")[0])
    named = [name for code, value in pairs if code == "_type" for name in value.split(",") if name]
    for name in named:
        if name not in known:
            refuse("_type", f"{name} is no resource type that can be searched here; correct it.")
    draft = Draft(sorted(set(named) or known), is_one=False)
    if compartment is not None:
        draft.where = {name: [_inside(name, compartment)] for name in draft.types}
    draft.asked = [pair for pair in pairs if pair[0] == "_type"]
    return _drafted(draft, [pair for pair in pairs if pair[0] != "_type"], terminology)


def _compartment_types(owner: str) -> frozenset[str]:
    return frozenset((*spec.compartment(owner), owner))


def _inside(type_: str, compartment: str) -> Criterion:
    """Return: is in a compartment. A patient's is the whole record of that person."""
    owner, _, id_ = compartment.partition("/")
    if owner == "Patient":
        return InRecordOf((compartment,))
    known = index.supported(type_)
    codes = [code for code in spec.compartment(owner).get(type_, ()) if code in known]
    found: list[Criterion] = [RefersTo(code, (compartment,)) for code in codes]
    return AnyOf((*found, *((IdIs((id_,)),) if type_ == owner else ())))


def _drafted(draft: Draft, pairs: Sequence[Pair], terminology: Terminology) -> Query:
    for name, value in pairs:
        if not value:
            continue
        result = shaping.RESULT.get(name.partition(":")[0])
        if result is not None:
            result(draft, name, value)
        elif not _asks(draft, name, value, terminology):
            continue
        draft.asked.append((name, value))
    return draft.query()


def _asks(draft: Draft, name: str, value: str, terminology: Terminology) -> bool:
    """Add what one parameter asks of each type; tell whether it asks anything."""
    found = _asked(tuple(draft.types), name, value, terminology)
    if not found:
        if not name.startswith("_") or name.partition(":")[0] in UNSUPPORTED:
            draft.ignored.append(name)
        return False
    for type_, criterion in zip(draft.types, found, strict=True):
        draft.where.setdefault(type_, []).append(criterion)
    return True


@lru_cache(maxsize=CRITERIA_KEPT)
def _asked(
    types: tuple[str, ...], name: str, value: str, terminology: Terminology
) -> tuple[Criterion, ...]:
    """Return what one parameter asks of each type; nothing if one of them does not know it."""
    found = [_criterion(type_, name, value, terminology) for type_ in types]
    known = tuple(criterion for criterion in found if criterion is not None)
    if len(known) < len(found):
        return ()
    if any(_parts(criterion) > MAXIMUM_PARTS for criterion in known):
        refuse(name, "asks too much at once; name the types, as in subject:Patient.name.")
    return known


def _parts(criterion: Criterion) -> int:
    """Return how many comparisons a criterion comes to."""
    if isinstance(criterion, AnyOf | AllOf):
        return sum(map(_parts, criterion.criteria))
    if isinstance(criterion, Chain):
        return len(criterion.types) * _parts(criterion.criterion)
    return _parts(criterion.criterion) if isinstance(criterion, Has | Not) else 1


@lru_cache(maxsize=CRITERIA_KEPT)
def _criterion(
    resource_type: str, name: str, value: str, terminology: Terminology, steps: int = 0
) -> Criterion | None:
    """Return what one parameter asks; None if the type has no such parameter."""
    if steps > MAXIMUM_CHAIN:
        refuse(name, f"longer than {MAXIMUM_CHAIN} steps; ask in several searches.")
    special = _SPECIAL.get(name.partition(":")[0])
    if special is not None:
        return special(resource_type, name, value, terminology, steps)
    head, dot, rest = name.partition(".")
    code, _, modifier = head.partition(":")
    parameter = _parameters(resource_type).get(code)
    if parameter is None:
        return None
    if dot:

        def inner(target: str) -> Criterion | None:
            return _criterion(target, rest, value, terminology, steps + 1)

        return _chain(resource_type, parameter, modifier, rest, inner)
    if modifier == "missing":
        return _missing(resource_type, name, parameter, value)
    values = (value,) if parameter.type == "special" else tuple(criteria.split(value))
    return _read(Asked(resource_type, parameter, name, modifier, values, terminology))


@lru_cache(maxsize=256)
def _parameters(resource_type: str) -> dict[str, spec.Parameter]:
    """Return the parameters of a type that can be searched, by code."""
    known = spec.parameters(resource_type)
    return {code: known[code] for code in index.supported(resource_type)}


def _read(asked: Asked) -> Criterion:
    if asked.parameter.type == "composite":
        return composites.read(asked)
    return criteria.read(asked)


def _missing(type_: str, name: str, parameter: spec.Parameter, value: str) -> Criterion:
    if value not in {"true", "false"}:
        refuse(name, "takes true or false; correct the value.")
    if parameter.code in criteria.ALWAYS:
        refuse(name, "every resource has it; leave the parameter out.")
    present = _present(type_, parameter)
    if isinstance(present, Missing):
        return Missing(present.param, value == "true")
    return Not(present) if value == "true" else present


def _present(type_: str, parameter: spec.Parameter) -> Criterion:
    """Return the criterion "has a value"; of a composite, a combination."""
    known = spec.parameters(type_)
    if parameter.code in composites.UNIONS and parameter.type == "composite":
        return AnyOf(tuple(_present(type_, known[c]) for c in composites.UNIONS[parameter.code]))
    if parameter.type != "composite" or parameter.code in composites.repeating(type_):
        return Missing(parameter.code, missing=False)
    return AllOf(tuple(Missing(code, missing=False) for code, _ in parameter.components))


def _chain(
    resource_type: str,
    parameter: spec.Parameter,
    modifier: str,
    rest: str,
    inner: Callable[[str], Criterion | None],
) -> Criterion:
    """Return what holds of a resource if `inner` holds of what the parameter refers to."""
    if parameter.type != "reference":
        refuse(parameter.code, "is no reference and can't be chained; leave out what follows.")
    types = criteria.targets(resource_type, parameter)
    if modifier:
        if modifier not in types:
            refuse(f"{parameter.code}:{modifier}", f"refers to {_listed(types)} only; correct it.")
        types = (modifier,)
    found: dict[Criterion, list[str]] = {}
    for target in types:
        criterion = inner(target)
        if criterion is not None:
            found.setdefault(criterion, []).append(target)
    if not found:
        refuse(
            f"{parameter.code}.{rest}",
            f"no parameter {rest.partition('.')[0]} of {_listed(types)}; correct the name.",
        )
    chains = tuple(Chain(parameter.code, tuple(names), each) for each, names in found.items())
    return chains[0] if len(chains) == 1 else AnyOf(chains)


def _has(
    resource_type: str, name: str, value: str, terminology: Terminology, steps: int
) -> Criterion:
    parts = name.split(":", 3)
    if len(parts) < 4 or not parts[3]:  # noqa: PLR2004 - _has, type, reference, parameter
        refuse(name, "must read _has:Type:reference:parameter; complete it.")
    _, source, code, rest = parts
    if not spec.is_resource_type(source):
        refuse(name, f"{source} is no resource type of R4; correct it.")
    parameter = spec.parameters(source).get(code)
    if parameter is None or parameter.type != "reference":
        refuse(name, f"{code} is no reference parameter of {source}; correct it.")
    if resource_type not in criteria.targets(source, parameter):
        refuse(name, f"{source}.{code} does not refer to {resource_type}; correct it.")
    criterion = _criterion(source, rest, value, terminology, steps + 1)
    if criterion is None:
        refuse(name, f"{rest} is no parameter of {source} that can be searched; correct it.")
    return Has(source, code, criterion)


def _list(_type: str, name: str, value: str, _terminology: Terminology, _steps: int) -> Criterion:
    """Return: an item of one of these Lists. A functional list (``$current-...``) is none here."""
    ids = tuple(criteria.split(value))
    if name != "_list" or not all(map(criteria.is_id, ids)):
        refuse(name, "takes ids of Lists and no modifier; correct it.")
    return Has("List", "item", IdIs(ids))


def _filter(
    resource_type: str, name: str, value: str, terminology: Terminology, steps: int
) -> Criterion:
    if name != "_filter":
        refuse(name, "takes no modifier; leave it out.")

    def chained(
        type_: str, parameter: spec.Parameter, target: str, inner: Callable[[str], Criterion]
    ) -> Criterion:
        def known(name: str) -> Criterion | None:
            try:
                return inner(name)
            except BadInputError:
                if target:
                    raise
                return None

        return _chain(type_, parameter, target, "", known)

    del steps
    grounds = filters.Grounds(_parameters, chained, _read, terminology)
    return filters.read(resource_type, value, grounds)


def _listed(types: tuple[str, ...]) -> str:
    few = 5
    return ", ".join(types[:few]) + (" ..." if len(types) > few else "")


_SPECIAL: Final[dict[str, Callable[[str, str, str, Terminology, int], Criterion]]] = {
    "_has": _has,
    "_list": _list,
    "_filter": _filter,
}
"""Parameters of every type that are no search parameter of its own values."""
