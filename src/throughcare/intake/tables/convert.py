"""Cells to values: the named converters of a mapping, names, and dates of birth."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from throughcare.intake.fields import present
from throughcare.kernel import LONDON

Json = dict[str, Any]

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_PAIR: Final = re.compile(r"\s*(\d{2,3})\s*/\s*(\d{2,3})\s*")
_DATES: Final = ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%Y%m%d")
_TIMES: Final = tuple(
    f"{day}{gap}{time}"
    for day in ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%b-%Y")
    for gap, time in ((" ", "%H:%M"), (" ", "%H:%M:%S"), ("T", "%H:%M"), ("T", "%H:%M:%S"))
)
_PARTICLES: Final = frozenset(
    {
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
        "le",
        "el",
        "al",
        "ibn",
        "bin",
        "ap",
        "ab",
        "ó",
        "o",
        "ní",
        "nic",
        "mac",
        "mc",
        "st",
    }
)
_TITLES: Final = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "rev", "sir", "lady", "master"}
)
_CENTURY: Final = 100


def decimal(text: str, _: str = "") -> Decimal | None:
    """Return the number that a cell is, with its digits; None if it is none."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def measured(text: str, unit: str) -> Decimal | None:
    """Return the number before `unit` at the start of a cell: 52.4 of ``52.4kg``."""
    found = re.match(rf"\s*({_NUMBER.pattern})\s*{re.escape(unit)}\b", text, re.IGNORECASE)
    return Decimal(found[1]) if found else None


def part(text: str, number: str) -> Decimal | None:
    """Return part 1 or 2 of a pair such as a blood pressure: 178 and 83 of ``178/83``."""
    found = _PAIR.fullmatch(text)
    return Decimal(found[int(number)]) if found and number in {"1", "2"} else None


def day(text: str, form: str = "") -> str | None:
    """Return a cell as a FHIR date, by a strptime format or one of the usual forms."""
    found = _first_of((form,) if form else _DATES, text)
    return found.date().isoformat() if found else None


def usual_day(text: str) -> date | None:
    """Return a date in one of the usual forms with four digits for the year."""
    found = _first_of(_DATES, text)
    return found.date() if found else None


def usual_time(text: str) -> datetime | None:
    """Return a date with or without a time of day, in one of the usual forms."""
    return _first_of((*_TIMES, *_DATES), text)


def _first_of(forms: Iterable[str], text: str) -> datetime | None:
    return next((found for form in forms if (found := parsed(text, form))), None)


CONVERTERS: Final[dict[str, Callable[[str, str], object]]] = {
    "text": lambda text, _: text,
    "lower": lambda text, _: text.lower(),
    "sentence": lambda text, _: text[:1].upper() + text[1:].lower(),
    "decimal": decimal,
    "measured": measured,
    "part": part,
    "date": day,
}
"""By name; each takes the cell and what follows the name in the template, None = leave out."""


def parsed(text: str, form: str) -> datetime | None:
    """Return `text` as strptime reads it; None if it doesn't."""
    try:
        return datetime.strptime(text.strip(), form).replace(tzinfo=LONDON)
    except (ValueError, re.error):
        return None


def has_short_year(form: str) -> bool:
    """Tell whether a format gives years in two digits."""
    return "%y" in form


def born(text: str, form: str, event: date | None, age: str) -> date | None:
    """Return a date of birth; None if the cell holds none.

    A year of two digits is settled by `age` at the date of the event; without an age, it is the
    latest that is not after the event. An age may be counted in calendar years.
    """
    found = parsed(text, form)
    if found is None:
        return None
    value = found.date()
    if not has_short_year(form) or event is None:
        return value
    years = range(value.year % _CENTURY + 1800, event.year + 2, _CENTURY)
    candidates = [moved for year in years if (moved := _in_year(value, year)) is not None]
    if age.isdigit():
        return min(candidates, key=lambda one: abs(event.year - one.year - int(age)), default=value)
    return max((one for one in candidates if one <= event), default=value)


def _in_year(value: date, year: int) -> date | None:
    try:
        return value.replace(year=year)
    except ValueError:
        return None


def agrees(born_on: date, event: date, age: str) -> bool:
    """Tell whether an age, counted from the birthday or in calendar years, fits the dates."""
    return not age.isdigit() or abs(event.year - born_on.year - int(age)) <= 1


def full_name(text: str, style: str) -> Json:
    """Return a HumanName of one cell; {} if it is blank.

    ``surname, forename`` and every name with a comma is split there. Otherwise the last word is the
    family name, with the particles before it (van der Berg, Ó Briain).
    """
    words = text.split()
    if not words:
        return {}
    if "," in text:
        family, _, forenames = text.partition(",")
        return _named(text, " ".join(family.split()), forenames.split())
    if style == "surname, forename":
        return _named(text, words[0], words[1:])
    start = 1 if words[0].rstrip(".").casefold() in _TITLES and len(words) > 1 else 0
    split = len(words) - 1
    for index in range(start + 1, len(words) - 1):
        if words[index].casefold() in _PARTICLES:
            split = index
            break
    given = words[start:split]
    return _named(text, " ".join(words[split:]), given) | present(prefix=words[:start])


def _named(text: str, family: str, given: list[str]) -> Json:
    return present(text=" ".join(text.split()), family=family, given=given)
