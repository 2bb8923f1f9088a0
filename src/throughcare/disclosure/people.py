"""The door out for people: the record of one person as pages and summaries show it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from throughcare.consent import explain, finding
from throughcare.disclosure.choosing import EVERYTHING, SUMMARY, Reads
from throughcare.disclosure.disclosure import Disclosure, alerted
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.lines import Look
from throughcare.disclosure.masking import Masking, classes_of
from throughcare.disclosure.sections import kept_back, limits_allergies, told
from throughcare.disclosure.views import Emergency, FoundPeople, FoundPerson, Withheld
from throughcare.fhir import bytes as fhir_bytes
from throughcare.identity import PersonIndex
from throughcare.kernel import NotFoundError
from throughcare.model.decision import Decision
from throughcare.model.entry import Stored
from throughcare.model.extent import Extent
from throughcare.model.person import PersonQuery
from throughcare.model.request import Request, Role
from throughcare.model.telling import PERSON
from throughcare.record.glance import Glanced
from throughcare.store.protocol import Reader
from throughcare.summary.banner import Banner, banner
from throughcare.summary.emergency import emergency_summary
from throughcare.summary.entry import Answer, SourceStatus, SummaryEntry
from throughcare.summary.handling import Handling, handled
from throughcare.summary.paper import for_screen_only

NO_PERSON = "There is no such person here. Search again without the postcode."


@dataclass(frozen=True, slots=True)
class Seen:
    """What one reader may see of one person."""

    person: int
    public_id: str
    decision: Decision
    entries: tuple[SummaryEntry, ...]
    patients: tuple[SummaryEntry, ...]
    sources: tuple[SourceStatus, ...]
    limited: bool
    """True if no Patient may be seen: `patients` then hold name, birth date and sex alone."""
    count: int
    """Number of entries that may be seen, whether or not the page reads them."""
    subjects: Sequence[int]
    """The source records and attachments of the person, rising."""

    def banner(self, today: date) -> Banner:
        """Return who this is, as far as it may be shown."""
        shown = banner(self.patients, today)
        return unnumbered(shown) if self.limited else shown


class People:
    """Summaries and what pages are made of, decided, masked and audited like a FHIR read."""

    def __init__(
        self, door: Disclosure, persons: PersonIndex, handling: Handling | None = None
    ) -> None:
        """Stand on `door`; `handling` is what stands beside alerts, where it was approved."""
        self._door = door
        self._persons = persons
        self._handling = handling or Handling()

    async def find(self, request: Request, query: PersonQuery) -> FoundPeople:
        """Return the persons that match, with what tells them apart; whatever their consent says.

        Raises DeniedError for roles that may not search.
        """
        async with self._door.rooms.store.snapshot() as reader:
            ground = await self._door.ground(reader, request)
            await self._door.permit(request, finding.refusal(request, ground.profile), "people")
            matching = await self._persons.find(reader, query)
            numbers = matching.persons
            today = request.day
            found = [await self._found(reader, person, today) for person in numbers]
            asked = [name for name in query.__slots__ if getattr(query, name)]
            decisions = {person: ground.decision(person) for person in numbers}
            what = f"people?{','.join(sorted(asked))}"
            look = Look("find", what, decisions, len(found), permitted=True)
            await self._door.lines.write(request, look)
            return FoundPeople(tuple(found), matching.total, matching.is_whole)

    async def emergency(self, request: Request, person_id: str, look: str = "summary") -> Emergency:
        """Return the emergency summary; the ledger calls it `look`.

        Raises NotFoundError for an unknown person.
        """
        async with self._door.rooms.store.snapshot() as reader:
            ground, seen = await self.see(reader, request, person_id, look, SUMMARY)
            limited = limits_allergies(ground, seen.person)
            summary = emergency_summary(
                seen.patients,
                seen.entries,
                seen.sources,
                today=request.day,
                title_limited=limited,
            )
            summary = handled(summary, seen.entries, self._handling, request.day)
            withheld = self.withheld(request, seen.decision)
            if seen.limited:
                summary = replace(summary, banner=unnumbered(summary.banner))
            context = ground.known.context(seen.person)
            summary = for_screen_only(summary, restricted=context.restricted)
            return Emergency(
                person_id=seen.public_id,
                decision=seen.decision,
                withheld=withheld,
                summary=kept_back(summary) if withheld else told(summary, ground),
                warning=await self.warned(reader, ground, seen.subjects),
                unsure=0 if withheld else await self._unsure(reader, ground, seen.subjects),
            )

    async def epoch(self, request: Request, person_id: str) -> int | None:
        """Return the consent epoch of a person; None where this reader is shown nothing now.

        It is no look: nothing of the record is handed out. Raises NotFoundError.
        """
        async with self._door.rooms.store.snapshot() as reader:
            person = await self._persons.by_public_id(reader, person_id)
            if person is None:
                raise NotFoundError(unknown(request))
            ground = await self._door.ground(reader, request)
            decision = ground.decision(person)
            return None if self.withheld(request, decision) else decision.epoch

    async def _unsure(self, reader: Reader, ground: Ground, own: Sequence[int]) -> int:
        """Return how many records may also be of whose `own` are; 0 unless all may be seen.

        So a count tells nothing of a record that is hidden from this reader.
        """
        doubted = await self._persons.doubted(reader, own)
        found = await self._door.rooms.records.of_subjects(
            reader, doubted, ground.gate, ["Patient"]
        )
        return len(doubted) if {entry.subject for entry in found} == set(doubted) else 0

    def snapshot(self) -> AbstractAsyncContextManager[Reader]:
        """Return a reader of the store as it is now."""
        return self._door.rooms.store.snapshot()

    async def numbers(self, reader: Reader, person_id: str) -> list[int]:
        """Return every number that a person ever had; none for an unknown person."""
        person = await self._persons.by_public_id(reader, person_id)
        if person is None:
            return []
        rows = await reader.rows("disclosure.persons_ever", person=person)
        return sorted({person, *(int(row[0] or 0) for row in rows)})

    async def warned(self, reader: Reader, ground: Ground, subjects: Sequence[int]) -> str:
        """Return the locality's sentence about withheld content; "" if it has none to say."""
        return await self._door.warned(reader, ground, subjects)

    async def patients(self, request: Request, person_id: str) -> tuple[str, ...]:
        """Return the logical ids of the Patients of a person that this reader may see."""
        async with self._door.rooms.store.snapshot() as reader:
            _, seen = await self.see(reader, request, person_id, "patients")
            return tuple(entry.id for entry in seen.entries if entry.type == "Patient")

    async def banner_of(self, person_id: str, today: date) -> Banner:
        """Return name, birth date and sex of a person, for the head of a page already let out."""
        async with self._door.rooms.store.snapshot() as reader:
            person = await self._persons.by_public_id(reader, person_id)
            subjects = await self._persons.subjects_of(reader, person) if person else ()
            return unnumbered(banner(await self._names(reader, subjects), today))

    async def see(
        self,
        reader: Reader,
        request: Request,
        person_id: str,
        action: str,
        reads: Reads = EVERYTHING,
    ) -> tuple[Ground, Seen]:
        """Return what may be seen of a person, as far as it is read; the line is written.

        Raises NotFoundError for an unknown person and, audited, to somebody who reads as a person
        for another one: a code that was scanned tells them no name.
        """
        person = await self._persons.by_public_id(reader, person_id)
        if person is None:
            raise NotFoundError(unknown(request))
        ground = await self._door.ground(reader, request)
        what, actor = f"person/{person_id}", ground.request.actor
        if actor.role is Role.PATIENT and actor.person != person:
            look = Look("refused", what, {}, 0, permitted=False, persons=(person,))
            await self._door.lines.write(request, look)
            raise NotFoundError(unknown(request))
        await self._door.entitle(ground, person, what)
        look = Look(action, what, {}, 0)
        return ground, await self.seen(reader, ground, person, look, reads)

    async def seen(
        self,
        reader: Reader,
        ground: Ground,
        person: int,
        look: Look,
        reads: Reads = EVERYTHING,
    ) -> Seen:
        """Return what may be seen of a person, as far as it is read.

        The line of `look` is written, with what was decided and how much was seen.
        """
        seen, told = await self.glance(reader, ground, person, reads)
        shown = bool(seen.count) or seen.decision.permitted
        if shown:
            seen = replace(seen, sources=await self._sources(reader, seen.subjects))
        look = Look(look.action, look.what, {person: told}, seen.count, shown)
        await self._door.lines.write(ground.request, look)
        return seen

    async def glance(
        self, reader: Reader, ground: Ground, person: int, reads: Reads
    ) -> tuple[Seen, Decision]:
        """Return what may be seen of a person, and the decision for the line about it.

        The caller writes that line before anything of it is handed out. How sources answered is
        not asked.
        """
        (seen,) = await self.glances(reader, ground, [person], reads)
        return seen

    async def glances(
        self, reader: Reader, ground: Ground, persons: Sequence[int], reads: Reads
    ) -> list[tuple[Seen, Decision]]:
        """Return the same of several persons, in their order, read together."""
        own = {person: await self._persons.subjects_of(reader, person) for person in persons}
        of = {subject: person for person, subjects in own.items() for subject in subjects}
        glance = await self._door.rooms.records.glance(
            reader, list(of), ground.gate, Extent(types=reads.types)
        )
        read = await reads.choose(reader, glance)
        masking = Masking(self._door.rooms.records, reader, ground)
        cleaned = await masking.clean(read, glance.visible)
        entries = await self._entries(reader, cleaned)
        shown: dict[int, list[SummaryEntry]] = {person: [] for person in persons}
        for stored, entry in zip(cleaned, entries, strict=True):
            shown[of[stored.subject]].append(entry)
        visible: dict[int, list[Glanced]] = {person: [] for person in persons}
        if len(persons) == 1:
            visible[persons[0]] += glance.entries
        else:
            for each in glance.entries:
                visible[of[each.subject]].append(each)
        return [
            await self._seen_of(
                reader, ground, (person, own[person]), visible[person], shown[person]
            )
            for person in persons
        ]

    async def _seen_of(
        self,
        reader: Reader,
        ground: Ground,
        who: tuple[int, Sequence[int]],
        found: Sequence[Glanced],
        entries: Sequence[SummaryEntry],
    ) -> tuple[Seen, Decision]:
        """Return what was seen of a person, of these subjects, and the decision about them."""
        person, subjects = who
        decision = ground.decision(person)
        told = alerted(ground, decision, set(classes_of(found)))
        patients = tuple(entry for entry in entries if entry.type == "Patient")
        limited = not patients
        if limited:
            patients = await self._names(reader, subjects)
        public_id = await self._persons.public_id(reader, person)
        shown = tuple(entries)
        count = len(found)
        seen = Seen(person, public_id, decision, shown, patients, (), limited, count, subjects)
        return seen, told

    async def _entries(self, reader: Reader, found: Sequence[Stored]) -> list[SummaryEntry]:
        feeds = await feeds_of(reader, found)
        return [
            SummaryEntry(
                type=entry.type,
                id=entry.id,
                source=feed_of(entry, feeds),
                custodian=entry.cls.custodian,
                updated=entry.updated,
                resource=fhir_bytes.read_again(entry.body),
                category=entry.cls.category,
            )
            for entry in found
        ]

    async def _names(self, reader: Reader, subjects: Sequence[int]) -> tuple[SummaryEntry, ...]:
        """Return name, birth date and sex alone: who a withheld record is about (ADR 0012)."""
        stored = await self._door.rooms.records.unfiltered(reader, subjects, types=["Patient"])
        entries = await self._entries(reader, stored)
        kept = ("resourceType", "name", "birthDate", "gender", "deceasedBoolean")
        return tuple(
            SummaryEntry(
                type=entry.type,
                id=entry.id,
                source=entry.source,
                custodian=entry.custodian,
                updated=entry.updated,
                resource={name: entry.resource[name] for name in kept if name in entry.resource},
                category=entry.category,
            )
            for entry in entries
        )

    async def _found(self, reader: Reader, person: int, today: date) -> FoundPerson:
        subjects = await self._persons.subjects_of(reader, person)
        patients = await self._names(reader, subjects)
        shown = unnumbered(banner(patients, today))
        return FoundPerson(await self._persons.public_id(reader, person), shown)

    async def _sources(self, reader: Reader, subjects: Sequence[int]) -> tuple[SourceStatus, ...]:
        last = {
            str(row[0]): datetime.fromisoformat(str(row[1]))
            for row in await reader.rows("admission.last_deliveries")
        }
        here = set((await _feeds(reader, subjects)).values())
        names = dict.fromkeys((*self._door.rooms.profile.custodians, *sorted(last)))
        return tuple(
            SourceStatus(name, _answer(name, here, last), last.get(name)) for name in names
        )

    def withheld(self, request: Request, decision: Decision) -> Withheld | None:
        """Return why a record is not shown; None where it is."""
        if decision.permitted:
            return None
        said = explain.explanation(decision, request, self._door.rooms.profile, "staff")
        basis = (
            f"Denied at rank {said.rank} by {', '.join(said.rules) or 'no rule'}; rules of sharing "
            f"{said.policy_version}."
        )
        return Withheld(said.rank, said.code, said.text, decision.break_glass, basis=basis)


