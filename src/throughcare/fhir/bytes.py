"""JSON text is the record: read it strictly, and change nothing of it but what must change.

Everything here runs over whole byte strings; no character is looked at in Python. The trick of it:
once escaped backslashes and quotes are stood in for, splitting at ``"`` gives the text outside
strings and inside strings in turn.

`compact`, `members`, `split_bundle` and `splice` take text that `parse` has accepted; what they do
with other text is not promised.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import orjson

from throughcare.kernel import BadInputError

MAXIMUM_DEPTH = 100
"""Objects and lists inside one another; the deepest example of R4 has 17."""

_SPACE = b" \t\r\n"
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ROUND = bytes.maketrans(b"[]{}", b"()()")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_LINKS = tuple(
    (b'"%s":"' % name, re.compile(rb'"%s":"([^"\\]*(?:\\.[^"\\]*)*)"' % name))
    for name in (b"reference", b"url", b"valueUri", b"valueUrl")
)
"""Members that may hold a reference to another entry: what they begin with, and a whole one."""
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
    outside = _outside(text)
    if _is_deep(outside):
        message = f"JSON is nested deeper than {MAXIMUM_DEPTH} levels: flatten it."
        raise BadInputError(message)
    value = _decoded(text)
    if type(value) is not dict:
        message = "JSON text is no object: send one resource as a JSON object."
        raise BadInputError(message, place="byte 0")
    if _outside(_write.encode(value)).count(b":") != outside.count(b":"):
        _refuse_repeated_members(text)
    return value


def read_again(text: bytes) -> dict[str, Any]:
    """Return the object of text that `parse` has accepted before, without looking for faults."""
    value: dict[str, Any] = _decoded(text)
    return value


def _outside(text: bytes) -> bytes:
    """Return what of `text` stands outside strings."""
    return b"".join(_stood_in(text).split(b'"')[::2])


def _stood_in(text: bytes) -> bytes:
    """Return `text` with escaped backslashes and quotes stood in for, byte for byte."""
    if b"\\" not in text:
        return text
    return text.replace(rb"\\", b"\0\1").replace(rb"\"", b"\0\2")


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
        if _SURROGATE.search(text):
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
    parts = _stood_in(text).split(b'"')
    outside = b"".join(parts[::2])
    if len(outside) == len(outside.translate(None, _SPACE)):
        return text
    parts[::2] = [part.translate(None, _SPACE) for part in parts[::2]]
    joined = b'"'.join(parts)
    if b"\0" in joined:
        return joined.replace(b"\0\2", rb"\"").replace(b"\0\1", rb"\\")
    return joined


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


def splice(
    text: bytes,
    *,
    id: str,  # noqa: A002 - FHIR's own word
    version: int,
    updated: datetime,
    references: Mapping[str, str] | None = None,
) -> bytes:
    """Return a resource's text, compact, with its id, version and time of change set.

    Sets ``id``, ``meta.versionId`` and ``meta.lastUpdated``; where a ``reference``, ``url``,
    ``valueUri`` or ``valueUrl`` is a key of `references`, its value stands there instead. No other
    byte is touched: members stay in their order, numbers keep their digits, strings their escapes.

    >>> splice(b'{"resourceType": "Basic", "id": "x"}', id="b", version=2,
    ...     updated=datetime(2026, 11, 24, tzinfo=UTC))
    b'{"resourceType":"Basic","id":"b","meta":{"versionId":"2","lastUpdated":"2026-11-24T00:00:00.000Z"}}'
    """
    whole = relink(text, references or {})
    moment = updated.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    stamps = {"versionId": b'"%d"' % version, "lastUpdated": b'"%s"' % moment.encode()}
    values = _read_raw.decode(whole)
    meta = bytes(values.get("meta", b"{}"))
    new_meta = _with_members(meta, _read_raw.decode(meta), stamps)
    return _with_members(whole, values, {"id": orjson.dumps(id), "meta": new_meta}, "resourceType")


def relink(text: bytes, references: Mapping[str, str]) -> bytes:
    """Return a resource's text, compact, with each link that is a key of `references` replaced.

    >>> relink(b'{ "subject": {"reference": "urn:uuid:1"} }', {"urn:uuid:1": "Patient/1"})
    b'{"subject":{"reference":"Patient/1"}}'
    """
    whole = compact(text)
    return _with_references(whole, references) if references else whole


def _with_references(text: bytes, references: Mapping[str, str]) -> bytes:
    def replaced(match: re.Match[bytes]) -> bytes:
        token = match[1]
        if match.string[match.start() - 1] not in b"{,":
            return match[0]  # the end of an odd member's name
        old = orjson.loads(b'"%s"' % token) if b"\\" in token else token.decode()
        new = references.get(old)
        if new is None:
            return match[0]
        return match[0][: match.start(1) - match.start() - 1] + orjson.dumps(new)

    for start, link in _LINKS:
        if start in text:
            text = link.sub(replaced, text)
    return text


def _with_members(
    text: bytes,
    values: Mapping[str, msgspec.Raw],
    new: Mapping[str, bytes],
    first: str = "",
) -> bytes:
    """Return a compact object with members set: each in its place, or else behind the one before.

    `values` are the object's members; `first` is the one that the first of `new` stands behind.
    """
    missing: dict[str | None, bytes] = {}
    anchor = first
    for name, value in new.items():
        if name in values:
            anchor = name
        else:
            where = anchor if anchor in values else None
            missing[where] = missing.get(where, b"") + b',"%s":%s' % (name.encode(), value)
    parts = [missing.get(None, b"")]
    end = 1
    for name, raw in values.items():
        key = b'"%s":' % name.encode()
        if not text.startswith(key, end):
            match = _STRING.match(text, end)
            key = (match[0] if match else b"") + b":"
        old = bytes(raw)
        parts.append(b"," + key + new.get(name, old) + missing.get(name, b""))
        end += len(key) + len(old) + 1
    return b"{" + b"".join(parts)[1:] + b"}"
