"""The door out for timelines: of a whole record only the lines of one page are read.

Which page an entry is on depends on its date, kind and source alone. The date is told from the
stored bytes in passing; what is on the page is masked and read like everything that is handed out.
"""

from dataclasses import dataclass
from typing import Final

from throughcare.disclosure.choosing import Reads
from throughcare.disclosure.people import People, feed_of, feeds_of
from throughcare.disclosure.views import Timeline
from throughcare.fhir import mentions
from throughcare.model.entry import Stored
from throughcare.model.request import Request
from throughcare.record.glance import Glance
from throughcare.store.protocol import Reader
from throughcare.summary.dating import dated
from throughcare.summary.timeline import (
    NO_LINES,
    Chosen,
    Mark,
    TimelinePage,
    lines,
    newest,
    page,
    worded,
)
from throughcare.summary.words import type_name

ALL: Final = Chosen()
WHOLE: Final = 1_000_000
"""Lines of a page that has all of them."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """The page of a timeline that is asked for."""

    chosen: Chosen = ALL
    after: str = ""
    """Reference of the line that it follows; "" for the first page."""
    size: int = WHOLE


class Timelines:
    """Timelines, each decided, masked and audited like a FHIR read."""

    def __init__(self, people: People) -> None:
        """Read through `people`."""
        self._people = people

    async def page(self, request: Request, person_id: str, leaf: Leaf | None = None) -> Timeline:
        """Return a page, or all lines. Raises NotFoundError for an unknown person."""
        picking = _Picking(leaf or Leaf())
        async with self._people.snapshot() as reader:
            ground, seen = await self._people.see(
                reader, request, person_id, "timeline", Reads(choose=picking.choose)
            )
            entries = {entry.reference: entry for entry in seen.entries}
            shown = [entries[mark.reference] for mark in picking.page.lines]
            return Timeline(
                person_id=seen.public_id,
                banner=seen.banner(request.day),
                withheld=self._people.withheld(request, seen.decision),
                page=worded(picking.page, lines(shown, seen.entries)),
                warning=await self._people.warned(reader, ground, seen.subjects),
            )


class _Picking:
    """Picks the page among the entries that may be seen."""

    def __init__(self, leaf: Leaf) -> None:
        """Pick `leaf`."""
        self._leaf = leaf
        self.page: TimelinePage[Mark] = page(())

    async def choose(self, reader: Reader, glance: Glance) -> list[Stored]:
        """Return the entries of the page, the Patients, and the Medications that it names."""
        leaf, found = self._leaf, await glance.opened()
        feeds = await feeds_of(reader, found)
        names = [f"{entry.type}/{entry.id}" for entry in found]
        marks = [
            Mark(
                type_name(entry.type, entry.cls.category),
                feed_of(entry, feeds),
                name,
                dated(entry.body),
            )
            for name, entry in zip(names, found, strict=True)
            if entry.type not in NO_LINES
        ]
        self.page = page(newest(marks), after=leaf.after, size=leaf.size, chosen=leaf.chosen)
        wanted = {mark.reference for mark in self.page.lines}
        placed = list(zip(names, found, strict=True))
        named = mentions.within([entry.body for name, entry in placed if name in wanted])
        return [
            entry
            for name, entry in placed
            if name in wanted
            or entry.type == "Patient"
            or (entry.type == "Medication" and name in named)
        ]
