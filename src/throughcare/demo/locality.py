"""Puts the locality together: people, their health, and what each source tells of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from throughcare.demo import (
    agents,
    ambulance,
    care_home,
    consents,
    council,
    gp,
    hospital,
    letters,
)
from throughcare.demo.chance import Chance
from throughcare.demo.health import Health, draw_health
from throughcare.demo.people import Home, Households, Person, Register
from throughcare.demo.personas import CAST, health_of_cast
from throughcare.kernel import BadInputError

_IN_CARE_HOME = frozenset({"edith", "arthur"})


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody worth looking up in the demo, and how."""

    key: str
    name: str
    nhs_number: str
    story: str
    """What is special about the record, in a sentence."""
    role: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Locality:
    """What `generate` makes."""

    files: Mapping[str, bytes]
    """Feeds by relative path, each in the real format of its source."""
    personas: tuple[Persona, ...]
    people: tuple[Person, ...]
    truth: Mapping[tuple[str, str], int]
    """(source, local id) of every source record to the number of the person it is about."""


def _personas(register: Register, care_home_address: Home) -> list[Person]:
    people: list[Person] = []
    homes: dict[str, tuple[Home, str]] = {}
    for number, part in enumerate(CAST):
        own = care_home_address if part.key in _IN_CARE_HOME else register.home()
        home, phone = homes.get(part.lives_with, (own, register.phone()))
        homes[part.key] = (home, phone)
        people.append(
            Person(
                number=number,
                nhs_number=register.nhs_number(),
                family=part.family,
                given=part.given,
                is_woman=part.is_woman,
                born=part.born,
                home=home,
                phone=phone,
                key=part.key,
            )
        )
    return people


def _known_to(source: str, people: list[Person], chance: Chance, today: date) -> list[Person]:
    """Return the people that `source` has a record of; everybody is known to the GP."""
    feeds = {part.key: part.feeds for part in CAST}
    percent = {"hospital": 50, "social": 70, "ambulance": 18, "letters": 6}
    found = []
    for person in people:
        if person.key:
            knows = source in feeds[person.key]
        elif source == "carehome":
            knows = person.home.is_care_home
        else:
            # Infants would have events from before their birth; the council's feed is of adults.
            youngest = 65 if source == "social" else 2
            knows = person.age(today) >= youngest and chance.happens(percent[source])
        if knows:
            found.append(person)
    return found


def generate(*, today: date, seed: int = 2012, people: int = 300) -> Locality:
    """Return a locality of `people` people as its sources would hand it over on `today`.

    The same arguments give the same bytes. Nobody in it exists: NHS numbers are of the range kept
    for tests (999), telephone numbers of the range kept for drama, addresses of no map.
    Raises BadInputError for fewer people than there are personas or more than 20,000.
    """
    if not len(CAST) <= people <= 20_000:
        message = f"Ask for {len(CAST)} to 20000 demo people."
        raise BadInputError(message)
    chance = Chance(seed)
    register = Register(chance.branch("register"))
    beck_house = Home("2 Beck Side", register.postcode(), is_care_home=True)
    everybody = _personas(register, beck_house)
    households = Households(chance.branch("households"), register, today, beck_house)
    everybody += households.people(len(everybody), people - len(everybody))
    health = _health(everybody, chance.branch("health"), today)

    def known(source: str) -> list[Person]:
        return _known_to(source, everybody, chance.branch(f"known to {source}"), today)

    patients = known("hospital")
    feeds = {
        ("gp", "gp.ndjson"): gp.write(everybody, health, chance.branch("gp"), today),
        ("hospital", "hospital.hl7"): hospital.write(
            patients, health, chance.branch("hospital"), today
        ),
        ("social", "social_care_cld.csv"): council.write(
            known("social"), health, chance.branch("social"), today
        ),
        ("ambulance", "ambulance.csv"): ambulance.write(
            known("ambulance"), chance.branch("ambulance"), today
        ),
        ("carehome", "care_home.csv"): care_home.write(
            known("carehome"), chance.branch("carehome"), today
        ),
    }
    files = {name: content for (_, name), (content, _) in feeds.items()}
    files |= letters.write([one for one in known("letters") if one in patients], health)
    files["consent.csv"] = consents.write(everybody, chance.branch("consents"), today)
    files["acting.csv"] = agents.write(everybody, today)
    truth = {
        (source, local_id): number
        for (source, _), (_, ids) in feeds.items()
        for local_id, number in ids.items()
    }
    return Locality(files, _named(everybody), tuple(everybody), truth)


def _health(people: list[Person], chance: Chance, today: date) -> Mapping[int, Health]:
    cast = health_of_cast(today)
    return {
        person.number: cast[person.key]
        if person.key
        else draw_health(person, chance.branch(person.nhs_number), today)
        for person in people
    }


def _named(people: list[Person]) -> tuple[Persona, ...]:
    return tuple(
        Persona(part.key, person.name, person.nhs_number, part.story, part.role, part.purpose)
        for part, person in zip(CAST, people, strict=False)
    )
