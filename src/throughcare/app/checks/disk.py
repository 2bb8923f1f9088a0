"""Disk, key files and backups: what lies in the node's folder."""

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from throughcare.actors import keys
from throughcare.app.backup.making import LAST_BACKUP
from throughcare.app.checks import growth
from throughcare.app.checks.check import Check, fault, ok, warn
from throughcare.app.folder import Folder
from throughcare.store.sqlite.archive import ENDED, FOLDER, STATE

LITTLE_SPACE: Final = 1 << 30
"""Bytes of free disk below which the doctor warns."""
NO_SPACE: Final = 64 << 20
"""Bytes below which reads will soon be refused."""
FEW_NAMES: Final = 10_000
"""Free inodes below which the doctor warns."""
SOON: Final = 14
"""Days: a disk that is full sooner at this growth is worth a warning."""
MANY: Final = 3650
"""Days that nobody counts."""
OLD_BACKUP: Final = timedelta(days=1)
_ROOM: Final = "Make room or enlarge the disk: docs/operations/disk-full.md"
_MEGABYTE: Final = 1 << 20


def checks(folder: Folder, now: datetime) -> tuple[Check, ...]:
    """Look at the folder."""
    return (_space(folder.root, now), _names(folder.root), _keys(folder), _backup(folder, now))


def _space(root: Path, now: datetime) -> Check:
    free = shutil.disk_usage(root).free
    grown = growth.a_day(root, now)
    days = free // grown if grown else None
    found = f"{free // _MEGABYTE} MB free"
    if grown is not None:
        found += f"; the node grows by {grown // _MEGABYTE} MB a day"
    if days is not None and days < MANY:
        found += f": {days} days are left"
    if free < NO_SPACE:
        return fault("disk", found, _ROOM)
    if free < LITTLE_SPACE or (days is not None and days < SOON):
        return warn("disk", found, _ROOM)
    return ok("disk", found)


def _names(root: Path) -> Check:
    free = os.statvfs(root)
    if free.f_files > 0 and free.f_favail < FEW_NAMES:
        remedy = "The disk has room for few more files: remove what is not needed."
        return warn("files", f"room for {free.f_favail} more files", remedy)
    return ok("files", "room for more files")


def _keys(folder: Folder) -> Check:
    for path in (folder.keys / keys.PRIVATE, folder.address, folder.replica_address):
        if path.exists() and path.stat().st_mode & 0o077:
            remedy = f"chmod 600 {path}, and think of a new key or password"
            return fault("keys", f"others may read {path.name}", remedy)
    if folder.root.stat().st_mode & 0o007:
        return warn("keys", "everybody may enter the node's folder", f"chmod 700 {folder.root}")
    return ok("keys", "readable by the node's user alone")


def _backup(folder: Folder, now: datetime) -> Check:
    remedy = "throughcare backup --to FOLDER, on another disk, by a timer"
    if folder.dsns():
        return ok("backup", "PostgreSQL: by its own means (docs/operations/backup.md)")
    mark = folder.root / LAST_BACKUP
    if not mark.exists():
        return warn("backup", "none was made yet", remedy)
    archive = folder.root / FOLDER
    if not (archive / STATE).exists():
        why = (archive / ENDED).read_text().strip() if (archive / ENDED).exists() else "unknown"
        return warn("backup", f"commits are not kept since the last one: {why}", remedy)
    age = now - datetime.fromisoformat(mark.read_text().strip())
    found = f"the last one {age.total_seconds() / 3600:.1f} hours ago"
    return warn("backup", found, remedy) if age > OLD_BACKUP else ok("backup", found)
