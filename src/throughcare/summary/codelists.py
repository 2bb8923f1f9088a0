"""The short lists of concept ids and words behind alerts and facts, read once from ``data``."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from throughcare.model.submission import Json


def words_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds any of `words` where a word starts; no words: never matches."""
    alternatives = "|".join(re.escape(word) for word in words)
    return re.compile(rf"(?<!\w)(?:{alternatives})" if alternatives else r"(?!)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WordList:
    """A set of concept ids, and words for entries that carry none of them."""

    codes: frozenset[str]
    words: re.Pattern[str]
    not_words: re.Pattern[str]

    def holds(self, codes: Iterable[str], texts: Iterable[str]) -> bool:
        """Say whether one of `codes` is in the list, or one of `texts` is worded like it."""
        if not self.codes.isdisjoint(codes):
            return True
        search, refuse = self.words.search, self.not_words.search
        return any(search(text) and not refuse(text) for text in texts)


@dataclass(frozen=True, slots=True)
class AlertKind:
    """One kind of alert; see ``data/alerts.toml``."""

    kind: str
    group: str
    word: str
    concepts: WordList
    medicines: WordList


@dataclass(frozen=True, slots=True)
class MeasurementKind:
    """One kind of measurement whose last value is shown."""

    kind: str
    name: str
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """The lists of ``data/facts.toml``."""

    no_allergy: WordList
    falls: WordList
    plans: WordList
    plan_names: Mapping[str, str]
    safety: WordList
    safeguarding: WordList
    key_safe: WordList
    inpatient_classes: frozenset[str]
    measurements: tuple[MeasurementKind, ...]


_NOT_SAID = ["family history", "fh:", "screening", "no history of", "not known to have", "excluded"]


def _read(name: str) -> dict[str, Json]:
    return tomllib.loads((files("throughcare.summary") / "data" / name).read_text("utf-8"))


def _list(codes: Iterable[str], words: Iterable[str], not_words: Iterable[str] = ()) -> WordList:
    negations = words_pattern([*not_words, *_NOT_SAID])
    return WordList(frozenset(codes), words_pattern(words), negations)


@cache
def alert_kinds() -> tuple[AlertKind, ...]:
    """Return the kinds of alert in the order in which they are shown."""
    return tuple(
        AlertKind(
            row["kind"],
            row["group"],
            row["word"],
            _list(row["codes"], row["words"], row["not_words"]),
            _list((), row["medicines"], row["not_words"]),
        )
        for row in _read("alerts.toml")["alert"]
    )


@lru_cache(maxsize=4096)
def stated_kinds(codes: tuple[str, ...], texts: tuple[str, ...]) -> frozenset[str]:
    """Return the kinds of alert that something coded and worded so is of.

    One concept stands in many entries, so the answer is kept.
    """
    return frozenset(kind.kind for kind in alert_kinds() if kind.concepts.holds(codes, texts))


@lru_cache(maxsize=4096)
def taken_kinds(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds of alert that a medicine named so raises, in the order of the kinds."""
    return tuple(kind.kind for kind in alert_kinds() if kind.medicines.holds((), texts))


@cache
def alert_words() -> WordList:
    """Return all that may raise any alert: what it does not hold raises none."""
    rows = _read("alerts.toml")["alert"]
    codes = [code for row in rows for code in row["codes"]]
    words = [word for row in rows for word in row["words"]]
    return WordList(frozenset(codes), words_pattern(words), words_pattern(()))


@cache
def facts() -> Facts:
    """Return the other lists."""
    data = _read("facts.toml")
    allergies, falls, plans = data["allergies"], data["falls"], data["plans"]
    return Facts(
        no_allergy=WordList(
            frozenset(allergies["none_known"]),
            words_pattern(allergies["none_known_words"]),
            words_pattern(()),
        ),
        falls=WordList(
            frozenset(falls["codes"]),
            re.compile(rf"(?<!\w)(?:{'|'.join(falls['words'])})(?!\w)", re.IGNORECASE),
            words_pattern([*falls["not_words"], *_NOT_SAID]),
        ),
        plans=_list(plans["codes"], plans["words"]),
        plan_names=plans["codes"],
        safety=_list((), data["safety"]["words"]),
        safeguarding=_list((), data["safeguarding"]["words"]),
        key_safe=_list((), data["keysafe"]["words"]),
        inpatient_classes=frozenset(data["discharge"]["classes"]),
        measurements=tuple(
            MeasurementKind(row["kind"], row["name"], frozenset(row["codes"]))
            for row in data["measurement"]
        ),
    )
