"""Databases of DuckDB in memory, and the statements that run in them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ALWAYS: Final = ("SET memory_limit = '2GB'", "SET enable_progress_bar = false")
"""The command shows how far it is; a bar of the database's own would be written through it."""
COMPARING: Final = (
    *_ALWAYS,
    "SET enable_external_access = false",
    "SET preserve_insertion_order = false",
)
"""Settings for tables that are filled from columns."""
READING: Final = _ALWAYS
"""Settings for a table that is read from a file, in its order."""


@contextmanager
def opened(settings: Sequence[str] = COMPARING) -> Iterator["DuckDBPyConnection"]:
    """Yield an empty database in memory."""
    import duckdb  # noqa: PLC0415 - an extra: a node without it links one by one

    database = duckdb.connect(":memory:")
    try:
        for setting in settings:
            database.execute(setting)
        yield database
    finally:
        database.close()


@cache
def statements() -> Mapping[str, str]:
    """Return the statements of this room by name."""
    text = files(__package__).joinpath("bulk.sql").read_text(encoding="utf-8")
    pieces = (piece.partition("\n") for piece in text.split("-- name: ")[1:])
    return {name.strip(): sql for name, _, sql in pieces}
