"""One statement for many look-ups: a named statement joined to the list of its parameters; pure.

``SELECT a FROM t WHERE k = :k`` for three keys becomes

    SELECT o.n, q.* FROM unnest($1::bigint[]) WITH ORDINALITY AS o (k, n)
    CROSS JOIN LATERAL (SELECT a FROM t WHERE k = o.k) AS q

whose rows carry the place of the key that they answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

import orjson

from throughcare.store import dialect
from throughcare.store.dialect import Order, Parameter, Piece, Point
from throughcare.store.postgres.binding import template
from throughcare.store.postgres.connection import Connection
from throughcare.store.protocol import Value

_LISTS = frozenset({"numbers", "texts"})


@dataclass(slots=True)
class Together:
    """A statement that answers many look-ups at once."""

    sql: str
    names: tuple[str, ...]
    """Parameters, by column of the list."""
    lists: frozenset[str]
    """Those that are lists; here each stands for its only member."""
    lateral: str
    _text: str = field(default="")

    def fits(self, values: Sequence[Sequence[Value]], names: Sequence[str]) -> bool:
        """Tell whether each list among `values` has exactly one member."""
        places = [names.index(name) for name in self.lists]
        return all(len(_members(row[at])) == 1 for row in values for at in places)

    def columns(self, values: Sequence[Sequence[Value]], names: Sequence[str]) -> list[list[Value]]:
        """Return `values`, one row for each look-up, as a list for each parameter."""
        return [
            [_members(row[names.index(name)])[0] for row in values]
            if name in self.lists
            else [row[names.index(name)] for row in values]
            for name in self.names
        ]

    async def text(self, connection: Connection) -> str:
        """Return the statement; the database is asked once for the types of its parameters."""
        if not self._text:
            read = template(self.sql)
            prepared = await connection.prepare(read.text)
            kinds = [kind.name.removesuffix("[]") for kind in prepared.get_parameters()]
            by_name = {str(key): k for (key, _), k in zip(read.sources, kinds, strict=True)}
            arrays = ", ".join(
                f"${at}::{by_name[name]}[]" for at, name in enumerate(self.names, start=1)
            )
            columns = ", ".join((*(f'"{name}"' for name in self.names), "n"))
            self._text = (
                f"SELECT o.n, q.* FROM unnest({arrays}) WITH ORDINALITY "  # noqa: S608 - as above
                f"AS o ({columns}) CROSS JOIN LATERAL ({self.lateral}) AS q"
            )
        return self._text


@lru_cache(maxsize=1_024)
def together(sql: str) -> Together | None:
    """Return `sql` for many look-ups; None if its rows have an order, or its text depends on them.

    A join keeps no order of the rows of one look-up.
    """
    pieces = dialect.parse(sql)
    if not sql.startswith("SELECT") or "ORDER BY" in sql or "LIMIT" in sql:
        return None
    names: dict[str, None] = {}
    lists: set[str] = set()
    said = [_said(piece, names, lists) for piece in pieces]
    if not names or any(text is None for text in said):
        return None
    lateral = "".join(cast("list[str]", said))
    return Together(sql, tuple(names), frozenset(lists), lateral)


def _said(piece: Piece, names: dict[str, None], lists: set[str]) -> str | None:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Order):
        return "JOIN"
    if isinstance(piece, Parameter):
        names[piece.name] = None
        return f'o."{piece.name}"'
    return _list(piece, names, lists)


def _list(point: Point, names: dict[str, None], lists: set[str]) -> str | None:
    if point.kind not in _LISTS:
        return None
    name = cast("Parameter", point.inner[0]).name
    names[name] = None
    lists.add(name)
    return f'(SELECT o."{name}" AS value)'


def _members(value: Value) -> list[Value]:
    return cast("list[Value]", orjson.loads(cast("str", value)))
