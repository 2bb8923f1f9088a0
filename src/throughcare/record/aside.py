"""Sorting by what no column tells: tokens, references and uris are read off the entries."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import mentions, spec
from throughcare.fhir.index import extract
from throughcare.fhir.terms import Index, Query
from throughcare.fhir.text import fold_text
from throughcare.kernel import BadInputError
from throughcare.model.entry import Stored
from throughcare.record import masking
from throughcare.record.order import Key
from throughcare.store.protocol import Row, Value

MOST = 20_000
"""Entries that are put in such an order, at most."""
AT_ONCE = 500
"""Entries that are read together."""


def is_needed(sort: Iterable[Key]) -> bool:
    """Tell whether one of the keys is read off the entries."""
    return any(key.expression is None for key in sort)


def tells_masked(queries: Iterable[Query]) -> bool:
    """Tell whether an order could tell what is masked on some entries."""
    return any(
        masking.tells_episode(query.type, param) for query in queries for param, _ in query.sort
    )


def refuse_many(rows: Sequence[Row]) -> None:
    """Raise BadInputError if there are more entries than are sorted so."""
    if len(rows) > MOST:
        message = (
            f"More than {MOST} entries would be sorted by a token, reference or uri. "
            "Search for fewer, or sort by a date, string, number or quantity."
        )
        raise BadInputError(message, place="_sort")


def indexes(entries: Iterable[Stored]) -> list[Index]:
    """Return the search values of entries."""
    return [extract(fhir_bytes.parse(entry.body)) for entry in entries]


def texts(sort: Sequence[Key], found: Iterable[Index]) -> set[str]:
    """Return every text that the order looks at and that may name an entry."""
    params = {key.param for key in sort if key.expression is None}
    return {
        row[-1]
        for index in found
        for row in (*index.references, *index.uris, *index.tokens)
        if row[0] in params and mentions.may_be_in(row[-1])
    }


def filled(
    sort: Sequence[Key], row: Row, entry: Stored, index: Index, hidden: Collection[str]
) -> Row:
    """Return a row with the sort values that its entry tells.

    Its last column says whether the entry is shown without what is masked: that has no value then,
    and neither has a text that is one of `hidden`.
    """
    values = list(row[2 : 2 + len(sort)])
    for i, key in enumerate(sort):
        if row[-1] and masking.tells_episode(entry.type, key.param):
            values[i] = None
        elif key.expression is None:
            values[i] = _value(key, entry.type, index, hidden)
    return (*row[:2], *values)


def _value(key: Key, type_: str, index: Index, hidden: Collection[str]) -> Value:
    kind = spec.parameters(type_)[key.param].type
    read = _READ[kind]
    rows = [row for row in _ROWS[kind](index) if row[0] == key.param]
    found = [read(row) for row in _shown(kind, rows, hidden)]
    return (max if key.descending else min)(found, default=None)


def _shown(kind: str, rows: Iterable[Any], hidden: Collection[str]) -> Iterator[Any]:
    """Yield what is left of values where texts that are `hidden` are masked."""
    for row in rows:
        if kind == "token" and row[2] in hidden:
            if row[1]:
                yield row[0], row[1], ""
        elif kind in {"reference", "uri"}:
            if row[1] and row[1] not in hidden:
                yield row
        elif kind != "string" or not mentions.is_in(row[1]):
            yield row


_ROWS: Mapping[str, Callable[[Index], Iterable[Any]]] = {
    "token": lambda index: index.tokens,
    "reference": lambda index: index.references,
    "uri": lambda index: index.uris,
    "string": lambda index: index.strings,
    "date": lambda index: index.dates,
    "number": lambda index: index.numbers,
    "quantity": lambda index: index.quantities,
}
_READ: Mapping[str, Callable[[Any], Any]] = {
    "token": lambda row: f"{row[1]}|{row[2]}",
    "string": lambda row: fold_text(row[1]),
    **dict.fromkeys(("reference", "uri", "date", "number", "quantity"), itemgetter(1)),
}
"""Sort value of a row of search values, by the type of the parameter."""
