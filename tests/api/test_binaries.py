"""A Binary as bytes: what comes in and goes out, whose it is, and what a browser may do with it."""

import base64
import json
from typing import Any

import httpx
import pytest

from api.export_parts import client_of
from doors.node_parts import asks, load, names, patient, submission
from throughcare.api import binaries
from throughcare.api.call import Reply
from throughcare.app.node import Node
from throughcare.model.request import Role

PDF = b"%PDF-1.7\n\x00\xff scanned letter"
PNG = {"content-type": "image/png"}


async def person(node: Node) -> str:
    (outcome,) = await load(node, submission("gp", patient("Adams")))
    return names(outcome)[0]


async def sent(
    client: httpx.AsyncClient, content: bytes, type_: str, context: str = "", path: str = "Binary"
) -> httpx.Response:
    headers = {"content-type": type_, **({"x-security-context": context} if context else {})}
    method = "POST" if path == "Binary" else "PUT"
    return await client.request(method, path, content=content, headers=headers)


def document(whose: str, binary: str, label: str = "") -> dict[str, Any]:
    labels = [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
                           "code": label}]}]  # fmt: skip
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": {"reference": whose},
        **({"securityLabel": labels} if label else {}),
        "content": [{"attachment": {"contentType": "application/pdf", "url": binary}}],
    }


async def test_bytes_that_are_sent_are_the_bytes_that_are_read(node: Node) -> None:
    whose = await person(node)
    async with client_of(node, asks(Role.GP)) as client:
        made = await sent(client, PDF, "application/pdf", whose)
        assert made.status_code == 201, made.text
        assert made.json()["data"] == base64.b64encode(PDF).decode()
        assert made.json()["securityContext"] == {"reference": whose}
        place = f"Binary/{made.json()['id']}"
        for accept in ("application/pdf", "*/*", "image/png;q=0.2, application/*"):
            read = await client.get(place, headers={"accept": accept})
            assert (read.status_code, read.content) == (200, PDF)
            assert read.headers["content-type"] == "application/pdf"
            assert read.headers["etag"] == 'W/"1"'
            assert read.headers["x-security-context"] == whose
        version = await client.get(f"{place}/_history/1", headers={"accept": "application/pdf"})
        head = await client.head(place, headers={"accept": "application/pdf"})
        same = await client.get(place, headers={"accept": "*/*", "if-none-match": 'W/"1"'})
    assert version.content == PDF
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(PDF))
    assert (same.status_code, same.content) == (304, b"")


async def test_who_names_a_form_of_fhir_gets_the_resource(node: Node) -> None:
    whose = await person(node)
    async with client_of(node, asks(Role.GP)) as client:
        place = f"Binary/{(await sent(client, PDF, 'application/pdf', whose)).json()['id']}"
        for accept, type_ in (
            ("application/fhir+json", "application/fhir+json"),
            ("application/json", "application/fhir+json"),
            ("application/fhir+xml, application/pdf;q=0.1", "application/fhir+xml"),
        ):
            read = await client.get(place, headers={"accept": accept})
            assert read.headers["content-type"] == type_
        for asked in ("_format=json", "_summary=true", "_elements=contentType"):
            read = await client.get(f"{place}?{asked}")
            assert read.json()["contentType"] == "application/pdf"
        other = await client.get(place, headers={"accept": "image/png"})
        gone = await client.get("Binary/nothing", headers={"accept": "application/pdf"})
    assert (other.status_code, other.json()["resourceType"]) == (406, "OperationOutcome")
    assert (gone.status_code, gone.json()["resourceType"]) == (404, "OperationOutcome")


async def test_a_browser_may_not_guess_show_or_run_what_was_sent(node: Node) -> None:
    whose = await person(node)
    async with client_of(node, asks(Role.GP)) as client:
        made = await sent(client, b"<script>alert(1)</script>", "text/html", whose)
        read = await client.get(f"Binary/{made.json()['id']}", headers={"accept": "*/*"})
    assert read.headers["content-type"] == "text/html"
    assert read.headers["x-content-type-options"] == "nosniff"
    assert read.headers["content-disposition"] == "attachment"
    assert "sandbox" in read.headers["content-security-policy"]
    assert read.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("type_", ["a/b\r\nset-cookie: x=1", "nothing", "text/html é", "x" * 300])
