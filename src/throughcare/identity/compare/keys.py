"""Blocking keys: two records are compared only if they share one. Typed, hashed to 64 bits."""

from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from jellyfish import metaphone

from throughcare.identity.compare.demographics import Demographics
from throughcare.identity.compare.names import Name, full_names
from throughcare.identity.compare.places import district, numbers_in

MOST_SHARING: Final = 1000
"""A key that more records share is passed over: one record would be compared with all of them, and
all of them with each other. They meet by their other keys."""


def key(kind: str, *values: object) -> int:
    """Return the signed 64-bit hash of a key of `kind`; the same on every machine and release."""
    text = "\x1f".join((kind, *map(str, values)))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)


def number_key(nhs_number: str) -> int:
    """Return the key of an NHS number."""
    return key("number", nhs_number)


@lru_cache(maxsize=65536)
def sound(name: str) -> str:
    """Return how a folded name sounds (metaphone); a name without a sound is its own."""
    return metaphone(name) or name


def keys(person: Demographics) -> frozenset[int]:
    """Return all blocking keys of a record."""
    return frozenset(_keys(person))


def name_keys(person: Demographics) -> frozenset[int]:
    """Return the keys that need name and date of birth alone: they can't reveal where one lives."""
    return frozenset(found for name in person.names for found in _birth_and_name(person, name))


def _keys(person: Demographics) -> Iterator[int]:
    born = person.born
    if person.nhs_number:
        yield number_key(person.nhs_number)
    yield from (key("identifier", code) for code in person.identifiers)
    if born:
        day = str(born)
        yield from (key("born-postcode", day, code) for code in person.postcodes)
        yield from (key("born-line", day, line) for line in person.addresses if numbers_in(line))
        yield from (key("phone-year", phone, born.year) for phone in person.phones)
    for name in person.names:
        yield from _birth_and_name(person, name)
        yield from _place_and_name(person, name)
        yield from (
            key("phone-initial", phone, word[0])
            for phone in person.phones
            for word in (name.given, name.family)
            if word
        )


def _birth_and_name(person: Demographics, name: Name) -> Iterator[int]:
    born = person.born
    if born is None:
        return
    date = str(born)
    for word in (name.given, name.family, *name.family_parts):
        if word:
            yield key("born-sound", date, sound(word))
    if name.given and name.family:
        sounds = sorted((sound(name.given), sound(name.family)))
        yield key("sounds-year", *sounds, born.year)
        day = sorted((born.month, born.day))
        yield key("sound-initial-day", sound(name.family), name.given[0], *day)
        letters = "".join(sorted(name.family))  # two letters that changed places sound otherwise
        for full in full_names(name.given):
            yield key("letters-full-year", letters, full, born.year)


def _place_and_name(person: Demographics, name: Name) -> Iterator[int]:
    if name.given and name.family:
        initials = sorted((name.given[0], name.family[0]))
        yield from (key("postcode-initials", code, *initials) for code in person.postcodes)
        yield from (
            key("line-initials", line, *initials) for line in person.addresses if numbers_in(line)
        )
    for code in person.postcodes:
        if name.given:
            for sex in (person.sex,) if person.sex else ("male", "female"):
                yield key("postcode-given-sex", code, sound(name.given), sex)
        if name.family and person.born:
            yield key("postcode-family-year", code, sound(name.family), person.born.year)
        if name.given and name.family:
            for full in full_names(name.given):
                yield key("names-district", *sorted((full, name.family)), district(code))
