"""Blocking keys: two records are compared only if they share one. Typed, hashed to 64 bits."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import Final

from jellyfish import metaphone

from throughcare.identity.compare.demographics import Demographics
from throughcare.identity.compare.names import Name, full_names
from throughcare.identity.compare.places import district, numbers_in

MOST_SHARING: Final = 1000
"""A key that more records share is passed over: one record would be compared with all of them, and
all of them with each other. They meet by their other keys."""


WAY: Final = 2
"""Number of the way in which keys are made. Whoever gives any record other keys raises it, with a
migration that notes it in ``keyed``, so that records of before are found too (`keying`)."""
_LOW: Final = 0xFFFFFFFF
_SIGNED: Final = Struct(">q")
Key = tuple[int, int]
"""The place of a key, 0 for one of its own, and its hash; both signed, of 64 bits."""


def hashed(*words: str) -> int:
    """Return the signed 64-bit hash of some words; the same on every machine and release."""
    text = "\x1f".join(words)
    found: int = _SIGNED.unpack(blake2b(text.encode(), digest_size=8).digest())[0]
    return found


def _placed(found: Iterable[Key]) -> frozenset[int]:
    """Return keys as they are stored: one beside others gives up half of its hash for the place."""
    return frozenset([place | own & _LOW if place else own for place, own in found])


def number_key(nhs_number: str) -> int:
    """Return the key of an NHS number."""
    return hashed("number", nhs_number)


@lru_cache(maxsize=65536)
def sound(name: str) -> str:
    """Return how a folded name sounds (metaphone); a name without a sound is its own."""
    return metaphone(name) or name


def keys(person: Demographics) -> frozenset[int]:
    """Return all blocking keys of a record. Those of one birth date, home or phone lie together."""
    return _placed(_keys(person))


def former_keys(person: Demographics) -> frozenset[int]:
    """Return the keys that way 1 gave a record: the same, each at a place of its own."""
    return frozenset(own for _, own in _keys(person))


def name_keys(person: Demographics) -> frozenset[int]:
    """Return the keys that need name and date of birth alone: they can't reveal where one lives."""
    return _placed(_name_keys(person))


def former_name_keys(person: Demographics) -> frozenset[int]:
    """Return those of way 1."""
    return frozenset(own for _, own in _name_keys(person))


def _name_keys(person: Demographics) -> Iterator[Key]:
    born = _place("born", person.born) if person.born else 0
    for name in person.names:
        yield from _birth_and_name(person, name, born)


def _keys(person: Demographics) -> Iterator[Key]:
    if person.nhs_number:
        yield 0, hashed("number", person.nhs_number)
    for code in person.identifiers:
        yield 0, hashed("identifier", code)
    yield from _name_keys(person)
    yield from _birth_and_place(person)
    for name in person.names:
        if name.given and name.family:
            yield from _line_and_name(person, name)
    for code in person.postcodes:
        yield from _postcode_and_names(person, code, _place("postcode", code))
    for phone in person.phones:
        yield from _phone(person, phone, _place("phone", phone))


@lru_cache(maxsize=4096)
def _place(kind: str, value: object) -> int:
    return hashed(f"near {kind}", str(value)) & ~_LOW


def _birth_and_place(person: Demographics) -> Iterator[Key]:
    if person.born is None:
        return
    day, place = str(person.born), _place("born", person.born)
    for code in person.postcodes:
        yield place, hashed("born-postcode", day, code)
    for line in person.addresses:
        if numbers_in(line):
            yield place, hashed("born-line", day, line)


def _birth_and_name(person: Demographics, name: Name, place: int) -> Iterator[Key]:
    born = person.born
    if born is None:
        return
    day, year = str(born), str(born.year)
    for word in (name.given, name.family, *name.family_parts):
        if word:
            yield place, hashed("born-sound", day, sound(word))
    if name.given and name.family:
        sounds = sorted((sound(name.given), sound(name.family)))
        yield 0, hashed("sounds-year", *sounds, year)
        low, high = sorted((born.month, born.day))
        parts = str(low), str(high)
        yield 0, hashed("sound-initial-day", sound(name.family), name.given[0], *parts)
        letters = "".join(sorted(name.family))  # two letters that changed places sound otherwise
        same = _place("letters", f"{letters} {year}")
        for full in full_names(name.given):
            yield same, hashed("letters-full-year", letters, full, year)


def _line_and_name(person: Demographics, name: Name) -> Iterator[Key]:
    initials = sorted((name.given[0], name.family[0]))
    for line in person.addresses:
        if numbers_in(line):
            yield 0, hashed("line-initials", line, *initials)


def _postcode_and_names(person: Demographics, code: str, place: int) -> Iterator[Key]:
    for name in person.names:
        if name.given:
            for sex in (person.sex,) if person.sex else ("male", "female"):
                yield place, hashed("postcode-given-sex", code, sound(name.given), sex)
        if name.family and person.born:
            year = str(person.born.year)
            yield place, hashed("postcode-family-year", code, sound(name.family), year)
        if name.given and name.family:
            yield (
                place,
                hashed("postcode-initials", code, *sorted((name.given[0], name.family[0]))),
            )
            for full in full_names(name.given):
                names = sorted((full, name.family))
                yield 0, hashed("names-district", *names, district(code))


def _phone(person: Demographics, phone: str, place: int) -> Iterator[Key]:
    if person.born:
        yield place, hashed("phone-year", phone, str(person.born.year))
    for name in person.names:
        for word in (name.given, name.family):
            if word:
                yield place, hashed("phone-initial", phone, word[0])
