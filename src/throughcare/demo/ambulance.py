"""The ambulance service's feed: CSV, a call a row, one name field, years of two digits."""

from datetime import date, datetime, time, timedelta

from throughcare.demo.chance import Chance
from throughcare.demo.people import Person
from throughcare.demo.tables import table

HEADER = (
    "CAD No",
    "Call date/time",
    "Pt name",
    "DOB",
    "Age",
    "Address",
    "Post code",
    "NHS No",
    "Chief complaint",
    "SpO2",
    "BP",
    "Outcome",
)

_COMPLAINTS = ("FALL", "CHEST PAIN", "BREATHING PROBLEMS", "CONVULSIONS", "UNKNOWN PROBLEM")
_OUTCOMES = ("conveyed", "treated at scene", "refused")
_AWAY = ("8 Harbour Parade", "MB9 9ZX")
"""Where the ambulance met somebody who may be Joan Ellis: not her home, and day and month of her
birth date are swapped."""
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _short_date(day: date) -> str:
    return f"{day:%d}-{_MONTHS[day.month - 1]}-{day:%y}"


def _spaced(number: str) -> str:
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def _row(person: Person, at: datetime, chance: Chance) -> tuple[str, ...]:
    line, postcode, number = person.home.line, person.home.postcode, _spaced(person.nhs_number)
    complaint = chance.choice(_COMPLAINTS)
    born = person.born
    if person.key == "joan":
        (line, postcode), number = _AWAY, ""
        born = born.replace(month=born.day, day=born.month)
    elif not person.key and chance.happens(70):
        number = ""
    if person.key == "edith":
        complaint = "FALL"
    systolic = chance.between(92, 178)
    return (
        f"CAD{100000 + chance.below(900000)}",
        f"{at:%d/%m/%Y %H:%M}",
        person.name,
        _short_date(born),
        str(person.age(at.date())),
        line,
        postcode,
        number,
        complaint,
        str(chance.between(90, 99)),
        f"{systolic}/{systolic - chance.between(30, 62)}",
        chance.choice(_OUTCOMES),
    )


def write(people: list[Person], chance: Chance, today: date) -> tuple[bytes, dict[str, int]]:
    """Return the feed, oldest call first, and the person number of each call's local id."""
    calls: dict[str, tuple[datetime, tuple[str, ...], int]] = {}
    for person in people:
        draw = chance.branch(person.nhs_number)
        for _ in range(2 if person.key == "edith" else 1):
            day = today - timedelta(days=draw.between(3, 240))
            at = datetime.combine(day, time(draw.below(24), draw.below(60)))
            row = _row(person, at, draw)
            calls[row[0]] = (at, row, person.number)
    ordered = sorted(calls.values())
    truth = {row[0]: number for _, row, number in ordered}
    return table(HEADER, (row for _, row, _ in ordered)), truth
