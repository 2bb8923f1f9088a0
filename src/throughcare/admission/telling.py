"""The door in for people themselves: readings, About Me, what is wrong, and questions."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Final

import msgspec

from throughcare.admission.labelling import Labelling
from throughcare.admission.naming import derived_id
from throughcare.admission.neighbours import Written
from throughcare.admission.rooms import Rooms
from throughcare.admission.tasks import Kind as TaskKind
from throughcare.admission.tasks import Tasks
from throughcare.admission.validity import invalid
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import index as fhir_index
from throughcare.kernel import BadInputError, ConflictError, DeniedError, Ids, NotFoundError
from throughcare.model import telling
from throughcare.model.audit import AuditEntry, permitted
from throughcare.model.request import Request, Role
from throughcare.model.telling import PERSON, Json
from throughcare.record import NewEntry
from throughcare.store.protocol import Transaction

LONGEST: Final = 2000
"""Characters of one text."""

Work = Callable[[Transaction, int], Awaitable[None]]


class Telling:
    """What only the person says. Each call is one transaction with its line in the ledger."""

    def __init__(self, rooms: Rooms, ids: Ids) -> None:
        """Stand on `rooms`."""
        self._rooms = rooms
        self._ids = ids

    async def reading(self, request: Request, kind: str, values: Mapping[str, Decimal]) -> None:
        """Store a reading that the person took. Raises BadInputError for one that can't be."""
        chosen = telling.KINDS.get(kind)
        if chosen is None:
            message = "Choose what you measured."
            raise BadInputError(message, place="kind")
        for part in chosen.parts:
            value = values.get(part.key)
            if value is None or not part.least <= value <= part.most:
                message = (
                    f"{part.name} lies between {part.least} and {part.most} {part.unit}. "
                    "Check the number."
                )
                raise BadInputError(message, place=part.key)

        upper, lower = values.get("systolic"), values.get("diastolic")
        if upper is not None and lower is not None and upper < lower:
            message = "The upper number is smaller than the lower. Check which is which."
            raise BadInputError(message, place="systolic")

        def made(patient: str) -> Json:
            return telling.observation(chosen, values, patient, request.at)

        await self._add(request, "add-reading", self._ids.new(), made)

    async def about_me(self, request: Request, texts: Mapping[str, str]) -> None:
        """Store About Me: one document for each person, every change a new version of it."""
        if not any(text.strip() for text in texts.values()):
            message = "Write something under one of the headings."
            raise BadInputError(message, place="important")

        def made(patient: str) -> Json:
            return telling.about_me(texts, patient, request.at)

        await self._add(request, "about-me", "about-me", made)

    async def correction(self, request: Request, about: str, said: str) -> str:
        """Ask the organisation that an entry comes from to look at it; return the Task's id.

        The node's own people get a task as well. Raises NotFoundError for an entry that is not in
        this person's record.
        """
        words = _worded(said)
        person = await self._own(request, "correction")
        id_ = self._ids.new()

        async def work(tx: Transaction, person: int) -> None:
            subject, patient = await self._patient(tx, person)
            owner = await self._custodian(tx, person, about)
            task = telling.correction(about, owner, words, patient, request.at)
            await self._put(tx, person, subject, id_, task, request)
            what = (
                f"A person says that something in their record is wrong. Their words and the entry "
                f"are in Task/{id_}; its owner is {owner or 'not named'}."
            )
            await Tasks(tx, request.at).call_for(TaskKind.CORRECTION, id_, subject, what)

        await self._do(request, "correction", person, work)
        return id_

    async def question(self, request: Request, look: AuditEntry, said: str) -> None:
        """Put a look that the person asks about in the privacy officer's queue.

        `look` is a line about this person that the door out has shown them.
        """
        words = _worded(said)
        person = await self._own(request, "question")

        async def work(tx: Transaction, person: int) -> None:
            await tx.run(
                "admission.add_notice",
                notice=f"question-{look.id}",
                kind="question",
                person=person,
                at=look.at.isoformat(),
                audit=look.id,
                who=f"{look.user} {look.organisation}".strip(),
                text=f"{look.role} looked for {look.purpose}: {words}",
            )

        await self._do(request, "question", person, work)

    async def _add(
        self, request: Request, action: str, key: str, made: Callable[[str], Json]
    ) -> None:
        """Store what `made` makes of the person's Patient; the same `key` is a new version."""
        person = await self._own(request, action)

        async def work(tx: Transaction, person: int) -> None:
            subject, patient = await self._patient(tx, person)
            id_ = derived_id(PERSON, f"{key}:{subject}")
            await self._put(tx, person, subject, id_, made(patient), request)

        await self._do(request, action, person, work)

    async def _put(  # noqa: PLR0913, PLR0917 - an entry has as many parts
        self,
        tx: Transaction,
        person: int,
        subject: int,
        id_: str,
        resource: Json,
        request: Request,
    ) -> None:
        """Store an entry as the person's own, labelled like any other."""
        kind = str(resource["resourceType"])
        fault = invalid(resource)
        if fault is not None:
            raise fault
        body = fhir_bytes.dump(resource)
        labelling = Labelling(self._rooms, tx, PERSON)
        written = [Written(subject, f"{kind}/{id_}", resource, body)]
        (cls,) = await labelling.classes(written)
        entry = NewEntry(
            subject=subject,
            type=kind,
            id=id_,
            body=body,
            index=fhir_index.extract(resource),
            cls=cls,
            updated=request.at,
        )
        await self._rooms.records.put(tx, [entry])
        await labelling.touched()
        await labelling.meet([person])

    async def _patient(self, tx: Transaction, person: int) -> tuple[int, str]:
        subjects = await self._rooms.persons.subjects_of(tx, person)
        patients = await self._rooms.records.unfiltered(tx, subjects, types=["Patient"])
        live = [patient for patient in patients if not patient.deleted]
        if not live:
            message = "There is no record of you here yet, so there is nothing to add to."
            raise ConflictError(message)
        return live[0].subject, f"Patient/{live[0].id}"

    async def _custodian(self, tx: Transaction, person: int, about: str) -> str:
        """Return whose record an entry of the person is; "" where it is about no entry."""
        if not about:
            return ""
        kind, _, id_ = about.partition("/")
        found = await self._rooms.records.current(tx, kind, id_)
        subjects = await self._rooms.persons.subjects_of(tx, person)
        if found is None or found.deleted or found.subject not in subjects:
            message = "There is no such entry in your record, or no longer. Go back to your record."
            raise NotFoundError(message)
        return found.cls.custodian

    async def _own(self, request: Request, action: str) -> int:
        """Return who asks. Raises DeniedError, audited, to anybody but the person."""
        person = request.actor.person
        if request.actor.role is not Role.PATIENT or person is None:
            line = msgspec.structs.replace(self._line(request, action), outcome="deny")

            async def refuse(tx: Transaction) -> None:
                await self._rooms.journal.record(tx, line)

            await self._rooms.store.transact(refuse)
            message = "Only the person adds to their record here."
            raise DeniedError(message)
        async with self._rooms.store.snapshot() as reader:
            return await self._rooms.persons.survivor(reader, person)

    async def _do(self, request: Request, action: str, person: int, work: Work) -> None:
        line = self._line(request, action).about((person,), 1)

        async def write(tx: Transaction) -> None:
            await work(tx, person)
            await self._rooms.journal.record(tx, line)

        await self._rooms.store.transact(write)

    def _line(self, request: Request, action: str) -> AuditEntry:
        return permitted(self._ids.new(), request, action, self._rooms.profile.version)


def _worded(said: str) -> str:
    """Return what the person says, without empty ends. Raises BadInputError for nothing."""
    words = said.strip()
    if not words or len(words) > LONGEST:
        message = f"Say it in your own words, in at most {LONGEST} letters."
        raise BadInputError(message, place="said")
    return words
