"""Functions over texts. Patterns come from outside and run in RE2: linear in the text."""

import base64
import binascii
import html
import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import re2

from throughcare.fhir.path.evaluation import Evaluation, bounded, fail, integer, text
from throughcare.fhir.path.functions.collections import Function
from throughcare.fhir.path.nodes import Items

_ESCAPE: Final = re.compile(
    r"\\((?:u[0-9A-Fa-f]{4}(?:\\u[dD][cC-fF][0-9A-Fa-f]{2})?)|.)", re.DOTALL
)
_LETTERS: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "b": "\b"}
_MOST_OF_PATTERNS: Final = 4 * 1024 * 1024
"""Bytes that a compiled pattern may take."""


@lru_cache(maxsize=512)
def pattern(expression: str) -> Any:  # noqa: ANN401 - re2 has no types
    """Return a compiled pattern in which a dot is any character.

    Raises EvaluationError for one that is no pattern of RE2.
    """
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    options.max_mem = _MOST_OF_PATTERNS
    try:
        return re2.compile(expression, options)
    except re2.error:
        return fail("A pattern is no regular expression (of RE2), or too large: correct it.")


def _on_text(name: str, function: Callable[[str], Any]) -> Function:
    """Return a function of a single text without arguments."""

    def called(items: Items, _: Evaluation) -> Items:
        value = text(items, f"{name}()")
        return [] if value is None else [function(value)]

    return called


def _with_texts(name: str, function: Callable[..., Any]) -> Function:
    """Return a function of a single text and others; nothing if one of them is missing."""

    def called(items: Items, _: Evaluation, *arguments: Items) -> Items:
        values = [text(each, f"{name}()") for each in (items, *arguments)]
        return [] if None in values else [function(*values)]

    return called


def _substring(items: Items, _: Evaluation, start: Items, length: Items | None = None) -> Items:
    value, first = text(items, "substring()"), integer(start, "substring()")
    if value is None or first is None or not 0 <= first < len(value):
        return []
    count = len(value) if length is None else integer(length, "substring()")
    return [value[first : first + max(len(value) if count is None else count, 0)]]


def _replace_matches(value: str, expression: str, new: str) -> str:
    if not expression:
        return value
    found: str = pattern(expression).sub(_groups(new), value)
    return bounded(found)


def _groups(new: str) -> str:
    r"""Return a replacement with groups as RE2 writes them: ``$1`` as ``\1``."""
    parts = new.replace("\\", "\\\\").split("$")
    return parts[0] + "".join(
        f"\\{part}" if part[:1].isdigit() else f"${part}" for part in parts[1:]
    )


def _replace(value: str, old: str, new: str) -> str:
    return bounded(_bounded_replace(value, old, new))


def _bounded_replace(value: str, old: str, new: str) -> str:
    times = value.count(old)
    if times * len(new) > 2 * len(bounded(value)) + 4 * 1024 * 1024:
        fail("The expression makes a text of more than four million characters: narrow it.")
    return value.replace(old, new)


def _split(items: Items, evaluation: Evaluation, separator: Items) -> Items:
    value, by = text(items, "split()"), text(separator, "split()")
    if value is None or by is None:
        return []
    parts = value.split(by) if by else list(value)
    evaluation.spend(len(parts))
    return list(parts)


def _join(items: Items, evaluation: Evaluation, separator: Items | None = None) -> Items:
    """Return the texts as one; no texts as an empty one, which SQL on FHIR's tests ask for."""
    by = "" if separator is None else text(separator, "join()")
    if by is None:
        return []
    evaluation.spend(len(items))
    parts = [text([item], "join()") for item in items]
    return [bounded(by.join(part for part in parts if part is not None))]


def _characters(items: Items, evaluation: Evaluation) -> Items:
    value = text(items, "toChars()") or ""
    evaluation.spend(len(value))
    return list(value)


def _encoded(value: str, form: str) -> str:
    plain = value.encode("utf-8", "surrogatepass")
    if form == "hex":
        return plain.hex()
    if form == "base64":
        return base64.b64encode(plain).decode()
    if form == "urlbase64":
        return base64.urlsafe_b64encode(plain).decode()
    return fail("encode() knows base64, urlbase64 and hex: name one of them.")


def _decoded(value: str, form: str) -> str:
    readers: dict[str, Callable[[str], bytes]] = {
        "hex": bytes.fromhex,
        "base64": lambda coded: base64.b64decode(coded, validate=True),
        "urlbase64": base64.urlsafe_b64decode,
    }
    if form not in readers:
        fail("decode() knows base64, urlbase64 and hex: name one of them.")
    try:
        return readers[form](value).decode()
    except (binascii.Error, ValueError):
        return fail("decode() met a text that is not coded so: correct the form.")


def _escaped(value: str, form: str) -> str:
    if form == "html":
        return html.escape(value)
    if form == "json":
        return json.dumps(value, ensure_ascii=False)[1:-1]
    return fail("escape() knows html and json: name one of them.")


def _unescaped(value: str, form: str) -> str:
    if form == "html":
        return html.unescape(value)
    if form == "json":
        return _ESCAPE.sub(_character, value)
    return fail("unescape() knows html and json: name one of them.")


def _character(escape: re.Match[str]) -> str:
    """Return what an escape of JSON stands for; a lone half of a pair stays as it is."""
    letter = escape[1]
    if letter[0] != "u":
        return _LETTERS.get(letter, letter)
    try:
        return str(json.loads(f'"{escape[0]}"'))
    except ValueError:
        return escape[0]


def _found(value: str, expression: str) -> bool:
    return pattern(expression).search(value) is not None


def is_whole_match(value: str, expression: str) -> bool:
    """Tell whether a pattern matches all of a text."""
    return pattern(expression).fullmatch(value) is not None


TEXTS: Final[dict[str, tuple[int, int, Function]]] = {
    "indexOf": (1, 1, _with_texts("indexOf", lambda value, part: value.find(part))),
    "lastIndexOf": (1, 1, _with_texts("lastIndexOf", lambda value, part: value.rfind(part))),
    "substring": (1, 2, _substring),
    "startsWith": (1, 1, _with_texts("startsWith", lambda value, part: value.startswith(part))),
    "endsWith": (1, 1, _with_texts("endsWith", lambda value, part: value.endswith(part))),
    "contains": (1, 1, _with_texts("contains", lambda value, part: part in value)),
    "upper": (0, 0, _on_text("upper", str.upper)),
    "lower": (0, 0, _on_text("lower", str.lower)),
    "replace": (2, 2, _with_texts("replace", _replace)),
    "matches": (1, 1, _with_texts("matches", _found)),
    "matchesFull": (1, 1, _with_texts("matchesFull", is_whole_match)),
    "replaceMatches": (2, 2, _with_texts("replaceMatches", _replace_matches)),
    "length": (0, 0, _on_text("length", len)),
    "toChars": (0, 0, _characters),
    "encode": (1, 1, _with_texts("encode", _encoded)),
    "decode": (1, 1, _with_texts("decode", _decoded)),
    "escape": (1, 1, _with_texts("escape", _escaped)),
    "unescape": (1, 1, _with_texts("unescape", _unescaped)),
    "trim": (0, 0, _on_text("trim", str.strip)),
    "split": (1, 1, _split),
    "join": (0, 1, _join),
}
"""Name -> (fewest arguments, most, function)."""
