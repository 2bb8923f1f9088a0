"""What an export is made of: counted first, read again when a file is fetched."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl

from throughcare.disclosure.disclosure import Disclosure, asks_location, unlocated
from throughcare.disclosure.exporting.job import Job, Level, Part
from throughcare.disclosure.gates import Ground
from throughcare.fhir import query
from throughcare.fhir.terms import Query
from throughcare.kernel import BadInputError
from throughcare.model.entry import Stored
from throughcare.model.extent import Extent
from throughcare.record.whole import Amount
from throughcare.store.protocol import Reader

LINES: Final = 10_000
PACKED: Final = 4 * 1024 * 1024
"""A file ends when it has so many lines, or so many bytes as the store packs them (a sixth)."""
COUNTED_AT_ONCE: Final = 1_000
READ_AT_ONCE: Final = 100
"""Subjects that are counted, or read, before others get their turn."""
PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Content:
    """Reads for exports through the door's gate."""

    door: Disclosure

    async def following(self, reader: Reader, job: Job, after: int, most: int) -> list[int]:
        """Return the next subjects of an export after the one numbered `after`."""
        lowest = 0 if job.wish.level is Level.SYSTEM else 1
        if job.subjects is not None:
            return [each for each in job.subjects if each > after and each >= lowest][:most]
        rows = await reader.rows("disclosure.subjects_after", after=after, most=most)
        found = [int(row[0] or 0) for row in rows]
        return [0, *found][:most] if after < 0 and not lowest else found

    async def total(self, reader: Reader, job: Job) -> int:
        """Return how many subjects an export asks for."""
        if job.subjects is not None:
            return len(job.subjects)
        return int((await reader.rows("disclosure.count_of_subjects"))[0][0] or 0) + 1

    async def amounts(
        self, reader: Reader, ground: Ground, job: Job, subjects: Sequence[int]
    ) -> list[Amount]:
        """Return how much of the export may be seen of each type, by subject.

        What changed since it was asked for counts as nothing, and is there all the same: the
        version before may be in the export. What searches narrow counts at most so much.
        """
        records, matching = self.door.rooms.records, {}
        for type_, asked in narrowings(job).items():
            matching[type_] = await self._matching(reader, ground, asked, subjects)
        extent = _extent(job, job.wish.types)
        found = await records.amounts(reader, subjects, ground.gate, extent)
        later = replace(extent, since=job.at, until=None)
        since = await records.amounts(reader, subjects, ground.gate, later)
        found += [replace(each, count=0, packed=0) for each in since]
        return [_narrowed(each, matching) for each in found]

    async def entries(
        self, reader: Reader, ground: Ground, job: Job, part: Part
    ) -> AsyncIterator[Sequence[Stored]]:
        """Yield what may be seen of a part now, as it was when the export was asked for."""
        after = part.first - 1
        while subjects := await self.following(reader, job, after, READ_AT_ONCE):
            after = subjects[-1]
            within = [each for each in subjects if each <= part.last]
            if not within:
                return
            extent = _extent(job, (part.type,))
            found = await self.door.rooms.records.extent(reader, within, ground.gate, extent)
            found += await self._before(reader, ground, job, part.type, within)
            asked = narrowings(job).get(part.type)
            if asked is not None:
                wanted = await self._matching(reader, ground, asked, within)
                found = [entry for entry in found if entry.id in wanted]
            yield found
            await asyncio.sleep(0)

    async def _before(
        self, reader: Reader, ground: Ground, job: Job, type_: str, subjects: Sequence[int]
    ) -> list[Stored]:
        """Return, of what changed since the export was asked for, the versions before."""
        records, kept = self.door.rooms.records, []
        extent = Extent(types=(type_,), since=job.at)
        for entry in await records.extent(reader, subjects, ground.gate, extent):
            versions = await records.history(reader, entry.type, entry.id, ground.gate)
            older = next((each for each in versions if each.updated <= job.at), None)
            since = job.wish.since
            if older and not older.deleted and (since is None or older.updated > since):
                kept.append(older)
        return kept

    async def _matching(
        self, reader: Reader, ground: Ground, asked: Iterable[Query], subjects: Sequence[int]
    ) -> dict[str, int]:
        """Return the subject of each entry, by id, that one of the searches finds."""
        ids: dict[str, int] = {}
        for one in asked:
            page = replace(one, count=PAGE, total=False)
            while True:
                records = self.door.rooms.records
                gate = unlocated(ground) if asks_location(one) else ground.gate
                found = await records.search(reader, page, gate, subjects)
                ids |= {entry.id: entry.subject for entry in found.entries}
                if not found.next:
                    break
                page = replace(page, after=found.next)
        return ids


def _narrowed(amount: Amount, matching: Mapping[str, Mapping[str, int]]) -> Amount:
    """Return an amount with no more than its subject has of what searches find."""
    if amount.type not in matching:
        return amount
    most = sum(subject == amount.subject for subject in matching[amount.type].values())
    return replace(amount, count=min(amount.count, most))


def narrowings(job: Job) -> dict[str, list[Query]]:
    """Return the searches of ``_typeFilter`` by type."""
    found: dict[str, list[Query]] = {}
    for type_, text in job.wish.filters:
        found.setdefault(type_, []).append(search(type_, text))
    return found


def search(type_: str, text: str) -> Query:
    """Return a search that narrows a type. Raises BadInputError for what is no criterion."""
    asked = query.parse(type_, parse_qsl(text, keep_blank_values=True))
    if asked.ignored or asked.sort or asked.includes or asked.after or not asked.where:
        message = f"_typeFilter of {type_} takes search parameters alone; correct them."
        raise BadInputError(message, place="_typeFilter")
    return asked


def joined(parts: Sequence[Part], packed: dict[str, int], found: Iterable[Amount]) -> list[Part]:
    """Return `parts` with what was `found` after them, each file within its bounds.

    `packed` holds the bytes of the last file of each type, and is kept up.
    """
    done = list(parts)
    newest = {part.type: place for place, part in enumerate(done)}
    for each in found:
        place = newest.get(each.type)
        last = done[place] if place is not None else None
        size = packed.get(each.type, PACKED)
        if place is None or last is None or last.count + each.count > LINES or size >= PACKED:
            newest[each.type] = len(done)
            done.append(Part(each.type, each.subject, each.subject, each.count))
            packed[each.type] = each.packed
            continue
        done[place] = Part(each.type, last.first, each.subject, last.count + each.count)
        packed[each.type] = size + each.packed
    return done


def _extent(job: Job, types: Sequence[str] | None) -> Extent:
    asked = None if types is None else tuple(types)
    return Extent(types=asked, since=job.wish.since, until=job.at)
