"""References by what they say beside, or instead of, the entry: an identifier of it; pure.

Such identifiers are rows of the table words: folded is what tells the value, then what tells the
system, as digests, since identifiers may be longer than an index can hold. Under a second key the
system stands alone. Written is what the reference leads to, "" where it leads nowhere, so that one
to an entry that may not be seen can be left out.
"""
# ruff: noqa: S608 - columns are this room's own; values are parameters

from collections.abc import Iterator

from throughcare.fhir.terms import IdentifierIs
from throughcare.record import keys
from throughcare.record.sql import Sql, among, every, negated, some
from throughcare.store.digest import digest64

LONGEST = 300
"""Characters kept of what a reference leads to: its end, where it names the entry."""
_HIGHEST = "g"
"""Above every hexadecimal digit."""


def rows(
    type_: str, param: str, system: str, value: str, target: str
) -> Iterator[tuple[int, str, str]]:
    """Yield (key, folded, written) of one identifier by which `param` refers to something."""
    whole, by_system = _keys(type_, param)
    yield whole, digest64(value) + digest64(system), target[-LONGEST:]
    yield by_system, digest64(system), target[-LONGEST:]


def predicate(criterion: IdentifierIs, type_: str, head: str) -> Sql:
    """Return the predicate on the head row `head`."""
    text = f"{head}.entry IN (SELECT w.entry FROM words w WHERE "
    left_out = among("w.written", criterion.unless)
    return Sql(text) + every((_found(criterion, type_), negated(left_out))) + Sql(")")


def targets(criterion: IdentifierIs, type_: str) -> Sql:
    """Return the statement that selects all that such references lead to."""
    start = Sql("SELECT DISTINCT w.written FROM words w WHERE ")
    return start + every((_found(criterion, type_), Sql("w.written <> ''")))


def _found(criterion: IdentifierIs, type_: str) -> Sql:
    whole, by_system = _keys(type_, criterion.param)
    tests = []
    for system, value in criterion.values:
        if value is None and system is not None:
            tests.append(_equal(by_system, digest64(system)))
        elif value is not None and system is not None:
            tests.append(_equal(whole, digest64(value) + digest64(system)))
        elif value is not None:
            start = digest64(value)
            between = Sql("w.folded >= ? AND w.folded < ?", (start, start + _HIGHEST))
            tests.append(every((among("w.param", (whole,)), between)))
    return some(tests)


def _equal(key: int, folded: str) -> Sql:
    return every((among("w.param", (key,)), Sql("w.folded = ?", (folded,))))


def _keys(type_: str, param: str) -> tuple[int, int]:
    return keys.param_key(type_, f"{param}:identifier"), keys.param_key(type_, f"{param}:system")
