"""How fast a node's folder grows: each run of the doctor notes its size."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from throughcare.store.durable import replace_file

FILE: Final = "sizes.json"
KEPT: Final = 400
"""Sizes that are kept, the newest."""
_WINDOW: Final = timedelta(days=7)
_LEAST: Final = timedelta(hours=1)
"""What grew in less says nothing of a day."""


class Size(msgspec.Struct, frozen=True):
    """How large the folder was."""

    at: datetime
    size: int


def a_day(root: Path, now: datetime) -> int | None:
    """Note the present size; return how many bytes were added a day, None if not known yet.

    Measured from the oldest size of the last seven days that is an hour old at least.
    """
    size = sum(path.stat().st_blocks * 512 for path in root.rglob("*") if path.is_file())
    noted = [one for one in _noted(root / FILE) if one.at <= now]
    replace_file(root / FILE, msgspec.json.encode([*noted, Size(now, size)][-KEPT:]), 0o600)
    usable = [one for one in noted if _LEAST <= now - one.at <= _WINDOW]
    if not usable:
        return None
    return max(0, int((size - usable[0].size) / ((now - usable[0].at) / timedelta(days=1))))


def _noted(path: Path) -> list[Size]:
    """Return the sizes that were noted; what can't be read is begun anew."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Size])
    except (FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError):
        return []
