"""The queue of looks to review: alerts as they were raised, and looks that have other reasons.

Alerts are in the store before a look is answered. The rest is read from the ledger, each line once
in the life of a process: what is kept of it is one item for each reader, person and day.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from throughcare.actors.directory import Directory, User
from throughcare.audit import line, scan, suspicion
from throughcare.audit.frame import Kind
from throughcare.audit.segment import Place, name_of, segments
from throughcare.audit.suspicion import KEPT, Known, Looked, Why
from throughcare.fhir import bytes as fhir_bytes
from throughcare.identity import PersonIndex
from throughcare.kernel import day_of
from throughcare.model.audit import PARTED, AuditEntry, Case
from throughcare.record import Records
from throughcare.store.protocol import Reader, Row

MOST: Final = 500
ALERT, QUESTION, REVIEW = "alert", "question", "review"


class Cases:
    """Puts the queue together."""

    def __init__(self, folder: Path, records: Records, persons: PersonIndex) -> None:
        """Read the ledger in `folder`."""
        self._folder = folder
        self._records = records
        self._persons = persons
        self._marks: dict[int, Place] = {}
        self._looks: dict[str, Looked] = {}
        self._reading = asyncio.Lock()

    async def queue(self, reader: Reader, now: datetime) -> list[Case]:
        """Return open cases, the weightiest first, then those decided, newest first."""
        looks = await self._newest(now)
        users = await Directory().all(reader)
        people = await self._people(reader, {look.person for look in looks} | _bound(users))
        readers = {user.id: _reader(user, people) for user in users}
        judged = {look.id: look for look in suspicion.judged(looks, readers, people)}
        alerts = await _rows(reader, ALERT)
        states = {str(row[0]): str(row[7]) for row in await _rows(reader, REVIEW)}
        names = {user.id: user.name for user in users}
        cases = [_of_alert(row, judged, names) for row in alerts]
        parted = await _rows(reader, PARTED)
        told = {(case.person, case.user, _day(case.at)) for case in cases}
        cases += [
            _of_look(look, states.get(look.id, "open"), names)
            for look in judged.values()
            if (look.person, look.user, look.day) not in told
        ]
        cases += [_of_alert(row, {}, names, Why.SPLIT) for row in parted]
        asked = await _rows(reader, QUESTION)
        cases += [_of_alert(row, judged, names, Why.ASKED) for row in asked]
        return sorted(cases, key=_order)[:MOST]

    async def _newest(self, now: datetime) -> list[Looked]:
        """Return the looks of the last weeks, the ledger read on from where it was left."""
        async with self._reading:
            lines = await asyncio.to_thread(self._unread, now)
            self._looks = suspicion.together(self._looks.values(), lines)
            self._looks = {name: look for name, look in self._looks.items() if look.at > now - KEPT}
            return list(self._looks.values())

    def _unread(self, now: datetime) -> list[AuditEntry]:
        if not self._marks:
            self._marks = self._beginning((now - KEPT).timestamp())
        found: list[AuditEntry] = []
        for part in scan.parts(self._folder, self._marks):
            entries = (one.payload for one in part.frames if one.kind is Kind.ENTRY)
            found += [line.read_line(payload).entry for payload in entries]
            self._marks[part.start.worker] = replace(part.start, offset=part.until)
        return [entry for entry in found if entry.at > now - KEPT]

    def _beginning(self, since: float) -> dict[int, Place]:
        """Return the first segment of each worker that was written to since then."""
        marks = {}
        for worker, numbers in segments(self._folder).items():
            for number in numbers:
                if (self._folder / name_of(worker, number)).stat().st_mtime >= since:
                    marks[worker] = Place(worker, number, 0)
                    break
        return marks

    async def _people(self, reader: Reader, persons: Iterable[int]) -> dict[int, Known]:
        """Return name and address of each person, to be compared and not shown."""
        subjects = {
            subject: person
            for person in sorted(persons)
            for subject in await self._persons.subjects_of(reader, person)
        }
        found: dict[int, Known] = {}
        for stored in await self._records.unfiltered(reader, sorted(subjects), types=["Patient"]):
            person = subjects[stored.subject]
            known = _of_patient(fhir_bytes.read_again(stored.body))
            before = found.get(person, known)
            found[person] = replace(known, address=known.address or before.address)
        return found


def _bound(users: Iterable[User]) -> set[int]:
    return {user.person for user in users if user.person is not None}


def _reader(user: User, people: Mapping[int, Known]) -> Known:
    """Return what is known of a user: the name, and the address where they have a record here."""
    words = user.name.casefold().split()
    own = people.get(user.person, Known()) if user.person is not None else Known()
    return Known(words[-1] if words else "", " ".join(words), own.address, user.person)


def _of_patient(patient: Mapping[str, object]) -> Known:
    names, places = patient.get("name"), patient.get("address")
    name = names[0] if isinstance(names, list) and names else {}
    place = places[0] if isinstance(places, list) and places else {}
    family = str(name.get("family", "")).casefold()
    given = " ".join(str(each) for each in name.get("given", [])[:1]).casefold()
    lines = place.get("line", [])
    address = "".join(str(part) for part in (*lines[:1], place.get("postalCode", "")))
    folded = "".join(address.casefold().split()) if place.get("postalCode") and lines else ""
    return Known(family, f"{given} {family}".strip(), folded)


async def _rows(reader: Reader, kind: str) -> Sequence[Row]:
    return await reader.rows("admission.notices_of_kind", kind=kind, most=MOST)


def _day(at: datetime) -> object:
    return day_of(at)


def _of_alert(
    row: Row, judged: Mapping[str, Looked], names: Mapping[str, str], why: Why | None = None
) -> Case:
    """Return the case of an alert, with the other reasons that its look has."""
    notice, _, person, at, audit, who, text, state = row
    user, _, organisation = str(who).partition(" ")
    claim, _, said = str(text).partition(": ")
    role, _, purpose = claim.partition(" looked for ")
    moment = datetime.fromisoformat(str(at))
    look = Looked(
        user,
        role,
        organisation,
        int(person or 0),
        day_of(moment),
        moment,
        "",
        frozenset(),
    )
    own = {"BTG": Why.BREAK_GLASS, "ETREAT": Why.EMERGENCY}.get(purpose, Why.NO_RELATIONSHIP)
    reasons = {why or own} | (judged[look.id].reasons if look.id in judged else frozenset())
    case = _of_look(replace(look, reasons=frozenset(reasons)), str(state), names)
    return replace(case, id=str(notice), said=said, audit=str(audit))


def _of_look(look: Looked, state: str, names: Mapping[str, str]) -> Case:
    reasons = sorted(look.reasons, key=lambda why: -suspicion.WEIGHTS[why])
    return Case(
        id=look.id,
        person=look.person,
        at=look.at,
        user=look.user,
        name=names.get(look.user, look.user),
        role=look.role,
        organisation=look.organisation,
        reasons=tuple(reason.value for reason in reasons),
        weight=suspicion.weight(look.reasons),
        said=look.said,
        audit=look.audit,
        state=state,
    )


def _order(case: Case) -> tuple[object, ...]:
    return (case.state != "open", -case.weight if case.state == "open" else 0, -case.at.timestamp())