async def test_a_type_that_is_none_is_no_header(node: Node, type_: str) -> None:
    whose = await person(node)
    resource = {"resourceType": "Binary", "contentType": type_, "data": "aGk="}
    resource["securityContext"] = {"reference": whose}
    async with client_of(node, asks(Role.GP)) as client:
        refused = await client.post("Binary", json=resource)
        made = await sent(client, PDF, "application/pdf", whose)
    assert refused.status_code == 422
    # One that a release with other rules let in is no header either.
    async with node.store.snapshot() as reader:
        stored = await node.records.current(reader, "Binary", made.json()["id"])
    reply = binaries.content(Reply(200, json.dumps(resource).encode(), stored=stored), "*/*")
    assert (reply.media_type, reply.body) == ("application/octet-stream", b"hi")


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        (b'{"a": 1.10}', "application/json"),
        (b"[1, 2]", "application/json"),
        (b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>', "text/xml"),
        (b"<nothing", "application/xml"),
        ("Grüße".encode("latin-1"), "text/plain; charset=iso-8859-1"),
        (b"name=x", "application/x-www-form-urlencoded"),
    ],
)
async def test_documents_in_json_or_xml_are_bytes_too(node: Node, body: bytes, type_: str) -> None:
    whose = await person(node)
    async with client_of(node, asks(Role.GP)) as client:
        made = await sent(client, body, type_, whose)
        assert made.status_code == 201, made.text
        read = await client.get(f"Binary/{made.json()['id']}", headers={"accept": "*/*"})
    assert (read.content, read.headers["content-type"]) == (body, type_)


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        (b'{"resourceType": "Binary", "contentType": "a/b", "data": "aGk="%s}', "application/json"),
        (
            (
                b'<Binary xmlns="http://hl7.org/fhir"><contentType value="a/b"/>'
                b'<securityContext><reference value="%s"/></securityContext>'
                b'<data value="aGk="/></Binary>'
            ),
            "text/xml",
        ),
    ],
)
async def test_a_binary_that_is_a_resource_is_one_under_any_name(
    node: Node, body: bytes, type_: str
) -> None:
    whose = (await person(node)).encode()
    context = whose if type_ == "text/xml" else b', "securityContext": {"reference": "%s"}' % whose
    async with client_of(node, asks(Role.GP)) as client:
        made = await sent(client, body % context, type_)
        assert made.status_code == 201, made.text
        read = await client.get(f"Binary/{made.json()['id']}", headers={"accept": "*/*"})
    assert (read.content, read.headers["content-type"]) == (b"hi", "a/b")


async def test_a_new_version_is_sent_as_bytes_too(node: Node) -> None:
    whose = await person(node)
    async with client_of(node, asks(Role.GP)) as client:
        assert (await sent(client, b"one", "image/png", whose, "Binary/mine")).status_code == 201
        two = await sent(client, b"two", "image/png", whose, "Binary/mine")
        empty = await sent(client, b"", "image/png", whose)
        read = await client.get("Binary/mine", headers={"accept": "image/*"})
        misplaced = await client.post("Patient", content=b"x", headers=PNG)
    assert (two.status_code, two.json()["meta"]["versionId"]) == (200, "2")
    assert (empty.status_code, misplaced.status_code) == (400, 415)
    assert read.content == b"two"


@pytest.mark.parametrize("context", ["", "Patient/nobody", "DocumentReference/none", "x"])
async def test_a_binary_that_is_nobodys_is_refused(node: Node, context: str) -> None:
    async with client_of(node, asks(Role.GP)) as client:
        refused = await sent(client, PDF, "application/pdf", context)
        as_resource = {"resourceType": "Binary", "contentType": "a/b", "data": "aGk="}
        also = await client.post("Binary", json=as_resource)
    assert refused.status_code in {400, 422}
    assert also.status_code == 422
    assert "X-Security-Context" in also.json()["issue"][0]["diagnostics"]


async def test_a_binary_is_in_the_record_of_what_it_belongs_to(node: Node) -> None:
    whose = await person(node)
    async with client_of(node, asks(Role.GP)) as client:
        told = (await client.post("DocumentReference", json=document(whose, "x"))).json()["id"]
        made = await sent(client, PDF, "application/pdf", f"DocumentReference/{told}")
        binary = {
            "resourceType": "Binary",
            "contentType": "application/pdf",
            "data": "aGk=",
            "securityContext": {"reference": "urn:uuid:6f1d3a52-6c5b-4d2e-9d7e-5a2f3d5b1a10"},
        }
        entries = [
            {"fullUrl": "urn:uuid:0b8e5b5e-52a5-4b52-8d6c-0d8f1c0b2a11", "resource": binary,
             "request": {"method": "POST", "url": "Binary"}},
            {"fullUrl": "urn:uuid:6f1d3a52-6c5b-4d2e-9d7e-5a2f3d5b1a10",
             "resource": document(whose, "urn:uuid:0b8e5b5e-52a5-4b52-8d6c-0d8f1c0b2a11"),
             "request": {"method": "POST", "url": "DocumentReference"}},
        ]  # fmt: skip
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        answer = await client.post("", json=bundle)
        assert answer.status_code == 200, answer.text
        places = [each["response"]["location"] for each in answer.json()["entry"]]
    subjects = set()
    async with node.store.snapshot() as reader:
        for id_ in (made.json()["id"], places[0].split("Binary/")[1].split("/")[0]):
            subjects.add(await node.records.subject_of(reader, "Binary", id_))
        own = await node.records.subject_of(reader, *whose.split("/"))
    assert subjects == {own}
    assert [place.split("/fhir/")[1].split("/")[0] for place in places] == [
        "Binary",
        "DocumentReference",
    ]


@pytest.mark.parametrize("label", ["", "R"])
@pytest.mark.parametrize("document_first", [True, False])
async def test_a_binary_is_seen_by_who_sees_its_document(
    node: Node, label: str, *, document_first: bool
) -> None:
    whose = await person(node)
    reader = asks(Role.NURSE)
    async with client_of(node, asks(Role.GP)) as client, client_of(node, reader) as other:
        place = "Binary/scan"
        if document_first:
            told = (await client.post("DocumentReference", json=document(whose, "x", label))).json()
            context = f"DocumentReference/{told['id']}"
            made = await sent(client, PDF, "application/pdf", context, place)
        else:
            made = await sent(client, PDF, "application/pdf", whose, place)
            told = (
                await client.post("DocumentReference", json=document(whose, place, label))
            ).json()
        assert made.status_code == 201, made.text
        seen = await other.get(f"DocumentReference/{told['id']}")
        read = await other.get(place, headers={"accept": "application/pdf"})
    assert read.status_code == seen.status_code == (404 if label else 200)
    assert (PDF in read.content) is not bool(label)
