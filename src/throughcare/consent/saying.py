"""What a change of the profile opens and closes, in sentences for a Caldicott Guardian: pure."""

import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from throughcare.consent.cells import Said
from throughcare.consent.difference import Line, Situations, lines
from throughcare.consent.profile import Profile, parse
from throughcare.consent.wording import LABELS
from throughcare.model.request import Permission, Purpose, Relationship, Role

PURPOSES: Final[Mapping[Purpose, str]] = {
    Purpose.TREAT: "care",
    Purpose.ETREAT: "emergency care",
    Purpose.BTG: "break-glass",
    Purpose.CAREMGT: "care management",
    Purpose.PATRQT: "their own record",
    Purpose.FAMRQT: "family",
    Purpose.HOPERAT: "operations",
    Purpose.PUBHLTH: "public health",
    Purpose.HRESCH: "research",
}
_RELATIONSHIPS: Final[Mapping[str, str]] = {
    Relationship.YES: "a known care relationship",
    Relationship.SELF: "a relationship they claim themselves",
    Relationship.NO: "no care relationship",
}
_PERMISSIONS: Final[Mapping[str, str]] = {
    Permission.GIVEN: "gave permission to view",
    Permission.NOT_ASKED: "was not asked",
    Permission.UNABLE: "could not be asked",
    Permission.REFUSED: "refused at this contact",
}
_SAID: Final[Mapping[str, str]] = {
    Said.NOTHING: "has said nothing",
    Said.AGREED: "agreed to sharing",
    Said.NAMED: "agreed to this very reader",
    Said.OBJECTED: "objected",
    Said.UNREADABLE: "has a consent that can't be read",
}
_NOT: Final[Mapping[str, str]] = {
    Permission.REFUSED: "did not refuse at this contact",
    Said.NAMED: "did not agree to this very reader",
}
"""Instead of all others."""


@dataclass(frozen=True, slots=True)
class Report:
    """A change in words; each list is empty where there is nothing of it."""

    closes: tuple[str, ...]
    opens: tuple[str, ...]
    settings: tuple[str, ...]
    """Every key that differs, with both values."""


def report(old: str, new: str) -> Report:
    """Return what the profile with the text `new` changes beside that with `old`.

    Raises BadInputError if one of them is none.
    """
    before, after = parse(old), parse(new)
    found = lines(before, after)
    lost, won = _recorders(before, after)
    left, named = _nodes(before, after)
    return Report(
        closes=(*(sentence(line) for line in found if not line.opens), *lost, *left),
        opens=(*(sentence(line) for line in found if line.opens), *won, *named),
        settings=tuple(settings(old, new)),
    )


def recorders(old: Profile, new: Profile) -> list[str]:
    """Return in sentences who records no more, and who does from then on, what opens a record."""
    return [each for part in _recorders(old, new) for each in part]


def _recorders(old: Profile, new: Profile) -> tuple[list[str], list[str]]:
    before, after = old.recording.recorders, new.recording.recorders
    said = (
        (before - after, "no longer record Consents that open a record, or end one that closes it"),
        (after - before, "record Consents that open a record, and end those that close it"),
    )
    lost, won = (
        [f"{_capital(_list([_role(each) for each in sorted(roles)]))}: {words}."] if roles else []
        for roles, words in said
    )
    return lost, won


def _nodes(old: Profile, new: Profile) -> tuple[list[str], list[str]]:
    """Return in sentences which other nodes are believed no more, and which are from then on."""
    before, after = old.nodes, new.nodes
    left = [before[id_].name for id_ in sorted(before.keys() - after.keys())]
    named = [after[id_].name for id_ in sorted(after.keys() - before.keys())]
    return (
        [f"What {one} tells of Consents is not taken; {_STALE}." for one in left],
        [
            f"What {one} tells of Consents opens and closes records, and it is told."
            for one in named
        ],
    )


_STALE: Final = "what it told is stale at once"


def sentence(line: Line) -> str:
    """Return a line in words: who, for what, sees which entries, and where only sometimes, when."""
    return f"{_readers(line)}: {_kinds(line)}{_when(line)}."


def _readers(line: Line) -> str:
    by_purposes: dict[tuple[Purpose, ...], list[Role]] = defaultdict(list)
    for role, purposes in line.readers:
        by_purposes[purposes].append(role)
    said = (
        f"{_list(list(map(_role, roles)))} for {_list([PURPOSES[each] for each in purposes])}"
        for purposes, roles in by_purposes.items()
    )
    return _capital("; ".join(said))


