"""Text folded for search: without case, accents and odd spaces."""

import unicodedata
from functools import lru_cache

_NOT_DECOMPOSED = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe"}
)
"""Latin letters with strokes and ligatures: Unicode does not decompose them."""


@lru_cache(maxsize=65536)
def fold_text(text: str) -> str:
    """Return `text` as string search compares it: no case, no accents, single spaces.

    >>> fold_text("  Zoë  O'Brien-Łuczak ")
    "zoe o'brien-luczak"
    >>> fold_text("STRASSE") == fold_text("Straße")
    True
    """
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.casefold().translate(_NOT_DECOMPOSED).split())
