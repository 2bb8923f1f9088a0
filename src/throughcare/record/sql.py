"""Pieces of SQL with their values, in the order in which they stand; pure."""
# ruff: noqa: S608 - aliases and columns are this room's own; values are parameters

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from throughcare.store.protocol import Value


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL; each ``?`` of `text` has its value in `values`, and nowhere else."""

    text: str
    values: tuple[Value, ...] = ()

    @property
    def parts(self) -> tuple[str, tuple[Value, ...]]:
        """Return text and values, as `Reader.query` takes them."""
        return self.text, self.values

    def __add__(self, other: "Sql") -> "Sql":
        """Return both, one after the other."""
        return Sql(self.text + other.text, self.values + other.values)


TOGETHER = 200
"""Predicates that stand in one row, at most: SQLite takes each for a step deeper, of 1,000."""
NEVER = Sql("FALSE")
ALWAYS = Sql("TRUE")


def join(pieces: Iterable[Sql], between: str) -> Sql:
    """Return `pieces` with `between` between them."""
    texts: list[str] = []
    values: list[Value] = []
    for piece in pieces:
        texts.append(piece.text)
        values += piece.values
    return Sql(between.join(texts), tuple(values))


def every(pieces: Iterable[Sql]) -> Sql:
    """Return a predicate that holds if all of `pieces` do."""
    return _joined(pieces, ALWAYS, NEVER, " AND ")


def some(pieces: Iterable[Sql]) -> Sql:
    """Return a predicate that holds if one of `pieces` does."""
    return _joined(pieces, NEVER, ALWAYS, " OR ")


def _joined(pieces: Iterable[Sql], neutral: Sql, decisive: Sql, between: str) -> Sql:
    kept = [piece for piece in pieces if piece is not neutral]
    if any(piece is decisive for piece in kept):
        return decisive
    if len(kept) <= 1:
        return kept[0] if kept else neutral
    if len(kept) > TOGETHER:
        parts = (kept[at : at + TOGETHER] for at in range(0, len(kept), TOGETHER))
        kept = [_joined(part, neutral, decisive, between) for part in parts]
        return _joined(kept, neutral, decisive, between)
    return join((wrapped(piece) for piece in kept), between)


def negated(piece: Sql) -> Sql:
    """Return the contrary of a predicate that is never NULL."""
    if piece is ALWAYS:
        return NEVER
    return ALWAYS if piece is NEVER else Sql("NOT ") + wrapped(piece)


def wrapped(piece: Sql) -> Sql:
    """Return `piece` in parentheses."""
    return Sql(f"({piece.text})", piece.values)


def among(column: str, members: Sequence[int] | Sequence[str]) -> Sql:
    """Return a predicate: `column` is one of `members`, however many there are, as one value."""
    if not members:
        return NEVER
    if len(members) == 1:
        return Sql(f"{column} = ?", (members[0],))
    kind = "texts" if isinstance(members[0], str) else "numbers"
    text = f"{column} IN (SELECT j.value FROM {{{kind} ?}} AS j)"
    return Sql(text, (listed(members),))


def listed(members: Sequence[int] | Sequence[str]) -> str:
    """Return `members` as the JSON list that ``{numbers ?}`` and ``{texts ?}`` take."""
    return orjson.dumps(members).decode()
