"""JSON text is the record: read it strictly, and change nothing of it but what must change.

Everything here runs over whole byte strings; no character is looked at in Python. The trick of it:
once escaped backslashes and quotes are stood in for, splitting at ``"`` gives the text outside
strings and inside strings in turn.

`compact`, `codes`, `members` and `split_bundle` take text that `parse` has accepted; what they do
with other text is not promised. `throughcare.fhir.splicing` changes what must change in a text.
"""

import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from throughcare.kernel import BadInputError

MAXIMUM_DEPTH = 100
"""Objects and lists inside one another; the deepest example of R4 has 17."""

_SPACE = b" \t\r\n"
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ROUND = bytes.maketrans(b"[]{}", b"()()")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_CODES = re.compile(rb'"code":"([^"]*)"')
_BYTE = re.compile(r" ?\(byte (\d+)\)")

_read = msgspec.json.Decoder(float_hook=Decimal)
_read_raw = msgspec.json.Decoder(dict[str, msgspec.Raw])
_read_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_write = msgspec.json.Encoder(decimal_format="number")


def parse(text: bytes) -> dict[str, Any]:
    """Return the JSON object that `text` is, decimals as Decimal with all their digits.

    Raises BadInputError, with the byte or the path, for what is no JSON object in UTF-8, for an
    object that names a member twice, for half a surrogate pair, for more than 100 levels and for
    anything after the object.

    >>> parse(b'{"value": 1.10}')
    {'value': Decimal('1.10')}
    """
    if text.count(b"{") + text.count(b"[") > MAXIMUM_DEPTH and _is_deep(_outside(text)):
        message = f"JSON is nested deeper than {MAXIMUM_DEPTH} levels: flatten it."
        raise BadInputError(message)
    value = _decoded(text)
    if type(value) is not dict:
        message = "JSON text is no object: send one resource as a JSON object."
        raise BadInputError(message, place="byte 0")
    if _has_lost_members(text, _write.encode(value)):
        _refuse_repeated_members(text)
    return value


def read_again(text: bytes) -> dict[str, Any]:
    """Return the object of text that `parse` has accepted before, without looking for faults."""
    value: dict[str, Any] = _decoded(text)
    return value


def _has_lost_members(text: bytes, written: bytes) -> bool:
    """Tell whether `written`, made of what was read from `text`, names fewer members.

    Each member takes a colon with it, and strings keep theirs, unless a colon was escaped: then
    those outside strings alone are counted.
    """
    if b"\\" in text and b"\\u" in text:
        return _outside(text).count(b":") != _outside(written).count(b":")
    return text.count(b":") != written.count(b":")


def _outside(text: bytes) -> bytes:
    """Return what of `text` stands outside strings."""
    return b"".join(stood_in(text).split(b'"')[::2])


def stood_in(text: bytes) -> bytes:
    """Return `text` with escaped backslashes and quotes stood in for, byte for byte.

    Every quote that is left begins or ends a string.
    """
    if b"\\" not in text:
        return text
    return text.replace(rb"\\", b"\0\1").replace(rb"\"", b"\0\2")


def restored(text: bytes) -> bytes:
    """Return what `stood_in` was made of."""
    return text.replace(b"\0\2", rb"\"").replace(b"\0\1", rb"\\") if b"\0" in text else text


def _is_deep(outside: bytes) -> bool:
    """Tell whether brackets nest deeper than allowed; each round takes away the innermost."""
    brackets = outside.translate(_ROUND, _NOT_BRACKETS)
    if brackets.count(b"(") <= MAXIMUM_DEPTH:
        return False
    for _ in range(MAXIMUM_DEPTH):
        shorter = brackets.replace(b"()", b"")
        if len(shorter) == len(brackets):
            return False  # empty, or so unbalanced that the reader will refuse it
        brackets = shorter
    return bool(brackets) and b"()" in brackets


def _decoded(text: bytes) -> Any:  # noqa: ANN401 - a JSON value
    try:
        if b"\\" in text and _SURROGATE.search(text):
            return _decoded_slowly(text)
        return _read.decode(text)
    except msgspec.DecodeError as cause:
        reason = str(cause).removeprefix("JSON is malformed: ")
        match = _BYTE.search(reason)
        message = f"Text is not JSON ({_BYTE.sub('', reason)}): correct it at its source."
        place = f"byte {match[1]}" if match else f"byte {len(text)}"
        raise BadInputError(message, place=place) from cause
    except UnicodeDecodeError as cause:
        message = "Text is not UTF-8: send it in UTF-8."
        raise BadInputError(message, place=_utf8_fault(text)) from cause
    except InvalidOperation as cause:
        message = "A number is too big or too small to be one: correct it at its source."
        raise BadInputError(message) from cause
    except (RecursionError, ValueError) as cause:
        message = "Text is not JSON that can be read: correct it at its source."
        raise BadInputError(message) from cause


