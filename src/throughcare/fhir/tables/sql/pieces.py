"""Collections of FHIRPath as SQL: lists of JSON values that are never NULL."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from throughcare.fhir.path.kinds import Form, Kind
from throughcare.fhir.path.part import Kinds
from throughcare.fhir.tables.definition import ViewError

MARK: Final = "\x1a"
"""Stands before the digits of a decimal, which is a text in SQL: so they stay as they were."""
NOTHING: Final = "[]::JSON[]"
PLACES: Final = 15
"""Digits after the point of a number that is compared."""
MOST_DIGITS: Final = 22
"""Digits before it."""
_NUMBER: Final = f"DECIMAL(38, {PLACES})"
_NUMBERS: Final = frozenset({"Integer", "Decimal"})


class NotInSqlError(ViewError):
    """A view that is right, and that the SQL way can't answer; its place is in the definition."""


@dataclass(frozen=True, slots=True)
class Focus:
    """The item that a path begins at."""

    item: str
    """SQL of one JSON value; NULL for no item."""
    kinds: Kinds
    row: str
    """SQL of what ``%rowIndex`` is."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A compiled path."""

    sql: str
    """A list of JSON values."""
    kinds: Kinds = None
    """Types of its items, as far as they are elements."""
    system: str = ""
    """FHIRPath's own type of all its items, "" for none or several."""
    truth: str = ""
    """SQL of a boolean that may be NULL, for what is one or nothing."""
    forms: tuple[Form, ...] = ()
    """The forms of a choice that was not chosen from yet."""
    reach: Callable[[tuple[Form, ...]], str] | None = None
    """Returns the list with these forms alone."""


def quoted(text: str) -> str:
    """Return a text as SQL has it.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def flattened(items: str, name: str, made: str) -> str:
    """Return SQL of one list of what is `made` of each of the items, under a name."""
    return f"flatten(list_transform({items}, lambda {name}: {made}))"


def of_kinds(sql: str, found: frozenset[Kind]) -> Piece:
    """Return a piece of elements of these types."""
    systems = {kind.system for kind in found}
    return Piece(sql, found, systems.pop() if len(systems) == 1 else "")


def truth_piece(sql: str) -> Piece:
    """Return a piece that is a boolean or nothing."""
    return Piece(
        f"(CASE WHEN ({sql}) IS NULL THEN {NOTHING} ELSE [to_json({sql})] END)",
        system="Boolean",
        truth=f"({sql})",
    )


def truth_of(piece: Piece) -> str:
    """Return SQL of what a piece is as a boolean: a single item that is none is true."""
    if piece.truth:
        return piece.truth
    said = f"(({piece.sql})[1]->>'$') = 'true'" if piece.system == "Boolean" else "true"
    return (
        f"(CASE len({piece.sql}) WHEN 0 THEN NULL WHEN 1 THEN {said} "
        "ELSE error('several items where a boolean is expected') END)"
    )


def texts_of(piece: Piece, name: str) -> str:
    """Return SQL of a list of the items as texts."""
    return f"list_transform({piece.sql}, lambda {name}: {name}->>'$')"


def comparable(piece: Piece, name: str) -> str:
    """Return SQL of a list of what items are compared by: numbers as numbers, else texts."""
    if piece.system not in _NUMBERS:
        return texts_of(piece, name)
    number = f"CAST(ltrim({name}->>'$', chr({ord(MARK)})) AS {_NUMBER})"
    return f"list_transform({piece.sql}, lambda {name}: {number})"


def are_comparable(one: Piece, other: Piece, *, by_order: bool) -> bool:
    """Tell whether the SQL way can compare two pieces: both texts, numbers or booleans."""
    if one.system in _NUMBERS and other.system in _NUMBERS:
        return True
    return one.system == other.system and one.system in (
        {"String"} if by_order else {"String", "Boolean"}
    )
