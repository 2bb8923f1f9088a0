"""Names as the index compares them: folded, split into parts, with their rarity and short forms."""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

_LETTERS: Final = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th"}
)
_BREAK: Final = re.compile(r"[\s\-_/,.()]+")
_NEWBORN: Final = frozenset({"baby", "babe", "infant", "newborn", "neonate", "twin", "triplet"})
_NOBODY: Final = frozenset({"unknown", "unnamed", "unk", "notknown", "nfn", "anon", "test"})
_PLACEHOLDER: Final = _NEWBORN | _NOBODY | {"boy", "girl", "male", "female"}
_TITLES: Final = frozenset({"mr", "mrs", "miss", "ms", "mx", "dr", "rev", "sir", "dame", "prof"})
_ATTACHED: Final = frozenset({"o", "mc", "mac", "d"})
_DATA: Final = "throughcare.identity.compare"
_MILLION: Final = 1_000_000


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return letters only, lower case, no accents or apostrophes: ``O'Connor`` is ``oconnor``."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in plain if letter.isalpha())


def parts(text: str) -> tuple[str, ...]:
    """Return the folded words of a name: ``Ó Briain-Smith`` -> ``obriain``, ``smith``.

    Hyphen, space and full stop divide; ``O`` and ``Mc`` stay with what follows.
    """
    words = [folded for word in _BREAK.split(text) if (folded := fold(word))]
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in _ATTACHED:
            joined[-1] += word
        else:
            joined.append(word)
    return tuple(joined)


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """One name of a person, folded. A missing or placeholder part is empty."""

    given: str = ""
    middles: tuple[str, ...] = ()
    family: str = ""
    """All parts of the family name, joined."""
    family_parts: tuple[str, ...] = ()
    newborn: bool = False
    """The given name was ``Baby``, ``Twin 1`` or the like."""
    text: str = field(default="", compare=False)
    """As the source wrote it, for people to read."""

    def swapped(self) -> "Name":
        """Return the name read the other way round: given and family name exchanged."""
        return Name(self.family, self.middles, self.given, (self.given,), self.newborn, self.text)


def name_of(given: str, family: str) -> Name:
    """Return the name of a space-separated `given` (first and middle names) and `family`."""
    family_parts = parts(family)
    if not set(family_parts) - _NOBODY:
        family_parts = ()
    words = [word for raw in given.split() if (word := fold(raw)) and word not in _TITLES]
    newborn = bool(words) and words[0] in _NEWBORN
    if words and words[0] in _PLACEHOLDER:
        words = []
    return Name(
        given=words[0] if words else "",
        middles=tuple(words[1:]),
        family="".join(family_parts),
        family_parts=family_parts,
        newborn=newborn,
        text=" ".join(f"{given} {family}".split()),
    )


@cache
def _table(file: str) -> Mapping[str, int]:
    lines = files(_DATA).joinpath("data", file).read_text(encoding="utf-8").splitlines()
    return {name: int(share) for name, _, share in (line.partition("\t") for line in lines)}


def rarity(kind: str, name: str, unknown_bits: float) -> float:
    """Return -log2 of the share of people with this ``given`` or ``family`` name.

    A name that the shipped table does not list has `unknown_bits`.
    """
    share = _table(f"{kind}.tsv").get(name)
    return unknown_bits if share is None else min(unknown_bits, math.log2(_MILLION / share))


def is_listed(given: str) -> bool:
    """Tell if a given name is known anywhere: a slip of the pen seldom makes such a one."""
    return given in _table("given.tsv") or given in _world()


@cache
def _world() -> frozenset[str]:
    return _words("world.txt") | _words("ireland.txt")


def _words(file: str) -> frozenset[str]:
    return frozenset(files(_DATA).joinpath("data", file).read_text(encoding="utf-8").split())


def is_family_first(word: str) -> bool:
    """Tell if this is a common family name of China, where it stands before the given name."""
    return word in _family_first()


def in_one_order(one: Name, other: Name) -> tuple[Name, Name] | None:
    """Return two names of which one is turned, if a list of names that stand first tells which."""
    firsts = [any(map(is_family_first, words))
              for words in ((one.given, other.family), (one.family, other.given))]  # fmt: skip
    if firsts[0] is firsts[1]:
        return None
    return (one.swapped(), other) if firsts[0] else (one, other.swapped())


@cache
def _family_first() -> frozenset[str]:
    return _words("family_first.txt")


@cache
def _groups() -> Mapping[str, frozenset[str]]:
    """Return, by folded name, the full names that it may stand for (itself one of them)."""
    text = files(_DATA).joinpath("data", "nicknames.txt").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        full, *short = line.split()
        for name in (full, *short):
            found.setdefault(name, set()).add(full)
    return {name: frozenset(fulls) for name, fulls in found.items()}


def full_names(given: str) -> frozenset[str]:
    """Return the full names that `given` may stand for: ``bert`` -> ``albert``, ``robert`` ..."""
    return _groups().get(given, frozenset((given,)))


@cache
def _short_forms() -> Mapping[str, frozenset[str]]:
    text = files(_DATA).joinpath("data", "short_forms.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in text.splitlines())
    return {full: frozenset(short) for full, *short in rows}


def is_short_form(one: str, other: str) -> bool:
    """Tell if one is listed as a short form of the other: a wide list, with seldom ones in it."""
    listed = _short_forms()
    return other in listed.get(one, ()) or one in listed.get(other, ())


def is_nickname(one: str, other: str) -> bool:
    """Tell if one is a short form or spelling variant of the other, or both of one full name."""
    return one != other and not full_names(one).isdisjoint(full_names(other))
