"""HL7 v2 messages to submissions: one message, one submission; one bad message costs only itself.

Covered: ADT A01 A03 A04 A05 A08 A24 A28 A31 A37 A40. Of every other event the person (PID) is used,
the message is kept as its source, and a remark says so. A message is known by MSH-3, MSH-4 and
MSH-10. The same key with other content is another version of it: all items fold by the time of the
event.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from throughcare.intake import systems, times
from throughcare.intake.hl7 import person, visit
from throughcare.intake.hl7.message import Message, Segment, messages
from throughcare.model.submission import (
    Item,
    Merge,
    Method,
    Place,
    Rejection,
    Remark,
    SourcePatient,
    Submission,
)

Json = dict[str, Any]

MEDIA_TYPE: Final = "x-application/hl7-v2+er7"
_COVERED: Final = frozenset({"A01", "A03", "A04", "A05", "A08", "A24", "A28", "A31", "A37", "A40"})
_PAIRS: Final = frozenset({"A24", "A37"})
"""Events that link two persons, or unlink them: each has a PID of its own."""
_RETIRED: Final = frozenset({"link"})
"""What a Patient whose number was retired has, and loses when that is undone."""
_VISITS: Final = frozenset({"A01", "A03", "A04", "A05", "A08", "A31"})


@dataclass(slots=True)
class _Report:
    """What a file's remarks are counted from."""

    misplaced: int = 0
    uncovered: Counter[str] = field(default_factory=Counter)
    opened: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)

    def remarks(self, file: str) -> Iterator[Remark]:
        place = Place(file)
        if self.misplaced:
            text = f"{self.misplaced} visit numbers stand in PV1-20 (PV1-19 is empty); used."
            yield Remark(place, text)
        if self.closed - self.opened:
            text = f"{len(self.closed - self.opened)} discharges (A03) name a visit number that no"
            yield Remark(
                place, f"{text} admission of this file has; stored as visits of their own."
            )
        for event, count in sorted(self.uncovered.items()):
            text = f"{count} messages of event {event} are not covered: the person was read and the"
            yield Remark(place, f"{text} message kept as source.")


def read(file: str, data: bytes, source: str) -> Iterator[Submission | Rejection | Remark]:
    """Read all messages of a file."""
    report = _Report()
    number = 0
    for number, message in enumerate(messages(data), start=1):  # noqa: B007 - counted
        yield from _message(file, message, source, report)
    if not number:
        yield Rejection(Place(file), "No message (MSH) in the file.", "Send HL7 v2 in ER7 form.")
    yield from report.remarks(file)


def _message(
    file: str, message: Message, source: str, report: _Report
) -> Iterator[Submission | Rejection | Remark]:
    place = Place(file, f"message {message.number}")
    header = message.header
    if not header.text(10):
        rule = "A message has no control id, so that a resend could not be told."
        yield Rejection(_at(place, "MSH", 10), rule, "Fill MSH-10.")
        return
    if header.text(9) == "ACK":
        yield Remark(place, "An acknowledgement: it holds no record.")
        return
    pairs = _people(message)
    if not pairs:
        rule = f"A message of event {_event(message)} names no person."
        yield Rejection(_at(place, "PID"), rule, "Send a PID segment.")
        return
    for number, (pid, mrg) in enumerate(pairs, start=1):
        repeated = f", pair {number}" if len(pairs) > 1 else ""
        at = replace(place, at=place.at + repeated)
        yield _submission(at, message, pid, mrg, source, report, number if repeated else 0)


def _people(message: Message) -> list[tuple[Segment, Segment | None]]:
    """Return each PID with the MRG that follows it; only A40 may have several.

    Of what links or unlinks, the first PID with the second one.
    """
    if _event(message) in _PAIRS:
        found = list(message.all("PID"))
        return [(found[0], found[1] if len(found) > 1 else None)] if found else []
    pairs: list[tuple[Segment, Segment | None]] = []
    for segment in message.segments:
        if segment.name == "PID":
            pairs.append((segment, None))
        elif segment.name == "MRG" and pairs and pairs[-1][1] is None:
            pairs[-1] = (pairs[-1][0], segment)
    return pairs if _event(message) == "A40" else pairs[:1]


def _event(message: Message) -> str:
    """Return the trigger event, ``A01`` or ``R01`` of ``ORU^R01``; as text if it is no ADT."""
    kind, event = message.header.text(9), message.header.text(9, 2) or message.header.text(9, 1)
    return (event or message.first("EVN").text(1)) if kind == "ADT" else f"{kind} {event}".strip()


def _at(place: Place, segment: str, number: int | None = None) -> Place:
    tail = f", field {number}" if number is not None else ""
    return Place(place.file, f"{place.at}, segment {segment}{tail}")


