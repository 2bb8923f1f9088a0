"""What may be seen, as a predicate on head rows that goes into every query; pure.

An entry is within a period of `DateWithin` when its clinical date range overlaps the period (days
in UTC, both ends inclusive); an entry without a date is within the wholly open period alone.

Subjects are grouped by their residual: a gate over a hundred thousand people who fall under a few
different rules is a few terms.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from weakref import WeakKeyDictionary

import msgspec

from throughcare.model.decision import (
    Atom,
    AuthorIs,
    Clause,
    DateWithin,
    EntryAmong,
    Gate,
    Residual,
)
from throughcare.record import keys
from throughcare.record.sql import ALWAYS, NEVER, Sql, among, every, join, negated, some, wrapped


@dataclass(frozen=True, slots=True)
class Group:
    """Subjects that share one residual, by rising number."""

    residual: Residual
    subjects: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """A gate by residuals instead of by subjects."""

    groups: tuple[Group, ...]
    listed: tuple[int, ...]
    """All subjects of the groups."""
    others: Residual
    marks: bytes = b""
    """By subject, which of `groups` it is in, counted from 1, the last that is told apart for all
    after it; 0 in none. Empty where they lie too far apart."""


class Seen(msgspec.Struct, frozen=True, gc=False):
    """What the gate looks at in one row."""

    subject: int
    type: str
    id: str
    cls: int
    date_lo: int | None
    date_hi: int | None
    author: int | None


def group(gate: Gate, scope: Iterable[int] | None = None) -> Grouped:
    """Group the subjects of `gate`, or those of `scope` alone, by residual.

    With a scope the result is right for rows of its subjects only. Of a whole gate it is worked out
    once, since many requests share one.
    """
    if scope is not None:
        pairs = [(s, gate.residuals[s]) for s in scope if s in gate.residuals]
        return _grouped(pairs, gate.others)
    found = _WHOLE.get(gate)
    if found is None:
        plain = _grouped(gate.residuals.items(), gate.others)
        found = replace(plain, marks=_marks(plain.groups, plain.listed))
        _WHOLE[gate] = found
    return found


_WHOLE: WeakKeyDictionary[Gate, Grouped] = WeakKeyDictionary()
SPARSE: Final = 256
"""Bytes of marks for each subject under a decision of its own, at most."""
_LAST: Final = 255
"""The highest mark that a byte holds."""


def _marks(groups: Sequence[Group], listed: Sequence[int]) -> bytes:
    """Return the marks of these groups; see `Grouped.marks`."""
    if not listed or listed[-1] > SPARSE * len(listed):
        return b""
    marks = bytearray(listed[-1] + 1)
    for number, one in enumerate(groups, start=1):
        mark = min(number, _LAST)
        for subject in one.subjects:
            marks[subject] = mark
    return bytes(marks)


def _grouped(pairs: Iterable[tuple[int, Residual]], others: Residual) -> Grouped:
    same: dict[int, tuple[Residual, list[int]]] = {}
    for subject, residual in pairs:
        same.setdefault(id(residual), (residual, []))[1].append(subject)
    groups: dict[Residual, list[int]] = {}
    for residual, subjects in same.values():
        groups.setdefault(residual, []).extend(subjects)
    groups.pop(others, None)
    found = tuple(Group(residual, tuple(sorted(s))) for residual, s in groups.items())
    listed = tuple(sorted(subject for one in found for subject in one.subjects))
    return Grouped(found, listed, others)


def visible(grouped: Grouped, head: str, scope: Sequence[int] | None = None) -> Sql:
    """Return the predicate "may be seen" on the head row that `head` names."""
    return _by_subject(grouped, head, scope, {r: _residual(r, head) for r in _residuals(grouped)})


def shared(gate: Gate, scope: Sequence[int]) -> Residual | None:
    """Return what all of `scope` are under, as the subjects of one person are; None if nothing."""
    found = {id(each): each for each in (gate.residuals.get(s, gate.others) for s in scope)}
    return found.popitem()[1] if len(found) == 1 else None


def within(gate: Gate, scope: Sequence[int], head: str) -> Sql:
    """Return the same for rows of the subjects of `scope` alone."""
    residual = shared(gate, scope)
    if residual is not None:
        return _residual(residual, head)
    return visible(group(gate, scope), head, scope)


def masked(grouped: Grouped, head: str, scope: Sequence[int] | None = None) -> Sql:
    """Return the predicate "is shown without encounter, author and note"."""
    column = f"{head}.cls"
    by_residual = {r: among(column, sorted(r.masked)) for r in _residuals(grouped)}
    return _by_subject(grouped, head, scope, by_residual)


def _residuals(grouped: Grouped) -> set[Residual]:
    return {one.residual for one in grouped.groups} | {grouped.others}


def _by_subject(
    grouped: Grouped, head: str, scope: Sequence[int] | None, by: Mapping[Residual, Sql]
) -> Sql:
    if grouped.marks:
        return _by_mark(grouped, head, by)
    column = f"{head}.subject"
    rest = by[grouped.others]
    whole = scope is not None and set(scope) <= set(grouped.listed)
    if whole and len(grouped.groups) == 1:
        return by[grouped.groups[0].residual]
    terms = [every((among(column, one.subjects), by[one.residual])) for one in grouped.groups]
    if not whole:
        # Most rows are of people of whom nothing special is known: they are asked about first.
        outside = negated(among(column, grouped.listed)) if grouped.listed else ALWAYS
        terms.insert(0, every((rest, outside)))
    return some(terms)


def _by_mark(grouped: Grouped, head: str, by: Mapping[Residual, Sql]) -> Sql:
    """Return the same where subjects are marked: lists would be read anew by each statement."""
    rest = by[grouped.others]
    cases = [Sql(f"CASE {{mark {head}.subject ?}} WHEN {{byte 0}} THEN ", (grouped.marks,)) + rest]
    for number, one in enumerate(grouped.groups[: _LAST - 1], start=1):
        cases.append(Sql(f" WHEN {{byte {number}}} THEN ") + by[one.residual])
    left = grouped.groups[_LAST - 1 :]
    if left:
        named = [every((among(f"{head}.subject", o.subjects), by[o.residual])) for o in left]
        cases.append(Sql(f" WHEN {{byte {_LAST}}} THEN ") + wrapped(some(named)))
    return join((*cases, Sql(" ELSE "), rest, Sql(" END")), "")


@lru_cache(maxsize=1024)
def _residual(residual: Residual, head: str) -> Sql:
    plain: set[int] = set()
    terms: list[Sql] = []
    for clause in residual.clauses:
        if clause.holds or clause.fails:
            terms.append(_clause(clause, head))
        else:
            plain |= clause.classes
    return some((_of_classes(plain, head), *terms))


def _of_classes(classes: Collection[int], head: str) -> Sql:
    """Return the predicate "is of one of these classes", as quick for a row as for none.

    A list would be unpacked as soon as there is a row to hold against it, so that the time of a
    search told that there is one. It is a CASE as a whole so that a planner, which knows nothing of
    marks, takes it to pass half of all rows and not next to none.
    """
    if len(classes) <= 1:
        return among(f"{head}.cls", sorted(classes))
    marks = bytearray(max(classes) + 1)
    for number in classes:
        marks[number] = 1
    text = f"CASE {{mark {head}.cls ?}} WHEN {{byte 1}} THEN {ALWAYS.text} ELSE {NEVER.text} END"
    return Sql(text, (bytes(marks),))


def _clause(clause: Clause, head: str) -> Sql:
    return every(
        (
            _of_classes(clause.classes, head),
            *(_atom(atom, head) for atom in clause.holds),
            *(negated(_atom(atom, head)) for atom in clause.fails),
        )
    )


def _atom(atom: Atom, head: str) -> Sql:
    """Return a predicate that is true or false, never NULL."""
    if isinstance(atom, DateWithin):
        low, high = period(atom)
        terms = [] if high is None else [Sql(f"{head}.date_lo <= ?", (high,))]
        terms += [] if low is None else [Sql(f"{head}.date_hi >= ?", (low,))]
        if not terms:
            return ALWAYS
        return every((Sql(f"{head}.date_lo IS NOT NULL"), *terms))
    if isinstance(atom, AuthorIs):
        author = keys.author_key(atom.author)
        return NEVER if author is None else Sql(f"coalesce({head}.author, -1) = ?", (author,))
    if isinstance(atom, EntryAmong):
        return _named(atom.references, head)
    type_, _, id_ = atom.reference.partition("/")
    return Sql(f"{head}.type = ? AND {head}.id = ?", (keys.type_number(type_), id_))


def _named(names: Iterable[str], head: str) -> Sql:
    """Return the predicate "is one of the entries `names`"."""
    by_type: dict[int, list[str]] = {}
    for type_, _, id_ in (name.partition("/") for name in sorted(names)):
        by_type.setdefault(keys.type_number(type_), []).append(id_)
    return some(
        every((Sql(f"{head}.type = ?", (number,)), among(f"{head}.id", ids)))
        for number, ids in by_type.items()
    )


@lru_cache(maxsize=1024)
def period(atom: DateWithin) -> tuple[int | None, int | None]:
    """Return the first and last microsecond of a period; None is open."""
    low = None if atom.low is None else _midnight(atom.low)
    high = None if atom.high is None else _midnight(atom.high + timedelta(days=1)) - 1
    return low, high


def _midnight(day: date) -> int:
    return keys.micros(datetime.combine(day, time(), tzinfo=UTC))


def allows(gate: Gate, row: Seen) -> bool:
    """Tell whether one row may be seen: the same answer as `visible` in SQL, without asking it."""
    cls = row.cls
    for clause in gate.residuals.get(row.subject, gate.others).clauses:  # asked of every row
        if cls in clause.classes and (not (clause.holds or clause.fails) or _meets(clause, row)):
            return True
    return False


def shows(gate: Gate, subject: int, cls: int) -> bool:
    """Tell whether every entry of `subject` that is of this class may be seen."""
    for clause in gate.residuals.get(subject, gate.others).clauses:
        if cls in clause.classes and not (clause.holds or clause.fails):
            return True
    return False


def _meets(clause: Clause, row: Seen) -> bool:
    held = all(holds(atom, row) for atom in clause.holds)
    return held and not any(holds(atom, row) for atom in clause.fails)


def holds(atom: Atom, row: Seen) -> bool:
    """Tell whether an atom is true of one row."""
    if isinstance(atom, DateWithin):
        low, high = period(atom)
        if low is None and high is None:
            return True
        if row.date_lo is None or row.date_hi is None:
            return False
        return (high is None or row.date_lo <= high) and (low is None or row.date_hi >= low)
    if isinstance(atom, AuthorIs):
        return bool(atom.author) and row.author == keys.author_key(atom.author)
    if isinstance(atom, EntryAmong):
        return f"{row.type}/{row.id}" in atom.references
    return atom.reference == f"{row.type}/{row.id}"
