"""Insertions of many rows, each column as one array, and of several tables at once; pure."""
# ruff: noqa: S608 - pieces of named statements; values are parameters

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from throughcare.store.postgres.binding import Argument
from throughcare.store.postgres.expression import numbers
from throughcare.store.protocol import Value

_INSERT = re.compile(
    r"INSERT INTO (?P<table>\w+) \((?P<columns>[\w\s,]+)\)\s*"
    r"VALUES\s*\((?P<values>[:\w\s,{}]+)\)\s*"
    r"(?P<rest>ON CONFLICT(?: \((?P<key>[\w\s,]+)\))?.*)?",
    re.DOTALL,
)
_VALUE = re.compile(r":(\w+)|\{terms :(\w+)\}")


@dataclass(frozen=True, slots=True)
class Insertion:
    """An INSERT that can take many rows at once."""

    sql: str
    """For one row."""
    table: str
    listed: str
    names: tuple[str, ...]
    """Parameters, by column."""
    terms: str
    """The one of two that is a set of terms; empty if there is none."""
    key: tuple[str, ...]
    """Parameters that must not be the same in two rows; empty if it does not matter."""
    rest: str

    @property
    def always(self) -> bool:
        """Whether each row is written, or an error says why not."""
        return "DO NOTHING" not in self.rest

    def text(self, types: Sequence[str], first: int = 1) -> str:
        """Return the statement for arrays of `types`, whose parameters start at `first`."""
        kinds = [kind.removesuffix("[]") for kind in types]
        arrays = ", ".join(f"${i}::{kind}[]" for i, kind in enumerate(kinds, first))
        if self.terms:
            rows = f"SELECT e, array_agg(t) FROM unnest({arrays}) AS u (e, t) GROUP BY e"
        else:
            rows = f"SELECT * FROM unnest({arrays})"
        return f"INSERT INTO {self.table} ({self.listed}) {rows} {self.rest}"

    def columns(self, rows: Sequence[Mapping[str, Value]]) -> list[list[Argument]]:
        """Return `rows` as one array a column; a set of terms has a row for each of them."""
        if not self.terms:
            return [[row[name] for row in rows] for name in self.names]
        entries: list[Argument] = []
        terms: list[Argument] = []
        for row in rows:
            found = numbers(cast("str", row[self.terms]))
            terms += found
            entries += [row[self.names[0]]] * len(found)
        return [entries, terms]

    def differ(self, rows: Sequence[Mapping[str, Value]]) -> bool:
        """Tell whether one statement does the same for `rows` as one for each."""
        if self.terms and not all(row[self.terms] for row in rows):
            return False
        if not self.key:
            return True
        return len({tuple(row[name] for name in self.key) for row in rows}) == len(rows)


@lru_cache(maxsize=1_024)
def insertion(sql: str) -> Insertion | None:
    """Return `sql` as an insertion of many rows, None if it is none of plain parameters."""
    found = _INSERT.fullmatch(sql)
    if found is None:
        return None
    columns = _words(found["columns"])
    values = [_VALUE.fullmatch(word) for word in _words(found["values"])]
    names = tuple(value[1] or value[2] for value in values if value is not None)
    sets = [value[2] for value in values if value is not None and value[2]]
    if len(set(names)) < len(columns) or (sets and names[1:] != tuple(sets)):
        return None
    rest = found["rest"] or ""
    by_column = dict(zip(columns, names, strict=True))
    unique = _words(found["key"] or "") if "DO UPDATE" in rest else []
    key = (names[0],) if sets else tuple(by_column[column] for column in unique)
    return Insertion(sql, found["table"], ", ".join(columns), names, "".join(sets), key, rest)


@lru_cache(maxsize=1_024)
def joined(insertions: tuple[Insertion, ...], types: tuple[tuple[str, ...], ...]) -> str:
    """Return one statement that does all `insertions`, whose parameters have `types`."""
    texts = []
    first = 1
    for one, kinds in zip(insertions, types, strict=True):
        texts.append(one.text(kinds, first))
        first += len(kinds)
    *others, last = texts
    if not others:
        return last
    named = ", ".join(f"w{i} AS ({text})" for i, text in enumerate(others))
    return f"WITH {named} {last}"


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
