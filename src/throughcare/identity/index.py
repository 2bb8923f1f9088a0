"""The person index over the store: place a record, decide, take back, find.

Every change runs inside the caller's transaction and writes an event with the record sets before
and after. Nothing clinical moves: a merge or a split only rewrites who a subject belongs to.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Literal

from throughcare.identity import attachments, finding, likeness, region, reviewing
from throughcare.identity.cluster import partition, settled
from throughcare.identity.compare import (
    NUMBER_RULES,
    Demographics,
    Score,
    Weights,
    compare,
    evidence,
    keys,
    shipped,
)
from throughcare.identity.deciding import Deciding
from throughcare.identity.likeness import Likeness
from throughcare.identity.membership import (
    Cause,
    Membership,
    PersonChange,
    change_of,
    note,
    separate,
)
from throughcare.identity.region import Region, decode, encode, listed
from throughcare.identity.reviewing import source_record
from throughcare.kernel import Clock, Ids, NotFoundError
from throughcare.model.person import (
    Decided,
    PersonQuery,
    Placement,
    QueueFigures,
    Review,
    SourceRecord,
    State,
)
from throughcare.store.protocol import Reader, Transaction, Value

Kind = Literal["record", "attachment"]


class PersonIndex:
    """Which source records are one person's. Holds no state of its own but its weights."""

    def __init__(self, clock: Clock, ids: Ids, weights: Weights | None = None) -> None:
        """Make an index that scores with `weights` (default: those shipped)."""
        self._clock = clock
        self._ids = ids
        self.weights = weights or shipped()
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
        subject = await self._subject(tx, source, local_id, kind)
        if kind == "attachment":
            await attachments.keep(tx, subject, demographics)
            at = self._cause("attach").micros
            before, after = await attachments.settle(tx, (demographics.number,), (), at)
            moved = {person.get(subject, 0) for person in (before, after)}
            moved = moved - {0} if len(moved) > 1 else set()
            person = after.get(subject, 0)
            state = State.LINKED if person else State.REVIEW
            return Placement(subject, person, state, moved=tuple(sorted(moved)))
        if not await self._remember(tx, subject, demographics):
            return await self._placement(tx, subject, None)
        return await self._placement(
            tx, subject, await self.settle(tx, (subject,), self._cause("link"))
        )

    async def rebuild(self, tx: Transaction) -> tuple[PersonChange, ...]:
        """Derive all persons anew from all evidence, at the size that the index has now.

        Ends a load: whatever order it came in, the same records are then one person's. Human
        decisions stand. Takes time and memory by the number of records.
        """
        whole = await region.everything(tx, 1, self.weights)
        whole.people = max(1, len(settled(whole.graph(), self.weights, whole.crossing).persons))
        change = await self._write(tx, whole, self._cause("rebuild"))
        return separate(change) if change else ()

    async def settle(
        self, tx: Transaction, subjects: Sequence[int], cause: Cause
    ) -> PersonChange | None:
        """Derive anew the persons that a change of `subjects` can reach; return what changed."""
        part = await region.around(tx, subjects, await self.size(tx), self.weights)
        return await self._write(tx, part, cause)

    # -- questions

    async def find(self, reader: Reader, query: PersonQuery) -> list[int]:
        """Return the persons that match, best first; see `throughcare.identity.finding.find`."""
        return await finding.find(reader, query, self.weights)

    async def likenesses(
        self, reader: Reader, wanted: Demographics, named: Iterable[int] = ()
    ) -> list[Likeness]:
        """Return whom `wanted` may describe; see `throughcare.identity.likeness.likenesses`."""
        people = await self.size(reader)
        return await likeness.likenesses(reader, wanted, named, self.weights, people)

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

    async def reviews(self, reader: Reader) -> list[Review]:
        """Return what waits for a human, the likeliest first. Left is the provisional side."""
        return await reviewing.waiting(reader, self.explain)

    async def decided(self, reader: Reader) -> list[Decided]:
        """Return the newest decisions of humans that are in force, newest first."""
        return await reviewing.decided(reader, self.explain)

    async def queue_figures(self, reader: Reader, now: datetime) -> QueueFigures:
        """Return how many pairs wait, since when, and what was decided by whom lately."""
        return await reviewing.figures(reader, now)

    async def explain(self, reader: Reader, left: int, right: int) -> Score:
        """Compare two source records, field by field. Raises NotFoundError for an unknown one."""
        one, other = await self._known(reader, left), await self._known(reader, right)
        return compare(one, other, self.weights, await self.size(reader))

    async def waiting(self, reader: Reader) -> list[tuple[str, str]]:
        """Return (source, local id) of the attachments that wait for their person."""
        return [
            (str(source), str(local_id))
            for source, local_id in await reader.rows("identity.waiting")
        ]

    # -- within

    def _cause(self, kind: str, who: str = "", why: str = "") -> Cause:
        return Cause(kind, self._clock.now(), who, why)

    async def _subject(self, tx: Transaction, source: str, local_id: str, kind: Kind) -> int:
        key = {"source": source, "local_id": local_id, "kind": kind}
        rows = await tx.rows("identity.subject", **key)
        rows = rows or await tx.rows("identity.add_subject", **key)
        return int(str(rows[0][0]))

    async def _remember(self, tx: Transaction, subject: int, newest: Demographics) -> bool:
        """Store a version, its keys and its evidence; False if it says nothing new."""
        rows = await tx.rows("identity.demographics", subject=subject)
        older = decode(rows[0][1]) if rows else None
        version = int(str(rows[0][0])) + 1 if rows else 1
        known = newest.after(older) if older else newest
        if known == older:
            return False
        at = self._cause("version").micros
        await tx.run(
            "identity.add_version", subject=subject, version=version, at=at, body=encode(newest)
        )
        await tx.run(
            "identity.put_demographics",
            subject=subject,
            version=version,
            number=known.number,
            body=encode(known),
        )
        await self._put_keys(tx, subject, keys(known), keys(older) if older else frozenset())
        if older:
            await tx.run("identity.drop_edges", subject=subject)
        await self._put_edges(tx, subject, known)
        return True

    async def _put_keys(
        self, tx: Transaction, subject: int, wanted: frozenset[int], there: frozenset[int]
    ) -> None:
        gone = [{"h": key, "subject": subject} for key in there - wanted]
        await tx.run_many("identity.drop_key", gone)
        new = [{"h": key, "subject": subject} for key in wanted - there]
        await tx.run_many("identity.add_key", new)

    async def _put_edges(self, tx: Transaction, subject: int, known: Demographics) -> None:
        """Compare with every record that shares a key; keep what may ever matter."""
        least = self.weights.review_from - self.weights.bias_at(1)
        edges: list[dict[str, Value]] = []
        for other, body in await tx.rows("identity.sharing_keys", subject=subject):
            found = evidence(known, decode(body), self.weights)
            if found.weight < least and found.rule not in NUMBER_RULES:
                continue
            values: dict[str, Value] = {
                "weight": found.weight,
                "rule": found.rule.name,
                "bits": found.bits,
                "model": self.weights.version,
            }
            edges.append({"subject": subject, "other": other, **values})
            edges.append({"subject": other, "other": subject, **values})
        await tx.run_many("identity.add_edge", edges)

    async def _write(self, tx: Transaction, part: Region, cause: Cause) -> PersonChange | None:
        """Cluster a region and make it so, attachments included; return what changed."""
        before = {record: person for record, person in part.person.items() if record in part.own}
        found = partition(part.graph(), part.people, self.weights, part.cross)
        after = await Membership(tx, part, self._ids, cause).write(found)
        numbers = {part.demographics[record].number for record in part.own}
        persons = {*before.values(), *after.values()}
        followed, follows = await attachments.settle(tx, numbers, persons, cause.micros)
        change = change_of(cause, before | followed, after | follows)
        for event in separate(change) if change else ():
            await note(tx, event)
        return change

    async def _placement(
        self, tx: Transaction, subject: int, change: PersonChange | None
    ) -> Placement:
        row = (await tx.rows("identity.source_records_among", subjects=listed((subject,))))[0]
        record = source_record(row)
        candidates: tuple[int, ...] = ()
        if record.state is State.REVIEW:
            rows = await tx.rows("identity.candidates_of", person=record.person)
            candidates = tuple(int(str(person)) for person, _ in rows)
        moved = change.persons if change else ()
        regroups = change is not None and change.regroups
        return Placement(subject, record.person, record.state, candidates, moved, regroups)

    async def size(self, reader: Reader) -> int:
        """Return the number of persons of the index, 1 at least."""
        rows = await reader.rows("identity.size")
        return max(1, int(str(rows[0][0])))

    async def _known(self, reader: Reader, subject: int) -> Demographics:
        rows = await reader.rows("identity.demographics", subject=subject)
        if not rows:
            message = "There is no such source record in the person index."
            raise NotFoundError(message)
        return decode(rows[0][1])

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