def _role(role: Role) -> str:
    return "GP" if role is Role.GP else role.value.replace("-", " ")


def _kinds(line: Line) -> str:
    words = _list(sorted(line.categories)) if line.categories else "all kinds of entry they see"
    if line.labels:
        named = (f"{each} ({LABELS[each]})" if each in LABELS else each for each in line.labels)
        words += f" with the label {_list(sorted(named), 'or')}"
    if line.spares_critical:
        words += ", but not the critical set"
    return f"{words}, of the critical set alone" if line.critical_alone else words


def _when(line: Line) -> str:
    found = _describe(line.when, line.among)
    return f", where {'; or where '.join(found)}" if found else ""


class _Side(StrEnum):
    """A side of a situation."""

    RELATIONSHIP = "relationship"
    PERMISSION = "permission"
    REASON = "reason"
    SAID = "said"


def _describe(some: Situations, among: Situations) -> list[str]:
    """Return what tells `some` situations from the others of `among`: alternatives in words."""
    if some == among:
        return []
    values = {side: {getattr(each, side) for each in some} for side in _Side}
    box = frozenset(
        each for each in among if all(getattr(each, side) in values[side] for side in _Side)
    )
    if box == some:
        limits = [
            _WORDS[side](values[side])
            for side in _Side
            if values[side] != {getattr(each, side) for each in among}
        ]
        return [" and ".join(limits)]
    return _split(some, among)


def _split(some: Situations, among: Situations) -> list[str]:
    """Tell apart along the side that takes the fewest alternatives."""
    parts = [part for side in _Side if len(part := _slices(some, side)) > 1]
    found = []
    for values, side in min(parts, key=len):
        inside = frozenset(each for each in some if getattr(each, side) in values)
        around = frozenset(each for each in among if getattr(each, side) in values)
        words = _WORDS[side](set(values))
        inner = _describe(inside, around)
        found += [f"{words} and {each}" for each in inner] or [words]
    return found


def _slices(some: Situations, side: _Side) -> list[tuple[frozenset[str], _Side]]:
    """Return the values of `side`, those together that go with the same other sides."""
    others = [each for each in _Side if each is not side]
    rest: dict[str, set[Any]] = defaultdict(set)
    for each in sorted(some):  # so that all processes say it alike
        rest[getattr(each, side)].add(tuple(getattr(each, other) for other in others))
    groups: dict[frozenset[Any], set[str]] = defaultdict(set)
    for value, seen in rest.items():
        groups[frozenset(seen)].add(value)
    return [(frozenset(values), side) for values in groups.values()]


def _of(words: Mapping[str, str]) -> Callable[[set[str]], str]:
    def said(values: set[str]) -> str:
        match [each for each in words if each not in values]:
            case [other] if other in _NOT:
                return _NOT[other]
        return _list([words[each] for each in words if each in values], "or")

    return said


def _reason(values: set[str]) -> str:
    given = sorted(values - {""})
    words = [f"the reason is {_list(given, 'or')}"] if given else []
    return _list([*words, "no reason is given"] if "" in values else words, "or")


_WORDS: Final[Mapping[_Side, Callable[[set[str]], str]]] = {
    _Side.RELATIONSHIP: lambda values: f"they have {_of(_RELATIONSHIPS)(values)}",
    _Side.PERMISSION: lambda values: f"the person {_of(_PERMISSIONS)(values)}",
    _Side.REASON: _reason,
    _Side.SAID: lambda values: f"the person {_of(_SAID)(values)}",
}


def settings(old: str, new: str) -> list[str]:
    """Return every key that differs between two texts of a profile, with both values."""
    before, after = (dict(_leaves(tomllib.loads(text))) for text in (old, new))
    keys = dict.fromkeys((*before, *after))
    return [
        f"{key}: {_moved(before.get(key), after.get(key))}"
        for key in keys
        if before.get(key) != after.get(key)
    ]


def _leaves(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def _moved(before: object, after: object) -> str:
    if isinstance(before, list) and isinstance(after, list):
        added = [f"+ {each}" for each in after if each not in before]
        return (
            ", ".join(added + [f"- {each}" for each in before if each not in after]) or "reordered"
        )
    return f"{_value(before)} -> {_value(after)}"


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return (
        "not set"
        if value is None
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )


def _list(words: Sequence[str], last: str = "and") -> str:
    *others, end = words
    return f"{', '.join(others)} {last} {end}" if others else end


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
