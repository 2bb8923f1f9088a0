"""PATCH, in its three kinds: through admission like any update."""

import base64
import json
from typing import Any

import httpx
import pytest

from doors.node_parts import asks, consent
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.fhir import xml
from throughcare.model.request import Role

Json = dict[str, Any]
SYSTEM = "urn:example:number"
JSON_PATCH = {"content-type": "application/json-patch+json"}
MERGE_PATCH = {"content-type": "application/merge-patch+json"}
FHIR = {"content-type": "application/fhir+json"}


def fhirpath(kind: str, path: str, **more: Any) -> Json:  # noqa: ANN401 - JSON
    parts = [{"name": "type", "valueCode": kind}, {"name": "path", "valueString": path}]
    parts += [{"name": name, **value} for name, value in more.items()]
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}


FEMALE = [
    (JSON_PATCH, [{"op": "replace", "path": "/gender", "value": "female"}]),
    (MERGE_PATCH, {"gender": "female"}),
    (FHIR, fhirpath("replace", "Patient.gender", value={"valueCode": "female"})),
]


@pytest.fixture
async def url(client: httpx.AsyncClient) -> str:
    """Store a Patient and a weight of theirs, and return the Patient's path."""
    person = {
        "resourceType": "Patient",
        "id": "p",
        "identifier": [{"system": SYSTEM, "value": "1"}],
        "name": [{"family": "Patched", "given": ["Ada", "Bea"]}],
        "gender": "unknown",
    }
    assert (await client.put("Patient/p", json=person)).status_code == 201
    weight = (
        b'{"resourceType":"Observation","id":"w","status":"final","code":{"text":"Weight"},'
        b'"subject":{"reference":"Patient/p"},"valueQuantity":{"value":1.10,"unit":"kg"}}'
    )
    assert (await client.put("Observation/w", content=weight)).status_code == 201
    return "Patient/p"


def sent(patch: Any) -> bytes:  # noqa: ANN401 - JSON
    return json.dumps(patch).encode()


@pytest.mark.parametrize(("headers", "patch"), FEMALE, ids=["json", "merge", "fhirpath"])
async def test_each_kind_of_patch_makes_a_version_and_touches_nothing_else(
    client: httpx.AsyncClient, url: str, headers: dict[str, str], patch: Json
) -> None:
    before = (await client.get(url)).json()
    done = await client.patch(url, content=sent(patch), headers=headers)
    assert done.status_code == 200, done.text
    assert done.headers["etag"] == 'W/"2"'
    after = (await client.get(url)).json()
    assert after == done.json()
    assert {k: v for k, v in after.items() if k != "meta"} == {
        k: v for k, v in before.items() if k != "meta"
    } | {"gender": "female"}
    assert (await client.get(f"{url}/_history/1")).json()["gender"] == "unknown"


@pytest.mark.parametrize("patch", [patch for _, patch in FEMALE], ids=["json", "merge", "path"])
async def test_plain_json_is_the_kind_of_patch_that_it_looks_like(
    client: httpx.AsyncClient, url: str, patch: Json
) -> None:
    done = await client.patch(url, json=patch)
    assert done.request.headers["content-type"] == "application/json"
    assert (done.status_code, done.json()["gender"]) == (200, "female")


async def test_a_patch_in_xml_is_applied(client: httpx.AsyncClient, url: str) -> None:
    body = xml.of_json(sent(FEMALE[2][1]))
    headers = {"content-type": "application/fhir+xml"}
    assert (await client.patch(url, content=body, headers=headers)).json()["gender"] == "female"


async def test_what_a_patch_does_not_touch_keeps_its_digits(
    client: httpx.AsyncClient, url: str
) -> None:
    del url
    patch = [{"op": "replace", "path": "/status", "value": "amended"}]
    done = await client.patch("Observation/w", content=sent(patch), headers=JSON_PATCH)
    assert b'"value":1.10' in done.content
    assert b'"status":"amended"' in done.content


async def test_a_patch_heeds_if_match_and_prefer(client: httpx.AsyncClient, url: str) -> None:
    headers, patch = FEMALE[0]
    stale = headers | {"if-match": 'W/"7"'}
    assert (await client.patch(url, content=sent(patch), headers=stale)).status_code == 412
    good = headers | {"if-match": 'W/"1"', "prefer": "return=minimal"}
    done = await client.patch(url, content=sent(patch), headers=good)
    assert (done.status_code, done.content) == (200, b"")


