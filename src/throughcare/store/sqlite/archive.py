"""The archive: every commit since the last base, kept in the node until a backup collects it.

While the folder holds a file ``state``, each writer copies the pages of each commit here: within
its turn at the lock file, and before the write-ahead log can start over. Files are brought to disk
before the log is moved into the database, so that what a power cut takes from them is still in the
log. What can't be kept (no room, a log that another program emptied) ends the archive: the state is
taken away, and the next backup says so and makes a new base. It never holds up or fails a write.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import apsw

from throughcare.kernel import Clock
from throughcare.store.durable import replace_file, sync_folder
from throughcare.store.sqlite import commits, wal
from throughcare.store.sqlite.commits import Mark

FOLDER = "archive"
"""Beside the database."""
STATE = "state"
ENDED = "ended"
"""Says why the archive ended, if it did."""
SUFFIX = ".commits"
MOST = 2 << 30
"""Bytes that may wait for a backup; the archive ends beyond."""
_TURNS = 1 << 32
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class State:
    """Where a chain goes on: its name, and the mark at which its newest file begins."""

    chain: str
    mark: Mark

    def text(self) -> str:
        """Return the state as JSON."""
        mark = asdict(self.mark)
        mark |= {"salt": self.mark.salt.hex(), "digest": self.mark.digest.hex()}
        return json.dumps({"chain": self.chain, **mark})


def state_of(text: str) -> State:
    """Return the state of a text that `State.text` made. Raises ValueError or KeyError."""
    read = json.loads(text)
    salt, digest = bytes.fromhex(read["salt"]), bytes.fromhex(read["digest"])
    return State(read["chain"], Mark(read["number"], read["at"], salt, read["frame"], digest))


class Archive:
    """One writer's way to the archive of a database. Every method needs the lock file held."""

    def __init__(
        self, database: Path, connection: apsw.Connection, clock: Clock, most: int = MOST
    ) -> None:
        """Stand beside `database`; `connection` writes to it, and is in no transaction here."""
        self.folder = database.with_name(FOLDER)
        self._state_path = self.folder / STATE  # looked at twice in every commit
        self._database, self._connection, self._clock, self._most = (
            database, connection, clock, most,
        )  # fmt: skip
        self._known: tuple[int, int] | None = None
        self._state: State | None = None
        self._mark = Mark(0, 0, wal.UNKNOWN_SALT, 0, b"")
        self._file = -1
        self._end = 0
        self._others = 0

    @property
    def is_on(self) -> bool:
        """Tell whether commits were kept when this writer last looked."""
        return self._state is not None

    def begin(self, chain: str) -> State:
        """Start a chain of this name here and now; what an earlier one left is taken away."""
        self.folder.mkdir(exist_ok=True, mode=0o700)
        (self.folder / STATE).unlink(missing_ok=True)
        for path in self.folder.glob(f"*{SUFFIX}"):
            path.unlink()
        (self.folder / ENDED).unlink(missing_ok=True)
        at = self.reach()
        mark = Mark(0, self._now(), at.salt, at.frame, commits.beginning(chain))
        return self._keep(State(chain, mark))

    def reach(self) -> wal.Reach:
        """Return how far the write-ahead log goes."""
        return wal.reach(self._connection, self._database)

    def take(self) -> None:
        """Copy what was committed since; nothing if there is no archive."""
        try:
            if self._follow():
                self._take(self.reach())
        except OSError as error:
            self._stop(str(error.strerror))
        except (ValueError, KeyError):
            self._stop("its state could not be read")

    def roll(self) -> State | None:
        """Close the newest file, on disk, and return where the chain goes on; None if it ended."""
        if not self._follow() or self._state is None:
            return None
        self.sync()
        return self._keep(replace(self._state, mark=self._mark))

    def sync(self) -> None:
        """Bring the newest file to disk."""
        if self._file < 0:
            return
        try:
            os.fdatasync(self._file)
        except OSError as error:
            self._stop(str(error.strerror))

    def files(self) -> list[Path]:
        """Return the files that hold commits, oldest first."""
        return sorted(self.folder.glob(f"*{SUFFIX}"))

    def ended(self) -> str:
        """Return why the archive ended; "" if it did not, or nobody could note it."""
        path = self.folder / ENDED
        return path.read_text().strip() if path.exists() else ""

    def close(self) -> None:
        """Close the newest file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _take(self, reach: wal.Reach) -> None:
        after = self._after(reach)
        if after < reach.frame:
            self._append(reach, after)

    def _follow(self) -> bool:
        """Catch up with what other processes did; False if there is no archive."""
        try:
            found = self._state_path.stat()
        except FileNotFoundError:
            self._known, self._state = None, None
            self.close()
            return False
        known = (found.st_ino, found.st_mtime_ns)
        if known != self._known:
            self._load()
            self._known = known
        elif os.fstat(self._file).st_size != self._end:
            self._read_on()
        return True

    def _load(self) -> None:
        self.close()
        self._state = state_of((self.folder / STATE).read_text())
        self._mark, self._end = self._state.mark, 0
        others = (path for path in self.files() if path != self._path())
        self._others = sum(path.stat().st_size for path in others)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(self._path(), flags, 0o600)
        sync_folder(self.folder)
        self._read_on()

    def _path(self) -> Path:
        number = 0 if self._state is None else self._state.mark.number
        return self.folder / f"{number + 1:012}{SUFFIX}"

    def _read_on(self) -> None:
        """Go to the end of the newest file; what is torn there is taken from the log again."""
        for record in commits.whole(self._path(), self._mark.digest, self._end):
            self._mark, self._end = record.mark, record.end
        os.ftruncate(self._file, self._end)

    def _after(self, reach: wal.Reach) -> int:
        """Return the last frame that is here already."""
        mark = self._mark
        if not reach.frame:
            return 0
        if reach.salt == mark.salt and reach.frame >= mark.frame:
            return mark.frame
        turn = (int.from_bytes(mark.salt[:4], "big") + 1) % _TURNS
        if mark.salt == wal.UNKNOWN_SALT or reach.turn == turn:
            return 0
        self._stop("another program emptied the write-ahead log of the database")
        return reach.frame

    def _append(self, reach: wal.Reach, after: int) -> None:
        mark = replace(
            self._mark,
            number=self._mark.number + 1,
            at=max(self._now(), self._mark.at),
            salt=reach.salt,
            frame=reach.frame,
        )
        log = wal.Log(self._database, reach)
        try:
            newest = sorted(log.newest(after).items())
            changed = ((page, log.page(frame) or b"") for page, frame in newest)
            packed = commits.pack(mark, reach.pages, reach.page_size, changed)
            for record in packed:
                self._end += os.write(self._file, record)
        finally:
            log.close()
        self._mark = replace(mark, digest=packed.digest)
        if self._others + self._end > self._most:
            self._stop(f"more than {self._most >> 20} MB waited for a backup to collect them")

    def _keep(self, state: State) -> State:
        """Put the state on disk, whole, under its name."""
        replace_file(self.folder / STATE, state.text().encode(), 0o600)
        return state

    def _stop(self, why: str) -> None:
        """End the archive. Taking a name away needs no room on a full disk."""
        (self.folder / STATE).unlink(missing_ok=True)
        with suppress(OSError):
            (self.folder / ENDED).write_text(f"{why}\n")

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * _MICROSECONDS)
