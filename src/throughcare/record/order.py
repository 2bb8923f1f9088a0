"""The order of a search and the place where a page begins; pure but for the sealing key.

A page begins after the last entry of the page before it: after its sort values, then after its
entry number. So an entry that does not change is met exactly once, whatever is written meanwhile;
one whose sort value changes stands where the new value is. A place is sealed (AES-SIV): it names
nobody in a link, nobody can make one up, and it does not depend on what is hidden.
"""
# ruff: noqa: S608 - aliases and columns are this room's own; values are parameters

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final, cast

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from throughcare.fhir import spec
from throughcare.fhir.quantities import CANONICAL
from throughcare.fhir.terms import Query
from throughcare.kernel import BadInputError
from throughcare.record import keys, links, masking
from throughcare.record.sql import ALWAYS, Sql, every, join, some
from throughcare.store.protocol import Row, Value

PADDED = 48
"""Bytes that the place of a page is a multiple of, before it is sealed."""
_AGGREGATE = {False: "min", True: "max"}


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key: an expression on the head row, named ``k0``, ``k1`` ... in the statement."""

    param: str
    expression: Sql | None
    """None: no column tells it, the entries themselves do (`throughcare.record.aside`)."""
    descending: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: sort values and id of the last entry before it."""

    values: tuple[Value, ...]
    type: str
    id: str


def sort_keys(query: Query) -> tuple[Key, ...]:
    """Return the keys of ``_sort``.

    Of several values the lowest counts, or descending the highest; entries without come last.
    Quantities are compared in base units, those that can't be brought there by their number.
    Raises BadInputError for a parameter that can't be sorted by.
    """
    return tuple(Key(p, _expression(query.type, p, down=d), d) for p, d in query.sort)


def _expression(type_: str, param: str, *, down: bool) -> Sql | None:
    if param == "_lastUpdated":
        return Sql("h.updated")
    if param == "_id":
        return Sql("h.id")
    known = spec.parameters(type_).get(param) if spec.is_resource_type(type_) else None
    kind = known.type if known is not None else ""
    if kind not in _SORTED:
        message = (
            f"{type_} can't be sorted by {param!r}. Sort by _lastUpdated, _id or a date, string, "
            "number, quantity, token, reference or uri parameter."
        )
        raise BadInputError(message, place="_sort")
    told = _SORTED[kind]
    if told is None or masking.tells_episode(type_, param):
        return None
    return told(_AGGREGATE[down], type_, param)


def _word(best: str, type_: str, param: str) -> Sql:
    text = f"(SELECT {best}(w.folded) FROM words w WHERE w.entry = h.entry AND w.param = ?)"
    return Sql(text, (keys.param_key(type_, param),))


def _range(best: str, type_: str, param: str) -> Sql:
    key = keys.param_key(type_, param)
    text = (
        "CASE WHEN h.date_param IS NOT DISTINCT FROM ? THEN h.date_lo ELSE "
        f"(SELECT {best}(o.low) FROM ord o WHERE o.entry = h.entry AND o.param = ?) END"
    )
    return Sql(text, (key, key))


def _amount(best: str, type_: str, param: str) -> Sql:
    text = f"(SELECT {best}(o.low) FROM ord o WHERE o.entry = h.entry AND o.param = ?)"
    found = (keys.param_key(type_, param + CANONICAL), keys.param_key(type_, param))
    return Sql(f"coalesce({text}, {text})", found)


_SORTED: Mapping[str, Callable[[str, str, str], Sql] | None] = {
    "string": _word,
    "date": _range,
    "number": _range,
    "quantity": _amount,
    **dict.fromkeys(("token", "reference", "uri")),
}
"""What tells the sort value of a parameter, by its type; None where the entries do."""


def columns(sort: Sequence[Key], entry: str = "h.entry", *, narrow: bool = False) -> Sql:
    """Return the columns to select: entry (by its column `entry`), id, then the sort keys.

    `narrow` if the source finds few rows, which are then sorted.
    """
    entry = f"{{computed {entry}}}" if narrow else entry
    if not sort:
        return Sql(f"{entry} AS entry, h.id AS id")
    named = [
        (key.expression or Sql("CAST(NULL AS TEXT)")) + Sql(f" AS k{i}")
        for i, key in enumerate(sort)
    ]
    return join((Sql(f"{entry} AS entry, h.id AS id"), *named), ", ")


