"""One statement for many look-ups: a statement joined to the list of what differs; pure.

``SELECT a FROM t WHERE k = :k AND z = :z`` for three keys with one z becomes

    SELECT o.n, q.* FROM unnest($1::bigint[]) WITH ORDINALITY AS o (p0, n) CROSS JOIN LATERAL
    (SELECT * FROM (SELECT a FROM t WHERE k = o.p0 AND z = $2) AS i OFFSET 0) AS q

whose rows carry the place of the key that they answer. ``OFFSET 0`` keeps the planner from joining
the list to all rows that have the same z: each key is looked up by its index, as it is alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from throughcare.store import dialect
from throughcare.store.dialect import Order, Parameter, Piece, Point
from throughcare.store.postgres.binding import (
    Argument,
    Convert,
    as_is,
    as_list,
    planned,
    template,
    worded,
)
from throughcare.store.protocol import Value

_ASKS = re.compile(r"(?:--[^\n]*\n)*SELECT\b")
"""A question, whatever is remarked above it."""
_LISTS = {"numbers": "bigint", "texts": "text"}


@dataclass(frozen=True, slots=True)
class Together:
    """A statement that answers many look-ups, which differ in some of their values."""

    text: str
    differing: tuple[int, ...]
    """Places of the values that stand in the list, by column."""
    same: tuple[tuple[int, Convert], ...]
    """Places of the values that are the same for all, with what the driver takes for them."""

    def arguments(self, values: Sequence[Sequence[Value]]) -> list[Argument | list[Value]]:
        """Return what the driver takes; `values` has a row for each look-up."""
        columns: list[Argument | list[Value]] = [
            [row[at] for row in values] for at in self.differing
        ]
        return columns + [convert(values[0][at]) for at, convert in self.same]


def differing(values: Sequence[Sequence[Value]]) -> frozenset[int]:
    """Return the places at which the rows of `values` are not all the same."""
    first = values[0]
    return frozenset(
        at for at, value in enumerate(first) if any(row[at] != value for row in values)
    )


@lru_cache(maxsize=1_024)
def together(
    sql: str, names: tuple[str, ...], varied: frozenset[int], types: tuple[str, ...]
) -> Together | None:
    """Return `sql` for look-ups that differ at the places `varied`; None if that can't be.

    `names` are those of its values, empty if they stand by place; `types` those of
    `parameter_types`. Rows of one look-up stay in their order.
    """
    writing = _Writing(names, varied, types)
    lateral = "".join(map(writing.said, dialect.parse(sql)))
    if not _ASKS.match(sql) or writing.refused or not writing.columns:
        return None
    arrays = ", ".join(f"${i}::{kind}[]" for i, kind in enumerate(writing.columns.values(), 1))
    listed = ", ".join((*(f"p{at}" for at in writing.columns), "n"))
    text = (
        f"SELECT o.n, q.* FROM unnest({arrays}) WITH ORDINALITY AS o ({listed}) "  # noqa: S608 - pieces of our own statement
        f"CROSS JOIN LATERAL (SELECT * FROM ({lateral}) AS i OFFSET 0) AS q"
    )
    return Together(text, tuple(writing.columns), tuple(writing.same))


class _Writing:
    """Writes the inner statement: what differs as a column of ``o``, the rest as parameters."""

    def __init__(
        self, names: tuple[str, ...], varied: frozenset[int], types: tuple[str, ...]
    ) -> None:
        self._names = names
        self._varied = varied
        self._types = types
        self._places = 0
        self._sources = 0
        self._known: dict[tuple[int, str], str] = {}
        self.columns: dict[int, str] = {}
        """Types by place, in the order of the list."""
        self.same: list[tuple[int, Convert]] = []
        self.refused = False

    def said(self, piece: Piece) -> str:
        if isinstance(piece, str):
            return piece
        if isinstance(piece, Order):
            return "JOIN"
        if isinstance(piece, Parameter):
            return self._value(self._place(piece), as_is)
        return self._point(piece)

    def _point(self, point: Point) -> str:
        if point.kind == "has":
            return f"{point.alias}.terms @> ARRAY[term({''.join(map(self.said, point.inner))})]"
        if point.kind in {"computed", "within", "sought"}:
            return planned(point)
        if point.kind in {"alias", "mark", "byte"}:
            return worded(point, "".join(map(self.said, point.inner)))
        element = _LISTS.get(point.kind)
        if element is None:
            self.refused = True  # its text depends on its value
            return ""
        at = self._place(cast("Parameter", point.inner[0]))
        value = self._value(at, as_list)
        if at in self._varied:
            self.columns[at] = "text"
            members = f"json_array_elements_text({value}::json)"
            return f"(SELECT value::{element} FROM {members})"  # noqa: S608 - our own pieces
        return f"(SELECT unnest({value}::{element}[]) AS value)"

    def _place(self, parameter: Parameter) -> int:
        if parameter.name:
            return self._names.index(parameter.name)
        self._places += 1
        return self._places - 1

    def _value(self, at: int, convert: Convert) -> str:
        """Return how the value at a place is said; its type is that of the statement alone."""
        key = (at, convert.__name__)
        known = self._known.get(key)
        if known is None:
            if at in self._varied:
                known = f"o.p{at}"
                self.columns[at] = self._types[self._sources]
            else:
                self.same.append((at, convert))
                known = f"${len(self._varied) + len(self.same)}::{self._types[self._sources]}"
            self._sources += 1
            self._known[key] = known
        return known


def lone(sql: str) -> str:
    """Return the text of `sql` alone, whose parameter types `together` needs; "" if it has none."""
    return template(sql).text
