"""How old somebody is who reads a text with ease, by the formula of Flesch and Kincaid.

US grade = 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid and others, 1975); a child
in grade n is n + 5 years old at its start. Syllables are counted by groups of vowels, which is what
every program does that has no dictionary; it is right within a twentieth over a page, not a word.
"""

import re
from typing import Final

_WORD: Final = re.compile("[A-Za-z]+(?:['\u2019][a-z]+)?")
_END: Final = re.compile(r"[.!?:;]+(?=\s|$)|\n+")
_VOWELS: Final = re.compile(r"[aeiouy]+")
_SILENT: Final = re.compile(r"(?:[^laeiouy]es|[^aeiouydt]ed|[^laeiouy]e)$")


def syllables(word: str) -> int:
    """Return about how many syllables a word has, at least one.

    >>> [syllables(word) for word in ("care", "table", "looked", "wanted", "medicine", "you")]
    [1, 2, 1, 2, 3, 1]
    """
    lower = re.sub("['\u2019]\\w+$", "", word.lower())
    return max(1, len(_VOWELS.findall(_SILENT.sub(lambda found: found[0][0], lower))))


def sentences(text: str) -> list[list[str]]:
    """Return the words of each sentence; a heading, label or line of a list is one of its own.

    Dates, numbers and whatever else is no word is left out.
    """
    parts = (_WORD.findall(part) for part in _END.split(text))
    return [words for words in parts if words]


def reading_age(text: str) -> float:
    """Return the reading age of `text` in years. Raises ValueError where it holds no word."""
    found = sentences(text)
    words = [word for sentence in found for word in sentence]
    if not words:
        message = "There is no word to read."
        raise ValueError(message)
    grade = 0.39 * len(words) / len(found) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    return grade + 5
