"""What a page about one person is made of: entries that its reader may see, and nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from throughcare.kernel import LONDON
from throughcare.model.entry import Category
from throughcare.summary.entry import SourceStatus, SummaryEntry
from throughcare.summary.trends import Charts

_ONE_VISIT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sight:
    """What the door hands to the pure function of a page."""

    patients: Sequence[SummaryEntry]
    """The Patients that may be seen, of all linked source records."""
    entries: Sequence[SummaryEntry]
    """What the page reads of all that may be seen."""
    sources: Sequence[SourceStatus]
    now: datetime
    title_limited: bool
    """A filter limits this reader's allergies, whether or not it hides one."""
    kinds: frozenset[Category]
    """The kinds of entry that this reader's role sees."""
    looked: datetime | None = None
    """When this reader last looked, on an earlier visit; None for the first."""
    years: Sequence[tuple[int, int]] | None = None
    """(year, lines of the timeline), newest first, where not all of them are among `entries`."""
    charts: Charts | None = None
    """Which of all charts the page draws, where not all that they draw is among `entries`."""

    @property
    def today(self) -> date:
        """The calendar day, UK local time."""
        return self.now.astimezone(LONDON).date()


def last_visit(looks: Iterable[datetime], now: datetime) -> datetime | None:
    """Return the end of the visit before this one; None if there was none.

    Looks less than an hour apart are one visit, so that loading a page again does not make what is
    new on it old.
    """
    newest = now
    for at in sorted((at for at in looks if at <= now), reverse=True):
        if newest - at > _ONE_VISIT:
            return at
        newest = at
    return None
