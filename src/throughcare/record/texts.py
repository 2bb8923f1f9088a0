"""Texts as rows of the table words, none longer than an index can hold; pure.

A long text has its beginning under the parameter itself, as every text has, and overlapping pieces
of the rest, the last of them apart, under two keys of their own. So what begins with, contains or
ends with a value is found however long the text is; ``:exact`` compares all of it by its digest.
Of a value that is searched for, `LONGEST` characters count, and `OVERLAP` of what a long text is
to contain or to end with.
"""

import hashlib
from collections.abc import Iterator

from throughcare.fhir.text import fold_text
from throughcare.record import keys

LONGEST = 300
"""Characters of a row. PostgreSQL indexes 2,704 bytes, and a character may have four."""
OVERLAP = 100
"""Characters that a piece shares with the one before it."""
_REST = "~rest"
_END = "~end"


def rows(type_: str, param: str, text: str) -> Iterator[tuple[int, str, str]]:
    """Yield (key of the parameter, folded, as written) of a text."""
    folded = fold_text(text)
    yield keys.param_key(type_, param), folded[:LONGEST], whole(text)
    if len(folded) >= LONGEST:
        for start in range(LONGEST - OVERLAP, len(folded) - OVERLAP, LONGEST - OVERLAP):
            yield keys.param_key(type_, param + _REST), folded[start : start + LONGEST], ""
        yield keys.param_key(type_, param + _END), folded[-LONGEST:], ""


def whole(text: str) -> str:
    """Return a text as it is written, its end as a digest if it is long."""
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 64] + hashlib.sha256(text.encode()).hexdigest()


def beginning(value: str) -> str:
    """Return what a folded text must begin with to begin with `value`."""
    return fold_text(value)[:LONGEST]


def inside(type_: str, param: str) -> tuple[int, int]:
    """Return the keys under which a text contains a value."""
    return keys.param_key(type_, param), keys.param_key(type_, param + _REST)


def at_end(type_: str, param: str) -> tuple[int, int]:
    """Return the keys under which a text ends with a value; under the first a short text alone."""
    return keys.param_key(type_, param), keys.param_key(type_, param + _END)
