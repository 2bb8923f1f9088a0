"""Search parameters of a request, parsed into criteria (FHIR R4, 3.1.1).

A parameter that this server does not know is set aside in `Query.ignored`; one that it knows, with
a modifier or value that it can't read, is refused: a filter that silently falls away shows too
much.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NoReturn
from urllib.parse import quote

from throughcare.fhir import criteria, index, spec
from throughcare.fhir.terms import (
    Chain,
    Criterion,
    Has,
    Include,
    InRecordOf,
    Missing,
    Query,
)
from throughcare.kernel import BadInputError

MAXIMUM_COUNT = 1000
"""Largest page; a larger ``_count`` is served with this."""
MAXIMUM_CHAIN = 8
"""Most steps of a chain or of ``_has``."""
AFTER = "_after"
"""Parameter of the page links that holds `Query.after`."""

_TOLERATED = frozenset({"_format", "_pretty"})
_SUMMARIES = frozenset({"count", "true", "text", "data", "false"})
_SORTED_TYPES = frozenset({"date", "string", "token"})

Pair = tuple[str, str]

CRITERIA_KEPT: Final = 1024
"""Criteria that need not be read again: clients ask for the same codes and dates of many people."""


def parse(resource_type: str, pairs: Sequence[Pair], *, compartment: str | None = None) -> Query:
    """Return the query that `pairs` (decoded, in their order) ask of a resource type.

    `compartment` is ``Patient/id`` for a search in the record of that person. Raises BadInputError
    naming the parameter, the fault and the way out. ``_format`` and ``_pretty`` are the API's and
    passed over.

    >>> parse("Condition", [("code", "http://snomed.info/sct|52448006")]).where
    (TokenIs(param='code', values=(('http://snomed.info/sct', '52448006'),), negated=False),)
    """
    if not spec.is_resource_type(resource_type):
        message = "The address names no resource type of FHIR R4: correct it."
        raise BadInputError(message, place=resource_type)
    draft = _Draft(resource_type)
    if compartment is not None:
        if resource_type not in spec.compartment("Patient") and resource_type != "Patient":
            message = f"{resource_type} is not in the compartment of a patient: search it directly."
            raise BadInputError(message, place=resource_type)
        draft.where.append(InRecordOf((compartment,)))
    for name, value in pairs:
        if name in _TOLERATED or not value:
            continue
        result = _RESULT.get(name.partition(":")[0])
        if result is not None:
            result(draft, name, value)
        else:
            criterion = _criterion(resource_type, name, value)
            if criterion is None:
                draft.ignored.append(name)
                continue
            draft.where.append(criterion)
        draft.asked.append((name, value))
    return draft.query()


@dataclass(slots=True)
class _Draft:
    """A query in the making."""

    type: str
    where: list[Criterion] = field(default_factory=list)
    sort: list[tuple[str, bool]] = field(default_factory=list)
    count: int = 50
    after: str = ""
    total: bool = True
    summary: str = ""
    includes: list[Include] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    asked: list[Pair] = field(default_factory=list)

    def query(self) -> Query:
        asked = "&".join(
            f"{quote(name, safe=':-_.')}={quote(value, safe=':/|,$-_.')}"
            for name, value in self.asked
            if name != AFTER
        )
        return Query(
            type=self.type,
            where=tuple(self.where),
            sort=tuple(self.sort),
            count=self.count,
            after=self.after,
            total=self.total,
            summary=self.summary,
            includes=tuple(dict.fromkeys(self.includes)),
            ignored=tuple(self.ignored),
            self_link=asked,
        )


def _refuse(name: str, message: str) -> NoReturn:
    msg = f"{name}: {message}"
    raise BadInputError(msg, place=name)


@lru_cache(maxsize=CRITERIA_KEPT)
def _criterion(resource_type: str, name: str, value: str, steps: int = 0) -> Criterion | None:
    """Return what one parameter asks; None if the type has no such parameter."""
    if steps > MAXIMUM_CHAIN:
        _refuse(name, f"longer than {MAXIMUM_CHAIN} steps; ask in several searches.")
    if name.startswith("_has:"):
        return _has(resource_type, name, value, steps)
    head, dot, rest = name.partition(".")
    code, _, modifier = head.partition(":")
    parameter = spec.parameters(resource_type).get(code)
    if parameter is None or code not in index.supported(resource_type):
        return None
    if dot:
        return _chain(resource_type, parameter, modifier, rest, value, steps)
    if modifier == "missing":
        return _missing(name, code, value)
    return criteria.read(resource_type, parameter, name, modifier, value)


def _missing(name: str, code: str, value: str) -> Criterion:
    if value not in {"true", "false"}:
        _refuse(name, "takes true or false; correct the value.")
    if code in {"_id", "_lastUpdated"}:
        _refuse(name, "every resource has it; leave the parameter out.")
    return Missing(code, value == "true")


def _chain(  # noqa: PLR0913, PLR0917 - the parts of ``param:modifier.rest=value``
    resource_type: str,
    parameter: spec.Parameter,
    modifier: str,
    rest: str,
    value: str,
    steps: int,
) -> Criterion | None:
    if parameter.type != "reference":
        _refuse(parameter.code, "is no reference and can't be chained; leave out what follows.")
    types = criteria.targets(resource_type, parameter)
    if modifier:
        if modifier not in types:
            _refuse(f"{parameter.code}:{modifier}", f"refers to {_listed(types)} only; correct it.")
        types = (modifier,)
    found: dict[Criterion, list[str]] = {}
    for target in types:
        criterion = _criterion(target, rest, value, steps + 1)
        if criterion is not None:
            found.setdefault(criterion, []).append(target)
    if not found:
        _refuse(
            f"{parameter.code}.{rest}",
            f"no parameter {rest.partition('.')[0]} of {_listed(types)}; correct the name.",
        )
    chains = tuple(Chain(parameter.code, tuple(names), each) for each, names in found.items())
    return chains[0] if len(chains) == 1 else criteria.any_of(chains)


def _has(resource_type: str, name: str, value: str, steps: int) -> Criterion:
    parts = name.split(":", 3)
    if len(parts) < 4 or not parts[3]:  # noqa: PLR2004 - _has, type, reference, parameter
        _refuse(name, "must read _has:Type:reference:parameter; complete it.")
    _, source, code, rest = parts
    if not spec.is_resource_type(source):
        _refuse(name, f"{source} is no resource type of R4; correct it.")
    parameter = spec.parameters(source).get(code)
    if parameter is None or parameter.type != "reference":
        _refuse(name, f"{code} is no reference parameter of {source}; correct it.")
    if resource_type not in criteria.targets(source, parameter):
        _refuse(name, f"{source}.{code} does not refer to {resource_type}; correct it.")
    criterion = _criterion(source, rest, value, steps + 1)
    if criterion is None:
        _refuse(name, f"{rest} is no parameter of {source} that can be searched; correct it.")
    return Has(source, code, criterion)


def _listed(types: tuple[str, ...]) -> str:
    few = 5
    return ", ".join(types[:few]) + (" ..." if len(types) > few else "")


def _sort(draft: _Draft, name: str, value: str) -> None:
    known = spec.parameters(draft.type)
    for part in value.split(","):
        code = part.removeprefix("-")
        if code not in index.supported(draft.type) or known[code].type not in _SORTED_TYPES:
            _refuse(name, f"{draft.type} can't be sorted by {code}; use a date, string or token.")
        draft.sort.append((code, part.startswith("-")))


def _count(draft: _Draft, name: str, value: str) -> None:
    if not value.isascii() or not value.isdigit() or len(value) > 9:  # noqa: PLR2004 - digits
        _refuse(name, "must be a whole number of 0 or more; correct it.")
    draft.count = min(int(value), MAXIMUM_COUNT)


def _total(draft: _Draft, name: str, value: str) -> None:
    if value not in {"none", "estimate", "accurate"}:
        _refuse(name, "must be none, estimate or accurate; correct it.")
    draft.total = value != "none"


def _summary(draft: _Draft, name: str, value: str) -> None:
    if value not in _SUMMARIES:
        _refuse(name, "must be count, true, text, data or false; correct it.")
    draft.summary = "" if value == "false" else value


def _after(draft: _Draft, name: str, value: str) -> None:
    del name
    draft.after = value


def _include(draft: _Draft, name: str, value: str) -> None:
    code, _, modifier = name.partition(":")
    if modifier:
        _refuse(name, "with a modifier is not supported; include step by step.")
    reverse = code == "_revinclude"
    parts = value.split(":")
    if not 2 <= len(parts) <= 3:  # noqa: PLR2004 - Type:parameter or Type:parameter:Target
        _refuse(name, "must read Type:parameter or Type:parameter:Target; correct it.")
    source, wanted, target = (*parts, "")[:3]
    if not spec.is_resource_type(source):
        _refuse(name, f"{source} is no resource type of R4; correct it.")
    if not reverse and source != draft.type:
        _refuse(name, f"starts at {source}, but {draft.type} is searched; correct it.")
    for each in _include_parameters(name, source, wanted):
        types = criteria.targets(source, each)
        if target and target not in types:
            _refuse(name, f"{source}.{each.code} does not refer to {target}; correct it.")
        if not reverse or draft.type in types:
            draft.includes.append(Include(source, each.code, target, reverse))


def _include_parameters(name: str, source: str, wanted: str) -> list[spec.Parameter]:
    known = [each for each in spec.parameters(source).values() if each.type == "reference"]
    found = known if wanted == "*" else [each for each in known if each.code == wanted]
    if not found:
        _refuse(name, f"{wanted} is no reference parameter of {source}; correct it.")
    return found


_RESULT: dict[str, Callable[[_Draft, str, str], None]] = {
    "_sort": _sort,
    "_count": _count,
    "_total": _total,
    "_summary": _summary,
    "_include": _include,
    "_revinclude": _include,
    AFTER: _after,
}
