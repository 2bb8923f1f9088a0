"""Finding people: by NHS number, or by name and date of birth, forgivingly."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final, TypeVar

from throughcare.identity.compare import (
    Demographics,
    Weights,
    alike,
    dates,
    fields,
    name_of,
    nhs_number,
    number_key,
    places,
)
from throughcare.identity.crowding import rarest
from throughcare.identity.keying import Keying
from throughcare.identity.region import decode, listed
from throughcare.kernel import BadInputError
from throughcare.model.person import PersonQuery, PersonsFound
from throughcare.store.protocol import Reader

T = TypeVar("T", str, date)

MOST_COMPARED: Final = 1_000
"""Records that one search is compared with."""
MOST_FOUND: Final = 20
"""Persons that one search shows: nobody reads more, and each is a look at their name."""

_BORN: Final = frozenset(
    {dates.BirthLevel.EQUAL, dates.BirthLevel.SWAPPED, dates.BirthLevel.DEFAULT}
)
_NEAR: Final = frozenset({places.EQUAL, places.SECTOR})


async def find(
    reader: Reader, query: PersonQuery, weights: Weights, keying: Keying
) -> PersonsFound:
    """Return the persons that match, best first, at most `MOST_FOUND` of them.

    At most `MOST_COMPARED` records are compared: those who share the rarest keys of name and birth
    date; where these are not all, who shares a key of the postcode as well. Of those with an NHS
    number, the first. A restricted person is
    not found by a query that holds a postcode, so that nobody can probe for where they live, and
    counts in nothing that is told. Raises BadInputError for a query that could fish.
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
    await keying.look(reader)
    by_name = keying.name_keys(wanted)
    named = await rarest(reader, by_name, MOST_COMPARED)
    placed: tuple[int, ...] = ()
    if query.postcode and not named.is_whole:
        placed = (await rarest(reader, keying.keys(wanted) - by_name, MOST_COMPARED)).keys
    best: dict[int, float] = {}
    asked = listed({*named.keys, *placed})
    for person, _, body in await reader.rows("identity.with_keys", keys=asked):
        known = decode(body)
        if _matches(wanted, known, query, weights):
            weight = _weight(wanted, known, weights)
            number = int(str(person))
            best[number] = max(weight, best.get(number, weight))
    persons = sorted(best, key=lambda person: (-best[person], person))
    if query.postcode:
        hidden = await _restricted(reader, persons)
        persons = [person for person in persons if person not in hidden]
    return _best(persons, is_whole=named.is_whole)


def _best(persons: Sequence[int], *, is_whole: bool = True) -> PersonsFound:
    return PersonsFound(tuple(persons[:MOST_FOUND]), len(persons), is_whole)


def _weight(wanted: Demographics, known: Demographics, weights: Weights) -> float:
    """Return how well name and birth date fit: the same day before one that may be a slip."""
    born = weights.levels["date of birth"][dates.level(wanted.born, known.born)]
    return fields.names(wanted, known, weights).weight + born


async def holders(reader: Reader, text: str) -> tuple[int, ...]:
    """Return the persons that an NHS number is of, rising, `MOST_FOUND` of them at most.

    Somebody who waits for review (a newborn twin sent with the other's number) counts only where
    nobody else has the number. Raises BadInputError for what is no NHS number.
    """
    found = await _by_number(reader, text)
    rows = await reader.rows("identity.sure_with_number", number=nhs_number(text), most=MOST_FOUND)
    return tuple(sorted(int(str(person)) for (person,) in rows)) or found.persons


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


async def _by_number(reader: Reader, text: str) -> PersonsFound:
    """Return who has a number, of the first `MOST_COMPARED` records that have it.

    A number that stands for "unknown" may be in thousands.
    """
    number = nhs_number(text)
    if not number:
        message = "This is no NHS number: ten digits with a check digit. Check it for a slip."
        raise BadInputError(message)
    rows = await reader.rows("identity.with_key", key=number_key(number), most=MOST_COMPARED + 1)
    compared = rows[:MOST_COMPARED]
    has = {int(str(person)) for person, _, body in compared if decode(body).nhs_number == number}
    return _best(sorted(has), is_whole=len(rows) == len(compared))


def _matches(
    wanted: Demographics, known: Demographics, query: PersonQuery, weights: Weights
) -> bool:
    named = fields.names(wanted, known, weights)
    unfit = {alike.DIFFERENT, alike.ALIKE_84}
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
