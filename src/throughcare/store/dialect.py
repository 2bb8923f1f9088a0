"""The SQL of this program: what both engines understand, and marked points where they differ.

A statement is written once. Its parameters are ``:name`` in files and ``?`` in composed SQL, and a
point is ``{kind words}``:

=================== =============================================== ==============================
point               meaning                                         value of the parameter
=================== =============================================== ==============================
``{numbers :x} j``  rows with one column ``value``, integers        JSON list of integers
``{texts :x} j``    the same, texts                                 JSON list of texts
``{match t :x}``    row ``t`` of the inverted index meets x         expression of terms
``{meets t :x}``    the same, of rows that are found otherwise      expression of terms
``{has t sql}``     row ``t`` has the term that ``sql`` says        none of its own
``{terms :x}``      a set of terms, as the index stores it          terms with spaces between
``{computed c}``    column ``c``, never read in the order of an     none of its own
                    index: few rows are found and sorted
``{within t a s}``  table ``t`` as ``a``, its rows of subject       none of its own
                    ``s.value`` looked up before all else
``{sought t a ON}`` table ``t`` as ``a``, its rows looked up        none of its own
                    by all that stands behind ``ON``
``{alias a j :t}``  row ``a`` of alias that has type t and the id   number of the type
                    ``j.value``, looked up for each row of ``j``
``{mark c :x}``     the mark at place ``c`` of x, a number of 0     bytes, one mark each
                    or more; compared with ``{byte n}`` alone
``{byte n}``        the mark n                                      none of its own
=================== =============================================== ==============================

Beyond the end of its bytes ``{mark c :x}`` is no mark at all, and not NULL either.
Terms are 16 hexadecimal digits; an expression joins them by AND, OR, NOT and parentheses.
``CROSS JOIN ... ON`` says in which order SQLite joins; PostgreSQL finds its own. Pure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

Kind = Literal[
    "numbers",
    "texts",
    "match",
    "meets",
    "has",
    "terms",
    "computed",
    "within",
    "sought",
    "alias",
    "mark",
    "byte",
]

_PIECE = re.compile(
    r"(?P<kept>'(?:[^']|'')*'|--[^\n]*|::)"
    r"|\{(?P<kind>numbers|texts|match|meets|has|terms|computed|within|sought|alias|mark|byte)"
    r" (?P<words>[^{}]*)\}"
    r"|:(?P<name>[a-z_]\w*)|(?P<place>\?)|(?P<order>\bCROSS JOIN\b)"
)
_TEMPLATES = 4_096
"""Texts whose reading is remembered; composed SQL has a few hundred shapes."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that is bound: ``:name``, or the next ``?``, whose name is empty."""

    name: str


@dataclass(frozen=True, slots=True)
class Point:
    """A piece that each engine says in its own way."""

    kind: Kind
    alias: str
    """Of the inverted index, for match, meets and has; the column of a mark; else empty."""
    inner: "tuple[Piece, ...]"


@dataclass(frozen=True, slots=True)
class Order:
    """Join in the order in which the tables stand."""


Piece = str | Parameter | Point | Order


@lru_cache(maxsize=_TEMPLATES)
def parse(sql: str) -> tuple[Piece, ...]:
    """Return the pieces of `sql`. Raises ValueError for braces that are no point."""
    return tuple(_pieces(sql))


def _pieces(sql: str) -> Iterator[Piece]:
    at = 0
    for found in _PIECE.finditer(sql):
        yield from _plain(sql[at : found.start()])
        at = found.end()
        if found["kept"]:
            yield found["kept"]
        elif found["kind"]:
            yield _point(cast("Kind", found["kind"]), found["words"])
        elif found["order"]:
            yield Order()
        else:
            yield Parameter(found["name"] or "")
    yield from _plain(sql[at:])


def _plain(text: str) -> Iterator[str]:
    if "{" in text or "}" in text:
        message = f"braces without a known point at {text.strip()[:40]!r}; see store/dialect.py"
        raise ValueError(message)
    if text:
        yield text


def _point(kind: Kind, words: str) -> Point:
    if kind in {"match", "meets", "has", "alias", "mark"}:
        alias, _, rest = words.partition(" ")
        return Point(kind, alias, tuple(_pieces(rest)))
    return Point(kind, "", tuple(_pieces(words)))


@lru_cache(maxsize=_TEMPLATES)
def sqlite(sql: str) -> str:
    """Return `sql` as SQLite reads it; its parameters and their values stay as they are."""
    return "".join(_sqlite(piece) for piece in parse(sql))


def _sqlite(piece: Piece) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Parameter):
        return f":{piece.name}" if piece.name else "?"
    if isinstance(piece, Order):
        return "CROSS JOIN"
    return _sqlite_point(piece, "".join(map(_sqlite, piece.inner)))


def _sqlite_point(point: Point, inner: str) -> str:
    if point.kind in {"numbers", "texts"}:
        return f"json_each({inner})"
    if point.kind in {"mark", "byte"}:
        is_byte = point.kind == "byte"
        return f"x'{int(inner):02x}'" if is_byte else f"substr({inner}, {point.alias} + 1, 1)"
    if point.kind in {"terms", "computed", "sought"}:
        return inner
    if point.kind == "within":
        table, alias, _ = inner.split()
        return f"{table} {alias}"
    if point.kind == "alias":
        row, type_ = inner.split()
        name = point.alias
        return f"alias {name} ON {name}.type = {type_} AND {name}.id = {row}.value"
    return f"{point.alias}.tok MATCH {inner}"
