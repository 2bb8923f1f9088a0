"""Splits a class of entries by the atoms that rules speak of: dates, authors, single entries."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from throughcare.model.decision import Atom, AuthorIs, DateWithin, EntryIs
from throughcare.model.directive import Rule

LIMIT = 512
"""Parts that one class is split into at most. What lies beyond is hidden: the error is a denial."""

Part = tuple[tuple[Atom, ...], tuple[Atom, ...]]
"""Atoms that hold, and atoms that fail."""

WHOLE: Final[Part] = ((), ())
"""All of a class."""


class Condition(msgspec.Struct, frozen=True):
    """A rule, and what is still to be true of an entry for it to match: an atom of every group."""

    rule: Rule
    groups: tuple[tuple[Atom, ...], ...]


def conditions(rules: Iterable[Rule], resource_type: str) -> list[Condition]:
    """Return `rules` with their atoms; those that no entry of this type can match are left out."""
    found = []
    for rule in rules:
        groups = _groups(rule, resource_type)
        if all(groups):
            found.append(Condition(rule, groups))
    return found


def unconditional(rule: Rule) -> bool:
    """Tell whether `rule` says nothing of dates, authors or single entries."""
    return not (rule.authors or rule.instances or _is_dated(rule))


def parts(conditional: Sequence[Condition]) -> Iterator[tuple[Part, tuple[Rule, ...]]]:
    """Yield disjoint parts of a class, each with the rules that match all entries in it.

    The parts cover the class, unless there are more than LIMIT of them.
    """
    if not any(item.groups for item in conditional):
        yield WHOLE, tuple(item.rule for item in conditional)
        return
    if len(conditional) == 1 and len(conditional[0].groups) == len(conditional[0].groups[0]) == 1:
        atoms = conditional[0].groups[0]
        yield (atoms, ()), (conditional[0].rule,)
        yield ((), atoms), ()
        return
    waiting: list[tuple[Part, tuple[Condition, ...]]] = [(((), ()), tuple(conditional))]
    yielded = 0
    while waiting and yielded < LIMIT:
        (holds, fails), left = waiting.pop()
        atom = next((groups[0][0] for groups in (item.groups for item in left) if groups), None)
        if atom is None:
            yielded += 1
            yield (holds, fails), tuple(item.rule for item in left)
            continue
        waiting.append((((*holds, atom), fails), _assume(left, atom, true=True)))
        waiting.append(((holds, (*fails, atom)), _assume(left, atom, true=False)))


def _is_dated(rule: Rule) -> bool:
    return rule.data_period is not None and rule.data_period != (None, None)


def _groups(rule: Rule, resource_type: str) -> tuple[tuple[Atom, ...], ...]:
    groups: list[tuple[Atom, ...]] = []
    if _is_dated(rule):
        low, high = rule.data_period or (None, None)
        groups.append((DateWithin(low, high),))
    if rule.authors:
        groups.append(tuple(AuthorIs(author) for author in sorted(rule.authors)))
    if rule.instances:
        prefix = f"{resource_type}/"
        ours = (EntryIs(name) for name in sorted(rule.instances) if name.startswith(prefix))
        groups.append(tuple(ours))
    return tuple(groups)


def _assume(left: Sequence[Condition], atom: Atom, *, true: bool) -> tuple[Condition, ...]:
    """Return what is left to ask once `atom` is known; an entry has one author and one id."""
    kept = []
    for item in left:
        groups = []
        for group in item.groups:
            if true and atom in group:
                continue
            excluded = (
                true and isinstance(atom, AuthorIs | EntryIs) and isinstance(group[0], type(atom))
            )
            rest = () if excluded else tuple(other for other in group if other != atom)
            groups.append(rest)
        if all(groups):
            kept.append(Condition(item.rule, tuple(groups)))
    return tuple(kept)
