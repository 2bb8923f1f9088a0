"""What the answer of a search looks like: order, page size, total, summary and includes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn
from urllib.parse import quote

from throughcare.fhir import criteria, index, spec
from throughcare.fhir.terms import Criterion, Include, Query
from throughcare.kernel import BadInputError

MAXIMUM_COUNT = 1000
"""Largest page; a larger ``_count`` is served with this."""
AFTER = "_after"
"""Parameter of the page links that holds `Query.after`."""

_SUMMARIES = frozenset({"count", "true", "text", "data", "false"})

Pair = tuple[str, str]


@dataclass(slots=True)
class Draft:
    """A query in the making, over one resource type or several."""

    types: Sequence[str]
    is_one: bool = True
    """Whether it is a search of one type."""
    where: dict[str, list[Criterion]] = field(default_factory=dict)
    """What must hold, by type."""
    sort: list[tuple[str, bool]] = field(default_factory=list)
    count: int = 50
    after: str = ""
    total: bool = True
    summary: str = ""
    includes: list[Include] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    asked: list[Pair] = field(default_factory=list)
    explain: bool = False

    def query(self) -> Query:
        """Return what was drafted."""
        sort = tuple(self.sort)
        found = [(name, tuple(self.where.get(name, ()))) for name in self.types]
        asked = "&".join(_quoted(*pair) for pair in self.asked if pair[0] != AFTER)
        return Query(
            type=self.types[0] if self.is_one else "",
            where=found[0][1] if self.is_one else (),
            sort=sort,
            count=self.count,
            after=self.after,
            total=self.total,
            summary=self.summary,
            includes=tuple(dict.fromkeys(self.includes)),
            ignored=tuple(dict.fromkeys(self.ignored)),
            self_link=asked,
            branches=() if self.is_one else tuple(Query(*pair, sort) for pair in found),
            explain=self.explain,
        )


@lru_cache(maxsize=4096)
def _quoted(name: str, value: str) -> str:
    return f"{quote(name, safe=':-_.')}={quote(value, safe=':/|,$-_.')}"


def refuse(name: str, message: str) -> NoReturn:
    """Raise BadInputError about the parameter `name`."""
    msg = f"{name}: {message}"
    raise BadInputError(msg, place=name)


def _sort(draft: Draft, name: str, value: str) -> None:
    for part in value.split(","):
        code = part.removeprefix("-")
        for type_ in draft.types:
            if code not in index.supported(type_):
                refuse(name, f"{type_} has no parameter {code} to sort by; correct it.")
        draft.sort.append((code, part.startswith("-")))


def _count(draft: Draft, name: str, value: str) -> None:
    if not value.isascii() or not value.isdigit() or len(value) > 9:  # noqa: PLR2004 - digits
        refuse(name, "must be a whole number of 0 or more; correct it.")
    draft.count = min(int(value), MAXIMUM_COUNT)


def _total(draft: Draft, name: str, value: str) -> None:
    if value not in {"none", "estimate", "accurate"}:
        refuse(name, "must be none, estimate or accurate; correct it.")
    draft.total = value != "none"


def _summary(draft: Draft, name: str, value: str) -> None:
    if value not in _SUMMARIES:
        refuse(name, "must be count, true, text, data or false; correct it.")
    draft.summary = "" if value == "false" else value


def _after(draft: Draft, name: str, value: str) -> None:
    del name
    draft.after = value


def _explain(draft: Draft, name: str, value: str) -> None:
    if value not in {"true", "false"}:
        refuse(name, "takes true or false; correct the value.")
    draft.explain = value == "true"


def _include(draft: Draft, name: str, value: str) -> None:
    code, _, modifier = name.partition(":")
    if modifier not in {"", "iterate", "recurse"}:
        refuse(name, "takes the modifier :iterate or none; correct it.")
    reverse, iterate = code == "_revinclude", bool(modifier)
    for source, wanted, target in _links(draft, name, value, reverse=reverse):
        if not reverse and not iterate and source not in draft.types:
            few = ", ".join(draft.types[:3])
            refuse(name, f"starts at {source}, but {few} is searched; correct it.")
        for each in _references(name, source, wanted):
            types = criteria.targets(source, each)
            if target and target not in types:
                refuse(name, f"{source}.{each.code} does not refer to {target}; correct it.")
            if not reverse or iterate or not set(types).isdisjoint(draft.types):
                draft.includes.append(Include(source, each.code, target, reverse, iterate))


def _links(draft: Draft, name: str, value: str, *, reverse: bool) -> Iterator[tuple[str, str, str]]:
    """Yield (source type, parameter or ``*``, target type or "") that an include names."""
    if value == "*":
        sources = sorted(spec.resource_types()) if reverse else draft.types
        yield from ((source, "*", "") for source in sources)
        return
    parts = value.split(":")
    if not 2 <= len(parts) <= 3:  # noqa: PLR2004 - Type:parameter or Type:parameter:Target
        refuse(name, "must read Type:parameter, Type:parameter:Target or *; correct it.")
    if not spec.is_resource_type(parts[0]):
        refuse(name, f"{parts[0]} is no resource type of R4; correct it.")
    yield (*parts, "")[0], (*parts, "")[1], (*parts, "")[2]


def _references(name: str, source: str, wanted: str) -> list[spec.Parameter]:
    """Return the reference parameters of a type that `wanted` names; ``*`` may name none."""
    known = [each for each in spec.parameters(source).values() if each.type == "reference"]
    found = known if wanted == "*" else [each for each in known if each.code == wanted]
    if not found and wanted != "*":
        refuse(name, f"{wanted} is no reference parameter of {source}; correct it.")
    return found


RESULT: dict[str, Callable[[Draft, str, str], None]] = {
    "_sort": _sort,
    "_count": _count,
    "_total": _total,
    "_summary": _summary,
    "_include": _include,
    "_revinclude": _include,
    "_explain": _explain,
    AFTER: _after,
}
"""Parameters that shape the answer, each with what reads it into a draft."""
