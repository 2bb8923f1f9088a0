"""Making a backup while the node serves: what changed since the last one, or a new base.

Order: commits first, then the ledger, so that every line that the store speaks of is in the backup.
The manifest comes last; killed before it, the backup is the one before.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import msgspec

from throughcare import __version__
from throughcare.actors import keys
from throughcare.app.backup import manifest as manifests
from throughcare.app.backup.files import copied, name_of_chain
from throughcare.app.backup.manifest import Base, Log, Manifest
from throughcare.app.folder import Folder
from throughcare.kernel import Clock, ConflictError, Ids
from throughcare.store.sqlite import commits
from throughcare.store.sqlite.archive import Archive, State
from throughcare.store.sqlite.connection import close_writing, open_writing
from throughcare.store.sqlite.filelock import FileLock
from throughcare.store.sqlite.pages import Pages
from throughcare.store.sqlite.writer import lock_path

Progress = Callable[[int, int], None]
"""Told how many pages of how many are copied."""

OWN = frozenset({".pages", ".commits", ".zst"})
"""How names of a backup's files end; such a file that no manifest names is left of a dead run."""

LAST_BACKUP = "backup.last"
"""In the node's folder: up to when it was last backed up."""
PLACE = "backup.place"
"""In the node's folder: the folder that it was last backed up to."""


