"""FHIR R4 JSON: what each entry of a Bundle becomes, and the path of every fault."""

import json
from typing import Any

import pytest

from throughcare import intake
from throughcare.intake.fhir_json import local_id
from throughcare.model.submission import Item, Method, Rejection, Remark, Submission

PATIENT = {"resourceType": "Patient", "id": "1"}


def read(document: object, name: str = "f.json") -> list[Submission | Rejection | Remark]:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return list(intake.read(name, data))


def bundle(kind: str, *entries: object) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def entry(method: str, url: str, **more: object) -> dict[str, Any]:
    return {"resource": PATIENT, "request": {"method": method, "url": url}, **more}


def only(document: object) -> Item:
    (found,) = [unit for unit in read(document) if isinstance(unit, Submission)]
    (item,) = found.items
    return item


def test_a_post_is_known_by_its_full_url() -> None:
    item = only(bundle("transaction", entry("POST", "Patient", fullUrl="urn:uuid:p0")))
    assert (item.method, item.full_url) == (Method.POST, "urn:uuid:p0")


def test_a_conditional_create_keeps_its_condition() -> None:
    one = entry("POST", "Patient")
    one["request"]["ifNoneExist"] = "identifier=a|b"
    assert only(bundle("batch", one)).if_none_exist == "identifier=a|b"


def test_a_conditional_update_keeps_its_condition() -> None:
    item = only(bundle("transaction", entry("PUT", "Patient?identifier=a|b")))
    assert (item.method, item.conditional) == (Method.PUT, "identifier=a|b")


def test_an_update_takes_the_id_of_its_url() -> None:
    one = {
        "resource": {"resourceType": "Patient"},
        "request": {"method": "PUT", "url": "Patient/9"},
    }
    assert only(bundle("transaction", one)).resource["id"] == "9"


@pytest.mark.parametrize("kind", ["collection", "searchset", "message", "document"])
def test_a_bundle_that_only_holds_resources_is_read_too(kind: str) -> None:
    item = only(bundle(kind, {"resource": PATIENT}))
    assert (item.method, item.full_url) == (Method.POST, "Patient/1")


def test_the_bytes_of_a_resource_are_kept() -> None:
    raw = b'{"resourceType":"Observation", "valueQuantity":{"value":1.50}}'
    found = read(
        b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":' + raw + b"}]}"
    )
    assert isinstance(found[0], Submission)
    assert found[0].items[0].raw == raw
    assert str(found[0].items[0].resource["valueQuantity"]["value"]) == "1.50"


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (bundle("transaction", {"resource": PATIENT}), "entry[0]"),
        (bundle("transaction", entry("PATCH", "Patient/1")), "entry[0].request.method"),
        (bundle("transaction", entry("PUT", "Observation/1")), "entry[0].request.url"),
        (bundle("transaction", entry("PUT", "Patient/2")), "entry[0].resource.id"),
        (bundle("collection", {"resource": {"id": "1"}}), "entry[0].resource"),
        (bundle("subscription-notification"), "type"),
        (b'{"resourceType":"Patient","id":"1","id":"2"}', "id"),
    ],
)
def test_a_fault_is_named_by_its_path(document: object, place: str) -> None:
    (found,) = read(document)
    assert isinstance(found, Rejection)
    assert found.place.at == place


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\n\r\n"])
def test_a_byte_order_mark_costs_no_line(encoding: str, end: str) -> None:
    line = '{"resourceType":"Patient","name":[{"family":"Ó Briain"}]}'
    data = f"{line}{end}{line.replace('Patient', 'Person')}{end}".encode(encoding)
    found = list(intake.read("gp.ndjson", data))
    assert [type(unit) for unit in found] == [Submission, Submission]


def test_a_bad_line_of_ndjson_costs_only_itself() -> None:
    good = json.dumps(PATIENT).encode()
    found = read(good + b"\n{broken\n\n" + good, "f.ndjson")
    assert [type(unit) for unit in found] == [Submission, Rejection, Submission]
    assert isinstance(found[1], Rejection)
    assert found[1].place.at.startswith("line 2")


def identifier(value: str, system: str = "", kind: str = "") -> dict[str, Any]:
    return {"value": value, "system": system, "type": {"coding": [{"code": kind}]}}


NHS = identifier("999 083 0169", "https://fhir.nhs.uk/Id/nhs-number")


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        ([NHS], "NHS:9990830169"),
        ([NHS, identifier("7", "x", "MR")], "MRN:7"),
        ([identifier("7", "x")], "7"),
        ([], "urn:uuid:p0"),
    ],
)
def test_the_local_id_is_the_sources_own_number(
    identifiers: list[dict[str, Any]], expected: str
) -> None:
    patient = {"resourceType": "Patient", "identifier": identifiers}
    assert local_id(patient, "urn:uuid:p0") == expected


@pytest.mark.parametrize("kind", ["transaction", "batch"])
def test_a_second_entry_of_the_same_key_is_refused_by_name(kind: str) -> None:
    one = entry("POST", "Patient", fullUrl="urn:uuid:p0")
    (refused,) = read(bundle(kind, one, one))
    assert isinstance(refused, Rejection)
    assert refused.place.at == "entry[1]"
    assert "fullUrl" in refused.rule


def test_of_two_that_share_a_key_in_a_collection_both_are_kept() -> None:
    ours, other = (
        {"resource": PATIENT | {"gender": g}, "fullUrl": "urn:x"} for g in ("male", "other")
    )
    (found,) = [
        u for u in read(bundle("collection", ours, other, ours)) if isinstance(u, Submission)
    ]
    assert [item.resource["gender"] for item in found.items] == ["male", "other"]
    assert len({item.full_url for item in found.items}) == 2


def test_if_match_of_an_entry_is_kept_and_an_unreadable_one_refused() -> None:
    one = entry("PUT", "Patient/1")
    one["request"]["ifMatch"] = 'W/"3"'
    assert only(bundle("transaction", one)).if_match == 3
    ended = {"request": {"method": "DELETE", "url": "Patient/1", "ifMatch": 'W/"4"'}}
    assert only(bundle("transaction", ended)).if_match == 4
    one["request"]["ifMatch"] = "newest"
    (refused,) = read(bundle("transaction", one))
    assert isinstance(refused, Rejection)
    assert refused.place.at == "entry[0].request.ifMatch"
