"""Disk and key files: what lies in the node's folder."""

import os
import shlex
import shutil
from datetime import datetime
from pathlib import Path
from typing import Final

from throughcare.actors import keys as actor_keys
from throughcare.app.checks import growth
from throughcare.app.checks.check import command, fault, ok, warn
from throughcare.app.folder import Folder
from throughcare.model.health import Check, Way

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
_FULL: Final = "Feeds are refused first, and a day later nobody can read any record."
_MEGABYTE: Final = 1 << 20


def checks(folder: Folder, now: datetime) -> tuple[Check, ...]:
    """Look at the disk that the node's folder is on."""
    return (_space(folder.root, now), _names(folder.root))


def _space(root: Path, now: datetime) -> Check:
    free = shutil.disk_usage(root).free
    grown = growth.a_day(root, now)
    days = free // grown if grown else None
    found = f"{free // _MEGABYTE} MB free"
    if grown is not None:
        found += f"; the node grows by {grown // _MEGABYTE} MB a day"
    if days is not None and days < MANY:
        found += f": {days} days are left"
    words = "Enlarge the disk, or move other things off it: docs/operations/disk-full.md."
    room = Way(_FULL, command(root, "tidy", "--shrink"), words)
    if free < NO_SPACE:
        return fault("disk", found, room)
    if free < LITTLE_SPACE or (days is not None and days < SOON):
        return warn("disk", found, room)
    return ok("disk", found)


def _names(root: Path) -> Check:
    free = os.statvfs(root)
    if free.f_files > 0 and free.f_favail < FEW_NAMES:
        words = "Remove what is not needed: the disk has room for few more files."
        way = Way(_FULL, f"df -i {shlex.quote(str(root))}", words)
        return warn("files", f"room for {free.f_favail} more files", way)
    return ok("files", "room for more files")


def keys(folder: Folder) -> Check:
    """Tell whether anybody but the node's user can read its keys, its passwords or its folder."""
    for path in (folder.keys / actor_keys.PRIVATE, folder.address, folder.replica_address):
        if path.exists() and path.stat().st_mode & 0o077:
            way = Way(
                "Whoever can sign in to this machine can read records, or sign for this node.",
                f"chmod 600 {shlex.quote(str(path))}",
                "Think of a new key or password: others may have read this one.",
            )
            return fault("keys", f"others may read {path.name}", way)
    if folder.root.stat().st_mode & 0o007:
        otherwise = "Whoever can sign in to this machine can look into the node's folder."
        way = Way(otherwise, f"chmod 700 {shlex.quote(str(folder.root))}")
        return warn("keys", "everybody may enter the node's folder", way)
    return ok("keys", "readable by the node's user alone; they have no last day")