async def test_a_conditional_patch_changes_the_one_that_it_finds(
    client: httpx.AsyncClient, url: str
) -> None:
    headers, patch = FEMALE[1]
    by_number = f"Patient?identifier={SYSTEM}|1"
    done = await client.patch(by_number, content=sent(patch), headers=headers)
    assert (done.status_code, done.json()["id"]) == (200, url.partition("/")[2])
    none = await client.patch(f"Patient?identifier={SYSTEM}|9", content=b"{}", headers=headers)
    assert none.status_code == 404
    everybody = await client.patch("Patient", content=b"{}", headers=headers)
    assert everybody.status_code == 400


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (JSON_PATCH, sent([{"op": "test", "path": "/gender", "value": "male"}]), 422),
        (JSON_PATCH, sent([{"op": "remove", "path": "/photo"}]), 422),
        (JSON_PATCH, sent([{"op": "replace", "path": "/gender", "value": "odd"}]), 422),
        (JSON_PATCH, sent([{"op": "replace", "path": "/id", "value": "q"}]), 422),
        (JSON_PATCH, sent([{"op": "replace", "path": "/resourceType", "value": "Basic"}]), 422),
        (JSON_PATCH, sent([{"op": "replace", "path": "", "value": {}}]), 422),
        (JSON_PATCH, sent({"op": "remove"}), 422),
        (JSON_PATCH, b"[", 400),
        (JSON_PATCH, b'[],"more":[]', 400),
        (JSON_PATCH, b"", 400),
        (MERGE_PATCH, sent({"colour": "red"}), 422),
        (MERGE_PATCH, sent([]), 400),
        (FHIR, sent(fhirpath("replace", "Patient.colour", value={"valueCode": "red"})), 422),
        (FHIR, sent({"resourceType": "Patient"}), 415),
        ({"content-type": "application/xml-patch+xml"}, b"<diff/>", 415),
        ({"content-type": "text/plain"}, b"x", 415),
    ],
)
async def test_a_patch_that_is_none_or_does_not_fit_changes_nothing(
    client: httpx.AsyncClient, url: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    reply = await client.patch(url, content=body, headers=headers)
    assert reply.status_code == status, reply.text
    assert reply.json()["issue"][0]["diagnostics"]
    assert (await client.get(url)).headers["etag"] == 'W/"1"'


async def test_a_patch_is_no_post_or_put(client: httpx.AsyncClient, url: str) -> None:
    for method in ("PUT", "POST"):
        path = url if method == "PUT" else "Patient"
        reply = await client.request(method, path, content=b"{}", headers=MERGE_PATCH)
        assert reply.status_code == 415


@pytest.mark.parametrize("kind", ["batch", "transaction"])
async def test_patches_stand_in_entries_as_binary_or_parameters(
    client: httpx.AsyncClient, url: str, kind: str
) -> None:
    binary = {
        "resourceType": "Binary",
        "contentType": "application/json-patch+json",
        "data": base64.b64encode(
            sent([{"op": "replace", "path": "/status", "value": "amended"}])
        ).decode(),
    }
    entries = [
        {"resource": binary, "request": {"method": "PATCH", "url": "Observation/w"}},
        {"resource": FEMALE[2][1], "request": {"method": "PATCH", "url": url}},
        {"resource": FEMALE[2][1], "request": {"method": "PATCH", "url": "Patient/absent"}},
    ]
    bundle = {"resourceType": "Bundle", "type": kind, "entry": entries[:2]}
    done = await client.post("", json=bundle)
    statuses = [entry["response"]["status"] for entry in done.json()["entry"]]
    assert statuses == ["200 OK", "200 OK"]
    assert (await client.get("Observation/w")).json()["status"] == "amended"
    assert (await client.get(url)).json()["gender"] == "female"
    missing = await client.post("", json=bundle | {"entry": entries[2:]})
    if kind == "transaction":
        assert missing.status_code == 404
        assert "entry[0]" in missing.text
    else:
        assert missing.json()["entry"][0]["response"]["status"] == "404 Not Found"


async def test_what_may_not_be_seen_can_not_be_patched_nor_told_from_nothing(
    client: httpx.AsyncClient, node: Node, url: str
) -> None:
    assert (await client.post("Consent", json=consent(url))).status_code == 201
    headers, patch = FEMALE[0]
    probing = sent([{"op": "test", "path": "/gender", "value": "unknown"}, *patch])
    token = {"authorization": f"Bearer {node.issue(asks(Role.NURSE), hours=1)}"}
    transport = httpx.ASGITransport(gateway(node))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://node/fhir/", headers=token
    ) as nurse:
        for body in (probing, sent(patch), b"[]"):
            hidden = await nurse.patch("Observation/w", content=body, headers=headers)
            absent = await nurse.patch("Observation/absent", content=body, headers=headers)
            assert (hidden.status_code, hidden.json()) == (404, absent.json())
            assert absent.status_code == 404
