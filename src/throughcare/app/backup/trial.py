"""When a node was last made of a backup: written beside it, so that the doctor can tell."""

from datetime import datetime
from pathlib import Path
from typing import Final

from throughcare.store.durable import replace_file

FILE: Final = "restored.last"


def note_restore(backup: Path, at: datetime) -> bool:
    """Write down that a node was made of `backup`; False where nothing can be written there."""
    try:
        replace_file(backup / FILE, at.isoformat().encode(), 0o600)
    except OSError:  # a backup that is kept read-only is a good backup
        return False
    return True


def last_restore(backup: Path) -> datetime | None:
    """Return when a node was last made of `backup`; None if that was never."""
    mark = backup / FILE
    return datetime.fromisoformat(mark.read_text().strip()) if mark.exists() else None