CONTENTS: Final = Sql(
    ", h.type AS type, r.version AS version, h.updated AS updated, h.cls AS cls, r.body AS body, "
    + links.COLUMNS
)
"""What else an entry is made of, to select after `columns`; of res as ``r``."""


def ordered(sort: Sequence[Key]) -> str:
    """Return the ORDER BY of a statement over `columns`."""
    pairs = (f"k{i}{' DESC' if key.descending else ''} NULLS LAST" for i, key in enumerate(sort))
    return ", ".join((*pairs, "entry"))


class _Falling:
    """A sort value of a descending key: the higher comes first."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value: Any = value

    def __lt__(self, other: "_Falling") -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Falling) and bool(self.value == other.value)

    __hash__ = None  # type: ignore[assignment]  # how Python spells "can't be hashed"


Rank = tuple[object, ...]


def rank(sort: Sequence[Key], values: Sequence[Value], entry: int) -> Rank:
    """Return what puts rows in the order of `ordered`: texts by code point, nothing last."""
    found: list[object] = []
    for key, value in zip(sort, values, strict=True):
        if value is None:
            found += (True, 0)
        else:
            found += (False, _Falling(value) if key.descending else value)
    return (*found, entry)


def merged(
    sort: Sequence[Key], rows: Iterable[Row], most: int, after: Rank | None = None
) -> list[Row]:
    """Return the first `most` rows over `columns` in order, of those after `after`."""
    count = len(sort)

    def of(row: Row) -> Rank:
        return rank(sort, row[2 : 2 + count], cast("int", row[0]))

    ranked = sorted(((of(row), row) for row in rows), key=itemgetter(0))
    if after is not None:
        ranked = [pair for pair in ranked if pair[0] > after]
    return [row for _, row in ranked[:most]]


def beyond(sort: Sequence[Key], values: Sequence[Value], entry: int) -> Sql:
    """Return the predicate: stands after the row with these sort values and entry number."""
    equal: list[Sql] = []
    terms: list[Sql] = []
    for i, (key, value) in enumerate(zip(sort, values, strict=True)):
        if value is None:
            equal.append(Sql(f"k{i} IS NULL"))
            continue
        sign = "<" if key.descending else ">"
        terms.append(every((*equal, Sql(f"k{i} {sign} ? OR k{i} IS NULL", (value,)))))
        equal.append(Sql(f"k{i} = ?", (value,)))
    terms.append(every((*equal, Sql("entry > ?", (entry,)))))
    return some(terms) if terms else ALWAYS


def seal(key: bytes, query: Query, place: Place) -> str:
    """Return `place` as the opaque text of a link."""
    plain = orjson.dumps([list(place.values), place.type, place.id])
    # An entry's number counts what is hidden before it: the length must not tell its digits.
    plain += b" " * (-len(plain) % PADDED)
    sealed = AESSIV(key).encrypt(plain, [_about(query)])
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(key: bytes, query: Query) -> Place:
    """Return the place that `query` asks to go on from.

    Raises BadInputError if it was not made for this search by this node.
    """
    try:
        sealed = base64.b64decode(query.after + "=" * (-len(query.after) % 4), b"-_", validate=True)
        values, type_, id_ = orjson.loads(AESSIV(key).decrypt(sealed, [_about(query)]))
    except (InvalidTag, binascii.Error, ValueError) as cause:
        message = (
            "This page link does not belong to this search. "
            "Follow the links as they were given, or search again."
        )
        raise BadInputError(message, place="page") from cause
    return Place(tuple(values), type_, id_)


def _about(query: Query) -> bytes:
    """Return what a page link belongs to: a search and whoever asked it."""
    branches = [(one.type, one.where) for one in query.branches]
    return repr((query.asker, query.type, query.where, branches, query.sort)).encode()
