"""Looking at the looks: what a person, or a privacy officer, reads of the ledger."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from throughcare.audit.lines import Lines as LedgerLines
from throughcare.consent import looks, register
from throughcare.disclosure.cases import QUESTION, Cases
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.former import notices_of, numbers_of
from throughcare.disclosure.gates import surviving
from throughcare.disclosure.lines import Look
from throughcare.disclosure.people import NO_PERSON
from throughcare.disclosure.views import Looks, Notice, OptOutState
from throughcare.identity import PersonIndex
from throughcare.kernel import DeniedError, NotFoundError
from throughcare.model.audit import JOIN, TO_READER, AuditEntry, Case, reads_one
from throughcare.model.permit import Entry
from throughcare.model.request import Purpose, Request, Role
from throughcare.store.protocol import Reader, Row

MOST_TOLD: Final = 50
TOLD_FOR: Final = timedelta(days=30)


class Oversight:
    """Lines, notices and alerts, for those whom they are about or who guard them."""

    def __init__(self, door: Disclosure, persons: PersonIndex, ledger: Path) -> None:
        """Read the ledger in the folder `ledger`."""
        self._door = door
        self._persons = persons
        self._lines = LedgerLines(ledger)
        self._cases = Cases(ledger, door.rooms.records, persons)

    async def looks(self, request: Request, person_id: str) -> Looks:
        """Return every line about a person, to themselves and to the privacy officer.

        A proxy who sees the whole record reads the lines that are not sensitive themselves.
        """
        async with self._door.rooms.store.snapshot() as reader:
            person = await self._persons.by_public_id(reader, person_id)
            request = await surviving(reader, request)
            actor = request.actor
            own = actor.role is Role.PATIENT and person is not None and actor.person == person
            acts = person is not None and await self._acts(reader, request, person)
            if not own and not acts and actor.role is not Role.PRIVACY_OFFICER:
                await self._write(request, "looks", person or 0, 0, permitted=False)
                message = "Only the person and the privacy officer read who has looked."
                raise DeniedError(message)
            if person is None:
                raise NotFoundError(NO_PERSON)
            numbers = await numbers_of(reader, person)
            lines = await self._lines.lines_about(reader, numbers.all)
            lines = [line for line in lines if numbers.covers(line.persons, line.at)]
            if own or acts:
                lines = [line for line in lines if not self._is_early(request, line)]
            if acts:
                told = (looks.to_proxy(line, self._door.rooms.profile) for line in lines)
                lines = [line for line in told if line is not None]
            await self._write(request, "looks", person, len(lines), permitted=True)
            return Looks(person_id, tuple(lines))

    async def notices(self, request: Request, person_id: str) -> list[Notice]:
        """Return what the person is to be told of, newest first: to themselves alone.

        What is older than `TOLD_FOR` has been told long enough, and is in who has looked.
        """
        async with self._door.rooms.store.snapshot() as reader:
            request = await surviving(reader, request)
            person = await self._persons.by_public_id(reader, person_id)
            if request.actor.role is not Role.PATIENT or request.actor.person != person:
                await self._write(request, "notices", person or 0, 0, permitted=False)
                message = "Only the person reads what they are told."
                raise DeniedError(message)
            rows = await self._about(reader, person or 0, "notice")
            found = [await self._notice(reader, row) for row in rows]
            latest = request.at - self._door.rooms.profile.notify_after
            return [
                each
                for each in found
                if request.at - TOLD_FOR < datetime.fromisoformat(each.at) <= latest
            ]

    async def questions(self, request: Request, person_id: str) -> dict[str, str]:
        """Return the state of each question that the person asked, by the line it is about.

        To themselves alone; nobody else is answered.
        """
        async with self._door.rooms.store.snapshot() as reader:
            request = await surviving(reader, request)
            person = await self._persons.by_public_id(reader, person_id)
            if request.actor.role is not Role.PATIENT or request.actor.person != person:
                return {}
            rows = await self._about(reader, person or 0, QUESTION)
            return {str(row[4]): str(row[7]) for row in rows}

    def _is_early(self, request: Request, line: AuditEntry) -> bool:
        """Tell whether a line is of broken glass that the person is not to be told of yet."""
        latest = request.at - self._door.rooms.profile.notify_after
        return line.purpose == Purpose.BTG and line.at > latest

    async def _acts(self, reader: Reader, request: Request, person: int) -> bool:
        """Tell whether a proxy asks who sees this person's whole record."""
        if request.actor.role is not Role.PROXY or request.actor.person != person:
            return False
        ground = await self._door.ground(reader, request)
        return ground.decision(person).permitted

    async def notices_about(self, person: int) -> list[Notice]:
        """Return alerts and notices about a person, newest first. For tests and `app` alone."""
        async with self._door.rooms.store.snapshot() as reader:
            found = []
            for kind in ("alert", "notice"):
                rows = await self._about(reader, person, kind)
                found += [await self._notice(reader, row) for row in rows]
            return found

    async def told(self, request: Request) -> list[Notice]:
        """Return what whoever asks is to be told of what they read, newest first.

        Of records that were joined no more once they have read the whole, or after `TOLD_FOR`: it
        says more than they saw, and nothing that they saw was another's. A split stays.
        """
        async with self._door.rooms.store.snapshot() as reader:
            rows = await reader.rows(
                "admission.notices_to", kind=TO_READER, who=request.actor.user, most=MOST_TOLD
            )
            return [
                await self._notice(reader, row)
                for row in rows
                if not str(row[0]).startswith(f"{TO_READER}:{JOIN}")
                or await self._is_news(reader, request, row)
            ]

    async def _is_news(self, reader: Reader, request: Request, row: Row) -> bool:
        """Tell whether a join is lately told, and whoever asks has not read the record since."""
        at = datetime.fromisoformat(str(row[3]))
        if at <= request.at - TOLD_FOR:
            return False
        numbers = await numbers_of(reader, int(row[2] or 0))
        lines = await self._lines.lines_about(reader, numbers.all)
        return not any(
            line.user == request.actor.user and line.at > at and reads_one(line) for line in lines
        )

    async def cases(self, request: Request) -> list[tuple[Case, str]]:
        """Return the looks to review with the public id of whom each is about.

        Open ones first, the weightiest first. For the privacy officer.
        """
        _check_officer(request, "reads what is to be reviewed")
        async with self._door.rooms.store.snapshot() as reader:
            found = await self._cases.queue(reader, request.at)
            public = {
                person: await self._persons.public_id(reader, person)
                for person in {case.person for case in found}
            }
            await self._write(request, "alerts", 0, len(found), permitted=True)
            return [(case, public[case.person]) for case in found]

    async def permits(self, request: Request) -> list[Entry]:
        """Return the register of legal permits, oldest first, ended ones too."""
        _check_officer(request, "reads the register of permits")
        async with self._door.rooms.store.snapshot() as reader:
            found = [register.entry(row) for row in await reader.rows("admission.permits")]
            await self._write(request, "permits", 0, len(found), permitted=True)
            return found

    async def opt_outs(self, request: Request) -> OptOutState:
        """Return how the cache of the national data opt-out stands."""
        _check_officer(request, "reads how opt-outs stand")
        async with self._door.rooms.store.snapshot() as reader:
            questions = await reader.rows("admission.last_question")
            ((count, until),) = await reader.rows("admission.count_cleared")
            await self._write(request, "opt-outs", 0, 0, permitted=True)
        asked, numbers, answered, _ = questions[0] if questions else ("", 0, "", 0)
        last = date.fromisoformat(str(until)) if until else None
        return OptOutState(
            str(asked), int(numbers or 0), str(answered or ""), int(count or 0), last
        )

    async def _about(self, reader: Reader, person: int, kind: str) -> list[Row]:
        """Return the notices of `kind` about a person, newest first."""
        return await notices_of(reader, await numbers_of(reader, person), kind)

    async def _notice(self, reader: Reader, row: Row) -> Notice:
        notice, kind, person, at, _audit, who, text, state = row
        public = await self._persons.public_id(reader, int(person or 0))
        return Notice(str(notice), str(kind), public, str(at), str(who), str(text), str(state))

    async def _write(
        self, request: Request, action: str, person: int, seen: int, *, permitted: bool
    ) -> None:
        persons = (person,) if person else ()
        await self._door.lines.write(request, Look(action, "", {}, seen, permitted, persons))


def _check_officer(request: Request, does: str) -> None:
    if request.actor.role is not Role.PRIVACY_OFFICER:
        message = f"Only the privacy officer {does}."
        raise DeniedError(message)