def _submission(  # noqa: PLR0913, PLR0917 - all that a message comes with
    place: Place,
    message: Message,
    pid: Segment,
    mrg: Segment | None,
    source: str,
    report: _Report,
    pair: int,
) -> Submission | Rejection:
    local_id = person.local_id(person.identifiers(pid))
    if not local_id:
        rule = "The person has no identifier."
        return Rejection(_at(place, "PID", 3), rule, "Fill PID-3 with the hospital's number.")
    now, sent = _when(message)
    if now is None:
        rule = "The message has no readable time, so that it can't be put in order."
        return Rejection(_at(place, "MSH", 7), rule, "Fill MSH-7 or EVN-2 as YYYYMMDDHHMM.")
    event = _event(message)
    retired = _partner(mrg) if mrg else ""
    if event in {"A40", *_PAIRS} and retired in {"", local_id}:
        return _no_pair(place, event)
    header = message.header
    custodian = header.text(4) or source
    built = _Built(place, sent, source, event, report)
    built.person(message, pid, local_id)
    if event == "A40":
        built.retired(retired)
    elif event in _PAIRS and mrg:
        built.second(message, mrg, retired, apart=event == "A37")
    elif event in _COVERED:
        built.care(message, now)
    if event not in _COVERED:
        report.uncovered[event] += 1
    key = "/".join(
        (header.text(3), header.text(4), header.text(10), *([str(pair)] if pair else []))
    )
    return Submission(
        source=source,
        custodian=custodian,
        key=key,
        digest=systems.digest(b"\r".join(message.raw.splitlines())),
        place=place,
        items=tuple(built.items),
        patients=tuple(built.patients),
        merge=_merge(event, local_id, retired),
        remarks=tuple(built.remarks),
        original=message.raw,
        media_type=MEDIA_TYPE,
        at=sent.at,
    )


def _no_pair(place: Place, event: str) -> Rejection:
    if event == "A40":
        rule = "A merge (A40) does not name another number that is to be retired."
        return Rejection(_at(place, "MRG", 1), rule, "Fill MRG-1 with the retired number.")
    rule = f"A message of event {event} does not name two persons."
    return Rejection(_at(place, "PID", 3), rule, "Send a second PID with another number.")


def _merge(event: str, local_id: str, other: str) -> Merge | None:
    return Merge(local_id, other, undo=event == "A37") if event in {"A40", *_PAIRS} else None


def _partner(segment: Segment) -> str:
    """Return the number of the other person: of MRG-1, or of a second PID."""
    is_person = segment.name == "PID"
    values = person.identifiers(segment) if is_person else segment.repetitions(1)
    return person.local_id(values)


def _when(message: Message) -> tuple[times.Moment | None, times.Moment]:
    """Return when the event happened (EVN-6, EVN-2 or MSH-7) and when it was told (MSH-7)."""
    event = message.first("EVN")
    told = times.hl7(message.header.text(7))
    happened = times.hl7(event.text(6)) or times.hl7(event.text(2)) or told
    return happened, told or happened or times.day(times.NO_DAY)


@dataclass(slots=True)
class _Built:
    """The items of one message, as they are made."""

    place: Place
    at: times.Moment
    source: str
    event: str
    report: _Report
    items: list[Item] = field(default_factory=list)
    patients: list[SourcePatient] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    patient: str = ""

    def remark(self, text: str, segment: str = "") -> None:
        place = _at(self.place, segment) if segment else self.place
        self.remarks.append(Remark(place, text))

    def add(self, full_url: str, resource: Json, segment: str) -> None:
        place = _at(self.place, segment)
        self.items.append(Item(full_url, resource, None, Method.FOLD, at=self.at.at, place=place))

    def person(self, message: Message, pid: Segment, local_id: str) -> None:
        self.patient = systems.key(self.source, local_id)
        resource, faults = person.patient(message, pid)
        for fault in faults:
            self.remark(fault, "PID")
        self.add(self.patient, resource, "PID")
        self.patients.append(SourcePatient(self.patient, local_id))

    def second(self, message: Message, pid: Segment, local_id: str, *, apart: bool) -> None:
        """Add the other person of a pair; `apart` ends that one of them was retired."""
        first = self.patient
        self.person(message, pid, local_id)
        self.patient = first
        if apart:
            self.items = [
                replace(item, resource={**item.resource, "active": True}, ended=_RETIRED)
                for item in self.items
            ]

    def retired(self, local_id: str) -> None:
        full_url = systems.key(self.source, local_id)
        link = {"other": {"reference": self.patient}, "type": "replaced-by"}
        resource = {"resourceType": "Patient", "active": False, "link": [link]}
        self.add(full_url, resource, "MRG")
        self.patients.append(SourcePatient(full_url, local_id))

    def care(self, message: Message, now: times.Moment) -> None:
        bound = self.event in _VISITS
        seen = visit.visit(message, self.patient, self.event, now) if bound else None
        found = visit.diagnoses(message, self.patient, seen)
        if seen:
            self.report.misplaced += seen.misplaced
            self.report.opened.update([seen.key] if self.event in {"A01", "A04", "A05"} else [])
            self.report.closed.update([seen.key] if self.event == "A03" else [])
            lines = [line for _, _, line in found]
            self.add(seen.key, seen.resource | ({"diagnosis": lines} if lines else {}), "PV1")
        for full_url, condition, _ in found:
            condition.setdefault("recordedDate", now.fhir)
            self.add(full_url, condition, "DG1")
        for full_url, allergy in visit.allergies(message, self.patient, now):
            self.add(full_url, allergy, "AL1")
