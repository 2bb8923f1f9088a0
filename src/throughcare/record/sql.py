"""Pieces of SQL with their values, in the order in which they stand; pure."""
# ruff: noqa: S608 - aliases and columns are this room's own; values are parameters

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from throughcare.store.protocol import Value


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL; each ``?`` of `text` has its value in `values`, and nowhere else."""

    text: str
    values: tuple[Value, ...] = ()

    def __add__(self, other: "Sql") -> "Sql":
        """Return both, one after the other."""
        return Sql(self.text + other.text, self.values + other.values)


NEVER = Sql("0")
ALWAYS = Sql("1")


def join(pieces: Iterable[Sql], between: str) -> Sql:
    """Return `pieces` with `between` between them."""
    listed = list(pieces)
    values = tuple(value for piece in listed for value in piece.values)
    return Sql(between.join(piece.text for piece in listed), values)


def every(pieces: Iterable[Sql]) -> Sql:
    """Return a predicate that holds if all of `pieces` do."""
    kept = [piece for piece in pieces if piece != ALWAYS]
    if NEVER in kept:
        return NEVER
    return join((wrapped(piece) for piece in kept), " AND ") if kept else ALWAYS


def some(pieces: Iterable[Sql]) -> Sql:
    """Return a predicate that holds if one of `pieces` does."""
    kept = [piece for piece in pieces if piece != NEVER]
    if ALWAYS in kept:
        return ALWAYS
    return join((wrapped(piece) for piece in kept), " OR ") if kept else NEVER


def negated(piece: Sql) -> Sql:
    """Return the contrary of a predicate that is never NULL."""
    if piece == ALWAYS:
        return NEVER
    return ALWAYS if piece == NEVER else Sql("NOT ") + wrapped(piece)


def wrapped(piece: Sql) -> Sql:
    """Return `piece` in parentheses."""
    return Sql(f"({piece.text})", piece.values)


def among(column: str, members: Sequence[int] | Sequence[str]) -> Sql:
    """Return a predicate: `column` is one of `members`, however many there are, as one value."""
    if not members:
        return NEVER
    if len(members) == 1:
        return Sql(f"{column} = ?", (members[0],))
    return Sql(f"{column} IN (SELECT value FROM json_each(?))", (listed(members),))


def listed(members: Sequence[int] | Sequence[str]) -> str:
    """Return `members` as the JSON list that json_each reads."""
    return json.dumps(list(members), separators=(",", ":"))
