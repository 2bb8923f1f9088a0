"""A CSV file as a table, by DuckDB, where it reads what Python's `csv` reads.

It takes a fifth of the time. What the two may read otherwise is left to `coding.read`: rows that
are longer or shorter than the header, quotes in the midst of values, bytes that are no UTF-8.
"""

from collections.abc import Sequence
from contextlib import closing
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from throughcare.identity.bulk.coding import Coded, Table, stripped
from throughcare.identity.bulk.database import READING, opened, statements
from throughcare.identity.compare.rows import NAMES, Columns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LONGEST: Final = 100_000
"""Bytes of a line: `csv` refuses a value of 131,072 signs."""
_WILD: Final = frozenset("*?[")
"""Signs for which DuckDB would look for other files."""
_BEFORE: Final = frozenset(b',\n"')
_AFTER: Final = frozenset(b',\r\n"')
"""What stands before and after the quotes of a value, or is one of two quotes in it.

Where something else does, or the last value is cut off, DuckDB reads on in its own way.
"""
_AT_ONCE: Final = 1 << 24
"""Bytes that are looked at together."""


def read_plain(path: Path, header: Sequence[str]) -> Table | None:
    """Return the table of a file whose first row is `header`, or None where it is not plain.

    It is the same table as `coding.read` makes, but for the numbers that values have. Raises
    BadInputError where no record id or no name is among the columns.
    """
    import duckdb  # noqa: PLC0415 - an extra: a node without it reads row by row

    columns = Columns(header)
    quoted = _quoted(path)
    if quoted is None:
        return None
    with opened(READING) as database:
        try:
            _load(database, path, len(header), in_parts=not quoted)
        except duckdb.InvalidInputException:  # `csv` says what is wrong, if anything is
            return None
        if database.execute(statements()["first_row"]).fetchall() != [tuple(header)]:
            return None
        [(count,)] = database.execute(statements()["count_rows"]).fetchall()
        coded = {what: _coded(database, columns.at(what), count) for what in NAMES}
    return Table(columns, coded, count)


def _quoted(path: Path) -> bool | None:
    """Tell if there are quotes in a file; None if it is not sure to be read alike."""
    if not path.stat().st_size or not _WILD.isdisjoint(str(path)):
        return None
    with path.open("rb") as file, closing(mmap(file.fileno(), 0, access=ACCESS_READ)) as text:
        if text.find(b'"') < 0:
            return False
        return True if _is_well_quoted(text) else None


def _is_well_quoted(text: mmap) -> bool:
    """Tell if every value with a quote begins and ends with one, and doubles those within."""
    parts = range(0, len(text), _AT_ONCE)
    found = [np.frombuffer(text[at : at + _AT_ONCE], np.uint8) == ord('"') for at in parts]
    at = np.concatenate([np.flatnonzero(part) + at for at, part in zip(parts, found, strict=True)])
    opening, closing = at[0::2].tolist(), at[1::2].tolist()
    return (
        len(opening) == len(closing)
        and all(text[one - 1] in _BEFORE for one in opening)
        and all(one + 1 == len(text) or text[one + 1] in _AFTER for one in closing)
    )


def _load(database: "DuckDBPyConnection", path: Path, width: int, *, in_parts: bool) -> None:
    """Make the table ``line`` of a file, its header in the first row."""
    database.read_csv(
        str(path),
        header=False,
        sep=",",
        quotechar='"',
        escapechar='"',
        columns={_name(at): "VARCHAR" for at in range(width)},
        auto_detect=False,
        strict_mode=True,
        null_padding=False,
        parallel=in_parts,
        max_line_size=_LONGEST,
        compression="none",
        hive_partitioning=False,
    ).create("line")


def _name(at: int) -> str:
    return f"c{at}"


def _coded(database: "DuckDBPyConnection", at: int | None, count: int) -> Coded:
    """Return one column of the table ``line``, without the header."""
    if at is None:
        return Coded([""], np.zeros(count, np.int32))
    column = f"rowid AS place, coalesce({_name(at)}, '') AS text"
    database.table("line").select(column).create_view("written", replace=True)
    database.execute(statements()["values"])
    values = database.execute(statements()["value_texts"]).fetchnumpy()["text"].tolist()
    found = database.execute(statements()["value_codes"]).fetchnumpy()
    codes = np.empty(count, np.int32)
    codes[found["place"]] = found["code"]
    return stripped(values, codes)
