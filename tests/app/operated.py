"""A node that tests operate: a clock that they set, and everything in its store, plainly."""

import contextlib
import hashlib
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from doors.node_parts import condition, load, patient, submission
from throughcare.app.backup.making import Backup
from throughcare.app.folder import Folder, create
from throughcare.app.node import Node, opened
from throughcare.app.system import RandomIds

LETTERS = str.maketrans("0123456789", "ghijklmnop")
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
RESUMED = ("counter", "audit_pending", "actor_session", "actor_link", "audit_mark", "audit_ix")
"""Tables that a restored node writes to before it goes on."""


class SetClock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        """Start at nine o'clock."""
        self.time = START

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.time

    def pass_by(self, seconds: float = 1) -> datetime:
        """Let time pass and return the new time."""
        self.time += timedelta(seconds=seconds)
        return self.time


@contextlib.asynccontextmanager
async def operated(root: Path, clock: SetClock) -> AsyncIterator[Node]:
    """Open the node in `root`, made if absent."""
    async with opened(create(root), clock=clock) as node:
        yield node


async def deliver(node: Node, number: int) -> None:
    """Load a person with a diagnosis; two of three deliveries are of an earlier person."""
    who = number - number % 3
    family = hashlib.sha256(str(who).encode()).hexdigest()[:9].translate(LETTERS)
    person = patient(family, birthDate=f"{1920 + who}-0{1 + who % 9}-11")
    diagnosis = condition(f"urn:gp:{family}", str(number))
    await load(node, submission("gp", person, diagnosis, key=str(number)))


def backup_of(node: Node, target: Path, *, with_keys: bool = False, keep: int = 0) -> Backup:
    """Return the backup of an open node to `target`."""
    return Backup(node.folder, target, node.clock, RandomIds(), with_keys=with_keys, keep=keep)


def everything(folder: Folder, leave: tuple[str, ...] = RESUMED) -> dict[str, list[str]]:
    """Return every row of every table, read with Python's own SQLite: the oracle.

    But for the number that a restored node keeps free because the ledger speaks of it.
    """
    store = sqlite3.connect(f"file:{folder.store}?mode=ro", uri=True)
    with contextlib.closing(store):
        names = [
            str(name)
            for name, sql in store.execute("SELECT name, sql FROM sqlite_master WHERE type='table'")
            if name not in leave and "USING fts5" not in sql and not name.startswith("tok_")
        ]
        found = {name: _rows(store, name) for name in names}
    found["person"] = [row for row in found["person"] if "'reserved'" not in row]
    return found


def _rows(store: sqlite3.Connection, table: str) -> list[str]:
    return sorted(map(repr, store.execute(f'SELECT * FROM "{table}"')))  # noqa: S608
