"""The door in for those who decide who is whom: match reviewers, by pairs or by two Patients."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from throughcare.admission.labelling import Labelling
from throughcare.admission.naming import every_class
from throughcare.admission.owner import NOBODY
from throughcare.admission.parting import Parting
from throughcare.admission.rooms import Rooms
from throughcare.consent import matching
from throughcare.fhir import query
from throughcare.identity.deciding import Ends, ends_of
from throughcare.identity.membership import Cause, PersonChange
from throughcare.kernel import BadInputError, DeniedError, Ids, NotFoundError, UnprocessableError
from throughcare.model.audit import AuditEntry, permitted
from throughcare.model.person import Foreseen
from throughcare.model.request import Request
from throughcare.store.protocol import Reader, Transaction

MOST_LATER: Final = timedelta(days=366)
LONGEST_NOTE: Final = 500
LONGEST_REASON: Final = 1000

Work = Callable[[Transaction], Awaitable[PersonChange]]


@dataclass(frozen=True, slots=True)
class Meant:
    """A Patient that somebody names: by its id, or by identifiers (system, value), all of them."""

    id: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    place: str = "identifier"
    """Where `identifiers` stand in what was sent, for errors."""


@dataclass(frozen=True, slots=True)
class Linking:
    """Each change is one transaction with its line in the ledger, in force when it returns.

    Every call raises DeniedError, audited, to all but match reviewers.
    """

    rooms: Rooms
    ids: Ids

    async def decide(self, request: Request, review: str, *, same: bool, why: str) -> None:
        """Write down that a human says two records are, or are not, one person's."""
        action = "link" if same else "keep-apart"
        who = request.actor.user

        def work(tx: Transaction) -> Awaitable[PersonChange]:
            return self.rooms.persons.decisions.decide(tx, review, same=same, who=who, why=why)

        await self._change(request, action, why, work)

    async def undo(self, request: Request, review: str) -> None:
        """Take a decision back. Raises NotFoundError if nothing was decided."""

        def work(tx: Transaction) -> Awaitable[PersonChange]:
            return self.rooms.persons.decisions.undo(tx, ends_of(review), who=request.actor.user)

        await self._change(request, "undo", "", work)

    async def postpone(self, request: Request, review: str, *, until: date, note: str) -> None:
        """Put a pair of the queue off; it is back on the day `until`, or when its score changes.

        Raises BadInputError for a day that is not to come, or more than a year away.
        """
        today = request.day
        if not today < until <= today + MOST_LATER:
            message = "Put it off until a day to come, a year at most. Choose another day."
            raise BadInputError(message, place="until")
        decisions, who = self.rooms.persons.decisions, request.actor.user

        async def work(tx: Transaction) -> PersonChange:
            await decisions.postpone(tx, review, until=until, note=note[:LONGEST_NOTE], who=who)
            return PersonChange(Cause("later", request.at, who), (), ())

        await self._change(request, "later", "", work)

    async def rule_pair(self, request: Request, review: str, *, same: bool, why: str) -> None:
        """Say of two source records, by the id of their pair, what `rule` says of two Patients.

        Whether or not anybody was asked. Raises NotFoundError for no such records, BadInputError
        without a reason, and ConflictError as `rule` does.
        """
        reason = why.strip()[:LONGEST_REASON]
        if not reason:
            message = "Say why: the reason is kept with the decision. Go back and write it."
            raise BadInputError(message, place="why")
        ends, who = ends_of(review), request.actor.user

        def work(tx: Transaction) -> Awaitable[PersonChange]:
            return self.rooms.persons.decisions.rule(tx, ends, same=same, who=who, why=reason)

        await self._change(request, _ACTIONS[same], reason, work)

    async def rule(
        self, request: Request, pair: tuple[Meant, Meant], *, same: bool | None, why: str
    ) -> Foreseen:
        """Say that two Patients are one person's, or are not; None takes what was said back.

        Returns what it changed. Raises NotFoundError for no such Patient, and where there is
        nothing to take back; UnprocessableError for identifiers that name none or several;
        ConflictError where it can't be true beside what people decided of other pairs.
        """
        decisions, who = self.rooms.persons.decisions, request.actor.user
        found: list[Foreseen] = []

        async def work(tx: Transaction) -> PersonChange:
            ends = await self._ends(tx, pair)
            found.append(await decisions.foresee(tx, ends, same=same))
            if same is None:
                return await decisions.undo(tx, ends, who=who, why=why)
            return await decisions.rule(tx, ends, same=same, who=who, why=why)

        await self._change(request, _ACTIONS[same], why, work)
        return found[-1]

    async def foresee(
        self, request: Request, pair: tuple[Meant, Meant], *, same: bool | None
    ) -> Foreseen:
        """Return what `rule` would change, and change nothing. A look, and in the ledger as one."""
        await self._check(request, _ACTIONS[same])
        async with self.rooms.store.whole() as reader:
            ends = await self._ends(reader, pair)
            found = await self.rooms.persons.decisions.foresee(reader, ends, same=same)
        persons = {record.person for group in found.before for record in group}
        line = self._line(request, "preview", _ACTIONS[same]).about(tuple(sorted(persons)), 0)

        async def work(tx: Transaction) -> None:
            await self.rooms.journal.record(tx, line)

        await self.rooms.store.transact(work)
        return found

    # -- within

    async def _change(self, request: Request, action: str, why: str, work: Work) -> None:
        await self._check(request, action)
        audit = msgspec.structs.replace(self._line(request, action, ""), reason=why)

        async def whole(tx: Transaction) -> None:
            change = await work(tx)
            await meet(self.rooms, tx, change.persons, request.at)
            # Also of two that are one person's already: from here on any no of either holds.
            await tx.run("admission.raise_epoch", subject=NOBODY)
            await self.rooms.journal.record(tx, audit.about(change.persons, 0))

        await self.rooms.store.transact(whole)

    async def _check(self, request: Request, action: str) -> None:
        refusal = matching.refusal(request.actor.role, self.rooms.profile.reviewers)
        if not refusal:
            return
        line = msgspec.structs.replace(self._line(request, action, ""), outcome="deny")

        async def work(tx: Transaction) -> None:
            await self.rooms.journal.record(tx, line)

        await self.rooms.store.transact(work)
        raise DeniedError(refusal)

    async def _ends(self, reader: Reader, pair: tuple[Meant, Meant]) -> Ends:
        left, right = [await self._subject(reader, meant) for meant in pair]
        if left == right:
            message = "Source and target are one Patient. Name two."
            raise UnprocessableError(message)
        return left, right

    async def _subject(self, reader: Reader, meant: Meant) -> int:
        records = self.rooms.records
        if meant.id:
            subject = await records.subject_of(reader, "Patient", meant.id)
            if subject is None:
                message = "There is no such Patient. Look at its id."
                raise NotFoundError(message, place=f"Patient/{meant.id}")
            return subject
        tokens = [query.token(system, value) for system, value in meant.identifiers]
        asked = query.parse("Patient", [("identifier", token) for token in tokens])
        gate = await every_class(records, reader)
        found = await records.subjects_of(reader, asked, gate)
        if len(found) == 1:
            return min(found)
        message = "No Patient here has what this names. Look at system and value."
        if found:
            message = (
                f"{len(found)} Patients have what this names, as each source keeps its own under "
                "an NHS number. Add the number that the source itself gives, or name one by its id."
            )
        raise UnprocessableError(message, place=meant.place)

    def _line(self, request: Request, action: str, what: str) -> AuditEntry:
        return permitted(self.ids.new(), request, action, self.rooms.profile.version, what)


_ACTIONS: Final[Mapping[bool | None, str]] = {True: "merge", False: "keep-apart", None: "unmerge"}


async def meet(rooms: Rooms, tx: Transaction, persons: Sequence[int], at: datetime) -> None:
    """Have labels meet persons whose records are others now, and every process decide anew."""
    await Parting(rooms, tx, at).follow()
    await Labelling(rooms, tx, "").meet(set(persons))
    for person in sorted(set(persons)):
        for subject in await rooms.persons.subjects_of(tx, person):
            await tx.run("admission.raise_epoch", subject=subject)
