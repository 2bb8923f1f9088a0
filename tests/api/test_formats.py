"""JSON and XML, asked for and sent, plain and as gzip."""

import gzip
import json
from typing import Any

import httpx
import pytest

from throughcare.api import formats
from throughcare.api.call import LARGEST_BODY
from throughcare.api.formats import Format
from throughcare.fhir import xml
from throughcare.kernel import NotAcceptableError

JSON, XML = "application/fhir+json", "application/fhir+xml"
PERSON: dict[str, Any] = {
    "resourceType": "Patient",
    "name": [{"family": "Formatted", "given": ["Ada"]}],
    "birthDate": "1950-02-03",
    "gender": "female",
}
WEIGHT = (
    b'{"resourceType":"Observation","status":"final","code":{"text":"Weight"},'
    b'"subject":{"reference":"Patient/%s"},"valueQuantity":{"value":1.10,"unit":"kg"}}'
)


async def stored(client: httpx.AsyncClient) -> str:
    """Return the id of a stored Patient."""
    made = await client.post("Patient", json=PERSON)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


@pytest.mark.parametrize(
    ("accept", "params", "expected"),
    [
        ("", [], Format()),
        ("*/*", [], Format()),
        (JSON, [], Format()),
        ("application/json", [], Format()),
        ("text/json", [], Format()),
        (XML, [], Format(xml=True)),
        ("text/xml", [], Format(xml=True)),
        ("application/xml", [], Format(xml=True)),
        (f"{XML}; fhirVersion=4.0", [], Format(xml=True)),
        (f"{XML}; fhirVersion=3.0, {JSON}; fhirVersion=4.0", [], Format()),
        (f"{JSON};q=0.5, {XML};q=0.8", [], Format(xml=True)),
        (f"*/*, {XML}", [], Format(xml=True)),
        ("text/html, */*;q=0.1", [], Format()),
        (JSON, [("_format", "xml")], Format(xml=True)),
        ("text/html", [("_format", "json")], Format()),
        (XML, [("_format", "application/fhir json")], Format()),
        ("", [("_format", "text/xml"), ("_pretty", "true")], Format(xml=True, pretty=True)),
        ("", [("_pretty", "false")], Format()),
    ],
)
def test_the_format_is_what_the_client_likes_best(
    accept: str, params: list[tuple[str, str]], expected: Format
) -> None:
    assert formats.wanted(accept, params) == expected


@pytest.mark.parametrize(
    ("accept", "params"),
    [
        ("text/html", []),
        ("application/fhir+turtle", []),
        (f"{JSON};q=0", []),
        (f"{JSON}; fhirVersion=5.0", []),
        ("", [("_format", "ttl")]),
        ("", [("_format", "json;fhirVersion=3.0")]),
    ],
)
def test_what_can_not_be_written_is_not_acceptable(
    accept: str, params: list[tuple[str, str]]
) -> None:
    with pytest.raises(NotAcceptableError, match="json"):
        formats.wanted(accept, params)


async def test_a_resource_goes_in_as_xml_and_comes_out_as_either(
    client: httpx.AsyncClient,
) -> None:
    weight = WEIGHT % (await stored(client)).encode()
    sent = {"content-type": XML, "accept": XML}
    made = await client.post("Observation", content=xml.of_json(weight), headers=sent)
    assert made.status_code == 201, made.text
    assert made.headers["content-type"] == XML
    url = made.headers["location"]
    as_json = await client.get(url)
    assert as_json.headers["content-type"] == JSON
    assert b'"value":1.10' in as_json.content
    as_xml = await client.get(url, params={"_format": "xml"})
    assert b'<value value="1.10"/>' in as_xml.content
    assert xml.to_json(as_xml.content) == xml.to_json(xml.of_json(as_json.content))
    updated = await client.put(
        url.partition("/_history")[0],
        content=as_xml.content.replace(b"final", b"amended"),
        headers={"content-type": "text/xml; charset=UTF-8; fhirVersion=4.0"},
    )
    assert updated.json()["status"] == "amended"
    assert b'"value":1.10' in updated.content


async def test_searches_histories_errors_and_statements_have_both_forms(
    client: httpx.AsyncClient,
) -> None:
    id_ = await stored(client)
    for path in (
        "Patient?family=Formatted",
        f"Patient/{id_}/_history",
        f"Patient/{id_}/$everything",
        "Patient/unknown",
        "Nonsense",
        "metadata",
    ):
        as_json = await client.get(path)
        as_xml = await client.get(path, headers={"accept": XML})
        assert as_xml.status_code == as_json.status_code
        assert as_xml.headers["content-type"] == XML
        back = json.loads(xml.to_json(as_xml.content))
        assert back["resourceType"] == as_json.json()["resourceType"]
        assert len(back.get("entry", [])) == len(as_json.json().get("entry", []))


