"""FHIR R4 JSON: Bundles, single resources, and NDJSON of either.

A Bundle is one submission, all or nothing; so is a line of NDJSON. Each item keeps the bytes that
it was received as.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NoReturn

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import etags
from throughcare.intake import systems
from throughcare.intake.decode import utf8_of
from throughcare.kernel import BadInputError
from throughcare.model.submission import (
    Item,
    Method,
    Place,
    Rejection,
    Remark,
    SourcePatient,
    Submission,
)

Json = Mapping[str, Any]

_WRITTEN: Final = frozenset({"transaction", "batch"})
_HELD: Final = frozenset({"collection", "searchset", "message", "document", "history"})
_UUID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NAME: Final = re.compile(r"([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})")
_RECORD_NUMBERS: Final = frozenset({"MR", "MRN"})


class _Fault(Exception):  # noqa: N818 - a fault of the feed on its way to a Rejection
    """A rule that an entry breaks."""

    def __init__(self, at: str, rule: str, remedy: str) -> None:
        super().__init__(rule)
        self.at = at
        self.rule = rule
        self.remedy = remedy


def _refuse(at: str, rule: str, remedy: str) -> NoReturn:
    raise _Fault(at, rule, remedy)


def read_document(file: str, data: bytes, source: str) -> Iterator[Submission | Rejection | Remark]:
    """Read one JSON document: a Bundle or a resource."""
    yield from _read(Place(file), utf8_of(data), source)


def read_lines(file: str, data: bytes, source: str) -> Iterator[Submission | Rejection | Remark]:
    """Read NDJSON: each line that is not blank is one submission or one rejection."""
    odd = 0
    for number, line in enumerate(utf8_of(data).splitlines(), start=1):
        if not line.strip():
            continue
        for found in _read(Place(file, f"line {number}"), line.strip(), source):
            if isinstance(found, Remark):
                odd += 1
            else:
                yield found
    if odd:
        yield Remark(Place(file), f"{odd} bundles have urn:uuid keys that are no UUIDs; accepted.")


def _read(place: Place, data: bytes, source: str) -> Iterator[Submission | Rejection | Remark]:
    try:
        document = fhir_bytes.parse(data)
        kind = _kind(document, "")
        entries = (
            _bundle(document, data, place) if kind == "Bundle" else [_single(document, data, place)]
        )
        items = tuple(entries)
    except BadInputError as error:
        at = _join(place.at, error.place or "")
        yield Rejection(Place(place.file, at), error.message, "Correct it and send it again.")
    except _Fault as fault:
        yield Rejection(Place(place.file, _join(place.at, fault.at)), fault.rule, fault.remedy)
    else:
        if any(url.startswith("urn:uuid:") and not _UUID.fullmatch(url) for url in _urls(items)):
            yield Remark(place, "Keys that start with urn:uuid: and are no UUIDs; accepted.")
        if not items:
            yield Remark(place, "A Bundle without entries: nothing to store.")
            return
        yield _submission(place, data, source, items)


def _urls(items: tuple[Item, ...]) -> Iterator[str]:
    return (item.full_url for item in items)


def _submission(place: Place, data: bytes, source: str, items: tuple[Item, ...]) -> Submission:
    digest = systems.digest(data)
    return Submission(
        source=source,
        custodian=source,
        key=digest,
        digest=digest,
        place=place,
        items=items,
        patients=tuple(
            SourcePatient(item.full_url, local_id(item.resource, item.full_url))
            for item in items
            if item.resource["resourceType"] == "Patient" and item.method is not Method.DELETE
        ),
    )


def local_id(patient: Json, full_url: str) -> str:
    """Return the source's own number for a Patient, with its prefix.

    The first identifier that is no NHS number, as ``MRN:...`` if its type says so; else the NHS
    number as ``NHS:...``; else the key of the resource.
    """
    number = ""
    for identifier in _dicts(patient.get("identifier")):
        value = str(identifier.get("value", "")).strip()
        if not value or identifier.get("use") == "old":
            continue
        if identifier.get("system") == systems.NHS_NUMBER:
            number = number or f"NHS:{systems.nhs_number(value) or value}"
            continue
        kind = identifier.get("type")
        codings = _dicts(kind.get("coding")) if isinstance(kind, dict) else []
        medical = any(coding.get("code") in _RECORD_NUMBERS for coding in codings)
        return f"MRN:{value}" if medical else value
    return number or full_url


def _dicts(value: object) -> list[dict[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _kind(resource: object, at: str) -> str:
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(kind, str) or not kind:
        _refuse(at, "A resource has no resourceType.", "Send FHIR R4 JSON resources.")
    return kind


def _single(resource: Json, data: bytes, place: Place) -> Item:
    kind, given = resource["resourceType"], resource.get("id")
    if isinstance(given, str) and given:
        return Item(f"{kind}/{given}", resource, data, Method.PUT, place=place)
    return Item(systems.key("content", systems.digest(data)), resource, data, place=place)


def _bundle(bundle: Json, data: bytes, place: Place) -> Iterator[Item]:
    kind = bundle.get("type")
    if kind not in _WRITTEN | _HELD:
        rule = "Only transaction, batch, collection, searchset, message and document Bundles hold"
        _refuse("type", f"{rule} a record.", "Send one of these types.")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        _refuse("entry", "Bundle.entry is no list.", "Send Bundle.entry as a list.")
    raws = fhir_bytes.split_bundle(data)
    seen: dict[str, bytes] = {}
    for number, entry in enumerate(entries):
        at = f"entry[{number}]"
        if not isinstance(entry, dict):
            _refuse(at, "An entry is no object.", "Send entries with a resource.")
        raw = raws[number].resource
        there = Place(place.file, _join(place.at, at))
        if kind in _WRITTEN:
            item = _requested(entry, raw, at, there)
        elif "resource" in entry:
            item = _held(entry, raw, at, there)
        else:
            continue
        if item.full_url not in seen:
            seen[item.full_url] = raw
            yield item
        elif kind in _WRITTEN:
            rule = "Another entry has the same fullUrl, or the same type and id."
            _refuse(at, rule, "Give each entry its own fullUrl.")
        elif raw != seen[item.full_url]:
            # Of two that say different things under one key, both are kept.
            yield replace(item, full_url=f"{item.full_url}#{systems.digest(raw)}")


def _held(entry: Json, raw: bytes, at: str, place: Place) -> Item:
    resource = entry["resource"]
    return Item(_full_url(entry, resource, at, raw), resource, raw, place=place)


def _full_url(entry: Json, resource: Json, at: str, raw: bytes) -> str:
    kind = _kind(resource, f"{at}.resource")
    url = entry.get("fullUrl")
    if isinstance(url, str) and url:
        return url
    given = resource.get("id")
    if isinstance(given, str) and given:
        return f"{kind}/{given}"
    return systems.key("content", systems.digest(raw))


def _requested(entry: Json, raw: bytes, at: str, place: Place) -> Item:
    request = entry.get("request")
    if not isinstance(request, dict):
        rule = "An entry of a transaction or batch has no request."
        _refuse(at, rule, "Add request.method and request.url, or send a collection.")
    method, url = str(request.get("method", "")), str(request.get("url", ""))
    if method == "DELETE":
        return _deleted(url, request, at)
    if method not in {"POST", "PUT"}:
        rule = "A feed takes POST, PUT and DELETE."
        _refuse(f"{at}.request.method", rule, "Leave other requests out of the bundle.")
    if not isinstance(entry.get("resource"), dict):
        _refuse(at, "An entry to be stored has no resource.", "Add it, or drop the entry.")
    resource = entry["resource"]
    full_url = _full_url(entry, resource, at, raw)
    if method == "POST":
        condition = str(request.get("ifNoneExist", "")).removeprefix("?")
        return Item(full_url, resource, raw, Method.POST, if_none_exist=condition, place=place)
    return _put(full_url, resource, raw, request, at, place)


def _put(  # noqa: PLR0913, PLR0917 - an entry and where it stands
    full_url: str, resource: Json, raw: bytes, request: Json, at: str, place: Place
) -> Item:
    url = str(request.get("url", ""))
    kind = resource["resourceType"]
    path, question, condition = url.partition("?")
    version = _if_match(request, place.at)
    if question and path == kind and condition:
        return Item(
            full_url,
            resource,
            raw,
            Method.PUT,
            conditional=condition,
            if_match=version,
            place=place,
        )
    named = _NAME.fullmatch(path)
    if not named or named[1] != kind:
        rule = f"PUT needs a url such as {kind}/id or {kind}?identifier=..."
        _refuse(f"{at}.request.url", rule, "Correct request.url.")
    if resource.get("id", named[2]) != named[2]:
        rule = "The id of the resource differs from that of request.url."
        _refuse(f"{at}.resource.id", rule, "Make the two the same.")
    named_resource = {**resource, "id": named[2]}
    return Item(full_url, named_resource, raw, Method.PUT, if_match=version, place=place)


def _if_match(request: Json, at: str) -> int | None:
    """Return the version that ``request.ifMatch`` insists on, if any."""
    value = request.get("ifMatch")
    if value is None:
        return None
    version = etags.version(str(value))
    if version is None:
        rule = "ifMatch holds no version."
        _refuse(f"{at}.request.ifMatch", rule, 'Send it as W/"3".')
    return version


def _deleted(url: str, request: Json, at: str) -> Item:
    named = _NAME.fullmatch(url)
    if not named:
        rule = "DELETE needs a url such as Condition/id."
        _refuse(f"{at}.request.url", rule, "Name one resource by its id.")
    resource = {"resourceType": named[1], "id": named[2]}
    version = _if_match(request, at)
    return Item(url, resource, None, Method.DELETE, if_match=version, place=Place("", at))


def _join(left: str, right: str) -> str:
    return ", ".join(part for part in (left, right) if part)
