"""Bundles, joined from stored bytes: what is stored is not parsed to be sent."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from throughcare.disclosure.answer import Answer, Matches
from throughcare.fhir.outcome import Issue, outcome
from throughcare.kernel import ThroughcareError
from throughcare.model.entry import Stored

MATCH_GRADE: Final = "http://hl7.org/fhir/StructureDefinition/match-grade"


def searchset(
    answer: Answer, base: str, links: dict[str, str], remarks: Sequence[Issue] = ()
) -> bytes:
    """Return the searchset Bundle of `answer`; `links` by relation (``self``, ``next``).

    `remarks` about the search itself come last, as an OperationOutcome.
    """
    entries = [*_entries(answer.entries, base, b"match")]
    entries += _entries(answer.included, base, b"include")
    if answer.warning:
        entries.append(
            b',{"resource":' + suppressed(answer.warning) + b',"search":{"mode":"outcome"}}'
        )
    if remarks:
        entries.append(_remarks(remarks))
    total = b"" if answer.total is None else b',"total":%d' % answer.total
    return _bundle(b"searchset", total, links, entries)


def matches(found: Matches, base: str, link: str) -> bytes:
    """Return the searchset Bundle of a $match at the address `link`, the likeliest first."""
    entries = []
    for each in found.likely:
        grade = {"url": MATCH_GRADE, "valueCode": each.grade}
        search = {"mode": "match", "score": each.score, "extension": [grade]}
        url = _url(each.patient, base)
        entries.append(
            b',{"fullUrl":'
            + url
            + b',"resource":'
            + each.patient.body
            + b',"search":'
            + orjson.dumps(search)
            + b"}"
        )
    if found.warning:
        entries.append(
            b',{"resource":' + suppressed(found.warning) + b',"search":{"mode":"outcome"}}'
        )
    if found.remarks:
        entries.append(_remarks(found.remarks))
    return _bundle(b"searchset", b',"total":%d' % len(found.likely), {"self": link}, entries)


def history(answer: Answer, base: str, links: dict[str, str]) -> bytes:
    """Return the history Bundle of `answer`, which is newest first."""
    entries = [_version(stored, base) for stored in answer.entries]
    total = b"" if answer.total is None else b',"total":%d' % answer.total
    return _bundle(b"history", total, links, entries)


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one entry of a transaction or batch."""

    status: str
    location: str = ""
    stored: Stored | None = None
    """The version that it is about."""
    error: ThroughcareError | None = None
    resource: bytes = b""
    """What the entry is answered with."""
    outcome: bytes = b""
    """An OperationOutcome that the client preferred."""


def response(kind: str, parts: Iterable[Part]) -> bytes:
    """Return the Bundle that answers a transaction or batch."""
    entries = []
    for part in parts:
        answer: dict[str, Any] = {"status": part.status}
        if part.location:
            answer["location"] = part.location
        if part.stored is not None:
            answer["etag"] = etag(part.stored)
            answer["lastModified"] = instant(part.stored.updated)
        if part.error is not None:
            answer["outcome"] = outcome(part.error)
        resource = b'"resource":' + part.resource + b"," if part.resource else b""
        said = orjson.dumps(answer)
        if part.outcome:
            said = said[:-1] + b',"outcome":' + part.outcome + b"}"
        entries.append(b",{" + resource + b'"response":' + said + b"}")
    return _bundle(f"{kind}-response".encode(), b"", {}, entries)


def suppressed(sentence: str) -> bytes:
    """Return the OperationOutcome that says, alike on every answer, what may be withheld."""
    issue = {"severity": "information", "code": "suppressed", "diagnostics": sentence}
    return orjson.dumps({"resourceType": "OperationOutcome", "issue": [issue]})


def etag(stored: Stored) -> str:
    """Return the weak entity tag of a version (R4, 3.1.0.1.3)."""
    return f'W/"{stored.version}"'


def instant(at: datetime) -> str:
    """Return `at` as a FHIR instant with milliseconds."""
    return at.isoformat(timespec="milliseconds")


def _bundle(kind: bytes, total: bytes, links: dict[str, str], entries: Sequence[bytes]) -> bytes:
    """Join a Bundle; of `entries` any number of pieces make one, which begins with a comma."""
    listed = orjson.dumps([{"relation": relation, "url": url} for relation, url in links.items()])
    pieces = [b'{"resourceType":"Bundle","type":"', kind, b'"', total]
    if links:
        pieces += (b',"link":', listed)
    if entries:
        pieces += (b',"entry":[', entries[0][1:], *entries[1:], b"]")
    pieces.append(b"}")
    return b"".join(pieces)


def _remarks(remarks: Sequence[Issue]) -> bytes:
    return b',{"resource":' + orjson.dumps(outcome(remarks)) + b',"search":{"mode":"outcome"}}'


def _url(stored: Stored, base: str) -> bytes:
    return orjson.dumps(f"{base}/{stored.type}/{stored.id}")


def _entries(found: Iterable[Stored], base: str, mode: bytes) -> Iterator[bytes]:
    """Yield the pieces of a searchset's entries: bytes around what is stored, no look inside."""
    head = (b',{"fullUrl":' + orjson.dumps(base)[:-1]).decode()
    tail = b',"search":{"mode":"' + mode + b'"}}'
    for stored in found:
        yield f'{head}/{stored.type}/{stored.id}","resource":'.encode()
        yield stored.body
        yield tail


def _version(stored: Stored, base: str) -> bytes:
    method = "DELETE" if stored.deleted else "POST" if stored.version == 1 else "PUT"
    status = "204" if stored.deleted else "201" if stored.version == 1 else "200"
    target = stored.type if method == "POST" else f"{stored.type}/{stored.id}"
    request = orjson.dumps({"method": method, "url": target})
    answer = orjson.dumps(
        {"status": status, "etag": etag(stored), "lastModified": instant(stored.updated)}
    )
    resource = b"" if stored.deleted else b',"resource":' + stored.body
    return (
        b',{"fullUrl":'
        + _url(stored, base)
        + resource
        + b',"request":'
        + request
        + b',"response":'
        + answer
        + b"}"
    )
