"""The door in: submissions from feeds, writes of clients, and what people decide."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

import msgspec

from throughcare.admission import reviewing
from throughcare.admission.finishing import Finishing
from throughcare.admission.linking import Linking, meet
from throughcare.admission.outcome import Outcome, rejected
from throughcare.admission.permission import Permission
from throughcare.admission.registering import REGISTRARS, Registering
from throughcare.admission.rooms import Rooms
from throughcare.admission.sight import Sight
from throughcare.admission.snapshots import Snapshots
from throughcare.admission.switching import Switching
from throughcare.admission.tasks import Kind, Tasks
from throughcare.admission.unchanged import unchanged
from throughcare.admission.validity import examine, invalid
from throughcare.admission.writing import Writing
from throughcare.consent import register
from throughcare.consent.strictness import Faulty
from throughcare.kernel import (
    Clock,
    DamagedError,
    DeniedError,
    Ids,
    OverloadedError,
    ThroughcareError,
)
from throughcare.model.audit import AuditEntry, Case, permitted
from throughcare.model.permit import Entry
from throughcare.model.person import State
from throughcare.model.request import Actor, Purpose, Request, Role
from throughcare.model.submission import Item, Method, Place, Rejection, Submission
from throughcare.store.protocol import Transaction

T = TypeVar("T")

MEND = "Mend the resource at its source and send it again."

WRITERS = frozenset(
    {
        Role.PARAMEDIC,
        Role.NURSE,
        Role.GP,
        Role.PSYCHIATRIST,
        Role.PHARMACIST,
        Role.SOCIAL_WORKER,
        Role.CARE_ASSISTANT,
        Role.IT_LEAD,
    }
)
"""Roles that may add to a record through the interface; the person writes by `switch_consent`."""
FINISHERS: Final = frozenset({Role.IT_LEAD, Role.PRIVACY_OFFICER})
"""Roles that finish tasks."""


class Admission:
    """Takes what arrives. Each call is one transaction, and durable when it returns."""

    def __init__(self, rooms: Rooms, clock: Clock, ids: Ids) -> None:
        """Stand on `rooms`."""
        self._rooms = rooms
        self._clock = clock
        self._ids = ids
        self.linking = Linking(rooms, ids)
        """Who is whom, for those who decide it."""
        self.snapshots = Snapshots(rooms, ids)
        """What other nodes tell of people's Consents."""

    async def admit(self, submission: Submission, by: Actor) -> Outcome:
        """Store a submission of a feed, whole or not at all.

        Never raises for bad content: the outcome is then `Result.REJECTED`, with place, rule and
        way out. Raises OverloadedError if the node can't take more at the moment, and DamagedError
        if what is stored can't be read: neither is a fault of the submission.
        """
        strictness = self._rooms.profile.strictness(submission.source)
        examined = examine(submission, strictness, self._rooms.profiles)
        if examined.fault is not None:
            refused = rejected(examined.place, examined.fault, MEND)
            return await self._minded(submission, refused, by)
        now, what = self._clock.now(), submission.source
        if examined.remarks and strictness.faulty is Faulty.REPORT:
            what = f"{what}; stored with {len(examined.remarks)} faults against FHIR"
        audit = self._line(Request(by, Purpose.HOPERAT, now), "load", what)
        try:
            outcome = await self._write(submission, submission.source, audit, now)
            return replace(outcome, remarks=(*outcome.remarks, *examined.remarks))
        except (OverloadedError, DamagedError):
            raise
        except ThroughcareError as error:
            refused = rejected(submission.place, error, "Mend the source, then load it again.")
            return await self._minded(submission, refused, by)

    async def call_for_help(self, refused: Rejection, by: Actor) -> None:
        """Have somebody look at what may be a consent and names nobody, the next working day."""
        now = self._clock.now()
        audit = self._line(Request(by, Purpose.HOPERAT, now), "task", f"refused: {refused.place}")
        said = f"{refused.place}: {refused.rule} {refused.remedy}"
        what = f"What may be somebody's consent could not be taken. {said}"

        async def work(tx: Transaction) -> None:
            await Tasks(tx, now).call_for(Kind.REFUSED_CONSENT, str(refused.place), 0, what)
            await self._rooms.journal.record(tx, audit)

        await self._rooms.store.transact(work)

    async def finish(self, request: Request, task: str, why: str) -> None:
        """Finish a task, with the reason in the ledger; the denial of an unread row ends with it.

        Raises DeniedError for who may not, NotFoundError for no open task with this id.
        """
        audit = self._line(request, "task", f"{task} finished")
        if request.actor.role not in FINISHERS:
            await self._refused(audit, "")
            message = "Only the IT lead or the privacy officer finishes tasks."
            raise DeniedError(message)

        async def work(tx: Transaction) -> None:
            persons = await Finishing(self._rooms, tx, request.at).finish(task)
            line = msgspec.structs.replace(audit.about(persons, len(persons)), reason=why)
            await self._rooms.journal.record(tx, line)

        await self._rooms.store.transact(work)

    async def interact(self, request: Request, submission: Submission, sight: Sight) -> Outcome:
        """Store what a client sent, who sees no more than `sight`.

        Raises the error that the client is to be answered with; that it was refused is audited.
        Raises OutdatedError, with nothing stored, where it depends on what the client sees and
        this was decided on an earlier state.
        """
        audit = self._line(request, "write")
        try:
            return await self._interact(request, submission, audit, sight)
        except ThroughcareError as error:
            if not isinstance(error, OverloadedError):
                await self._refused(audit, f"{type(error).__name__} {_tried(submission)}")
            raise

    async def _interact(
        self, request: Request, submission: Submission, audit: AuditEntry, sight: Sight
    ) -> Outcome:
        if request.actor.role not in WRITERS:
            message = "This role may not write to a record. Ask for a token of a care role."
            raise DeniedError(message)
        same = await unchanged(self._rooms, submission, sight, audit)
        if same is not None:
            return same
        fault = faults(submission)
        if fault is not None and fault.error is not None:
            raise fault.error
        return await self._write(submission, request.id, audit, request.at, sight)

    async def settle(self, by: Actor) -> Mapping[int, State]:
        """End a load: rebuild persons from all evidence, so that its order made no difference.

        Returns the state of every source record by its subject.
        """
        now = self._clock.now()
        audit = self._line(Request(by, Purpose.HOPERAT, now), "link", "end of load")

        async def work(tx: Transaction) -> Mapping[int, State]:
            changes = await self._rooms.persons.rebuild(tx)
            persons = {person for change in changes for person in change.persons}
            await meet(self._rooms, tx, sorted(persons), now)
            if changes:
                await self._rooms.journal.record(tx, audit.about((), len(changes)))
            return {record.subject: record.state for record in await self._rooms.persons.people(tx)}

        return await self._rooms.store.transact(work)

    async def switch(self, request: Request, key: str, *, share: bool, keep: bool = False) -> None:
        """Set one switch of the person who asks: in force, on every path, when this returns.

        At no, a Consent is recorded; at yes, each Consent that says no in the same terms becomes
        inactive, whoever recorded it. With `keep`, earlier exceptions that a no would end are
        dated anew, so that they hold beside it. Raises DeniedError to anybody but the person,
        NotFoundError for no such switch.
        """

        async def work(switching: Switching, person: int) -> None:
            await switching.set(person, key, share=share, keep=keep)

        await self._choose(request, f"{key}={share}", work)

    async def keep(self, request: Request, consent: str) -> None:
        """Date one earlier choice of the person who asks anew: it holds beside newer ones.

        Raises DeniedError to anybody but the person, NotFoundError for none of theirs.
        """

        async def work(switching: Switching, person: int) -> None:
            await switching.keep(person, consent)

        await self._choose(request, f"{consent} kept", work)

    async def _choose(
        self, request: Request, what: str, change: Callable[[Switching, int], Awaitable[None]]
    ) -> None:
        person = request.actor.person
        if request.actor.role is not Role.PATIENT or person is None:
            line = self._line(request, "consent")
            await self._refused(line, "")
            message = "Only the person sets who can see their record."
            raise DeniedError(message)
        audit = self._line(request, "consent", what)

        async def work(tx: Transaction) -> None:
            switching = Switching(self._rooms, tx, request.at)
            number = await self._rooms.persons.survivor(tx, person)
            await change(switching, number)
            await self._rooms.journal.record(tx, audit.about((number,), 1))

        await self._rooms.store.transact(work)

    async def review(self, request: Request, case: Case, *, verdict: str) -> None:
        """Close a case as ``justified`` or for ``follow-up``; the privacy officer's alone.

        What was decided is in the ledger, about the person and the line that the case is of.
        """
        if request.actor.role is not Role.PRIVACY_OFFICER:
            line = self._line(request, "alert")
            await self._refused(line, "")
            message = "Only the privacy officer closes alerts."
            raise DeniedError(message)
        what = f"{verdict} {case.audit}".strip()
        audit = self._line(request, "alert", what)

        async def work(tx: Transaction) -> None:
            await reviewing.close(tx, case, verdict)
            await self._rooms.journal.record(tx, audit.about((case.person,), 0))

        await self._rooms.store.transact(work)

    async def register_permit(self, request: Request, wanted: Entry) -> str:
        """Add an entry to the register of legal permits, in force when this returns; its id.

        Raises DeniedError to all but the privacy officer, BadInputError for one that names too
        little or too much, NotFoundError where it names somebody who is not here.
        """
        by = request.actor.user
        register.check(wanted, by, self._rooms.profile)
        added = replace(wanted, id=self._ids.new())
        what = f"{added.id} {added.basis.value}: {added.provision}; approved by {added.approver}"
        await self._register(request, "permit", what, lambda each: each.add(added, by))
        return added.id

    async def end_permit(self, request: Request, id_: str) -> None:
        """End an entry of the register. Raises NotFoundError where none of it is in force."""
        by = request.actor.user
        await self._register(request, "end-permit", id_, lambda each: each.end(id_, by))

    async def ask_opt_outs(self, request: Request) -> list[str]:
        """Return the NHS numbers that the national data opt-out is to be asked about."""
        question = self._ids.new()
        what = "NHS numbers of everybody"
        return await self._register(request, "ask-opt-outs", what, lambda each: each.ask(question))

    async def answer_opt_outs(self, request: Request, cleared: Sequence[str]) -> None:
        """Keep the numbers that came back as not opted out, for as long as the profile says.

        Raises ConflictError where they can't be the answer to what was asked last.
        """
        days = self._rooms.profile.opt_out_days
        until = (request.at + timedelta(days=days)).date()
        what = f"{len(cleared)} numbers came back"
        await self._register(
            request, "answer-opt-outs", what, lambda each: each.answer(cleared, until)
        )

    async def _register(
        self,
        request: Request,
        action: str,
        what: str,
        change: Callable[[Registering], Awaitable[T]],
    ) -> T:
        audit = self._line(request, action, what)
        if request.actor.role not in REGISTRARS:
            await self._refused(audit, "")
            message = "Only the privacy officer keeps the register of permits and opt-outs."
            raise DeniedError(message)

        async def work(tx: Transaction) -> T:
            done = await change(Registering(tx, request.at))
            await self._rooms.journal.record(tx, audit)
            return done

        return await self._rooms.store.transact(work)

    async def _write(
        self,
        submission: Submission,
        scope: str,
        audit: AuditEntry,
        now: datetime,
        sight: Sight | None = None,
    ) -> Outcome:
        async def work(tx: Transaction) -> Outcome:
            may = None
            if sight is not None:
                custodian, day = submission.custodian, now.date()
                may = Permission(self._rooms, tx, sight, custodian, audit.role, audit.user, day)
            return await Writing(self._rooms, tx, submission, scope, now, may).write(audit)

        return await self._rooms.store.transact(work, again=True)

    async def _minded(self, submission: Submission, refused: Outcome, by: Actor) -> Outcome:
        """Return the refusal of a submission; somebody has to look at it if it was a consent."""
        consents = (it.resource["resourceType"] == "Consent" for it in submission.items)
        if refused.rejection and not refused.waits and any(consents):
            await self.call_for_help(refused.rejection, by)
        return refused

    async def _refused(self, audit: AuditEntry, what: str) -> None:
        """Write down that somebody was refused; of what was tried, types alone."""
        line = msgspec.structs.replace(audit, id=self._ids.new(), outcome="deny", what=what)

        async def work(tx: Transaction) -> None:
            await self._rooms.journal.record(tx, line)

        await self._rooms.store.transact(work)

    def _line(self, request: Request, action: str, what: str = "") -> AuditEntry:
        return permitted(self._ids.new(), request, action, self._rooms.profile.version, what)


def faults(submission: Submission) -> Outcome | None:
    """Return the rejection of a submission against FHIR R4, or None where it is valid."""
    for item in submission.items:
        if item.method in {Method.DELETE, Method.PATCH}:
            continue
        place = _place(submission.place, item)
        fault = invalid(item.resource, place.at)
        if fault is not None:
            return rejected(place, fault, MEND)
    return None


def _tried(submission: Submission) -> str:
    kinds = {f"{item.method.value} {item.resource['resourceType']}" for item in submission.items}
    return ", ".join(sorted(kinds))


def _place(place: Place, item: Item) -> Place:
    return item.place or place
