"""An examination: what took long to look at, with the time it was, kept in the node's folder."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from throughcare.app.folder import Folder
from throughcare.model.health import Check, Feed, State
from throughcare.store.durable import replace_file

FILE: Final = "examined.json"


class Examination(msgspec.Struct, frozen=True):
    """What was found; of records no more than how many entries of each type there are."""

    at: datetime
    took: timedelta
    checks: tuple[Check, ...]
    feeds: tuple[Feed, ...] = ()
    entries: Mapping[str, int] = {}

    @property
    def is_readable(self) -> bool:
        """False where a page of the store is damaged, so that it can't be asked anything."""
        return not any(each.name == "pages" and each.state is State.FAULT for each in self.checks)

    def keep(self, folder: Folder) -> None:
        """Leave it in the node's folder, in the place of the one before."""
        replace_file(folder.root / FILE, msgspec.json.encode(self), 0o600)


def last(folder: Folder) -> Examination | None:
    """Return the last examination; None if there was none, or one of another version."""
    try:
        return msgspec.json.decode((folder.root / FILE).read_bytes(), type=Examination)
    except (FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
