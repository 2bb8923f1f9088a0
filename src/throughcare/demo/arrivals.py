"""Who has come to the hospital's emergency department today: its registrations (A04), HL7 v2.4.

They are of the day on which the demo is started, so that the arrivals board has somebody on it.
"""

from datetime import datetime, timedelta
from typing import Final

from throughcare.demo import names
from throughcare.demo.hospital import GAP, Stay, hospital_number
from throughcare.demo.people import Person

CAME: Final = {"winifred": 95, "priya": 50, "george": 30, "nasreen": 12}
"""Who has come, by key, and how many minutes ago. George has said no: he is on no board."""


def write(people: list[Person], now: datetime) -> bytes:
    """Return the registrations as of `now`, UK local time; those of one day have the same ids."""
    named = {person.key: person for person in people if person.key in CAME}
    return GAP.join(_message(named[key], number, now) for number, key in enumerate(CAME, 1))


def _message(person: Person, number: int, now: datetime) -> bytes:
    at = now - timedelta(minutes=CAME[person.key])
    stamp, day = f"{at:%Y%m%d%H%M}", f"{now:%Y%m%d}"
    visit = f"E{day}{number:02}"
    stay = Stay(person, hospital_number(person), visit, at, has_number=True)
    lines = (
        f"MSH|^~\\&|PAS|{names.HOSPITAL}|TIE|LOCALITY|{stamp}||ADT^A04|A{day}{number:02}|P|2.4|||AL|NE",
        f"EVN|A04|{stamp}",
        stay.pid(),
        f"PV1|1|E|ED^CUBICLE{number}^^{names.HOSPITAL}|||||||||||||||||{visit}",
    )
    return "\r".join(lines).encode()
