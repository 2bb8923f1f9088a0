"""What people have said about sharing: CSV, a directive a row."""

from datetime import date

from throughcare.demo import names
from throughcare.demo.chance import Chance
from throughcare.demo.people import Person
from throughcare.demo.tables import table

HEADER = ("nhs_number", "decision", "scope", "what", "until")

_SAID = {
    "george": ("deny", "all", "", ""),
    "priya": ("deny", "category", "mental-health", ""),
}
_OTHERS = (
    ("deny", "all", "", ""),
    ("deny", "category", "mental-health", ""),
    ("deny", "provider", names.HOSPITAL, ""),
)


def write(people: list[Person], chance: Chance, today: date) -> bytes:
    """Return the feed: the personas' directives, and those of a few others."""
    rows = []
    for person in people:
        if person.key in _SAID:
            rows.append((person.nhs_number, *_SAID[person.key]))
        elif not person.key and person.age(today) >= 16 and chance.happens(6):
            rows.append((person.nhs_number, *chance.choice(_OTHERS)))
    return table(HEADER, rows)
