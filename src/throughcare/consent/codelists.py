"""Short lists of codes: what is sensitive, what is critical, what limits living.

The data is in ``codelists/*.csv``, each with its origin. Concept identifiers are facts; the words
beside them are this project's own and serve to find a condition in free text.
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Any

SYSTEMS: Mapping[str, str] = {
    "http://snomed.info/sct": "snomed",
    "urn:oid:2.16.840.1.113883.6.96": "snomed",
    "http://hl7.org/fhir/sid/icd-10": "icd10",
    "http://hl7.org/fhir/sid/icd-10-uk": "icd10",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10",
    "urn:oid:2.16.840.1.113883.6.3": "icd10",
}
"""Code systems that the lists know, by canonical address."""

Coding = tuple[str, str]
"""System and code; the system in its short form where it is one of SYSTEMS."""


KEPT = 8192
"""Codes and concepts whose marks a list keeps at hand: most entries name one of few thousand."""


@dataclass(frozen=True)
class CodeList:
    """Marks (labels or kinds) by code, by first letters of a code, and by words."""

    exact: Mapping[Coding, frozenset[str]]
    prefixes: Mapping[Coding, frozenset[str]]
    words: Mapping[str, frozenset[str]]
    """By folded words, where a concept is known by them."""
    medicines: Mapping[str, frozenset[str]]
    """By folded names of ingredients: only medicines are looked up here."""
    always: Mapping[str, frozenset[str]]
    """By folded words that no code stands for: looked up in coded entries too."""
    synonyms: Mapping[Coding, tuple[str, ...]]

    def of_coding(self, coding: Coding) -> frozenset[str]:
        """Return the marks of one code."""
        return self._of_coding(coding)

    @cached_property
    def _of_coding(self) -> Callable[[Coding], frozenset[str]]:
        return lru_cache(maxsize=KEPT)(self._look_up)

    def _look_up(self, coding: Coding) -> frozenset[str]:
        marks = self.exact.get(coding, frozenset())
        system, code = coding
        for length in range(2, len(code) + 1):
            marks |= self.prefixes.get((system, code[:length]), frozenset())
        return marks

    def is_silent_on(self, codes: Collection[bytes] | None) -> bool:
        """Tell whether none of `codes` has a mark, in whatever system; False for None, not known.

        A code here is its text in UTF-8.
        """
        return codes is not None and not any(map(self._has_marks, codes))

    @cached_property
    def _has_marks(self) -> Callable[[bytes], bool]:
        marked = {code for _, code in self.exact}
        begin = tuple(code for _, code in self.prefixes)

        def has_marks(code: bytes) -> bool:
            text = code.decode(errors="replace").strip()
            return any(one in marked or one.startswith(begin) for one in (text, text.upper()))

        return lru_cache(maxsize=KEPT)(has_marks)

    def of_concepts(self, codings: tuple[Coding, ...], text: str) -> frozenset[str]:
        """Return the marks of concepts by their codes and the words beside them.

        Words are looked at only where there is no code of SNOMED CT or ICD-10.
        """
        return self._of_concepts(codings, text)

    @cached_property
    def _of_concepts(self) -> Callable[[tuple[Coding, ...], str], frozenset[str]]:
        return lru_cache(maxsize=KEPT)(self._judge)

    def _judge(self, codings: tuple[Coding, ...], text: str) -> frozenset[str]:
        marks = found(self.always, text)
        for coding in codings:
            marks |= self.of_coding(coding)
        if not any(system in {"snomed", "icd10"} for system, _ in codings):
            marks |= self.of_text(text)
        return marks

    def of_text(self, text: str) -> frozenset[str]:
        """Return the marks of the words that occur in `text`, as whole words, case folded."""
        return found(self.words, text)


def fold(text: str) -> str:
    """Return `text` without case and accents, its white space single."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text.replace("\u2019", "'"))
        text = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(text.casefold().split())


def found(marks: Mapping[str, frozenset[str]], text: str) -> frozenset[str]:
    """Return the marks of all keys of `marks` (folded words) that occur in `text`."""
    if not marks or not text:
        return frozenset()
    folded = fold(text)
    result: frozenset[str] = frozenset()
    for match in _pattern(frozenset(marks)).finditer(folded):
        result |= marks[match.group()]
    return result


def coding_of(value: Mapping[str, Any]) -> Coding:
    """Return system (short) and code of a FHIR Coding; "" for what is absent.

    Codes of ICD-10 are told apart by their letters alone, not by their case.
    """
    system = _short(str(value.get("system", "")))
    code = str(value.get("code", "")).strip()
    return system, code.upper() if system == "icd10" else code


@lru_cache(maxsize=KEPT)
def _short(system: str) -> str:
    """Return the short form of a system that the lists know, else the system as it is.

    Editions and versions of SNOMED CT (``http://snomed.info/sct/83821000000107``), a version behind
    a bar, a slash at the end and the wrong scheme all mean the same system.

    >>> _short("https://snomed.info/sct/83821000000107/version/20260401")
    'snomed'
    """
    plain = system.strip().partition("|")[0].rstrip("/").casefold()
    plain = plain.replace("https://", "http://", 1)
    if plain.startswith("http://snomed.info/sct/"):
        return "snomed"
    return SYSTEMS.get(plain, system)


@cache
def sensitivity() -> CodeList:
    """Return the labels of mental health, the sensitive set, substance use and dementia."""
    return _read(("psy.csv", "sensitive.csv", "substance.csv", "cognition.csv"), "label")


@cache
def critical() -> CodeList:
    """Return the kinds of the critical set: dementia, epilepsy, anticoagulant, plan ..."""
    return _read(("critical.csv",), "kind")


@cache
def functional() -> CodeList:
    """Return the conditions that limit living, besides those of the critical set."""
    return _read(("functional.csv",), "kind")


@cache
def _pattern(words: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    alternatives = "|".join(re.escape(word) for word in longest_first)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")


def _read(names: Iterable[str], column: str) -> CodeList:
    lists: dict[str, dict[Any, frozenset[str]]] = {
        name: {} for name in ("exact", "prefixes", "words", "medicines", "always")
    }
    synonyms: dict[Coding, tuple[str, ...]] = {}
    for name in names:
        for row in _rows(name):
            marks = frozenset(row[column].split())
            words = tuple(fold(word) for word in row["words"].split(";") if word)
            system, code = row["system"], row["code"]
            by_words = {"medicine": "medicines", "words": "always"}.get(system, "words")
            for word in words:
                _add(lists[by_words], word, marks)
            if code.endswith("*"):
                _add(lists["prefixes"], (system, code[:-1]), marks)
            elif code:
                _add(lists["exact"], (system, code), marks)
                synonyms[system, code] = words
    return CodeList(**lists, synonyms=synonyms)


def _add(marks: dict[Any, frozenset[str]], key: object, more: frozenset[str]) -> None:
    marks[key] = marks.get(key, frozenset()) | more


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("throughcare.consent") / "codelists" / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return list(csv.DictReader(lines))
