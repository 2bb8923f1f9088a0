"""The person index over the store: place a record, decide, take back, find.

Every change runs inside the caller's transaction and writes an event with the record sets before
and after. Nothing clinical moves: a merge or a split only rewrites who a subject belongs to.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Literal

from throughcare.identity import (
    arriving,
    asking,
    attachments,
    finding,
    likeness,
    pairs,
    queueing,
    region,
    reviewing,
    settling,
)
from throughcare.identity.cluster import settled
from throughcare.identity.compare import Demographics, Score, Sieve, Weights, shipped
from throughcare.identity.deciding import Deciding
from throughcare.identity.keying import Keying
from throughcare.identity.likeness import Likenesses
from throughcare.identity.membership import Cause, PersonChange, separate
from throughcare.identity.region import listed
from throughcare.identity.reviewing import source_record
from throughcare.kernel import Clock, Ids, NotFoundError
from throughcare.model.person import (
    Decided,
    Pair,
    PersonQuery,
    PersonsFound,
    Placement,
    Queued,
    QueueFigures,
    QueueQuery,
    SourceRecord,
    State,
)
from throughcare.store.protocol import Reader, Transaction

Kind = Literal["record", "attachment"]


class PersonIndex:
    """Which source records are one person's.

    Holds no state of its own but its weights, and that all records have the keys of this
    release once they have.
    """

    def __init__(self, clock: Clock, ids: Ids, weights: Weights | None = None) -> None:
        """Make an index that scores with `weights` (default: those shipped)."""
        self._clock = clock
        self._ids = ids
        self.weights = weights or shipped()
        self._sieve = Sieve.of(self.weights)
        self._keying = Keying()
        self.decisions = Deciding(self, clock)
        """What people and sources decide."""

    # -- records in

    async def place(
        self,
        tx: Transaction,
        source: str,
        local_id: str,
        kind: Kind,
        demographics: Demographics,
    ) -> Placement:
        """Take a new or updated record of a source, and say whose it is.

        Every earlier name, address and phone of the record goes on counting. The same record
        again changes nothing. An attachment belongs to the one person with its NHS number, or
        waits with person 0 until there is one.
        """
        if kind == "attachment":
            subject = await attachments.numbered(tx, source, local_id)
            return await self._attach(tx, subject, demographics)
        new = await arriving.arrival(
            tx, (source, local_id), demographics, self._sieve, self._keying
        )
        if isinstance(new, int):
            return await self._placement(tx, new)
        part = await new.region(tx, self.weights)
        found = await settling.settle(tx, part, self._ids, self._cause("link"), new)
        subject = new.standing.subject
        person = found.person[subject]
        is_waiting = person in found.waiting
        return Placement(
            subject,
            person,
            State.REVIEW if is_waiting else State.LINKED,
            await self._candidates(tx, person) if is_waiting else (),
            moved=found.change.persons if found.change else (),
            regroups=found.change is not None and found.change.regroups,
        )

    async def rebuild(self, tx: Transaction) -> tuple[PersonChange, ...]:
        """Derive all persons anew from all evidence, at the size that the index has now.

        Ends a load: whatever order it came in, the same records are then one person's. Human
        decisions stand. Takes time and memory by the number of records.
        """
        whole = await region.everything(tx, 1, self.weights)
        whole.people = max(1, len(settled(whole.graph(), self.weights, whole.crossing).persons))
        found = await settling.settle(tx, whole, self._ids, self._cause("rebuild"))
        return separate(found.change) if found.change else ()

    async def settle(
        self, tx: Transaction, subjects: Sequence[int], cause: Cause
    ) -> PersonChange | None:
        """Derive anew the persons that a change of `subjects` can reach; return what changed."""
        part = await region.around(tx, subjects, await self.size(tx), self.weights)
        return (await settling.settle(tx, part, self._ids, cause)).change

    # -- questions

    async def find(self, reader: Reader, query: PersonQuery) -> PersonsFound:
        """Return the persons that match, best first; see `throughcare.identity.finding.find`."""
        return await finding.find(reader, query, self.weights, self._keying)

    async def likenesses(
        self, reader: Reader, wanted: Demographics, named: Iterable[int] = ()
    ) -> Likenesses:
        """Return whom `wanted` may describe; see `throughcare.identity.likeness.likenesses`."""
        people = await self.size(reader)
        return await likeness.likenesses(
            reader, wanted, named, self.weights, people, keying=self._keying
        )

    async def holders(self, reader: Reader, number: str) -> tuple[int, ...]:
        """Return whose an NHS number is; see `throughcare.identity.finding.holders`."""
        return await finding.holders(reader, number)

    async def subjects_of(self, reader: Reader, person: int) -> tuple[int, ...]:
        """Return the source records and attachments of a person, rising."""
        rows = await reader.rows("identity.subjects_of", person=person)
        return tuple(int(str(row[0])) for row in rows)

    async def persons_of(self, reader: Reader, subjects: Collection[int]) -> tuple[int, ...]:
        """Return the persons that `subjects` belong to, each once, rising. Who waits has none."""
        return tuple(sorted(set((await self.person_by_subject(reader, subjects)).values())))

    async def person_by_subject(self, reader: Reader, subjects: Collection[int]) -> dict[int, int]:
        """Return the person of each of `subjects` that has one."""
        if not subjects:
            return {}
        rows = await reader.rows("identity.persons_of", subjects=listed(subjects))
        return {int(str(subject)): int(str(person)) for subject, person in rows}

    async def sexes_and_ages(
        self, reader: Reader, subjects: Collection[int]
    ) -> dict[int, tuple[str, date | None]]:
        """Return sex and birth date of each person whose record is among `subjects`.

        Where a person's records disagree, or none says it, the sex is "" and the date None.
        """
        return await finding.sexes_and_ages(reader, subjects)

    async def by_public_id(self, reader: Reader, public_id: str) -> int | None:
        """Return the person with this id; an id that was merged away leads to the survivor."""
        rows = await reader.rows("identity.person_by_public_id", public_id=public_id)
        if not rows:
            return None
        return (await self._survivor(reader, int(str(rows[0][0]))))[0]

    async def public_id(self, reader: Reader, person: int) -> str:
        """Return the opaque id of a person, of the survivor if it was merged.

        Raises NotFoundError for a number that was never given.
        """
        return (await self._survivor(reader, person))[1]

    async def survivor(self, reader: Reader, person: int) -> int:
        """Return the person that `person` is today. Raises NotFoundError for no such number."""
        return (await self._survivor(reader, person))[0]

    async def people(self, reader: Reader) -> list[SourceRecord]:
        """Return every source record with its person, by source and local id; no attachments."""
        return [source_record(row) for row in await reader.rows("identity.source_records")]

    async def records_of(self, reader: Reader, person: int) -> tuple[SourceRecord, ...]:
        """Return the source records of a person, by source and local id; no attachments."""
        subjects = await self.subjects_of(reader, person)
        rows = await reader.rows("identity.records_of_persons", subjects=listed(subjects[:1]))
        return tuple(map(source_record, rows))

    async def doubted(self, reader: Reader, subjects: Collection[int]) -> tuple[int, ...]:
        """Return the records of other persons that may also be of the person of `subjects`."""
        rows = await reader.rows("identity.doubts_among", subjects=listed(subjects))
        ends = {int(str(end)) for row in rows for end in row[:2]} - set(subjects)
        if not ends:
            return ()
        found: set[int] = set()
        for person in await self.persons_of(reader, ends):
            found.update(await self.subjects_of(reader, person))
        rows = await reader.rows("identity.records_among", subjects=listed(found))
        return tuple(sorted(int(str(row[0])) for row in rows))

    async def reviews(self, reader: Reader, asked: QueueQuery, today: date) -> Queued:
        """Return a part of what waits for a human; see `throughcare.identity.queueing.part`."""
        return await queueing.part(reader, asked, today, self.weights, await self.size(reader))

    async def decided(self, reader: Reader) -> list[Decided]:
        """Return the newest decisions of humans that are in force, newest first."""
        return await reviewing.decided(reader, self.weights, await self.size(reader))

    async def queue_figures(self, reader: Reader, now: datetime) -> QueueFigures:
        """Return how many pairs wait, since when, and what was decided by whom lately."""
        return await reviewing.figures(reader, now, self.weights, await self.size(reader))

    async def explain(self, reader: Reader, left: int, right: int) -> Score:
        """Compare two source records, field by field. Raises NotFoundError for an unknown one."""
        there = await pairs.known(reader, (left, right))
        return pairs.alone(there, (left, right), self.weights, await self.size(reader))

    async def pair(self, reader: Reader, left: int, right: int, today: date) -> Pair:
        """Return two records side by side, whether or not anybody was asked about them.

        Raises NotFoundError for an unknown one.
        """
        size = await self.size(reader)
        return await asking.pair(reader, (left, right), today, self.weights, size)

    async def waiting(self, reader: Reader) -> list[tuple[str, str]]:
        """Return (source, local id) of the attachments that wait for their person."""
        return [
            (str(source), str(local_id))
            for source, local_id in await reader.rows("identity.waiting")
        ]

    # -- within

    def _cause(self, kind: str, who: str = "", why: str = "") -> Cause:
        return Cause(kind, self._clock.now(), who, why)

    async def _attach(self, tx: Transaction, subject: int, demographics: Demographics) -> Placement:
        """Take an attachment: it belongs to the one person with its number, or waits."""
        await attachments.keep(tx, subject, demographics)
        rows = await attachments.concerned(tx, (demographics.number,), ())
        before, after = await attachments.settle(tx, rows, self._cause("attach").micros)
        moved = {person.get(subject, 0) for person in (before, after)}
        moved = moved - {0} if len(moved) > 1 else set()
        person = after.get(subject, 0)
        state = State.LINKED if person else State.REVIEW
        return Placement(subject, person, state, moved=tuple(sorted(moved)))

    async def _placement(self, tx: Transaction, subject: int) -> Placement:
        """Return where a record is that says nothing new."""
        row = (await tx.rows("identity.source_records_among", subjects=listed((subject,))))[0]
        record = source_record(row)
        is_waiting = record.state is State.REVIEW
        candidates = await self._candidates(tx, record.person) if is_waiting else ()
        return Placement(subject, record.person, record.state, candidates)

    async def _candidates(self, tx: Transaction, person: int) -> tuple[int, ...]:
        """Return whom a person in review may be, best first."""
        rows = await tx.rows("identity.candidates_of", person=person)
        return tuple(int(str(candidate)) for candidate, _ in rows)

    async def size(self, reader: Reader) -> int:
        """Return the number of persons of the index, 1 at least."""
        rows = await reader.rows("identity.size")
        return max(1, int(str(rows[0][0])))

    async def _survivor(self, reader: Reader, person: int) -> tuple[int, str]:
        while True:
            rows = await reader.rows("identity.redirect_of", person=person)
            if not rows:
                message = "There is no such person in the index."
                raise NotFoundError(message)
            redirect, public_id = rows[0]
            if redirect is None:
                return person, str(public_id)
            person = int(str(redirect))
