"""Expressions of terms as PostgreSQL asks them of an array; pure.

The inverted index speaks FTS5's language (``throughcare.record.terms``): terms joined by AND, OR,
NOT and parentheses. A GIN index over arrays answers "has all of" and "has one of".
"""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

Add = Callable[[list[int]], str]
"""Takes a list of terms and returns the parameter that stands for it."""

_WORD = re.compile(r"[()]|[^\s()]+")
_OPERATORS = frozenset({"AND", "OR", "NOT"})
_NOTHING = "none"


@dataclass(frozen=True, slots=True)
class Joined:
    """Terms and expressions that are joined by one operator."""

    operator: str
    parts: "tuple[str | Joined, ...]"


def numbers(terms: str) -> list[int]:
    """Return terms with spaces between as signed 64-bit numbers.

    >>> numbers("0000000000000001 ffffffffffffffff")
    [1, -1]
    """
    content = bytes.fromhex(terms)
    return list(struct.unpack(f">{len(content) // 8}q", content))


def condition(expression: str, column: str, add: Add) -> str:
    """Return the condition that the array in `column` meets `expression`.

    Raises ValueError if `expression` mixes operators without parentheses or does not end.
    """
    words = _WORD.findall(expression)
    words.reverse()
    tree = _read(words)
    if words:
        message = "an expression of terms goes on after its end"
        raise ValueError(message)
    return _said(tree, column, add)


def _read(words: list[str]) -> str | Joined:
    """Read one expression; takes its words from the end of `words`."""
    parts = [_part(words)]
    operator = ""
    while words and words[-1] != ")":
        word = words.pop()
        if word not in _OPERATORS or operator not in {"", word}:
            message = "an expression of terms joins them by one operator between parentheses"
            raise ValueError(message)
        operator = word
        parts.append(_part(words))
    return parts[0] if len(parts) == 1 else Joined(operator, tuple(parts))


def _part(words: list[str]) -> str | Joined:
    word = words.pop() if words else ")"
    if word == ")":
        message = "an expression of terms ends early"
        raise ValueError(message)
    if word != "(":
        return word
    inner = _read(words)
    if not words:
        message = "an expression of terms lacks a closing parenthesis"
        raise ValueError(message)
    words.pop()
    return inner


def _said(tree: str | Joined, column: str, add: Add) -> str:
    if isinstance(tree, str):
        return _all(column, [tree], add)
    if tree.operator == "NOT":
        first, *others = (_said(part, column, add) for part in tree.parts)
        return f"({first} AND NOT {' AND NOT '.join(others)})"
    terms = [part for part in tree.parts if isinstance(part, str)]
    said = [_said(part, column, add) for part in tree.parts if isinstance(part, Joined)]
    if terms:
        together = _all if tree.operator == "AND" else _one
        said.insert(0, together(column, terms, add))
    return f"({f' {tree.operator} '.join(said)})"


def _all(column: str, terms: list[str], add: Add) -> str:
    if _NOTHING in terms:
        return "FALSE"
    return f"{column} @> {add(numbers(' '.join(terms)))}"


def _one(column: str, terms: list[str], add: Add) -> str:
    known = [term for term in terms if term != _NOTHING]
    return f"{column} && {add(numbers(' '.join(known)))}"
