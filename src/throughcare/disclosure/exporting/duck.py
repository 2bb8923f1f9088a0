"""DuckDB over what the door hands out: in memory, with one thread, and closed to all else.

Only where the extra ``bulk`` is installed. It never sees the store, a file or the network.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import orjson

from throughcare.fhir.columns import Struct, structure_of
from throughcare.fhir.tables.rows import Row
from throughcare.fhir.tables.sql import Statement, line_of, value_of
from throughcare.kernel import BadInputError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_CLOSING: Final = (
    "SET threads = 1",
    "SET memory_limit = '512MB'",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
AGAIN_SECONDS: Final = 0.01
"""Until what goes on beyond its time is stopped again."""
_FILL: Final = (
    "CREATE TABLE resource AS SELECT unnest($1::BIGINT[]) AS number, unnest($2::VARCHAR[]) AS body"
)
_LINES: Final = "CREATE TABLE line AS SELECT unnest($1::VARCHAR[]) AS body"
_WRITE: Final = (
    "COPY (SELECT made.* FROM (SELECT json_transform(body, $1) AS made FROM line)) TO '{file}' "
    "(FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
)
NOT_HERE: Final = (
    "This node has no DuckDB. Ask for NDJSON and leave out _engine, "
    "or have its operator install throughcare[bulk]."
)


def module() -> ModuleType:
    """Return DuckDB's module. Raises BadInputError, with the way out, where it is not installed."""
    try:
        import duckdb  # noqa: PLC0415 - an extra: a node without it serves all else
    except ModuleNotFoundError as cause:
        raise BadInputError(NOT_HERE) from cause
    return duckdb


@contextmanager
def opened(file: str = "") -> Iterator["DuckDBPyConnection"]:
    """Yield a connection to an empty database that may write `file` and reach nothing else."""
    connection = module().connect(":memory:")
    try:
        if file:
            connection.execute(f"SET allowed_paths = ['{file}']")
        for setting in _CLOSING:
            connection.execute(setting)
        yield connection
    finally:
        connection.close()


@contextmanager
def _bounded(database: "DuckDBPyConnection", seconds: float) -> Iterator[None]:
    """Stop what `database` is at after so many seconds, and what it begins after that."""
    done = Event()

    def stop() -> None:
        passed = done.wait(seconds)
        while not passed:
            database.interrupt()
            passed = done.wait(AGAIN_SECONDS)

    watch = Thread(target=stop, daemon=True)
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()


def parquet(columns: Struct, lines: Iterable[str]) -> bytes:
    """Return a Parquet file of `lines`, each with a value of its type for each column.

    It is written to memory alone. Raises BadInputError where DuckDB is not installed.
    """
    place = os.memfd_create("parquet", os.MFD_CLOEXEC)
    try:
        file = f"/proc/self/fd/{place}"
        with opened(file) as database:
            database.execute(_LINES, [list(lines)])
            structure = orjson.dumps(structure_of(columns)).decode()
            database.execute(_WRITE.format(file=file), [structure])
        return os.pread(place, os.fstat(place).st_size, 0)
    finally:
        os.close(place)


class Duck:
    """A view that is answered in SQL."""

    def __init__(self, statement: Statement) -> None:
        """Answer `statement`. Raises BadInputError where DuckDB is not installed."""
        self._failure: type[Exception] = module().Error
        self._statement = statement

    def rows(
        self, resources: Sequence[Mapping[str, Any]], seconds: float
    ) -> list[list[Row] | None]:
        """Return the rows of each resource; None for one that has to be asked the Python way.

        That is one that SQL can't hold exactly (see `line_of`), and all of them where the view
        can't be answered over one, or not in so many `seconds`: the Python way then says what is
        wrong, and where.
        """
        lines = [line_of(resource) for resource in resources]
        held = [number for number, line in enumerate(lines) if line is not None]
        found: list[list[Row] | None] = [None if line is None else [] for line in lines]
        try:
            with opened() as database, _bounded(database, seconds):
                database.execute(_FILL, [held, [lines[number] for number in held]])
                answer = database.execute(self._statement.sql).fetchall()
        except self._failure:
            return [None for _ in lines]
        for number, rows in answer:
            found[number] = [self._row(cells) for cells in rows]
        return found

    def _row(self, cells: Sequence[str | None]) -> Row:
        return {
            name: value_of(cell) for name, cell in zip(self._statement.columns, cells, strict=True)
        }
