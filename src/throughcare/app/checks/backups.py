"""Backups: how old the last one is, and whether anybody has tried to make a node of it."""

import shlex
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from throughcare.app.backup.making import LAST_BACKUP, PLACE
from throughcare.app.backup.trial import last_restore
from throughcare.app.checks.check import command, ok, warn
from throughcare.app.folder import Folder
from throughcare.model.health import Check, Way
from throughcare.store.sqlite.archive import ENDED, FOLDER, STATE

OLD_BACKUP: Final = timedelta(days=1)
OLD_RESTORE: Final = timedelta(days=92)
"""A backup that was not tried for a quarter is a hope."""
_LOST: Final = "If this disk dies, what came since the last backup is gone."


def checks(folder: Folder, now: datetime) -> tuple[Check, ...]:
    """Look at the last backup and at the last restore of it."""
    if folder.dsns():
        return (ok("backup", "PostgreSQL: by its own means (docs/operations/backup.md)"),)
    mark = folder.root / LAST_BACKUP
    if not mark.exists():
        return (warn("backup", "none was made yet", _make(folder)),)
    last = datetime.fromisoformat(mark.read_text().strip())
    return (_backup(folder, last, now), _tried(folder, now))


def way_back(folder: Folder, otherwise: str) -> Way:
    """Return how the record is brought back from its last backup."""
    if folder.dsns():
        return Way(otherwise, words="Restore the database: docs/operations/backup.md#postgresql.")
    source = place(folder)
    restored = folder.root.with_name(f"{folder.root.name}-restored")
    words = "Stop the node first, then serve the restored one: docs/operations/backup.md."
    if source is None:
        words = f"BACKUP is the folder of your backup. {words}"
    return Way(otherwise, command(restored, "restore", source or "BACKUP"), words)


def place(folder: Folder) -> Path | None:
    """Return where the last backup went; None where none was made."""
    kept = folder.root / PLACE
    return Path(kept.read_text("utf-8").strip()) if kept.exists() else None


def _make(folder: Folder) -> Way:
    target = place(folder)
    words = "" if target else "FOLDER is on another disk. "
    again = command(folder.root, "backup", "--to", target or "FOLDER")
    return Way(_LOST, again, f"{words}Have a timer do it: docs/operations/backup.md.")


def _backup(folder: Folder, last: datetime, now: datetime) -> Check:
    archive, target = folder.root / FOLDER, place(folder)
    if not (archive / STATE).exists():
        why = (archive / ENDED).read_text().strip() if (archive / ENDED).exists() else "unknown"
        found = f"commits are not kept since the last one: {why}"
        return warn("backup", found, _make(folder))
    age = now - last
    found = f"the last one {age.total_seconds() / 3600:.1f} hours ago"
    if target is not None:
        found += f", in {target}"
    return warn("backup", found, _make(folder)) if age > OLD_BACKUP else ok("backup", found)


def _tried(folder: Folder, now: datetime) -> Check:
    """Tell when the backup was last restored. A folder that is not there now is told as that."""
    source = place(folder)
    if source is None or not source.is_dir():
        found = "the folder of the last backup is not there now"
        otherwise = "Nobody knows whether the backup can be restored."
        return warn("restore", found, Way(otherwise, words="Mount it, then look again."))
    trial = source.with_name(f"{source.name}-trial")
    try_it = f"{command(trial, 'restore', source)} && rm -r {shlex.quote(str(trial))}"
    way = Way("Nobody knows whether the backup can be restored until the day it has to be.", try_it)
    last = last_restore(source)
    if last is None:
        return warn("restore", "the backup was never restored, not even for a trial", way)
    found = f"a node was last made of the backup on {last:%Y-%m-%d}"
    return warn("restore", found, way) if now - last > OLD_RESTORE else ok("restore", found)
