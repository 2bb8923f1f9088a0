"""Finding people: by NHS number, or by name and date of birth, forgivingly."""

from collections.abc import Collection
from datetime import date
from typing import Final, TypeVar

from throughcare.identity.compare import (
    Demographics,
    Weights,
    dates,
    fields,
    name_keys,
    name_of,
    nhs_number,
    number_key,
    places,
)
from throughcare.identity.membership import REVIEW
from throughcare.identity.region import decode, listed
from throughcare.kernel import BadInputError
from throughcare.model.person import PersonQuery
from throughcare.store.protocol import Reader

T = TypeVar("T", str, date)

_BORN: Final = frozenset(
    {dates.BirthLevel.EQUAL, dates.BirthLevel.SWAPPED, dates.BirthLevel.DEFAULT}
)
_NEAR: Final = frozenset({places.EQUAL, places.SECTOR})


async def find(reader: Reader, query: PersonQuery, weights: Weights) -> list[int]:
    """Return the persons that match, best first.

    A restricted person is not found by a query that holds a postcode, so that nobody can probe for
    where they live. Raises BadInputError for a query that could fish.
    """
    if query.nhs_number:
        return await _by_number(reader, query.nhs_number)
    if not (query.family or query.given) or query.born is None:
        message = "Search by NHS number, or by name and date of birth."
        raise BadInputError(message)
    wanted = Demographics(
        names=(name_of(query.given, query.family),),
        born=query.born,
        sex=query.sex,
        postcodes=tuple(filter(None, (places.postcode(query.postcode),))),
    )
    best: dict[int, float] = {}
    found = listed(name_keys(wanted))
    for person, _, body in await reader.rows("identity.with_keys", keys=found):
        known = decode(body)
        if _matches(wanted, known, query, weights):
            weight = fields.names(wanted, known, weights).weight
            number = int(str(person))
            best[number] = max(weight, best.get(number, weight))
    persons = sorted(best, key=lambda person: (-best[person], person))
    if not query.postcode:
        return persons
    hidden = await _restricted(reader, persons)
    return [person for person in persons if person not in hidden]


async def holders(reader: Reader, text: str) -> tuple[int, ...]:
    """Return the persons that an NHS number is of, rising.

    Somebody who waits for review (a newborn twin sent with the other's number) counts only where
    nobody else has the number. Raises BadInputError for what is no NHS number.
    """
    found = await _by_number(reader, text)
    rows = await reader.rows("identity.persons_with_number", number=nhs_number(text))
    sure = {int(str(person)) for person, state, _ in rows if state != REVIEW}
    return tuple(sorted(sure) or found)


async def sexes_and_ages(
    reader: Reader, subjects: Collection[int]
) -> dict[int, tuple[str, date | None]]:
    """Return sex and birth date by person; see `PersonIndex.sexes_and_ages`."""
    rows = await reader.rows("identity.persons_of", subjects=listed(sorted(subjects)))
    persons = sorted({int(str(row[0])) for row in rows})
    sexes: dict[int, set[str]] = {person: set() for person in persons}
    days: dict[int, set[date]] = {person: set() for person in persons}
    said = await reader.rows("identity.demographics_of_persons", persons=listed(persons))
    for person, body in said:
        known = decode(body)
        sexes[int(str(person))] |= {known.sex} if known.sex else set()
        days[int(str(person))] |= {known.born} if known.born else set()
    return {person: (_sole(sexes[person]) or "", _sole(days[person])) for person in persons}


def _sole(found: set[T]) -> T | None:
    return next(iter(found)) if len(found) == 1 else None


async def _by_number(reader: Reader, text: str) -> list[int]:
    number = nhs_number(text)
    if not number:
        message = "This is no NHS number: ten digits with a check digit. Check it for a slip."
        raise BadInputError(message)
    found = listed((number_key(number),))
    rows = await reader.rows("identity.with_keys", keys=found)
    return sorted(
        {int(str(person)) for person, _, body in rows if decode(body).nhs_number == number}
    )


def _matches(
    wanted: Demographics, known: Demographics, query: PersonQuery, weights: Weights
) -> bool:
    named = fields.names(wanted, known, weights)
    unfit = {fields.DIFFERENT, fields.ALIKE_84}
    if named.given.level in unfit or named.family.level in unfit:
        return False
    if dates.level(wanted.born, known.born) not in _BORN:
        return False
    if query.sex and known.sex and query.sex != known.sex:
        return False
    level, _, _ = places.postcode_level(wanted.postcodes, known.postcodes)
    return not query.postcode or level in _NEAR


async def _restricted(reader: Reader, persons: list[int]) -> set[int]:
    rows = await reader.rows("identity.demographics_of_persons", persons=listed(persons))
    return {int(str(person)) for person, body in rows if decode(body).restricted}
