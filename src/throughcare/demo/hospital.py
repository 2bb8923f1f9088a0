"""The hospital's feed: HL7 v2.4 ADT messages in one file, with what real ones bring.

Registrations (A28), admissions (A01), discharges (A03), updates (A31) and merges (A40); a message
sent twice, and pairs that arrive in the wrong order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from throughcare.demo import names
from throughcare.demo.chance import Chance
from throughcare.demo.health import Health
from throughcare.demo.people import Person

_MERGED = frozenset({"nasreen"})
GAP = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class _Event:
    """A message before it has its number."""

    at: datetime
    kind: str
    segments: tuple[str, ...]

    def text(self, control: int) -> bytes:
        """Return the message, its segments ended by carriage returns."""
        stamp = f"{self.at:%Y%m%d%H%M}"
        sender = f"MSH|^~\\&|PAS|{names.HOSPITAL}"
        lines = (
            f"{sender}|TIE|LOCALITY|{stamp}||ADT^{self.kind}|M{control:06d}|P|2.4|||AL|NE",
            f"EVN|{self.kind}|{stamp}",
            *self.segments,
        )
        return "\r".join(lines).encode()


@dataclass(frozen=True, slots=True)
class Stay:
    """A person as the hospital knows them, and one stay."""

    person: Person
    mrn: str
    visit: str
    admitted: datetime
    has_number: bool

    def pid(self, mrn: str = "", *, has_number: bool | None = None) -> str:
        """Return the PID segment, with the hospital number `mrn` if it is another one."""
        person = self.person
        numbers = f"{mrn or self.mrn}^^^{names.HOSPITAL}^PI"
        if self.has_number if has_number is None else has_number:
            numbers = f"{person.nhs_number}^^^NHS^NH~{numbers}"
        title = "MRS" if person.is_woman else "MR"
        given = "^".join([*person.given, ""][:2])
        return (
            f"PID|1||{numbers}||{person.family}^{given}^^{title}||{person.born:%Y%m%d}"
            f"|{2 if person.is_woman else 1}|||{person.home.line}^^{names.TOWN.upper()}^^"
            f"{person.home.postcode}^GBR^H||{person.phone}"
        )

    def pv1(self) -> str:
        """Return the PV1 segment."""
        return f"PV1|1|I|W12^BAY1^3^{names.HOSPITAL}|||||||||||||||||{self.visit}"


def _diagnoses(health: Health) -> tuple[str, ...]:
    # The hospital codes what it met and knows nothing of the GP's labels.
    return tuple(
        f"DG1|{n}||{condition.code}^{condition.text}^SCT|||A"
        for n, condition in enumerate(health.conditions[:2], start=1)
    )


def _events(stay: Stay, health: Health, chance: Chance) -> Iterator[_Event]:
    first, left = stay.admitted - timedelta(days=1), stay.admitted + timedelta(days=4, hours=3)
    if stay.person.key in _MERGED or chance.happens(5):
        old = stay.mrn.replace("RX7", "RX9")
        before = first - timedelta(days=30)
        yield _Event(before, "A28", (stay.pid(old, has_number=False),))
        merge = f"MRG|{old}^^^{names.HOSPITAL}^PI"
        yield _Event(left + timedelta(days=9), "A40", (stay.pid(), merge))
    yield _Event(first, "A28", (stay.pid(),))
    yield _Event(stay.admitted, "A01", (stay.pid(), stay.pv1(), *_diagnoses(health)))
    if chance.happens(90):
        yield _Event(left, "A03", (stay.pid(), stay.pv1()))
    if chance.happens(15):
        yield _Event(left + timedelta(days=2), "A31", (stay.pid(has_number=True),))


def _shuffle(messages: list[bytes], chance: Chance) -> list[bytes]:
    """Return the messages with some sent twice and some pairs swapped."""
    out: list[bytes] = []
    for message in messages:
        out.append(message)
        if chance.happens(3):
            out.append(message)
        if len(out) > 1 and chance.happens(4):
            out[-1], out[-2] = out[-2], out[-1]
    return out


def hospital_number(person: Person) -> str:
    """Return the hospital's number of a person."""
    return f"RX{700000 + person.number * 7 % 99991:06d}"


def write(
    people: list[Person], health: Mapping[int, Health], chance: Chance, today: date
) -> tuple[bytes, dict[str, int]]:
    """Return the feed, and the person number of each local id in it, merged ones included."""
    events: list[_Event] = []
    truth: dict[str, int] = {}
    for person in people:
        draw = chance.branch(person.nhs_number)
        day = today - timedelta(days=draw.between(20, 300))
        admitted = datetime.combine(day, time(draw.below(24), draw.below(60)))
        known = replace(person, given=person.given[:1]) if draw.happens(30) else person
        has_number = bool(person.key) or draw.happens(70)
        visit = f"V{200000 + person.number}"
        stay = Stay(known, hospital_number(person), visit, admitted, has_number)
        own = list(_events(stay, health[person.number], draw))
        events.extend(own)
        truth[f"MRN:{stay.mrn}"] = person.number
        if own[0].at < admitted - timedelta(days=2):
            truth[f"MRN:{stay.mrn.replace('RX7', 'RX9')}"] = person.number
    events.sort(key=lambda event: (event.at, event.segments))
    messages = [event.text(control) for control, event in enumerate(events, start=1)]
    return GAP.join(_shuffle(messages, chance)) + b"\r\n", truth
