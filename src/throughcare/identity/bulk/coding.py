"""A table as columns of codes: what stands in it twice is held once, and looked at once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from throughcare.identity.compare import Sourced
from throughcare.identity.compare.rows import NAMES, Columns

T = TypeVar("T")

Codes = npt.NDArray[np.int32]
_ROWS: Final = 4096
"""Rows that are coded at a time: few enough to stay in the processor's cache."""


@dataclass(slots=True)
class Coded:
    """A column: `values` holds each different one once, `codes` which of them a row has."""

    values: Sequence[str]
    codes: Codes

    @property
    def ranks(self) -> Codes:
        """The place of each value among all, sorted."""
        wanted = sorted(range(len(self.values)), key=self.values.__getitem__)
        places = np.empty(len(wanted), np.int32)
        places[wanted] = np.arange(len(wanted), dtype=np.int32)
        return places

    def each(self, read: Callable[[str], T]) -> list[T]:
        """Return what `read` makes of each different value, by code."""
        return [read(value) for value in self.values]


class Interned(Generic[T]):
    """Numbers for things, given as they come; the empty one is 0."""

    def __init__(self, empty: T) -> None:
        """Give 0 to `empty`."""
        self._numbers = {empty: 0}

    def of(self, thing: T) -> int:
        """Return the number of `thing`."""
        return self._numbers.setdefault(thing, len(self._numbers))

    def column(self, things: Iterable[T]) -> Codes:
        """Return the numbers of `things`."""
        return np.fromiter((self.of(thing) for thing in things), np.int32)

    def things(self) -> list[T]:
        """Return all things, by number."""
        return list(self._numbers)


@dataclass(slots=True)
class Table:
    """The rows of a table, by what its columns hold (the keys of `rows.NAMES`)."""

    columns: Columns
    coded: dict[str, Coded]
    count: int

    def key(self, at: int) -> tuple[str, str]:
        """Return source and local id of a row."""
        source, record = self.coded["source"], self.coded["record"]
        return source.values[source.codes[at]], record.values[record.codes[at]]

    @property
    def local_ids(self) -> list[str]:
        """What the sources call the records."""
        record = self.coded["record"]
        return [record.values[code] for code in record.codes.tolist()]

    @property
    def is_ambiguous(self) -> bool:
        """True if a record has no id, or two records of one source share one."""
        source, record = self.coded["source"], self.coded["record"]
        names = record.codes * np.int64(len(source.values)) + source.codes
        nameless = record.values.index("") if "" in record.values else -1
        return bool(np.any(record.codes == nameless)) or len(np.unique(names)) < self.count

    @property
    def order(self) -> Codes:
        """The place of each record in the order of source and local id."""
        source, record = self.coded["source"], self.coded["record"]
        wanted = np.lexsort((record.ranks[record.codes], source.ranks[source.codes]))
        places = np.empty(self.count, np.int32)
        places[wanted] = np.arange(self.count, dtype=np.int32)
        return places

    def sourced(self, at: int) -> Sourced:
        """Return the record of a row, as `Columns.read` does."""
        return self.columns.sourced(
            {what: one.values[one.codes[at]] for what, one in self.coded.items()}
        )


class _Column:
    def __init__(self, at: int | None) -> None:
        self._at = at
        self._numbers: defaultdict[str, int] = defaultdict()
        self._numbers.default_factory = self._numbers.__len__  # no Python for a new one either
        self._parts: list[Codes] = []

    def add(self, texts: Sequence[Sequence[str]], count: int) -> None:
        """Take the next rows, as columns."""
        if self._at is None:
            self._parts.append(np.full(count, self._numbers[""], np.int32))
            return
        codes = map(self._numbers.__getitem__, texts[self._at])
        self._parts.append(np.fromiter(codes, np.int32, count))

    def coded(self) -> Coded:
        """Return the column; texts that differ by outer spaces are one value."""
        codes = np.concatenate(self._parts) if self._parts else np.zeros(0, np.int32)
        return stripped(list(self._numbers), codes)


def stripped(values: Sequence[str], codes: Codes) -> Coded:
    """Return a column of values that all differ; those that differ by outer spaces become one."""
    plain = [value.strip() for value in values]
    if plain == values:
        return Coded(values, codes)
    numbers = Interned("")
    at = numbers.column(plain)
    return Coded(numbers.things(), at[codes])


def read(rows: Iterator[Sequence[str]]) -> Table:
    """Return the table of `rows`, the header first.

    Raises BadInputError where no record id or no name is among the columns.
    """
    header = next(rows, ())
    columns = Columns(header)
    found = {what: _Column(columns.at(what)) for what in NAMES}
    count = 0
    while some := [_filled(row, len(header)) for row in islice(filter(None, rows), _ROWS)]:
        texts = list(zip(*some, strict=True))
        for column in found.values():
            column.add(texts, len(some))
        count += len(some)
    coded = {what: found.pop(what).coded() for what in NAMES}  # a column at a time is let go
    return Table(columns, coded, count)


def _filled(row: Sequence[str], width: int) -> Sequence[str]:
    """Return a row with as many values as the header has; what lacks is empty."""
    return row if len(row) == width else [*row[:width], *[""] * (width - len(row))]


def paired(one: Coded, other: Coded, joined: Callable[[str, str], str]) -> Coded:
    """Return the column of what `joined` makes of two columns."""
    if len(other.values) == 1:  # most tables have no second column
        return Coded(one.each(lambda value: joined(value, other.values[0])), one.codes)
    if len(one.values) == 1:
        return Coded(other.each(lambda value: joined(one.values[0], value)), other.codes)
    both = one.codes.astype(np.int64) * len(other.values) + other.codes
    different, codes = np.unique(both, return_inverse=True)
    width = len(other.values)
    values = [
        joined(one.values[at // width], other.values[at % width]) for at in different.tolist()
    ]
    return Coded(values, codes.astype(np.int32))
