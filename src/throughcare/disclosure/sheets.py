"""The door out for pages about one person: what a reader may see, made a page by a pure function.

Every page goes the same way: decided once, read through the gate, masked, its line in the ledger
before it is handed out. A new page is a `Sheet`: a name for the ledger, what it reads, and a
function of `throughcare.summary`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Generic, TypeVar

from throughcare.audit.lines import Lines as LedgerLines
from throughcare.consent import looks
from throughcare.disclosure.choosing import EVERYTHING, Picking, Reads
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.people import People, Seen
from throughcare.disclosure.sections import limits_allergies
from throughcare.disclosure.views import Withheld
from throughcare.model.request import Request
from throughcare.store.protocol import Reader
from throughcare.summary.banner import Banner
from throughcare.summary.sight import Sight, last_visit

T = TypeVar("T")

LOOKS: Final = frozenset({"summary", "timeline", "overview", "network", "resident", "handover"})
"""Actions by which a reader has seen what is on a record."""


@dataclass(frozen=True, slots=True)
class Sheet(Generic[T]):
    """A kind of page about one person."""

    action: str
    """What the ledger calls a look at it."""
    make: Callable[[Sight], T]
    reads: Reads = EVERYTHING
    """What it reads of the entries that may be seen."""
    picks: Callable[[datetime | None], Picking] | None = None
    """What it reads instead, told from everything and the time of the reader's last look."""
    tells_news: bool = False
    """True if it says what is new: the reader's own earlier looks are then read."""


@dataclass(frozen=True, slots=True)
class Shown(Generic[T]):
    """A page about one person, as far as its reader may see it."""

    person_id: str
    banner: Banner
    withheld: Withheld | None
    content: T | None
    """None where the record is withheld."""
    warning: str


class Sheets:
    """Reads pages about people."""

    def __init__(self, people: People, ledger: Path) -> None:
        """Stand on `people`; earlier looks are read from the ledger in the folder `ledger`."""
        self._people = people
        self._lines = LedgerLines(ledger)

    async def read(self, request: Request, person_id: str, sheet: Sheet[T]) -> Shown[T]:
        """Return one page. Raises NotFoundError for an unknown person."""
        async with self._people.snapshot() as reader:
            looked = None
            if sheet.tells_news:
                looked = await self._looked(reader, request, person_id)
            picking = sheet.picks(looked) if sheet.picks else None
            ground, seen = await self._people.see(
                reader, request, person_id, sheet.action, picking.reads if picking else sheet.reads
            )
            withheld = self._people.withheld(request, seen.decision)
            content = None if withheld else sheet.make(_sight(ground, seen, looked, picking))
            return Shown(
                person_id=seen.public_id,
                banner=seen.banner(request.day),
                withheld=withheld,
                content=content,
                warning=await self._people.warned(reader, ground, seen.subjects),
            )

    async def _looked(self, reader: Reader, request: Request, person_id: str) -> datetime | None:
        """Return when this reader last looked, before the visit that this look belongs to."""
        numbers = await self._people.numbers(reader, person_id)
        lines = await self._lines.lines_about(reader, numbers) if numbers else []
        own = (line.at for line in lines if looks.is_by(line, request.actor, LOOKS))
        return last_visit(own, request.at)


def _sight(
    ground: Ground,
    seen: Seen,
    looked: datetime | None,
    picking: Picking | None,
) -> Sight:
    request = ground.request
    return Sight(
        patients=seen.patients,
        entries=seen.entries,
        sources=seen.sources,
        now=request.at,
        title_limited=limits_allergies(ground, seen.person),
        kinds=ground.profile.view(request.actor.role).categories,
        looked=looked,
        years=picking.years if picking else None,
        charts=picking.charts if picking else None,
    )
