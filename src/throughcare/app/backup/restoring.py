"""Restoring: everything is checked first, then a new node is made of it.

The store goes back to the time asked for; the ledger never does. Looks happened, and stay in it:
the newest ledger of the backup is restored whole, or one that was saved from the lost machine.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from throughcare.actors import keys
from throughcare.app.backup import manifest as manifests
from throughcare.app.backup.files import content_of, name_of_chain
from throughcare.app.backup.manifest import Base, Manifest
from throughcare.app.folder import Folder
from throughcare.audit.verify import verify
from throughcare.kernel import BadInputError, ConflictError, NotFoundError
from throughcare.store.durable import sync_folder
from throughcare.store.sqlite import commits
from throughcare.store.sqlite.connection import open_reading
from throughcare.store.sqlite.damage import give_checksums

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RULES = "locality.toml"
"""Written last: a folder without it is no node."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a restore will be made of; all of it was checked."""

    folder: Path
    manifest: Manifest
    base: Base
    at: datetime
    """Everything that was committed up to then, and nothing later."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A node that was made of a backup."""

    at: datetime
    commits: int
    """Commits since the base that were done again."""
    lines: int
    has_key: bool
    """False: the node's private key has to be put there before it can be served."""


def check(folder: Path) -> Manifest:
    """Read every file of a backup. Raises ConflictError that names the first that is damaged."""
    found = manifests.read(folder)
    for piece in found.pieces():
        manifests.check(folder, piece)
    return found


def plan(folder: Path, at: datetime | None = None) -> Plan:
    """Check a backup and choose what is restored: everything up to `at`, or the newest state.

    Raises NotFoundError if the backup does not know that time, ConflictError if it is damaged.
    """
    found = manifests.read(folder)
    usable = [base for base in found.bases if at is None or base.at <= at]
    if not usable:
        first = found.bases[0].at if found.bases else found.made
        message = f"The backup begins at {first.isoformat()}. Give that time or a later one."
        raise NotFoundError(message)
    base = usable[-1]
    if at is not None and at > base.reached:
        message = (
            f"The backup reaches to {base.reached.isoformat()}, and knows no state at the time "
            "given. Give that time or an earlier one, or leave --at out for the newest."
        )
        raise NotFoundError(message)
    for piece in (base.piece, *(log.piece for log in found.after(base)), *found.files):
        manifests.check(folder, piece)
    return Plan(folder, found, base, at or base.reached)


def restore(
    made: Plan, root: Path, *, key: Path | None = None, ledger: Path | None = None
) -> Restored:
    """Make a node in `root`, which is absent or empty, and check it.

    `key` is the folder with the node's key pair, unless the backup holds it; `ledger` a ledger that
    is newer than that of the backup. Raises ConflictError if what was made is not whole: it has no
    rules then, and so is no node.
    """
    refuse_occupied(root)
    folder = Folder(root)
    for piece in made.manifest.files:
        if piece.path != RULES:
            _put(folder.root / piece.path, content_of(made.folder, piece))
    give_key(folder, key, made.manifest.node)
    if ledger is not None:
        _take_ledger(folder, ledger)
    count = _store(made, folder.store)
    _check_store(folder.store)
    report = verify(folder.ledger) if folder.ledger.is_dir() else None
    if report is not None and not report.ok:
        message = f"The ledger is not whole: {report.findings[0]}"
        raise ConflictError(message)
    (rules,) = (piece for piece in made.manifest.files if piece.path == RULES)
    _put(folder.locality, content_of(made.folder, rules))
    sync_folder(folder.root)
    has_key = (folder.keys / keys.PRIVATE).exists()
    return Restored(made.at, count, report.entries if report else 0, has_key)


def refuse_occupied(root: Path) -> None:
    """Make the folder; raise ConflictError if there is anything in it."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        message = f"{root} is there already and not empty. Give a new folder."
        raise ConflictError(message)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)


def give_key(folder: Folder, key: Path | None, node: str) -> None:
    """Put the private key in its place. Raises BadInputError if it is another node's."""
    if key is None:
        return
    private = keys.load(key)
    if keys.fingerprint(private.public_key()) != node:
        message = f"The key in {key} is not that of the node in the backup. Give the node's own."
        raise BadInputError(message)
    _put(folder.keys / keys.PRIVATE, (key / keys.PRIVATE).read_bytes())


def _take_ledger(folder: Folder, ledger: Path) -> None:
    """Put a saved ledger in the place of the backup's."""
    for path in sorted([*ledger.glob("w*.segment"), *ledger.glob("checkpoints")]):
        _put(folder.ledger / path.name, path.read_bytes())


def _put(path: Path, content: bytes) -> None:
    manifests.write(path, content)


def _store(made: Plan, path: Path) -> int:
    """Write the pages of the base and of each commit up to the time; return how many commits."""
    base, limit = made.base, (made.at - _EPOCH) // timedelta(microseconds=1)
    count = 0
    raw = path.with_suffix(".raw")
    with raw.open("w+b") as store:
        raw.chmod(0o600)
        chain = commits.beginning(name_of_chain(base.chain, base.number))
        _apply(store, made.folder / base.piece.stored, chain, None)
        digest = bytes.fromhex(base.digest)
        for log in made.manifest.after(base):
            count += _apply(store, made.folder / log.piece.stored, digest, limit)
            digest = bytes.fromhex(log.digest)
        store.flush()
    give_checksums(raw, path)
    path.chmod(0o600)
    return count


def _apply(store: BinaryIO, path: Path, digest: bytes, limit: int | None) -> int:
    """Do the commits of a file again, those up to `limit`; return how many."""
    count = 0
    for record in commits.read(path, digest):
        if limit is not None and record.mark.at > limit:
            break
        for number, content in record.changed():
            store.seek((number - 1) * record.page_size)
            store.write(content)
        if record.is_last:
            store.truncate(record.pages * record.page_size)
            count += 1
    return count


def _check_store(path: Path) -> None:
    connection = open_reading(path)
    try:
        faults = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
        faults = [text for text in faults if text != "ok"]
        for table, *_ in connection.execute("PRAGMA foreign_key_check"):
            faults.append(f"a row of {table} points to nothing")
    finally:
        connection.close()
    if faults:
        message = (
            f"The restored store is not whole: {faults[0]}. Restore to an earlier time, or another "
            "backup."
        )
        raise ConflictError(message)
