"""Numbers and keys that rows are stored under; pure.

Types are numbered by their alphabetical place in FHIR R4, which is frozen. Parameters, codes,
systems and authors are 48 bits of SHA-256: two of the few thousand names of a node meet by
chance once in ten million nodes. Tokens are 64 bits.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from throughcare.fhir import mentions, spec
from throughcare.fhir.criteria import segments
from throughcare.store.digest import digest64

PLACES = 24
"""Bits of an entry number that tell its place within its subject: 16 million entries each."""
NAMES = tuple(sorted(spec.resource_types()))
"""Every resource type, at the place one below its number."""
_NUMBERS = {name: number for number, name in enumerate(NAMES, start=1)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def type_number(name: str) -> int:
    """Return the number of a resource type; 0, which no entry has, for what is none."""
    return _NUMBERS.get(name, 0)


def type_name(number: int) -> str:
    """Return the resource type of a number."""
    return NAMES[number - 1]


def first_entry(subject: int) -> int:
    """Return the lowest entry number that `subject` can have."""
    return subject << PLACES


def last_entry(subject: int) -> int:
    """Return the highest entry number that `subject` can have."""
    return ((subject + 1) << PLACES) - 1


def subject_of(entry: int) -> int:
    """Return the subject of an entry number."""
    return entry >> PLACES


@lru_cache(maxsize=65536)
def key48(text: str) -> int:
    """Return 48 bits of SHA-256 of `text` as a number."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


@lru_cache(maxsize=65536)
def param_key(type_: str, param: str) -> int:
    """Return the key of a search parameter of a type."""
    return key48(f"{type_}.{param}")


def author_key(author: str) -> int | None:
    """Return the key of an author; None for none."""
    return key48(author) if author else None


def micros(moment: datetime) -> int:
    """Return `moment` in microseconds since 1970, UTC."""
    return (moment - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=4096)
def moment(microseconds: int) -> datetime:
    """Return the moment of `microseconds` since 1970, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


# Texts whose digests are the terms of the inverted index. A term names its type, so that one lookup
# answers a search of a type; \x1f parts what could hold any character.


def of_type(type_: str) -> str:
    """Return the term that every entry of a type has."""
    return _term(type_)


@lru_cache(maxsize=65536)
def present(type_: str, param: str) -> str:
    """Return the term of entries that have any value for `param`."""
    return _term(f"{type_}.{param}?")


def token(type_: str, param: str, system: str | None, code: str | None) -> str:
    """Return the term of a token; None stands for any system, or any code."""
    if code is None:
        return _term(f"{type_}.{param}\x1fsystem\x1f{system}")
    if system is None:
        return _term(f"{type_}.{param}\x1fcode\x1f{code}")
    return _term(f"{type_}.{param}\x1fboth\x1f{system}\x1f{code}")


def reference(type_: str, param: str, target: str) -> str:
    """Return the term of a reference by `param` to `target`."""
    return digest64(reference_start(type_, param) + target)


def reference_start(type_: str, param: str) -> str:
    """Return the text that, followed by a target, has the digest of `reference`."""
    return f"{type_}.{param}\x1fto\x1f"


def uri(type_: str, param: str, value: str) -> str:
    """Return the term of a uri."""
    return _term(f"{type_}.{param}\x1furi\x1f{value}")


def below(type_: str, param: str, value: str) -> str:
    """Return the term of uris that stand below an address, which ends in a slash."""
    return _term(f"{type_}.{param}\x1fbelow\x1f{value}")


def text_start(type_: str, param: str) -> str:
    """Return the text that, followed by a folded text, has the digest of `text`."""
    return f"{type_}.{param}\x1ftext\x1f"


def text(type_: str, param: str, folded: str) -> str:
    """Return the term of a text beside a code."""
    return _term(text_start(type_, param) + folded)


def combined(type_: str, param: str, first: str, second: str) -> str:
    """Return the term of two tokens that stand in one element, each as `of_pair` says them."""
    return _term(f"{type_}.{param}\x1fwith\x1f{first}\x1f{second}")


def combined_param(type_: str, param: str, first: str) -> int:
    """Return the key of numbers and quantities that stand in one element with a token."""
    return key48(f"{type_}.{param}\x1fwith\x1f{first}")


def pair(system: str | None, code: str) -> str:
    """Return how a token of a combination is said; None is any system."""
    return f"code\x1f{code}" if system is None else f"both\x1f{system}\x1f{code}"


def of_pair(system: str, code: str) -> tuple[str, str]:
    """Return the ways in which a token of a combination may be asked for."""
    return pair(system, code), pair(None, code)


@lru_cache(maxsize=65536)
def of_token(type_: str, param: str, system: str, code: str) -> tuple[str, ...]:
    """Return all terms of an entry that has a token.

    Identifiers with their type, ``param:of-type``, are asked for whole. A code that stands alone
    and names an entry is found by itself, and counts as there for nobody: see `of_uri`.
    """
    if param.endswith(":of-type"):
        return (token(type_, param, system, code),)
    found = (
        token(type_, param, system, code),
        token(type_, param, None, code),
        token(type_, param, system, None),
    )
    return found if not system and mentions.is_in(code) else (*found, present(type_, param))


@lru_cache(maxsize=65536)
def of_uri(type_: str, param: str, value: str) -> tuple[str, ...]:
    """Return all terms of an entry that has a uri: itself and, of an address, what is above it.

    One that names an entry is found by itself alone: whoever may not see that entry is not shown
    the uri either, and must not be told that there is one.
    """
    if mentions.is_in(value):
        return (uri(type_, param, value),)
    above = [up for up in segments(value) if up.endswith("/")]
    return (
        uri(type_, param, value),
        present(type_, param),
        *(below(type_, param, up) for up in above),
    )


@lru_cache(maxsize=65536)
def of_text(type_: str, param: str, folded: str) -> str:
    """Return the term of a text, remembered: many entries have the same."""
    return text(type_, param, folded)


@lru_cache(maxsize=65536)
def of_reference(type_: str, param: str, target: str) -> tuple[str, ...]:
    """Return all terms of an entry that refers to `target` by `param`."""
    return reference(type_, param, target), present(type_, param)


@lru_cache(maxsize=65536)
def _term(text: str) -> str:
    return digest64(text)
