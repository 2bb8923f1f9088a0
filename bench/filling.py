"""A person index filled at once with what placing would have left, to measure in a large one.

Comparison and persons are those of linking in bulk; what is written is what `PersonIndex.place`
writes and `rebuild` leaves (``tests/identity/test_filling.py``), but for the events on the way and
the rarity of names that no rule looks at. Rows go to a SQLite file past the engine, without a log;
PostgreSQL is given the rows of such a file (`copied`). A file takes long to fill, so that it can be
kept.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import apsw
import asyncpg
import numpy as np

from throughcare.identity.batch import Linked
from throughcare.identity.bulk import Table
from throughcare.identity.bulk.comparing import Comparing, Edges
from throughcare.identity.bulk.database import opened
from throughcare.identity.bulk.normal import normal
from throughcare.identity.bulk.persons import persons
from throughcare.identity.compare import Weights, keys
from throughcare.identity.membership import ACTIVE, REVIEW
from throughcare.identity.region import encode
from throughcare.store.sqlite.connection import open_reading, open_writing

AT_ONCE: Final = 50_000
"""Records that are read and written together."""
PARTS: Final = 8
"""Parts of the records whose keys and evidence are written each in the order of their table.

Records come one by one to a node, so that its pages are two thirds full; written in one go they
would be full to the brim, and the first records placed would divide them all.
"""
TABLES: Final = {
    "subject": ("subject", "source", "local_id", "kind"),
    "demographic_version": ("subject", "version", "at", "body"),
    "demographic": ("subject", "version", "number", "body"),
    "match_key": ("h", "subject"),
    "match_edge": ("subject", "other", "weight", "rule", "bits", "model"),
    "person": ("person", "public_id", "state", "redirect"),
    "person_link": ("subject", "person", "since", "until"),
    "doubt": ("subject", "candidate", "total", "rule", "raised"),
}
"""What an index is made of: columns by table. Beside these `index_size` holds one number."""
Rows = Iterable[tuple[Any, ...]]


class Progress:
    """A bar on standard error, for somebody who waits at a terminal."""

    _WIDTH = 40

    def __init__(self, what: str) -> None:
        """Show how far `what` is."""
        self._what = what
        self._shown = -1

    def __call__(self, done: int, total: int) -> None:
        """Show `done` of `total`, where that makes a difference."""
        full = self._WIDTH * done // max(1, total)
        if full == self._shown or not sys.stderr.isatty():
            return
        self._shown = full
        bar = "#" * full + "." * (self._WIDTH - full)
        end = "\n" if full == self._WIDTH else ""
        print(f"\r{self._what:<20}[{bar}]", end=end, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Filling:
    """Writes one table of records into the empty index of a migrated SQLite file."""

    path: Path
    table: Table
    weights: Weights

    def fill(self) -> int:
        """Write everything, on disk on return; return the number of persons. Nobody else writes."""
        database = open_writing(self.path)
        database.execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF").fetchall()
        database.execute("BEGIN")
        linked, edges = self._linked()
        self._remember(database)
        self._tie(database, edges)
        del edges
        self._people(database, linked)
        database.execute("COMMIT")
        database.execute("PRAGMA synchronous=FULL").fetchall()
        database.execute("PRAGMA journal_mode=WAL").fetchall()
        database.close()
        return len(linked.persons)

    def _linked(self) -> tuple[Linked, Edges]:
        progress = Progress("pairs compared")
        known = normal(self.table, self.weights)
        with opened() as database:
            edges = Comparing(database, known, self.weights).edges(progress)
        return persons(known, edges, self.weights).linked(), edges

    def _remember(self, database: apsw.Connection) -> None:
        """Write record `n` of the table, from 0, as subject n + 1: what it says, and its keys."""
        progress, count = Progress("records written"), self.table.count
        for part in np.array_split(np.arange(count), PARTS):
            found: list[np.ndarray] = []
            for some in _runs(part.tolist()):
                found.append(self._say(database, some))
                progress(some[-1] + 1, count)
            pairs = np.concatenate([*found, np.zeros((0, 2), np.int64)])
            pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
            _put(database, "match_key", _tuples(pairs))

    def _say(self, database: apsw.Connection, some: Sequence[int]) -> np.ndarray:
        """Write some records, and return their keys with their subjects."""
        named, newest, known, found = [], [], [], []
        for at in some:
            one, subject = self.table.sourced(at), at + 1
            body = encode(one.demographics)
            named.append((subject, one.source, one.local_id, "record"))
            newest.append((subject, 1, 0, body))
            known.append((subject, 1, one.demographics.number, body))
            found += [(key, subject) for key in keys(one.demographics)]
        _put(database, "subject", named)
        _put(database, "demographic_version", newest)
        _put(database, "demographic", known)
        return np.array(found, np.int64).reshape(-1, 2)

    def _tie(self, database: apsw.Connection, edges: Edges) -> None:
        """Write the evidence in both directions, when the later of its two records comes."""
        progress = Progress("evidence written")
        parts = np.array_split(np.arange(self.table.count), PARTS)
        later = np.maximum(edges.low, edges.high)
        for done, part in enumerate(parts, 1):
            if len(part):
                at = np.flatnonzero((part[0] <= later) & (later <= part[-1]))
                _put(database, "match_edge", self._evidence(edges, at))
            progress(done, PARTS)

    def _evidence(self, edges: Edges, at: np.ndarray) -> Iterator[tuple[Any, ...]]:
        subject = np.concatenate([edges.low[at], edges.high[at]]) + 1
        other = np.concatenate([edges.high[at], edges.low[at]]) + 1
        ends = np.stack([subject, other], 1)
        for row in np.lexsort((other, subject)).tolist():
            found = edges.evidence(at[row % len(at)])
            pair = ends[row].tolist()
            yield (*pair, found.weight, found.rule.name, found.bits, self.weights.version)

    def _people(self, database: apsw.Connection, linked: Linked) -> None:
        waiting = {at for doubt in linked.doubts for at in doubt.provisional}
        groups = list(enumerate(linked.persons, 1))
        states = (ACTIVE, REVIEW)
        _put(
            database,
            "person",
            (
                (number, f"filled{number}", states[not waiting.isdisjoint(group)], None)
                for number, group in groups
            ),
        )
        links = sorted((at + 1, number) for number, group in groups for at in group)
        _put(database, "person_link", ((*link, 0, None) for link in links))
        _put(database, "doubt", self._doubts(linked))
        database.execute("UPDATE index_size SET persons = ?", (len(groups),))

    def _doubts(self, linked: Linked) -> Iterator[tuple[Any, ...]]:
        for doubt in linked.doubts:
            ends = doubt.edge.left, doubt.edge.right
            waits, stays = ends if ends[0] in doubt.provisional else ends[::-1]
            yield waits + 1, stays + 1, doubt.total, doubt.rule.name, 0


async def copied(path: Path, dsn: str) -> None:
    """Write the index of a SQLite file into the empty one of a migrated PostgreSQL database.

    Keys lie in the order in which their records came, as in a node, and not in that of their index.
    """
    database = open_reading(path)
    connection = await asyncpg.connect(dsn)
    progress = Progress("rows copied")
    await connection.execute("ALTER TABLE match_key DROP CONSTRAINT match_key_pkey")
    for done, (table, columns) in enumerate(TABLES.items()):
        progress(done, len(TABLES))
        rows = database.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608 - of our own
        if table == "match_key":
            await _copy_keys(connection, rows)
        else:
            # A cursor could be read with `async for` too, which the driver would try.
            await connection.copy_records_to_table(table, records=map(tuple, rows), columns=columns)
    await connection.execute("ALTER TABLE match_key ADD PRIMARY KEY (h, subject)")
    size = database.execute("SELECT persons FROM index_size").fetchall()[0][0]
    await connection.execute("UPDATE index_size SET persons = $1", size)
    progress(1, 1)
    await connection.close()
    database.close()


async def _copy_keys(connection: Any, rows: Rows) -> None:  # noqa: ANN401 - asyncpg has no types
    """Copy two columns of numbers, by the second; as bytes, since there are a great many."""
    pairs = np.fromiter(rows, np.dtype((np.int64, 2)))
    pairs = pairs[np.argsort(pairs[:, 1], kind="stable")]
    row = [("fields", ">i2"), ("a", ">i4"), ("h", ">i8"), ("b", ">i4"), ("subject", ">i8")]
    packed = np.empty(len(pairs), np.dtype(row))
    packed["fields"], packed["a"], packed["b"] = 2, 8, 8
    packed["h"], packed["subject"] = pairs[:, 0], pairs[:, 1]
    head, end = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
    source = BytesIO(head + packed.tobytes() + end)
    await connection.copy_to_table(
        "match_key", source=source, columns=TABLES["match_key"], format="binary"
    )


def _put(database: apsw.Connection, table: str, rows: Rows) -> None:
    columns = TABLES[table]
    marks = ", ".join("?" for _ in columns)
    database.executemany(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608 - of our own
        rows,
    )


def _tuples(table: np.ndarray) -> Iterator[list[int]]:
    for some in np.array_split(table, len(table) // AT_ONCE + 1):
        yield from some.tolist()


def _runs(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), AT_ONCE):
        yield numbers[start : start + AT_ONCE]