def _utf8_fault(text: bytes) -> str:
    try:
        text.decode()
    except UnicodeDecodeError as fault:
        return f"byte {fault.start}"
    return ""


def _decoded_slowly(text: bytes) -> Any:  # noqa: ANN401 - a JSON value
    """Decode text with escaped surrogates, refusing half pairs."""
    _read.decode(re.sub(rb"\\u[dD][89a-fA-F]..", rb"\\u0020", text))
    value = json.loads(text.decode(), parse_float=Decimal)
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError as cause:
        message = "A string holds half a surrogate pair, which is no character: correct it."
        raise BadInputError(message) from cause
    return value


class _Repeated(dict[str, Any]):
    """An object in which a member stood twice."""

    member: str = ""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeated = _Repeated(found)
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            repeated.member = key
            break
        seen.add(key)
    return repeated


def _refuse_repeated_members(text: bytes) -> None:
    """Raise BadInputError if an object names a member twice: the slow and certain way."""
    place = _repeated(json.loads(text.decode(), object_pairs_hook=_pairs), "")
    if place is not None:
        message = "A member stands twice in one object: which one counts can't be known; send one."
        raise BadInputError(message, place=place)


def _repeated(value: Any, path: str) -> str | None:  # noqa: ANN401 - a JSON value
    """Return the path of the first repeated member below `value`, or None."""
    if isinstance(value, _Repeated):
        return f"{path}.{value.member}".lstrip(".")
    children: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        children = [(f"{path}.{key}", child) for key, child in value.items()]
    elif isinstance(value, list):
        children = [(f"{path}[{place}]", child) for place, child in enumerate(value)]
    found = (_repeated(child, key) for key, child in children)
    return next((each for each in found if each is not None), None)


def compact(text: bytes) -> bytes:
    """Return `text` without the white space outside strings; every other byte stays.

    >>> compact(b'{ "a b" : [1.10,  1E5] }')
    b'{"a b":[1.10,1E5]}'
    """
    parts = stood_in(text).split(b'"')
    outside = b"".join(parts[::2])
    if len(outside) == len(outside.translate(None, _SPACE)):
        return text
    parts[::2] = [part.translate(None, _SPACE) for part in parts[::2]]
    return restored(b'"'.join(parts))


def dump(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return a parsed value as compact JSON; Decimals keep their digits (``1E5`` as ``1E+5``).

    >>> dump({"value": Decimal("1.10")})
    b'{"value":1.10}'
    """
    return _write.encode(value)


def members(text: bytes) -> dict[str, bytes]:
    """Return the members of a JSON object, each with its own bytes.

    >>> members(b'{"id": "a", "value": 1.10}')["value"]
    b'1.10'
    """
    return {name: bytes(raw) for name, raw in _read_raw.decode(text).items()}


def codes(text: bytes) -> list[bytes] | None:
    """Return every value of a member ``code`` of compact text; None where escapes might hide one.

    >>> codes(b'{"coding":[{"system":"http://loinc.org","code":"8302-2"}]}')
    [b'8302-2']
    """
    found = _CODES.findall(text)
    return None if b"\\u" in text or b"\\" in b"".join(found) else found


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """An entry of a Bundle, its resource as the bytes that were received."""

    full_url: str
    resource: bytes
    """Empty where the entry has none."""
    method: str = ""
    url: str = ""
    if_none_exist: str = ""
    if_match: str = ""


class _Request(msgspec.Struct):
    method: str = ""
    url: str = ""
    if_none_exist: str = msgspec.field(default="", name="ifNoneExist")
    if_match: str = msgspec.field(default="", name="ifMatch")


class _Entry(msgspec.Struct):
    full_url: str = msgspec.field(default="", name="fullUrl")
    resource: msgspec.Raw = msgspec.Raw()
    request: _Request | None = None


class _Bundle(msgspec.Struct):
    entry: list[_Entry] = []


_read_bundle = msgspec.json.Decoder(_Bundle)


def split_bundle(text: bytes) -> list[BundleEntry]:
    """Return the entries of a Bundle in their order, each resource with its own bytes.

    Raises BadInputError for a Bundle whose entries or requests are of a wrong shape.
    """
    try:
        entries = _read_bundle.decode(text).entry
    except msgspec.ValidationError as cause:
        place = str(cause).rpartition(" - at ")[2].strip("`$.")
        message = "The Bundle's entries are not those of FHIR R4: correct the member."
        raise BadInputError(message, place=place) from cause
    nothing = _Request()
    return [
        BundleEntry(
            entry.full_url,
            bytes(entry.resource),
            request.method,
            request.url,
            request.if_none_exist,
            request.if_match,
        )
        for entry in entries
        for request in (entry.request or nothing,)
    ]
