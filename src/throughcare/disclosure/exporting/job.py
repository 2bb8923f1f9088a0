"""An export as it is kept: what was asked, by whom, and how far the work is."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from throughcare.model.request import Request

LIFETIME: Final = timedelta(hours=24)
"""How long an export can be fetched."""


class State(StrEnum):
    """How far an export is."""

    UNDER_WAY = "under-way"
    COMPLETE = "complete"
    FAILED = "failed"


class Level(StrEnum):
    """Whose records are asked for."""

    SYSTEM = "system"
    PATIENTS = "patients"
    GROUP = "group"


class Form(StrEnum):
    """How files are written; the value is the ending of their names."""

    NDJSON = "ndjson"
    PARQUET = "parquet"


class Wish(msgspec.Struct, frozen=True):
    """What is asked for."""

    url: str
    """Of the kick-off, as the client sent it."""
    level: Level
    group: str = ""
    patients: tuple[str, ...] = ()
    """Logical ids of Patients; none stands for all."""
    types: tuple[str, ...] | None = None
    filters: tuple[tuple[str, str], ...] = ()
    """(type, search): an entry of such a type is in if one of its searches finds it."""
    since: datetime | None = None
    form: Form = Form.NDJSON


class Part(msgspec.Struct, frozen=True):
    """A file: entries of one type of the subjects from `first` to `last`."""

    type: str
    first: int
    last: int
    count: int
    """Entries that could be seen when they were counted."""


class Job(msgspec.Struct, frozen=True):
    """An export. It holds nothing of any record."""

    id: str
    request: Request
    wish: Wish
    at: datetime
    """Nothing that changed after this moment is in it."""
    subjects: tuple[int, ...] | None
    """Source records that are asked for, by rising number; None stands for all."""
    state: State = State.UNDER_WAY
    after: int = -1
    """Subjects up to this number are counted."""
    done: int = 0
    total: int = 0
    """Subjects that are counted, and that there were."""
    attempts: int = 0
    parts: tuple[Part, ...] = ()
    fault: str = ""

    @property
    def expires(self) -> datetime:
        """Return when it is taken down."""
        return self.at + LIFETIME

    @property
    def percent(self) -> int:
        """Return how much of the work is done."""
        return 100 * self.done // max(self.total, 1)

    def is_of(self, request: Request) -> bool:
        """Tell whether whoever asks now asked for this export, in the same role and purpose."""
        mine = self.request
        return (mine.actor, mine.purpose) == (request.actor, request.purpose)
