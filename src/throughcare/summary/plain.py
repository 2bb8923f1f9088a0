"""Plain sentences for what stands in a record, by the words of the entry."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

from throughcare.summary.codelists import WordList, words_pattern

CONDITION: Final = "condition"
MEDICINE: Final = "medicine"
RESULT: Final = "result"
_NOT_SAID: Final = (
    "family history",
    "fh:",
    "no history of",
    "excluded",
    "screening",
    "suspect",
    "at risk",
    "risk of",
)


def sentence(kind: str, *wordings: str) -> str:
    """Return what a condition, medicine or result is, in a plain sentence; "" where none is known.

    >>> sentence(CONDITION, "Asthma")
    'Your airways can become tight, which makes it hard to breathe.'
    """
    return next((text for words, text in sentences()[kind] if words.holds((), wordings)), "")


@cache
def sentences() -> dict[str, list[tuple[WordList, str]]]:
    """Return the words and the sentence of every row, by kind."""
    read = tomllib.loads((files("throughcare.summary") / "data" / "plain.toml").read_text("utf-8"))
    return {
        kind: [
            (
                WordList(
                    frozenset(),
                    words_pattern(row["words"]),
                    words_pattern([*row.get("not_words", ()), *_NOT_SAID]),
                ),
                row["text"],
            )
            for row in rows
        ]
        for kind, rows in read.items()
    }
