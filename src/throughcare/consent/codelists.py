"""A list of codes and words, and what it marks: by code, by first letters, by words in a text."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

from throughcare.consent import checkdigit

SYSTEMS: Mapping[str, str] = {
    "http://snomed.info/sct": "snomed",
    "urn:oid:2.16.840.1.113883.6.96": "snomed",
    "http://dmd.nhs.uk": "snomed",
    "http://hl7.org/fhir/sid/icd-10": "icd10",
    "http://hl7.org/fhir/sid/icd-10-uk": "icd10",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10",
    "urn:oid:2.16.840.1.113883.6.3": "icd10",
}
"""Code systems that the lists know, by canonical address; the scheme is http here, whatever it is.

Codes of dm+d are identifiers of SNOMED CT: those of its UK drug extension.
"""

Coding = tuple[str, str]
"""System and code; the system in its short form where it is one of SYSTEMS."""


KEPT = 8192
"""Codes and concepts whose marks a list keeps at hand: most entries name one of few thousand."""

_ICD10_FORM: Final = re.compile(r"[A-Za-z][0-9]{2}(?:\.[0-9A-Za-z-]{1,4})?")
"""What a code of ICD-10 looks like."""


@dataclass(frozen=True, eq=False)
class CodeList:
    """Marks (labels or kinds) by code, by first letters of a code, and by words."""

    exact: Mapping[Coding, frozenset[str]]
    prefixes: Mapping[Coding, frozenset[str]]
    words: Mapping[str, frozenset[str]]
    """By folded words, where a concept is known by them; no marks for words that mean another."""
    medicines: Mapping[str, frozenset[str]]
    """By folded names of ingredients: only medicines are looked up here."""
    always: Mapping[str, frozenset[str]]
    """By folded words that no code stands for: looked up in coded entries too."""
    synonyms: Mapping[Coding, tuple[str, ...]]
    excepted: Mapping[Coding, AbstractSet[str]]
    """Marks that a code does not have, whatever gives them; with ``*``, all that begin so."""

    def of_coding(self, coding: Coding) -> frozenset[str]:
        """Return the marks of one code."""
        return self._of_coding(coding)

    @cached_property
    def _of_coding(self) -> Callable[[Coding], frozenset[str]]:
        return lru_cache(maxsize=KEPT)(self._look_up)

    def _look_up(self, coding: Coding) -> frozenset[str]:
        return frozenset().union(*(self._marks_of(each) for each in meanings(coding)))

    def _marks_of(self, coding: Coding) -> frozenset[str]:
        marks = self.exact.get(coding, frozenset())
        system, code = coding
        excepted = self.excepted.get(coding, frozenset())
        for length in range(1, len(code) + 1):
            marks |= self.prefixes.get((system, code[:length]), frozenset())
            excepted |= self.excepted.get((system, f"{code[:length]}*"), frozenset())
        return marks - excepted

    @cached_property
    def innocent(self) -> Mapping[str, frozenset[str]]:
        """Return the words that hold words of the list and mean something else, without marks."""
        return {word: marks for word, marks in self.words.items() if not marks}

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


def meanings(coding: Coding) -> tuple[Coding, ...]:
    """Return what a coding may mean: itself, or without a system what it has the form of.

    A number with the check digit of SNOMED CT is of SNOMED CT, a letter with two digits of ICD-10.

    >>> meanings(("", "f32.1"))
    (('icd10', 'F32.1'),)
    """
    system, code = coding
    if system:
        return (coding,)
    if checkdigit.is_sctid(code):
        return (("snomed", code),)
    return (("icd10", code.upper()),) if _ICD10_FORM.fullmatch(code) else ()


@lru_cache(maxsize=1024)
def _pattern(words: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    alternatives = "|".join(re.escape(word) for word in longest_first)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")
