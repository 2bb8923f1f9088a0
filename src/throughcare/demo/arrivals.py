"""Who has come to the hospital's emergency department today, and who is on the way: HL7 v2.4.

Registrations (A04) and one pre-admission (A05), as the ambulance announces somebody. They are of
the day on which the demo is started, so that the arrivals board has somebody on it.
"""

from datetime import datetime, timedelta
from typing import Final

from throughcare.demo import names
from throughcare.demo.hospital import GAP, Stay, hospital_number
from throughcare.demo.people import Person

CAME: Final = {"winifred": 95, "priya": 50, "george": 30, "nasreen": 12}
"""Who has come, by key, and how many minutes ago. George has said no: he is on no board."""
EXPECTED: Final = {"tom": 25}
"""Who is on the way, and in how many minutes they are expected."""


def write(people: list[Person], now: datetime) -> bytes:
    """Return the messages as of `now`, UK local time; those of one day have the same ids."""
    named = {person.key: person for person in people}
    came = [
        _message("A04", named[key], number, now - timedelta(minutes=CAME[key]), now)
        for number, key in enumerate(CAME, 1)
    ]
    coming = [
        _message("A05", named[key], number, now + timedelta(minutes=EXPECTED[key]), now)
        for number, key in enumerate(EXPECTED, len(CAME) + 1)
    ]
    return GAP.join((*came, *coming))


def _message(event: str, person: Person, number: int, at: datetime, now: datetime) -> bytes:
    """Return a message of a visit that began, or is to begin, at a time."""
    told, day = f"{min(at, now):%Y%m%d%H%M}", f"{now:%Y%m%d}"
    visit = f"E{day}{number:02}"
    stay = Stay(person, hospital_number(person), visit, at, has_number=True)
    header = f"MSH|^~\\&|PAS|{names.HOSPITAL}|TIE|LOCALITY|{told}||ADT^{event}|A{day}{number:02}"
    lines = [
        f"{header}|P|2.4|||AL|NE",
        f"EVN|{event}|{told}",
        stay.pid(),
        f"PV1|1|E|ED^CUBICLE{number}^^{names.HOSPITAL}|||||||||||||||||{visit}",
    ]
    if at > now:
        lines.append(f"PV2||||||||{at:%Y%m%d%H%M}")
    return "\r".join(lines).encode()
