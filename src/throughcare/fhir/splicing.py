"""What must change in a resource's text: its id, its meta, its links. No other byte is touched.

Like `throughcare.fhir.bytes`, all of it runs over whole byte strings, and takes text that `parse`
there has accepted.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

import msgspec
import orjson

from throughcare.fhir.bytes import restored, stood_in

_REFERENCE = b'"reference":"'
_LINKS = (_REFERENCE, b'"url":"', b'"valueUri":"', b'"valueUrl":"')
"""What the members begin with that may hold a reference to another entry."""
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_HEAD = re.compile(
    rb'(\{"resourceType":"[A-Za-z]+")(,"id":"[^"\\]*")?'
    rb'(?:,"meta":\{((?:[^{}"\\]++|"[^"\\]*+")++)\})?(?=[,}])'
)
"""How most resources begin: type, id, and a meta without objects in it."""

_read_raw = msgspec.json.Decoder(dict[str, msgspec.Raw])


def references(text: bytes) -> list[str] | None:
    """Return every literal reference in compact text; None where escapes might hide one.

    >>> references(b'{"subject":{"reference":"Patient/1"},"encounter":{"reference":"Encounter/2"}}')
    ['Patient/1', 'Encounter/2']
    """
    if b"\\u" in text:
        return None
    parts = stood_in(text).split(_REFERENCE)
    if len(parts) == 1:
        return []
    found = b"\n".join([part[: part.index(b'"')] for part in parts[1:]])
    return None if b"\\" in found or b"\0" in found else found.decode().split("\n")


def relink(text: bytes, links: Mapping[str, str]) -> bytes:
    """Return a resource's compact text with each link that is a key of `links` replaced.

    A link is the whole text of a ``reference``, ``url``, ``valueUri`` or ``valueUrl``.

    >>> relink(b'{"subject":{"reference":"urn:uuid:1"}}', {"urn:uuid:1": "Patient/1"})
    b'{"subject":{"reference":"Patient/1"}}'
    """
    if not links:
        return text
    plain = stood_in(text)
    for start in _LINKS:
        if start in plain:
            plain = start.join(_relinked(plain.split(start), links))
    return restored(plain)


def _relinked(parts: list[bytes], links: Mapping[str, str]) -> list[bytes]:
    """Return parts of text, all but the first of which begin with a link, with links replaced."""
    for place, part in enumerate(parts[1:], start=1):
        end = part.index(b'"')
        token = part[:end]
        if b"\\" in token or b"\0" in token:
            link = orjson.loads(b'"%s"' % restored(token))
        else:
            link = token.decode()
        new = links.get(link)
        if new is not None:
            parts[place] = stood_in(orjson.dumps(new)[1:-1]) + part[end:]
    return parts


def splice(
    text: bytes,
    *,
    id: str,  # noqa: A002 - FHIR's own word
    version: int,
    updated: datetime,
) -> bytes:
    """Return a resource's compact text with its id, version and time of change set.

    Sets ``id``, ``meta.versionId`` and ``meta.lastUpdated``. No other byte is touched: members stay
    in their order, numbers keep their digits, strings their escapes.

    >>> splice(b'{"resourceType":"Basic","id":"x"}', id="b", version=2,
    ...     updated=datetime(2026, 11, 24, tzinfo=UTC))
    b'{"resourceType":"Basic","id":"b","meta":{"versionId":"2","lastUpdated":"2026-11-24T00:00:00.000Z"}}'
    """
    moment = _moment(updated)
    head = _HEAD.match(text)
    if head is None or _hides(text, head):
        return spliced_anywhere(text, id, version, moment)
    kind, _, meta = head.groups()
    more = b"," + meta if meta else b""
    return b'%s,"id":%s,"meta":{"versionId":"%d","lastUpdated":"%s"%s}%s' % (
        kind,
        orjson.dumps(id),
        version,
        moment,
        more,
        text[head.end() :],
    )


def _hides(text: bytes, head: re.Match[bytes]) -> bool:
    """Tell whether id or meta may stand elsewhere than `head` shows, or be set already."""
    if b"\\u" in text:
        return True
    _, given, meta = head.groups()
    if given is None and b'"id":' in text:
        return True
    if meta is None:
        return b'"meta":' in text
    return b'"versionId":' in meta or b'"lastUpdated":' in meta


@lru_cache(maxsize=64)
def _moment(updated: datetime) -> bytes:
    """Return a time as ``meta.lastUpdated`` has it."""
    text = updated.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return text.encode()


def spliced_anywhere(text: bytes, id_: str, version: int, moment: bytes) -> bytes:
    """Splice a text whose members stand in any order."""
    stamps = {"versionId": b'"%d"' % version, "lastUpdated": b'"%s"' % moment}
    values = _read_raw.decode(text)
    meta = bytes(values.get("meta", b"{}"))
    new_meta = _with_members(meta, _read_raw.decode(meta), stamps)
    return _with_members(text, values, {"id": orjson.dumps(id_), "meta": new_meta}, "resourceType")


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
