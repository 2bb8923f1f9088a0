"""Measures two ways for rows of a batch to reach PostgreSQL: arrays in one statement, and COPY.

Run: ``python bench/rows.py``. Each resource writes a row to six tables of the record, as a create
does. Prints CPU in microseconds a resource, of this process and of the server's (Linux), and the
time that passed. COPY can't replace a row that is there, which our statements do; so it is measured
alone, and followed by an INSERT from a temporary table that does.
"""

import asyncio
import hashlib
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from throughcare.store import postgres, statements
from throughcare.store.postgres.binding import template
from throughcare.store.postgres.connection import connect, parameter_types
from throughcare.store.postgres.expression import numbers
from throughcare.store.postgres.insertion import Insertion, insertion, joined
from throughcare.store.statements import LAYOUT

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from store import cluster

TICKS = os.sysconf("SC_CLK_TCK")
BATCHES = {1: 1_024, 16: 8_192, 256: 16_384, 4_096: 32_768}
"""Resources in a transaction, and how many are written in all."""
BODY = hashlib.shake_128(b"body").digest(400)
NAMES = ("put_alias", "put_res", "put_head", "put_coded", "put_terms", "put_outbox")
Rows = list[dict[str, Any]]


class FixedClock:
    """Always the same time: nothing here depends on it."""

    def now(self) -> datetime:
        """Return it."""
        return datetime(2026, 11, 24, tzinfo=UTC)


def batch(first: int, count: int) -> dict[str, Rows]:
    """Make what so many resources write, by statement."""
    made: dict[str, Rows] = {name: [] for name in NAMES}
    for i in range(first, first + count):
        entry, id_ = (i // 50 << 24) + i % 50, f"resource-{i}"
        terms = " ".join(f"{hash((i % 97, term)) & 0xFFFFFFFFFFFFFFF:016x}" for term in range(12))
        made["put_alias"].append({"type": 5, "id": id_, "entry": entry})
        made["put_res"].append({"entry": entry, "version": 1, "seq": i, "body": BODY})
        made["put_head"].append(
            {"entry": entry, "subject": i // 50, "type": 5, "cls": 1, "date_lo": i, "date_hi": i}
            | {"date_param": 7, "author": None, "updated": i, "id": id_}
        )
        made["put_coded"].append(
            {"subject": i // 50, "type": 5, "code": i % 97, "entry": entry, "system": 1}
        )
        made["put_terms"].append({"entry": entry, "terms": terms})
        made["put_outbox"].append(
            {"seq": i, "entry": entry, "version": 1, "kind": "put", "type": 5, "id": id_}
        )
    return made


class Ways:
    """The ways, on one connection; each writes a batch in a transaction."""

    def __init__(self, connection: Any, known: dict[str, Insertion], types: Any) -> None:  # noqa: ANN401
        """Know the statements and the types of their parameters."""
        self.connection, self._known, self._types = connection, known, types

    async def arrays(self, rows: dict[str, Rows]) -> None:
        """Write every table with one statement, as the engine does."""
        text = joined(tuple(self._known.values()), self._types)
        columns = [c for name, one in self._known.items() for c in one.columns(rows[name])]
        await self.connection.execute("BEGIN")
        await self.connection.execute(text, *columns)
        await self.connection.execute("COMMIT")

    async def copied(self, rows: dict[str, Rows], prefix: str = "") -> None:
        """Write each table with a COPY."""
        await self.connection.execute("BEGIN")
        await self._copy(rows, prefix)
        await self.connection.execute("COMMIT")

    async def _copy(self, rows: dict[str, Rows], prefix: str) -> None:
        for name, one in self._known.items():
            await self.connection.copy_records_to_table(
                f"{prefix}{one.table}",
                records=records(one, rows[name]),
                columns=[word.strip() for word in one.listed.split(",")],
            )

    async def staged(self, rows: dict[str, Rows]) -> None:
        """Copy to temporary tables, and insert from there, as a row that exists needs it."""
        await self.connection.execute("BEGIN")
        await self._copy(rows, "new_")
        for one in self._known.values():
            await self.connection.execute(
                f"INSERT INTO {one.table} ({one.listed}) "  # noqa: S608 - our own statements
                f"SELECT {one.listed} FROM new_{one.table} {one.rest}"
            )
        names = ", ".join(f"new_{one.table}" for one in self._known.values())
        await self.connection.execute(f"TRUNCATE {names}; COMMIT")


def records(one: Insertion, rows: Rows) -> Iterator[tuple[Any, ...]]:
    """Yield rows as COPY takes them."""
    for row in rows:
        yield tuple(numbers(row[name]) if name == one.terms else row[name] for name in one.names)


def server_seconds(pid: int) -> float:
    """Return the CPU seconds of one process of the server so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / TICKS


async def measured(ways: Ways, write: Callable[[dict[str, Rows]], Awaitable[None]]) -> None:
    """Print what a way costs, for each size of batch."""
    pid = await ways.connection.fetchval("SELECT pg_backend_pid()")
    cells = []
    for size, total in BATCHES.items():
        tables = "alias, res, head, coded, tok, outbox"
        await ways.connection.execute(f"TRUNCATE {tables}; CHECKPOINT")
        batches = [batch(first, size) for first in range(0, total, size)]
        here, there, begun = time.process_time(), server_seconds(pid), time.perf_counter()
        for rows in batches:
            await write(rows)
        passed = (time.perf_counter() - begun) / total * 1e6
        ours = (time.process_time() - here) / total * 1e6
        theirs = (server_seconds(pid) - there) / total * 1e6
        cells.append(f"{ours:>6.0f} +{theirs:>5.0f} ({passed:>6.0f})")
    print(f"  {write.__name__:<10}" + "".join(f"{cell:>24}" for cell in cells), flush=True)


async def main() -> None:
    """Measure every way twice, one after the other."""
    started = cluster.start()
    try:
        await started.make("rows")
        dsn = started.dsn("rows")
        await (await postgres.open_store(dsn, clock=FixedClock())).close()
        texts = statements.load(LAYOUT / "sql", "postgres")
        connection: Any = await connect(dsn)
        known = {name: insertion(texts[f"record.{name}"]) for name in NAMES}
        found = {name: one for name, one in known.items() if one is not None}
        types = tuple(
            [await parameter_types(connection, template(one.sql).text) for one in found.values()]
        )
        for one in found.values():
            await connection.execute(
                f"CREATE TEMP TABLE new_{one.table} AS SELECT * FROM {one.table} LIMIT 0"  # noqa: S608
            )
        ways = Ways(connection, found, types)
        print("resources a transaction: CPU here + at the server (time passed), microseconds each")
        print(f"  {'':<10}" + "".join(f"{size:>24,}" for size in BATCHES))
        for _ in range(2):
            for write in (ways.arrays, ways.copied, ways.staged):
                await measured(ways, write)
        await connection.close()
    finally:
        started.stop()


if __name__ == "__main__":
    asyncio.run(main())
