"""What a change of the profile opens and closes, gathered to lines that fit on a screen: pure.

A cell is left out where a plainer one says it: what carries a label where the unlabelled entry of
the same category changes the same way in the same situation, and an entry of the critical set where
any other does. All other cells that differ are in exactly one line for their role and purpose.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from throughcare.consent.cells import NO_LABEL, Kind, Situation, changes, seen
from throughcare.consent.profile import Profile
from throughcare.model.entry import Category
from throughcare.model.request import Purpose, Role

Situations = frozenset[Situation]
Cells = dict[Kind, set[Situation]]

ALWAYS: Final[Situations] = frozenset()
"""Stands for every situation in which this role and purpose see anything at all."""
ALL: Final[frozenset[Category]] = frozenset()
"""Stands for every kind of entry that the roles of a line see."""
_SOME: Final = frozenset({"some"})


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a change opens or closes."""

    opens: bool
    readers: tuple[tuple[Role, tuple[Purpose, ...]], ...]
    """Roles with the purposes that it is about."""
    categories: frozenset[Category]
    """Kinds of entry; `ALL` where they are all that these roles see."""
    labels: frozenset[str]
    """Entries with one of these labels alone; none: whatever their label lets them."""
    spares_critical: bool
    """True: entries of the critical set do not change."""
    critical_alone: bool
    """True: no other entries change."""
    when: Situations
    """The situations; `ALWAYS` where they are all in which the reader sees anything."""
    among: Situations
    """The situations in which the reader sees anything, of which `when` are some."""


def lines(old: Profile, new: Profile) -> list[Line]:
    """Return what `new` opens and closes beside `old`: what is closed first, the longest first."""
    found: dict[tuple[Role, Purpose, bool], Cells] = defaultdict(lambda: defaultdict(set))
    for change in changes(old, new):
        cells = found[change.role, change.purpose, change.opens]
        cells[change.kind].add(change.situation)
    single = [
        line
        for reader, cells in found.items()
        for line in _lines(*reader, _plainest(cells), (old, new))
    ]
    return sorted(_joined(single), key=lambda line: (line.opens, -len(line.readers)))


def _plainest(cells: Mapping[Kind, set[Situation]]) -> dict[tuple[Kind, bool], Situations]:
    """Leave out what a plainer kind says in the same situation.

    By kind, and by whether the critical set is spared: its entries of this kind do not change.
    """
    kept: dict[tuple[Kind, bool], Situations] = {}
    for kind, situations in cells.items():
        critical = cells.get(replace(kind, critical=True), set())
        plainer = {
            replace(kind, label=NO_LABEL),
            replace(kind, critical=False),
            replace(kind, label=NO_LABEL, critical=False),
        } - {kind}
        said = set().union(*(cells.get(each, set()) for each in plainer))
        for spared in (False, True):
            left = situations - critical if spared else situations & critical
            if left - said:
                kept[kind, spared] = frozenset(left - said)
    return kept


def _lines(
    role: Role,
    purpose: Purpose,
    opens: bool,  # noqa: FBT001 - as it is found
    cells: Mapping[tuple[Kind, bool], Situations],
    profiles: tuple[Profile, Profile],
) -> Iterable[Line]:
    """Yield a line for each set of situations; `profiles` are the old and the new one."""
    shown = seen(profiles[opens], role, purpose, profiles)
    among = frozenset(situation for situation, kinds in shown.items() if kinds)
    visible = {kind.category for kinds in shown.values() for kind in kinds}
    groups: dict[tuple[Situations, bool, bool, str], set[Category]] = defaultdict(set)
    for (kind, spared), situations in cells.items():
        groups[situations, spared, kind.critical, kind.label].add(kind.category)
    for (situations, spared, critical, label), categories in groups.items():
        always = situations == among
        yield Line(
            opens=opens,
            readers=((role, (purpose,)),),
            categories=ALL if categories == visible else frozenset(categories),
            labels=frozenset({label} - {NO_LABEL}),
            spares_critical=spared,
            critical_alone=critical,
            when=ALWAYS if always else situations,
            among=ALWAYS if always else among,
        )


def _joined(single: Iterable[Line]) -> list[Line]:
    """Join lines that differ in label alone, in purpose alone, then in role alone."""
    by_rest: dict[Line, set[str]] = defaultdict(set)
    for line in single:
        by_rest[replace(line, labels=_SOME if line.labels else line.labels)] |= line.labels
    by_role: dict[Line, list[Purpose]] = defaultdict(list)
    for line, labels in by_rest.items():
        ((role, (purpose,)),) = line.readers
        whole = replace(line, labels=frozenset(labels), readers=((role, ()),))
        by_role[whole].append(purpose)
    by_line: dict[Line, list[tuple[Role, tuple[Purpose, ...]]]] = defaultdict(list)
    for line, purposes in by_role.items():
        ((role, _),) = line.readers
        by_line[replace(line, readers=())].append((role, tuple(purposes)))
    return [replace(line, readers=tuple(readers)) for line, readers in by_line.items()]
