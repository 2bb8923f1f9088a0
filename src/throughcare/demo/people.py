"""The people of the demo and where they live."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from throughcare.demo import names
from throughcare.demo.chance import Chance

_INWARD = "ABDEFGHJLNPQRSTUWXYZ"
"""Letters that end a postcode: C, I, K, M, O and V are not used."""
_OLD = 62


@dataclass(frozen=True, slots=True)
class Home:
    """Where a household lives."""

    line: str
    postcode: str
    is_care_home: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    number: int
    """Position among the people of the locality, from 0."""
    nhs_number: str
    family: str
    given: tuple[str, ...]
    is_woman: bool
    born: date
    home: Home
    phone: str
    key: str = ""
    """Name of the persona that this is, "" for everybody else."""

    @property
    def name(self) -> str:
        """Return first given name and family name."""
        return f"{self.given[0]} {self.family}"

    def age(self, on: date) -> int:
        """Return the age in whole years on a day."""
        return on.year - self.born.year - ((on.month, on.day) < (self.born.month, self.born.day))


def check_digit(first_nine: str) -> str | None:
    """Return the tenth digit of an NHS number (modulus 11); None where no number has these nine."""
    total = sum(
        int(digit) * weight for digit, weight in zip(first_nine, range(10, 1, -1), strict=True)
    )
    rest = (11 - total % 11) % 11
    return None if rest == 10 else str(rest)


class Register:
    """Gives out NHS numbers, telephone numbers and homes, each once."""

    def __init__(self, chance: Chance) -> None:
        """Draw from `chance`."""
        self._chance = chance
        self._numbers: set[str] = set()
        self._phones: set[int] = set()
        self._homes: set[str] = set()

    def nhs_number(self) -> str:
        """Return a new NHS number of the range kept for tests, 999."""
        while True:
            nine = f"999{self._chance.below(1_000_000):06d}"
            digit = check_digit(nine)
            if digit is not None and nine not in self._numbers:
                self._numbers.add(nine)
                return nine + digit

    def phone(self) -> str:
        """Return a telephone number nobody has; after a thousand they are shared."""
        number = self._chance.below(1000)
        while number in self._phones and len(self._phones) < 1000:
            number = (number + 1) % 1000
        self._phones.add(number)
        return f"{names.PHONES}{number:03d}"

    def postcode(self) -> str:
        """Return a postcode of the locality."""
        draw = self._chance
        inward = f"{draw.below(10)}{draw.choice(_INWARD)}{draw.choice(_INWARD)}"
        return f"{names.POSTCODE_AREA}{draw.between(1, 6)} {inward}"

    def home(self) -> Home:
        """Return a home that nobody of another household lives in."""
        while True:
            line = f"{self._chance.between(3, 140)} {self._chance.choice(names.STREETS)}"
            if line not in self._homes:
                self._homes.add(line)
                return Home(line, self.postcode())


class Households:
    """Draws households until the locality is full."""

    def __init__(self, chance: Chance, register: Register, today: date, care_home: Home) -> None:
        """Draw from `chance`; ages count from `today`; `care_home` is the one of the locality."""
        self._chance = chance
        self._register = register
        self._today = today
        self._care_home = care_home

    def people(self, first: int, count: int) -> list[Person]:
        """Return `count` people, numbered from `first`: households, then a few namesakes."""
        found: list[Person] = []
        while len(found) < count:
            found.extend(self._household())
        found = found[:count]
        for pair in range(min(3, count // 20)):
            at = count - 1 - 2 * pair
            found[at] = replace(
                found[at],
                family=found[pair].family,
                given=found[pair].given,
                born=found[pair].born,
                is_woman=found[pair].is_woman,
            )
        return [replace(person, number=first + n) for n, person in enumerate(found)]

    def _household(self) -> Iterator[Person]:
        draw = self._chance
        home, phone = self._register.home(), self._register.phone()
        family = draw.choice(names.FAMILIES)
        kind = draw.below(100)
        if kind < 12:
            yield self._person(family, (78, 98), self._care_home, phone)
        elif kind < 35:
            yield self._person(family, (19, 95), home, phone)
        elif kind < 55:
            age = draw.between(60, 88)
            yield self._person(family, (age, age + 5), home, phone, is_woman=True)
            yield self._person(family, (age, age + 8), home, phone, is_woman=False)
        else:
            yield from self._parents_and_children(family, home, phone)

    def _parents_and_children(self, family: str, home: Home, phone: str) -> Iterator[Person]:
        draw = self._chance
        mother = self._person(family, (24, 46), home, phone, is_woman=True)
        father = self._person(family, (24, 52), home, self._register.phone(), is_woman=False)
        yield from (mother, father)
        oldest = min(17, max(1, mother.age(self._today) - 21))
        children = [
            self._person(family, (0, oldest), home, phone) for _ in range(draw.between(1, 3))
        ]
        taken: set[str] = set()
        for child in children:
            if child.given[0] not in taken:
                taken.add(child.given[0])
                yield child
        if draw.happens(7):
            twin = self._person(family, (0, oldest), home, phone, is_woman=children[0].is_woman)
            if twin.given[0] not in taken:
                yield replace(twin, born=children[0].born)
        if draw.happens(8):
            yield replace(
                self._person(family, (0, oldest), home, phone, is_woman=False), given=father.given
            )

    def _person(
        self,
        family: str,
        ages: tuple[int, int],
        home: Home,
        phone: str,
        *,
        is_woman: bool | None = None,
    ) -> Person:
        draw = self._chance
        woman = draw.happens(51) if is_woman is None else is_woman
        age = draw.between(*ages)
        firsts = (
            (names.ELDER_WOMEN if woman else names.ELDER_MEN)
            if age >= _OLD
            else (names.WOMEN if woman else names.MEN)
        )
        seconds = names.SECOND_WOMEN if woman else names.SECOND_MEN
        given = (draw.choice(firsts), draw.choice(seconds))[: 2 if draw.happens(55) else 1]
        days = age * 365 + age // 4 + draw.between(8, 355)
        return Person(
            number=0,
            nhs_number=self._register.nhs_number(),
            family=family,
            given=given,
            is_woman=woman,
            born=self._today - timedelta(days=days),
            home=home,
            phone=phone,
        )