def _quiet(_done: int, _all: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class Made:
    """What one run added."""

    manifest: Manifest
    why_a_base: str
    """Why the whole store was copied; "" if only what came since."""
    commits: int
    size: int
    """Bytes of the whole backup."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """What is settled while the writers wait, for microseconds."""

    state: State
    reached: datetime
    waiting: tuple[Path, ...]
    """Closed files of the archive."""
    pages: Pages | None
    why: str


@dataclass(frozen=True, slots=True)
class Backup:
    """One folder that a node is backed up to. A connection of this process has the store open."""

    node: Folder
    target: Path
    clock: Clock
    ids: Ids
    with_keys: bool = False
    keep: int = 0
    """Bases to keep, the newest; 0 for all."""
    progress: Progress = field(default=_quiet)

    def make(self, *, full: bool = False) -> Made:
        """Bring the backup up to date. Blocks the caller; writers wait for microseconds.

        Raises ConflictError if the folder is another node's backup or holds other things.
        """
        before = self._before()
        alone = FileLock(self.node.root / "backup.lock")
        lock = FileLock(lock_path(self.node.store))
        connection = open_writing(self.node.store)
        archive = Archive(self.node.store, connection, self.clock)
        try:
            with alone.held():
                with lock.held():
                    turn = self._turn(archive, before, "asked for" if full else "")
                logs, damage = self._logs(before, turn)
                if damage and turn.pages is None:
                    with lock.held():
                        turn = self._turn(archive, before, damage)
                after = self._merged(before, turn, logs, self._base(turn))
                manifests.put(self.target, after)
                manifests.write(self.node.root / LAST_BACKUP, turn.reached.isoformat().encode())
                manifests.write(self.node.root / PLACE, str(self.target.resolve()).encode())
                for path in turn.waiting:
                    path.unlink()
                self._sweep(after)
        finally:
            archive.close()
            close_writing(connection, keep_log=True)
            lock.close()
            alone.close()
        size = sum(piece.size for piece in after.pieces())
        return Made(after, turn.why, sum(log.last - log.after for log in logs), size)

    def _before(self) -> Manifest:
        node = keys.fingerprint(keys.load_public(self.node.keys))
        self.target.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (self.target / manifests.FILE).exists():
            if any(path.suffix not in OWN for path in self.target.iterdir()):
                message = f"{self.target} holds other things. Give an empty folder for the backup."
                raise ConflictError(message)
            return Manifest(node, __version__, self.clock.now())
        found = manifests.read(self.target)
        if found.node != node:
            message = f"{self.target} is the backup of another node. Give each node its own folder."
            raise ConflictError(message)
        return found

    def _turn(self, archive: Archive, before: Manifest, why: str) -> _Turn:
        archive.take()
        state = archive.roll()
        end = state.mark.number if state else 0
        waiting = tuple(path for path in archive.files() if before_of(path) < end)
        why = why or _why_a_base(before, archive, state, waiting)
        if state is None:
            state = archive.begin(self.ids.new())
        pages = Pages(self.node.store, archive.reach()) if why else None
        return _Turn(state, self.clock.now(), waiting, pages, why)

    def _logs(self, before: Manifest, turn: _Turn) -> tuple[tuple[Log, ...], str]:
        """Copy the closed files of the archive that follow what is here, up to one that is damaged.

        Returns what was copied, and why no more was.
        """
        chain, found = turn.state.chain, list[Log]()
        number, digest = before.end(chain)
        for path in turn.waiting:
            if before_of(path) != number:
                continue
            try:
                last = list(commits.read(path, bytes.fromhex(digest)))[-1].mark
            except ConflictError:
                return tuple(found), f"{path.name} of the node's archive is damaged"
            stored = f"{chain[:8]}-{path.name}"
            manifests.write(self.target / stored, path.read_bytes())
            piece = manifests.piece_of(self.target, stored)
            found.append(Log(piece, chain, number, last.number, last.digest.hex()))
            number, digest = last.number, last.digest.hex()
        return tuple(found), ""

    def _base(self, turn: _Turn) -> Base | None:
        pages, chain, mark = turn.pages, turn.state.chain, turn.state.mark
        if pages is None:
            return None
        stored = f"{chain[:8]}-{mark.number:012}-{self.ids.new()[:8]}.pages"
        first = replace(mark, digest=commits.beginning(name_of_chain(chain, mark.number)))
        packed = commits.pack(first, pages.count, pages.size, self._counted(pages))
        try:
            manifests.write_all(self.target / stored, packed)
        finally:
            pages.close()
        piece = manifests.piece_of(self.target, stored)
        return Base(piece, chain, mark.number, mark.digest.hex(), turn.reached, turn.reached)

    def _counted(self, pages: Pages) -> Iterator[tuple[int, bytes]]:
        for number, content in pages:
            if number % commits.TOGETHER == 0 or number == pages.count:
                self.progress(number, pages.count)
            yield number, content

    def _merged(
        self, before: Manifest, turn: _Turn, logs: tuple[Log, ...], base: Base | None
    ) -> Manifest:
        """Return the manifest of everything there is now; the ledger is copied here, last."""
        found = msgspec.structs.replace(
            before,
            program=__version__,
            made=self.clock.now(),
            logs=before.logs + logs,
            files=tuple(copied(self.node, self.target, with_keys=self.with_keys)),
        )
        end = turn.state.mark.number
        bases = [
            msgspec.structs.replace(one, reached=turn.reached)
            if one.chain == turn.state.chain and _reaches(found, one) == end
            else one
            for one in before.bases
        ]
        bases = [*bases, *([base] if base else [])][-self.keep :]
        kept = {log for one in bases for log in found.after(one)}
        return msgspec.structs.replace(
            found, bases=tuple(bases), logs=tuple(log for log in found.logs if log in kept)
        )

    def _sweep(self, after: Manifest) -> None:
        """Take away what no manifest names."""
        named = {piece.stored for piece in after.pieces()}
        for path in self.target.iterdir():
            if path.suffix in OWN and path.name not in named:
                path.unlink()


def before_of(path: Path) -> int:
    """Return the number of the commit before the first in a file of the archive."""
    return int(path.stem) - 1


def _reaches(manifest: Manifest, base: Base) -> int:
    logs = manifest.after(base)
    return logs[-1].last if logs else base.number


def _why_a_base(
    before: Manifest, archive: Archive, state: State | None, waiting: tuple[Path, ...]
) -> str:
    """Say why the whole store has to be copied; "" if what came since is enough."""
    if not before.bases:
        return "the first backup to this folder"
    if state is None:
        return archive.ended() or "the node keeps no commits for backups yet"
    number, digest = before.end(state.chain)
    if number < 0:
        return "the node's commits belong to another chain than this backup"
    if number == state.mark.number and digest != state.mark.digest.hex():
        return "the node was put back to an earlier state"
    if number != state.mark.number and number not in map(before_of, waiting):
        return "the commits since were collected by a backup to another folder"
    return ""
