"""What is known about a person's health, before any feed tells its part of it."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from throughcare.demo.chance import Chance
from throughcare.demo.people import Person


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition: SNOMED CT concept id, our own words, and since when."""

    code: str
    text: str
    since: date
    is_restricted: bool = False


@dataclass(frozen=True, slots=True)
class Allergy:
    """An allergy with what happened."""

    code: str
    text: str
    reaction: str
    is_severe: bool = False


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine taken now. No drug codes are made up: the name is text."""

    name: str
    dose: str


@dataclass(frozen=True, slots=True)
class Plan:
    """An emergency plan in its own wording."""

    title: str
    code: str
    """SNOMED CT concept id of the kind of document."""
    wording: str
    signatory: str
    signed: date
    review: date
    is_document: bool = False
    """Sent as a DocumentReference; otherwise as a CarePlan."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A flag: how to get in, what to beware of, what the person needs."""

    category: str
    """Code of the FHIR R4 value set flag-category."""
    text: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call."""

    name: str
    relationship: str
    """Code of HL7 v3 RoleCode."""
    words: str
    phone: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A measurement: blood pressure has two values, everything else one."""

    kind: str
    values: tuple[float, ...]
    on: date


@dataclass(frozen=True, slots=True)
class Health:
    """All that the feeds of one person are written from."""

    conditions: tuple[Condition, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    medicines: tuple[Medicine, ...] = ()
    plans: tuple[Plan, ...] = ()
    alerts: tuple[Alert, ...] = ()
    contacts: tuple[Contact, ...] = ()
    readings: tuple[Reading, ...] = ()
    about_me: str = ""
    language: tuple[str, str] | None = None
    """BCP 47 code and name of the language of somebody who needs an interpreter."""
    is_unknown: bool = field(default=False)
    """Nothing has ever been recorded but who the person is."""


DEMENTIA = "52448006"
DIABETES = "44054006"
DEPRESSION = "35489007"
RESPECT = "1382601000000107"

_M = Medicine
_AILMENTS: tuple[tuple[str, str, int, int, tuple[Medicine, ...]], ...] = (
    ("38341003", "High blood pressure", 45, 34, (_M("Amlodipine 5 mg tablets", "one a day"),)),
    (DIABETES, "Type 2 diabetes", 40, 14, (_M("Metformin 500 mg tablets", "one twice a day"),)),
    (
        "46635009",
        "Type 1 diabetes",
        8,
        1,
        (
            _M("Insulin glargine 100 units/ml", "18 units at night"),
            _M("Insulin aspart 100 units/ml", "with meals, as carbohydrate"),
        ),
    ),
    (
        "195967001",
        "Asthma",
        5,
        9,
        (_M("Salbutamol 100 micrograms inhaler", "two puffs if needed"),),
    ),
    (DEPRESSION, "Depression", 18, 10, (_M("Sertraline 50 mg tablets", "one each morning"),)),
    ("49436004", "Atrial fibrillation", 65, 14, (_M("Apixaban 5 mg tablets", "one twice a day"),)),
    (DEMENTIA, "Dementia", 75, 18, (_M("Donepezil 10 mg tablets", "one at night"),)),
    ("709044004", "Chronic kidney disease stage 3", 65, 15, ()),
    ("13645005", "COPD", 50, 7, (_M("Tiotropium 18 micrograms inhalation", "one a day"),)),
    ("84114007", "Heart failure", 68, 8, (_M("Furosemide 40 mg tablets", "one each morning"),)),
    ("84757009", "Epilepsy", 3, 1, (_M("Levetiracetam 500 mg tablets", "one twice a day"),)),
    ("40930008", "Underactive thyroid", 35, 6, (_M("Levothyroxine 75 micrograms", "one a day"),)),
)
_ALLERGIES = (
    Allergy("91936005", "Allergy to penicillin", "rash"),
    Allergy("91935009", "Allergy to peanut", "swelling of lips", is_severe=True),
    Allergy("294716003", "Allergy to latex", "contact rash"),
)


def days_before(today: date, days: int) -> date:
    """Return the day `days` before `today`."""
    return today - timedelta(days=days)


def _readings(chance: Chance, today: date, conditions: set[str]) -> tuple[Reading, ...]:
    on = days_before(today, chance.between(5, 500))
    top = float(chance.between(112, 162))
    found = [Reading("blood-pressure", (top, top - chance.between(38, 64)), on)]
    found.append(Reading("weight", (chance.between(480, 1050) / 10,), on))
    if DIABETES in conditions:
        found.append(Reading("hba1c", (float(chance.between(43, 88)),), on))
    return tuple(found)


def draw_health(person: Person, chance: Chance, today: date) -> Health:
    """Return the health of somebody who is no persona."""
    age = person.age(today)
    conditions: list[Condition] = []
    medicines: list[Medicine] = []
    for code, text, from_age, percent, treatment in _AILMENTS:
        if age >= from_age and chance.happens(percent):
            years = chance.between(0, min(15, age - from_age))
            since = days_before(today, years * 365 + chance.between(1, 300))
            restricted = code == DEPRESSION and chance.happens(40)
            conditions.append(Condition(code, text, max(since, person.born), restricted))
            medicines.extend(treatment)
    allergies = tuple(allergy for allergy in _ALLERGIES if chance.happens(5))
    codes = {condition.code for condition in conditions}
    readings = _readings(chance, today, codes) if age >= 40 else ()
    return Health(tuple(conditions), allergies, tuple(medicines), readings=readings)
