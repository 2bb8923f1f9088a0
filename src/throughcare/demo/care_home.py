"""The care home's feed: CSV of daily notes, many rows a resident, no address and no sex."""

from datetime import date, datetime, time, timedelta

from throughcare.demo.chance import Chance
from throughcare.demo.people import Person
from throughcare.demo.tables import table

HEADER = ("Resident", "Name", "D.O.B.", "NHS", "Room", "When", "Type", "Note", "Staff")

_NOTES = (
    ("Night check", "settled"),
    ("Night check", "awake 02:00–04:00"),  # noqa: RUF001 - as a care home's software writes it
    ("Medication", "refused tablets, GP informed"),
    ("Fluid", "250 ml tea"),
    ("Mood", 'cheerful; "asked for her mother"'),
    ("Mood", "enjoyed the singing"),
    ("Fall", "found on floor, no injury"),
)
_FALL = ("Fall", "found on floor beside the bed, no injury, GP told")
_STAFF = ("AO", "T. Ncube", "JK")


def _notes(person: Person, chance: Chance) -> list[tuple[str, str]]:
    kilograms = chance.between(440, 820) / 10
    notes = [("Weight", "53.6kg" if person.key == "edith" else f"{kilograms}kg")]
    if person.key == "edith":
        notes += [_FALL, ("Mood", "calm after a song and a cup of tea")]
    return notes + [chance.choice(_NOTES) for _ in range(chance.between(2, 6))]


def write(people: list[Person], chance: Chance, today: date) -> tuple[bytes, dict[str, int]]:
    """Return the feed, resident by resident, and the person number of each."""
    rows: list[tuple[str, ...]] = []
    truth: dict[str, int] = {}
    for n, person in enumerate(people, start=1):
        draw = chance.branch(person.nhs_number)
        resident, room = f"R{n:03d}", f"Rm {n}"
        truth[resident] = person.number
        number = person.nhs_number if person.key or draw.happens(80) else ""
        name = f"{person.family}, {person.given[0]}"
        shown = name.upper() if not person.key and draw.happens(8) else name
        for kind, note in _notes(person, draw):
            day = today - timedelta(days=draw.between(1, 120))
            at = datetime.combine(day, time(draw.below(24), draw.choice((0, 15, 30, 45))))
            born, when, staff = (
                f"{person.born:%d.%m.%Y}",
                f"{at:%Y-%m-%d %H:%M}",
                draw.choice(_STAFF),
            )
            rows.append((resident, shown, born, number, room, when, kind, note, staff))
    return table(HEADER, rows), truth