def unknown(request: Request) -> str:
    """Return what is said of a person who is not here: to a proxy, as of one not theirs."""
    return explain.NO_RIGHT if request.actor.role is Role.PROXY else NO_PERSON


def unnumbered(shown: Banner) -> Banner:
    """Return a banner of name, birth date and sex alone, which says that the rest is not shown."""
    return replace(shown, nhs_number="Not shown")


def _answer(name: str, here: set[str], last: Mapping[str, Any]) -> Answer:
    if name in here:
        return Answer.ANSWERED
    return Answer.NO_RECORD if name in last else Answer.NO_ANSWER


async def feeds_of(reader: Reader, found: Iterable[Stored | Glanced]) -> Mapping[int, str]:
    """Return the name of the feed of each subject of the entries."""
    return await _feeds(reader, {entry.subject for entry in found})


def feed_of(entry: Stored | Glanced, feeds: Mapping[int, str]) -> str:
    """Return the feed that an entry came by; what the person wrote is their own."""
    return PERSON if entry.cls.custodian == PERSON else feeds[entry.subject]


async def _feeds(reader: Reader, subjects: Iterable[int]) -> dict[int, str]:
    """Return the name of the feed of each subject."""
    listed = json.dumps(sorted(subjects))
    rows = await reader.rows("disclosure.sources_of_subjects", subjects=listed)
    return defaultdict(str, {int(row[0] or 0): str(row[1]) for row in rows})
