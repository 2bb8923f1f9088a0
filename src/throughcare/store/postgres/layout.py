"""Migrations as PostgreSQL reads them: the same text, with its own types; pure.

==================================== =================================================
SQLite                               PostgreSQL
==================================== =================================================
``INTEGER``                          ``bigint``
``c INTEGER PRIMARY KEY``            ``bigint``, by default one more than the highest
``TEXT``                             ``text COLLATE "C"``: ordered by bytes, as SQLite
``BLOB``, ``REAL``, ``NUMERIC``      ``bytea``, ``double precision``, ``numeric``
``WITHOUT ROWID``                    nothing
``CREATE VIRTUAL TABLE t USING fts5`` a table of term arrays and a GIN index
==================================== =================================================
"""

import re
from collections.abc import Callable

from throughcare.store.sections import of_engine

_COMMENT = re.compile(r"--[^\n]*")
_TABLE = re.compile(r"CREATE TABLE (\w+)")
_ALTERED = re.compile(r"ALTER TABLE (\w+) ADD COLUMN")
_INVERTED = re.compile(r"CREATE VIRTUAL TABLE (\w+) USING fts5 \([^;]*\)")
_KEY = re.compile(r"(\w+) INTEGER PRIMARY KEY")
_TYPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bINTEGER\b"), "bigint"),
    (re.compile(r"\bTEXT\b"), 'text COLLATE "C"'),
    (re.compile(r"\bBLOB\b"), "bytea"),
    (re.compile(r"\bREAL\b"), "double precision"),
    (re.compile(r"\bNUMERIC\b"), "numeric"),
    (re.compile(r"\s*\bWITHOUT ROWID\b"), ""),
)
_LITERAL = re.compile(r"('(?:[^']|'')*')")


def postgres(text: str) -> str:
    """Return the text of a migration as PostgreSQL reads it."""
    plain = _COMMENT.sub("", of_engine(text, "postgres"))
    return ";".join(map(_statement, plain.split(";")))


def _statement(text: str) -> str:
    text = _INVERTED.sub(_inverted, text)
    table = _TABLE.search(text)
    if table is not None:
        text = _KEY.sub(_numbered(table[1]), text)
    elif _ALTERED.search(text) is None:
        return text
    pieces = _LITERAL.split(text)
    pieces[::2] = map(_typed, pieces[::2])
    return "".join(pieces)


def _typed(text: str) -> str:
    for pattern, type_ in _TYPES:
        text = pattern.sub(type_, text)
    return text


def _numbered(table: str) -> Callable[[re.Match[str]], str]:
    def numbered(key: re.Match[str]) -> str:
        default = f"next_number('{table}', '{key[1]}')"
        return f"{key[1]} INTEGER PRIMARY KEY DEFAULT {default}".replace("INTEGER", "bigint")

    return numbered


def _inverted(found: re.Match[str]) -> str:
    name = found[1]
    return (
        f"CREATE TABLE {name} (rowid bigint PRIMARY KEY, terms bigint[] NOT NULL);\n"
        f"CREATE INDEX {name}_terms ON {name} USING gin (terms)"
    )
