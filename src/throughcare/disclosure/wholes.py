"""The whole record of a person, as far as it may be seen, or the last of each measurement."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from throughcare.consent.categories import BY_TYPE
from throughcare.disclosure import mask
from throughcare.disclosure.answer import Answer
from throughcare.disclosure.disclosure import Disclosure, asks_location, names, unlocated
from throughcare.disclosure.existence import UNKNOWN
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.lines import Look
from throughcare.disclosure.links import persons, siblings
from throughcare.disclosure.masking import Masking
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.terms import Query
from throughcare.kernel import BadInputError, NotFoundError
from throughcare.model.entry import Category, Stored
from throughcare.model.extent import Extent
from throughcare.model.request import Request
from throughcare.record.entries import Page
from throughcare.store.protocol import Reader
from throughcare.summary import concepts
from throughcare.summary.reconcile import fold, same_things

STEPS: Final = 4
"""How far what supports an entry is followed: practitioner's role, practitioner, organisation."""
DIRECTORY: Final = frozenset(
    name for name, category in BY_TYPE.items() if category is Category.DIRECTORY
)
AT_ONCE: Final = 1000
"""Observations that are looked through in one go."""
_IN_ERROR: Final = b'"status":"entered-in-error"'


class Wholes:
    """Answers from all linked source records of one person."""

    def __init__(self, door: Disclosure) -> None:
        """Stand on `door`."""
        self.door = door

    async def everything(
        self, request: Request, patient: str, extent: Extent | None = None
    ) -> Answer:
        """Return the visible record of the person that Patient `patient` belongs to.

        Included is what it points to and nobody's record holds: practitioners, organisations,
        places. Raises NotFoundError for a Patient that is hidden or unknown.
        """
        extent = extent or Extent()
        what = f"Patient/{patient}"
        async with self.door.rooms.store.snapshot() as reader:
            ground = await self.door.ground(reader, request)
            after = await self.door.following.place(reader, ground, extent.after)
            extent = replace(extent, after=after)
            subjects = await self.subjects(reader, ground, patient, "everything")
            page, visible = await self._page(reader, ground, subjects, extent)
            masking = Masking(self.door.rooms.records, reader, ground)
            cleaned = await masking.clean(page.entries, visible)
            found = await self.supporting(
                reader, ground, mask.links_in([entry.body for entry in cleaned])
            )
            types = extent.types
            included = [each for each in found if types is None or each.type in types]
            directory = await masking.clean(included)
            shown = (*page.entries, *included)
            decisions = await self.door.decisions(reader, ground, shown)
            look = Look("everything", what, decisions, len(shown), permitted=True)
            await self.door.lines.write(request, look)
            return Answer(
                cleaned,
                included=directory,
                total=page.total,
                next=await self.door.following.link(reader, ground, page.next, tuple(decisions)),
                warning=await self.door.warned(reader, ground, subjects),
                persons=tuple(decisions),
            )

    async def last(self, request: Request, query: Query, most: int) -> Answer:
        """Return the newest `most` of what `query` on Observation finds, of each code.

        Codes are the same where one coding agrees, else by their wording. Newest first within a
        code; what was entered in error is left out. Raises BadInputError, audited, if it belongs
        to more than one person.
        """
        what = f"Observation/$lastn?{','.join(sorted(names(query)))}"
        async with self.door.rooms.store.snapshot() as reader:
            ground = await self.door.ground(reader, request)
            found = await self._observations(reader, ground, query)
            if await _are_mixed(reader, found):
                await self.door.answer(reader, ground, (), "lastn", what)
                message = "$lastn is about one person, and this finds several: name one patient."
                raise BadInputError(message, place="patient")
            groups = same_things(found, _codes)
            kept = [observation for group in groups for observation in group[:most]]
            answer = await self.door.answer(reader, ground, kept, "lastn", what)
            return replace(answer, total=len(kept))

    async def subjects(
        self, reader: Reader, ground: Ground, patient: str, action: str
    ) -> Sequence[int]:
        """Return all source records of the person of a Patient that may be seen.

        Raises NotFoundError, audited, for one that is hidden or unknown, GoneError if deleted.
        """
        found = await self.door.rooms.records.read(reader, "Patient", patient, ground.gate)
        if found is None or found.deleted:
            await self.door.one(reader, ground, found, action, f"Patient/{patient}")
            raise NotFoundError(UNKNOWN.format(type="Patient"))
        return await siblings(reader, [found.subject])

    async def _page(
        self, reader: Reader, ground: Ground, subjects: Sequence[int], extent: Extent
    ) -> tuple[Page, Collection[int]]:
        """Return a page, or all, and the numbers of entries that are known to be visible."""
        records = self.door.rooms.records
        if extent.count:
            return await records.page(reader, subjects, ground.gate, extent), ()
        glance = await records.glance(reader, subjects, ground.gate, extent)
        entries = await glance.opened()
        return Page(tuple(entries), (), len(entries), ""), glance.visible

    async def supporting(
        self, reader: Reader, ground: Ground, links: Iterable[str]
    ) -> list[Stored]:
        """Return the directory entries that `links` lead to, directly or through others."""
        met: set[str] = set()
        found: list[Stored] = []
        asked = set(links)
        for _ in range(STEPS):
            met |= asked
            wanted = {link for link in asked if link.partition("/")[0] in DIRECTORY}
            named = await self.door.rooms.records.named(reader, wanted, ground.gate)
            newest = [entry for entry in named if not entry.subject]
            found += newest
            asked = mask.links_in([entry.body for entry in newest]) - met
        return found

    async def _observations(self, reader: Reader, ground: Ground, query: Query) -> list[Stored]:
        """Return all that `query` finds, newest first; of several persons no more than shows it."""
        query = replace(query, sort=(("date", True),), count=AT_ONCE, total=False, includes=())
        gate = unlocated(ground) if asks_location(query) else ground.gate
        found: list[Stored] = []
        while True:
            page = await self.door.rooms.records.search(reader, query, gate)
            found += [each for each in page.entries if _IN_ERROR not in each.body]
            if not page.next or await _are_mixed(reader, found):
                return found
            query = replace(query, after=page.next)


async def _are_mixed(reader: Reader, found: Iterable[Stored]) -> bool:
    """Tell whether entries are of more than one person."""
    return len(await persons(reader, {entry.subject for entry in found} - {0})) > 1


def _codes(observation: Stored) -> list[object]:
    """Return what makes two observations the same kind."""
    code = concepts.first(fhir_bytes.read_again(observation.body), "code")
    return [*concepts.codings(code)] or [fold(text) for text in concepts.wordings(code)]