async def test_a_refusal_that_names_what_xml_can_not_hold_is_sent_in_json(
    client: httpx.AsyncClient,
) -> None:
    reply = await client.get("Patient?_sort=%7F%01&_format=xml")
    assert (reply.status_code, reply.headers["content-type"]) == (400, JSON)


async def test_a_transaction_in_xml_is_stored(client: httpx.AsyncClient) -> None:
    entry = {"resource": PERSON, "request": {"method": "POST", "url": "Patient"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    sent = xml.of_json(json.dumps(bundle).encode())
    done = await client.post("", content=sent, headers={"content-type": XML})
    assert done.json()["entry"][0]["response"]["status"] == "201 Created"


async def test_pretty_json_says_the_same_in_lines(client: httpx.AsyncClient) -> None:
    weight = WEIGHT % (await stored(client)).encode()
    url = (await client.post("Observation", content=weight)).headers["location"]
    plain, pretty = await client.get(url), await client.get(url, params={"_pretty": "true"})
    assert b'\n    "value": 1.10' in pretty.content
    assert pretty.json() == plain.json()


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("text/plain", 415),
        ("application/pdf", 415),
        ("application/x-www-form-urlencoded", 415),
        (f"{JSON}; charset=iso-8859-1", 415),
        (f"{JSON}; fhirVersion=3.0", 415),
        (f"{JSON}; fhirVersion=4.0; charset=utf-8", 201),
        ("application/json", 201),
        ("text/json", 201),
        (XML, 400),
    ],
)
async def test_a_body_is_read_by_its_type(
    client: httpx.AsyncClient, content_type: str, status: int
) -> None:
    headers = {"content-type": content_type}
    reply = await client.post("Patient", content=json.dumps(PERSON), headers=headers)
    assert reply.status_code == status, reply.text
    if status != 201:
        assert reply.json()["issue"][0]["diagnostics"]


async def test_a_method_that_a_path_does_not_take_names_those_that_it_does(
    client: httpx.AsyncClient,
) -> None:
    reply = await client.delete("metadata")
    assert (reply.status_code, reply.headers["allow"]) == (405, "GET")


async def test_head_has_the_headers_of_get_and_no_body(client: httpx.AsyncClient) -> None:
    id_ = await stored(client)
    for path in (f"Patient/{id_}", f"Patient/{id_}/_history/1", "Patient?_count=1", "metadata"):
        get, head = await client.get(path), await client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        unlike = {"x-request-id"}
        assert {k: v for k, v in head.headers.items() if k not in unlike} == {
            k: v for k, v in get.headers.items() if k not in unlike
        }


async def test_a_body_may_come_as_gzip_and_a_large_reply_goes_as_one(
    client: httpx.AsyncClient,
) -> None:
    packed = {"content-encoding": "gzip", "content-type": JSON}
    body = json.dumps(PERSON).encode()
    twice = gzip.compress(body[:20]) + gzip.compress(body[20:])
    for content in (gzip.compress(body), twice):
        made = await client.post("Patient", content=content, headers=packed)
        assert made.status_code == 201, made.text
        assert "content-encoding" not in made.headers
    large = await client.get("metadata", headers={"accept-encoding": "gzip"})
    plain = await client.get("metadata", headers={"accept-encoding": "identity"})
    assert large.headers["content-encoding"] == "gzip"
    assert int(large.headers["content-length"]) * 8 < int(plain.headers["content-length"])
    assert large.content == plain.content


@pytest.mark.parametrize(
    ("content", "encoding", "status"),
    [
        (b"{}", "gzip", 400),
        (gzip.compress(b"{}", mtime=0)[:-9], "gzip", 400),
        (b"{}", "br", 415),
        (gzip.compress(bytes(LARGEST_BODY + 1), mtime=0), "gzip", 413),
        (gzip.compress(bytes(LARGEST_BODY), mtime=0) + gzip.compress(b"x", mtime=0), "gzip", 413),
    ],
    ids=["no gzip", "half a gzip", "another encoding", "a bomb", "a bomb in two"],
)
async def test_what_does_not_unpack_within_bounds_is_refused(
    client: httpx.AsyncClient, content: bytes, encoding: str, status: int
) -> None:
    headers = {"content-encoding": encoding, "content-type": JSON}
    reply = await client.post("Patient", content=content, headers=headers)
    assert reply.status_code == status, reply.text
    assert reply.json()["resourceType"] == "OperationOutcome"


async def test_a_search_is_posted_as_a_form_and_as_nothing_else(client: httpx.AsyncClient) -> None:
    await stored(client)
    found = await client.post("Patient/_search", data={"family": "Formatted"})
    assert found.json()["total"] == 1
    wrong = await client.post("Patient/_search", json={"family": "Formatted"})
    assert wrong.status_code == 415
