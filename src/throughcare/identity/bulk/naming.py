"""Names as columns of numbers. Each different name is folded, sounded and weighed once."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from throughcare.identity.bulk.coding import Coded, Codes, Interned, paired
from throughcare.identity.compare import Weights, name_of
from throughcare.identity.compare.keys import sound
from throughcare.identity.compare.names import full_names, is_family_first, rarity

Frame = dict[str, npt.NDArray[np.generic]]
"""Columns of one length by name, as DuckDB reads them."""


def _initials(names: Iterable[str]) -> Codes:
    return np.fromiter((ord(name[0]) if name else 0 for name in names), np.int32)


def _sounds(names: Iterable[str], texts: Interned[str]) -> Codes:
    return texts.column(sound(name) if name else "" for name in names)


def _pairs(pairs: Iterable[tuple[int, int]], one: str, other: str) -> Frame:
    """Return two columns of different pairs."""
    found = np.array(sorted(set(pairs)), np.int32).reshape(-1, 2)
    return {one: found[:, 0].copy(), other: found[:, 1].copy()}


class Given:
    """First and middle names. `texts` are numbers of all texts that keys are made of."""

    def __init__(self, coded: Coded, texts: Interned[str], weights: Weights) -> None:
        """Take the column of first and middle names as one text each."""
        names = coded.each(lambda text: name_of(text, ""))
        words, middles = Interned(""), Interned[tuple[str, ...]](())
        self._at = words.column(name.given for name in names)[coded.codes]
        self._middle = middles.column(name.middles for name in names)[coded.codes]
        self._newborn = np.array([name.newborn for name in names], bool)[coded.codes]
        self.middles = middles.things()
        """Middle names by number."""
        held = [(at, words.of(word)) for at, each in enumerate(self.middles) for word in each]
        self.holds = _pairs(held, "middle", "given")
        """Which given names stand among which middle names."""
        begun = [(at, ord(word)) for at, each in enumerate(self.middles) for word in each
                 if len(word) == 1]  # fmt: skip
        self.initials = _pairs(begun, "middle", "initial")
        """Which middle names are given by their initials alone."""
        self.names: Sequence[str] = words.things()
        """Given names by number."""
        unknown = weights.unknown_bits["given"]
        self._bits = np.array([rarity("given", name, unknown) for name in self.names])
        self._text = texts.column(self.names)
        self._sound = _sounds(self.names, texts)
        self._initial = _initials(self.names)
        self._is_whole = np.array([len(name) > 1 for name in self.names])
        self._is_chinese = np.array([is_family_first(name) for name in self.names])
        fulls = [(at, texts.of(full)) for at, name in enumerate(self.names) if name
                 for full in full_names(name)]  # fmt: skip
        self.stands_for = _pairs(fulls, "given", "full_name")
        """The full names that a given name may stand for."""

    def columns(self) -> Frame:
        """Return what is known of each row."""
        at = self._at
        return {
            "given": at,
            "given_text": self._text[at],
            "given_bits": self._bits[at],
            "given_sound": self._sound[at],
            "given_initial": self._initial[at],
            "is_whole": self._is_whole[at],
            "given_is_chinese": self._is_chinese[at],
            "middle": self._middle,
            "newborn": self._newborn,
        }


class Family:
    """Family names of now, and those of birth where a table has them."""

    def __init__(self, now: Coded, former: Coded, texts: Interned[str], weights: Weights) -> None:
        """Take the two columns."""
        forms = Interned[tuple[str, tuple[str, ...]]](("", ()))
        self._now, self._former = (_forms(column, forms) for column in (now, former))
        differ = paired(now, former, lambda one, other: "+" if other and one != other else "")
        self.several = np.array(differ.each(bool))[differ.codes]
        """Rows that have two names."""
        self.forms = forms.things()
        """Family names and their parts by number."""
        names = [name for name, _ in self.forms]
        unknown = weights.unknown_bits["family"]
        self._bits = np.array([rarity("family", name, unknown) for name in names])
        self._text = texts.column(names)
        self._letters = texts.column("".join(sorted(name)) for name in names)
        self._sound = _sounds(names, texts)
        self._initial = _initials(names)
        self._is_chinese = np.array([is_family_first(name) for name in names])
        parts = [(at, sound(part)) for at, (_, each) in enumerate(self.forms) for part in each]
        self.parts = _pairs([(at, texts.of(each)) for at, each in parts], "form", "sound")
        """How the parts of a family name sound."""

    def columns(self, *, former: bool = False) -> Frame:
        """Return what is known of each row."""
        at = self._former if former else self._now
        return {
            "form": at,
            "family": self._text[at],
            "family_bits": self._bits[at],
            "family_letters": self._letters[at],
            "family_sound": self._sound[at],
            "family_initial": self._initial[at],
            "family_is_chinese": self._is_chinese[at],
        }


def _forms(coded: Coded, forms: Interned[tuple[str, tuple[str, ...]]]) -> Codes:
    names = coded.each(lambda text: name_of("", text))
    return forms.column((name.family, name.family_parts) for name in names)[coded.codes]
