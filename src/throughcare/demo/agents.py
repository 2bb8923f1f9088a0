"""Who acts for whom: a register as CSV, a right or a finding of capacity a row."""

from datetime import date, timedelta
from typing import Final

from throughcare.demo.people import Person
from throughcare.demo.tables import table

HEADER: Final = ("nhs_number", "what", "account", "name", "since", "until", "reviewed", "state")
SANA: Final = "demo-sana"
PETER: Final = "demo-peter"
HAROLD: Final = "demo-harold"
_LASTS: Final = timedelta(days=3 * 365)

NAMES: Final = {SANA: "Sana Malik", PETER: "Peter Dixon", HAROLD: "Harold Bainbridge"}
"""Who acts, by account."""

_ROWS: Final = (
    ("ayesha", "parental-responsibility", SANA),
    ("zainab", "parental-responsibility", SANA),
    ("arthur", "lasting-power-of-attorney", PETER),
    ("winifred", "delegation", HAROLD),
)


def write(people: list[Person], today: date) -> bytes:
    """Return the register: a mother of twins, a son with a power of attorney, a husband."""
    numbers = {person.key: person.nhs_number for person in people if person.key}
    since = (today - timedelta(days=400)).isoformat()
    rows = [
        (numbers[key], what, account, NAMES[account], since, "", "", "")
        for key, what, account in _ROWS
    ]
    found, until = today - timedelta(days=10), (today + _LASTS).isoformat()
    by = "Dr Ruth Farrow, GP"
    rows.append((numbers["arthur"], "lacks-capacity", "", by, found.isoformat(), until, "", ""))
    return table(HEADER, rows)
