"""Input that is wrong, odd or made to exhaust: 4xx with the place, never a fault of the node."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api.conftest import client_of
from doors.node_parts import node_in
from throughcare.fhir import bytes as fhir_bytes

XML = {"content-type": "application/fhir+xml"}
LONGEST = 30
"""Seconds after which an answer counts as none, on a machine that is busy besides."""


OF_THIS_FILE = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def untouched(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of one node for all that is read or refused; it is as empty afterwards."""
    async with (
        node_in(tmp_path_factory.mktemp("untouched")) as node,
        client_of(node) as made,
    ):
        yield made
        found = await made.get("", params={"_summary": "count"})
        assert (found.status_code, found.json()["total"]) == (200, 0)


async def sent(client: httpx.AsyncClient, method: str, url: str, **more: Any) -> httpx.Response:  # noqa: ANN401
    return await asyncio.wait_for(client.request(method, url, **more), LONGEST)


def refused(reply: httpx.Response, *statuses: int) -> str:
    """Return the place that a refusal names, or ""."""
    assert reply.status_code in (statuses or range(400, 500)), reply.text[:500]
    assert reply.json()["resourceType"] == "OperationOutcome"
    (issue, *_) = reply.json()["issue"]
    assert issue["severity"] == "error"
    assert issue["diagnostics"]
    return "".join(issue.get("expression", []))


def patient(family: str) -> bytes:
    """Return a Patient with raw text, quotes and all, as its family name."""
    return b'{"resourceType":"Patient","name":[{"family":%s}]}' % family.encode(
        "utf-8", "surrogatepass"
    )


NO_JSON = {
    "nothing": b"",
    "space": b" ",
    "a word": b"Patient",
    "a list": b"[]",
    "a list of one": b'[{"resourceType":"Patient"}]',
    "a string": b'"Patient"',
    "null": b"null",
    "a number": b"1",
    "open": b'{"resourceType":"Patient"',
    "closed twice": b'{"resourceType":"Patient"}}',
    "two": b'{"resourceType":"Patient"}{"resourceType":"Patient"}',
    "a comma at the end": b'{"resourceType":"Patient",}',
    "two commas": b'{"resourceType":"Patient",,"id":"a"}',
    "a comma first": b'{,"resourceType":"Patient"}',
    "no colon": b'{"resourceType" "Patient"}',
    "single quotes": b"{'resourceType':'Patient'}",
    "no quotes": b'{resourceType:"Patient"}',
    "a comment": b'{"resourceType":"Patient"/* x */}',
    "a comment to the end": b'{"resourceType":"Patient"} // x',
    "a tab in a string": patient('"a\tb"'),
    "a line in a string": patient('"a\nb"'),
    "a zero byte in a string": patient('"a\0b"'),
    "an open string": patient('"a'),
    "an unknown escape": patient(r'"\x41"'),
    "half an escape": patient(r'"\u00"'),
    "a lone surrogate": patient(r'"\ud800"'),
    "surrogates the wrong way round": patient(r'"\udc00\ud800"'),
    "a raw surrogate": patient('"\ud800"'),
    "a number with a plus": b'{"resourceType":"Patient","multipleBirthInteger":+1}',
    "a number with a zero": b'{"resourceType":"Patient","multipleBirthInteger":01}',
    "a hexadecimal": b'{"resourceType":"Patient","multipleBirthInteger":0x1}',
    "a number that ends in a point": b'{"resourceType":"Patient","multipleBirthInteger":1.}',
    "a number that begins with one": b'{"resourceType":"Patient","multipleBirthInteger":.1}',
    "no number": b'{"resourceType":"Patient","multipleBirthInteger":NaN}',
    "infinity": b'{"resourceType":"Patient","multipleBirthInteger":-Infinity}',
    "an exponent without digits": b'{"resourceType":"Patient","multipleBirthInteger":1e}',
    "True": b'{"resourceType":"Patient","active":True}',
    "a byte order mark": b'\xef\xbb\xbf{"resourceType":"Patient"}',
    "UTF-16": '{"resourceType":"Patient"}'.encode("utf-16"),
    "UTF-32": '{"resourceType":"Patient"}'.encode("utf-32-le"),
    "Latin 1": '{"resourceType":"Patient","name":[{"family":"é"}]}'.encode("latin-1"),
    "overlong UTF-8": patient('"x"').replace(b"x", b"\xc0\xaf"),
    "a member twice": b'{"resourceType":"Patient","id":"a","id":"b"}',
    "a member twice below": b'{"resourceType":"Patient","name":[{"family":"a","family":"b"}]}',
    "a member twice, escaped": b'{"resourceType":"Patient","id":"a","\\u0069d":"b"}',
    "lists of 100,000": b'{"resourceType":"Patient","name":%s' % (b"[" * 100_000),
    "whole lists of 100,000": b'{"resourceType":"Patient","name":%s%s}'
    % (b"[" * 100_000, b"]" * 100_000),
    "objects of 100,000": b'{"a":' * 100_000,
    "whole objects of 100,000": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
}


@OF_THIS_FILE
@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
@pytest.mark.parametrize(
    ("method", "url"),
    [("POST", "Patient"), ("PUT", "Patient/a"), ("POST", ""), ("PATCH", "Patient/a")],
)
async def test_what_is_no_json_object_is_refused(
    untouched: httpx.AsyncClient, method: str, url: str, body: bytes
) -> None:
    headers = {"content-type": "application/fhir+json"}
    refused(await sent(untouched, method, url, content=body, headers=headers), 400, 415)


async def test_an_odd_but_right_text_is_kept_to_the_byte(client: httpx.AsyncClient) -> None:
    for family in (
        '"\\u00e9\\u4e2d\\ud83d\\ude00\\/\\\\\\""',
        '"\u202etfel ot thgir \u202c"',
        '"\u200b\ufeff\u2028\u2029"',
        '"Z̸̪̈a̵̡̛l̷͎̑g̴͓̈́o̸̰͑"',
        '"👩‍👩‍👧‍👦🏳️‍🌈"',
        '"Robert\'); DROP TABLE head; --"',
        '"%s%n${7*7}{{7*7}}<script>alert(1)</script>"',
        '"../../etc/passwd"',
        '"null"',
        '"undefined"',
        '"\U0010ffff\ufffd"',
        '"İıŞß"',
        json.dumps("x" * 1_000_000),
    ):
        made = await sent(client, "POST", "Patient", content=patient(family))
        assert made.status_code == 201, (family[:80], made.text[:300])
        read = await sent(client, "GET", made.headers["location"])
        assert family.encode() in read.content
        name = json.loads(family)
        found = await sent(client, "GET", "Patient", params={"family:exact": name[:500]})
        assert found.status_code == 200, (family[:80], found.text[:300])
        if len(name) <= 500:
            assert found.json()["total"] == 1, family


@OF_THIS_FILE
@pytest.mark.parametrize("character", ["\\u0000", "\\u0001", "\\u001f", "\\b"])
async def test_control_characters_are_refused_with_their_place(
    untouched: httpx.AsyncClient, character: str
) -> None:
    reply = await sent(untouched, "POST", "Patient", content=patient(f'"a{character}b"'))
    assert "family" in refused(reply, 422)


def weight(number: str) -> bytes:
    return (
        b'{"resourceType":"Observation","status":"final","code":{"text":"w"},'
        b'"valueQuantity":{"value":%s,"unit":"kg"}}' % number.encode()
    )


@pytest.mark.parametrize(
    "number",
    [
        *(
            "1E400",
            "1E30",
            "-1E400",
            "1E-400",
            "1e99999",
            "1E-99999",
            "-0",
            "-0.0",
            "0e0",
            "1" * 5000,
        ),
        *(f"0.{'1' * 5000}", "9007199254740993", "18446744073709551616", "-9223372036854775809"),
        "1E999999999999999999999",
    ],
)
async def test_a_huge_or_tiny_number_is_kept_or_refused_and_searched_past(
    client: httpx.AsyncClient, number: str
) -> None:
    made = await sent(client, "POST", "Observation", content=weight(number))
    if made.status_code != 201:
        refused(made, 400, 422)
    else:
        read = await sent(client, "GET", made.headers["location"])
        assert f'"value":{number}'.encode() in read.content
    for prefix in ("", "ne", "gt", "ap"):
        asked = {"value-quantity": f"{prefix}{number[:1000]}"}
        found = await sent(client, "GET", "Observation", params=asked)
        assert found.status_code in {200, 400}, found.text


@OF_THIS_FILE
@pytest.mark.parametrize(
    "query",
    [
        *("name=%00", "_id=%00", "identifier=%00|%00", "name=%ff%fe", "%00=x", "name=%", "=&&=&"),
        *("birthdate=0000", "birthdate=9999-99-99", "birthdate=gt-1", "_lastUpdated=ap9999"),
        *("_count=99999999999999999999", "_count=-1", "_count=1e3", "_count=%D9%A3"),
        *("_sort=%00", "_sort=-", "_sort=,,,", "_include=%00", "_include=:::", "_include=*"),
        *("_has:::=x", "_has:Observation:patient:_has=x", "a" * 5000 + "=1", "name:=x"),
        *("name=" + "x" * 30_000, "_filter=(((", "_filter=" + "(" * 5000, "_elements=%00"),
        *("_format=%00", "_summary=%00", "_since=%00", "family:exact=a%00b", "family:contains=%00"),
        "general-practitioner" + ".organization.partof" * 40 + ".name=x",
        "&".join(["name=x"] * 201),
        "identifier=" + ",".join(str(number) for number in range(5000)),
    ],
)
async def test_an_odd_search_is_answered_or_refused(
    untouched: httpx.AsyncClient, query: str
) -> None:
    for url in (f"Patient?{query}", f"?_type=Patient&{query}", f"Patient/_history?{query}"):
        reply = await sent(untouched, "GET", url)
        assert reply.status_code in {200, 400, 406}, (url[:100], reply.text[:500])
    headers = {"content-type": "application/x-www-form-urlencoded"}
    reply = await sent(untouched, "POST", "Patient/_search", content=query, headers=headers)
    assert reply.status_code in {200, 400, 406}, reply.text[:500]


@pytest.mark.parametrize(
    "path",
    [
        *("Patient/%00", "Patient/a%00b", "%00", "Patient/..%2f..%2fetc", "Patient/%ff", "$", "$a"),
        *(
            "Patient/$",
            "_",
            "Patient/_",
            "Patient//",
            "Patient/a/_history/0",
            "Patient/a/_history/",
        ),
        *("Patient/a/_history/99999999999999999999", "Patient/a/_history/-1", "Patient/%E2%80%AE"),
        *("a/" * 2000, "Patient/" + "a" * 5000, "Patient/a/$everything/b", "Patient/a/Nonsense"),
        "Patient/a/_history/%D9%A3",
    ],
)
async def test_an_odd_path_is_refused_whatever_the_method(
    client: httpx.AsyncClient, path: str
) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"):
        reply = await sent(client, method, path, content=b"{}")
        assert 400 <= reply.status_code < 500 or path == "Patient//", (method, path[:50])
        if method != "HEAD" and path != "Patient//":
            refused(reply)


@pytest.mark.parametrize(
    "headers",
    [
        {"if-match": "x"},
        {"if-match": ""},
        {"if-match": 'W/"99999999999999999999"'},
        {"if-none-match": "\xff"},
        {"if-modified-since": "Tue, 99 Nov 2026 99:99:99 GMT"},
        {"if-modified-since": "Mon, 01 Jan 0001 00:00:00 GMT"},
        {"if-modified-since": "Fri, 31 Dec 9999 23:59:59 -2359"},
        {"prefer": "return=" + "x" * 5000},
        {"if-none-exist": "%00"},
        {"if-none-exist": "a=" + "b" * 5000},
        {"accept": ";;;,,,q=" + "9" * 400},
        {"accept": "application/fhir+json;q=nan"},
        {"accept": "application/fhir+json;q=-1"},
        {"content-type": "application/fhir+json;;;=;charset"},
        {"content-encoding": "gzip, gzip"},
        {"host": "a b\"c'<>"},
    ],
)
async def test_an_odd_header_is_read_or_refused(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    made = await client.put("Patient/a", json={"resourceType": "Patient", "id": "a"})
    assert made.status_code == 201
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    for method in ("GET", "PUT", "POST", "DELETE"):
        body = b'{"resourceType":"Patient","id":"a"}'
        url = "Patient" if method == "POST" else "Patient/a"
        reply = await sent(client, method, url, content=body, headers=encoded)
        assert reply.status_code < 500, (method, reply.text)


def bundle(listed: bytes, kind: bytes = b"transaction") -> bytes:
    return b'{"resourceType":"Bundle","type":"%s","entry":[%s]}' % (kind, listed)


@pytest.mark.parametrize("kind", [b"transaction", b"batch"])
async def test_a_million_entries_are_refused_in_a_moment(
    client: httpx.AsyncClient, kind: bytes
) -> None:
    entry = b'{"request":{"method":"GET","url":"Patient/a"}}'
    body = bundle(b",".join([entry] * 1_000_000), kind)
    place = refused(await sent(client, "POST", "", content=body), 413)
    assert place == "Bundle.entry"


@pytest.mark.parametrize(
    "listed",
    [
        *(b"null", b"[]", b"1", b"{}", b'{"request":null}', b'{"request":[]}', b'{"request":{}}'),
        *(b'{"request":{"method":1,"url":"Patient"}}', b'{"request":{"method":"GET"}}'),
        *(b'{"request":{"method":"GET","url":[]}}', b'{"request":{"method":"GET","url":"//"}}'),
        b'{"request":{"method":"GET","url":"Patient?name=%00"}}',
        b'{"request":{"method":"GET","url":"http://elsewhere.example/fhir/Patient/a"}}',
        b'{"request":{"method":"POST","url":"Patient"},"resource":[]}',
        b'{"request":{"method":"POST","url":"Patient"},"resource":{"resourceType":[]}}',
        b'{"request":{"method":"PUT","url":"Patient/a"},"resource":{"resourceType":"Patient","id":1}}',
        b'{"request":{"method":"PATCH","url":"Patient/a"},"resource":{"resourceType":"Binary"}}',
        (
            b'{"request":{"method":"PATCH","url":"Patient/a"},"resource":{"resourceType":"Binary",'
            b'"contentType":"application/json-patch+json","data":"!"}}'
        ),
        b'{"request":{"method":"DELETE","url":"Patient/a","ifMatch":"x"}}',
        b'{"fullUrl":1,"request":{"method":"DELETE","url":"Patient/a"}}',
        b'{"request":{"method":"POST","url":""},"resource":{"resourceType":"Bundle"}}',
        b'{"request":{"method":"GET","url":"Patient/$export"}}',
        (
            b'{"request":{"method":"POST","url":"Patient","ifNoneExist":"%00=%00"},'
            b'"resource":{"resourceType":"Patient"}}'
        ),
    ],
)
async def test_an_odd_entry_is_the_fault_of_its_bundle_or_of_itself(
    client: httpx.AsyncClient, listed: bytes
) -> None:
    whole = await sent(client, "POST", "", content=bundle(listed))
    if whole.status_code == 200:
        assert b'"GET"' in listed  # what a read of a transaction meets stands in its entry
    else:
        refused(whole)
    each = await sent(client, "POST", "", content=bundle(listed, b"batch"))
    if each.status_code == 200:
        (only,) = each.json()["entry"]
        status = only["response"]["status"]
        assert status.startswith("4") or (b'"GET"' in listed and status.startswith("200")), status
    else:
        refused(each)


async def test_deep_or_endless_xml_is_refused(client: httpx.AsyncClient) -> None:
    head = b'<Patient xmlns="http://hl7.org/fhir">'
    for body in (
        head + b"<contained><Patient>" * 100_000,
        head + b"<extension>" * 100_000,
        head + b'<text><div xmlns="http://www.w3.org/1999/xhtml">' + b"<b>" * 100_000,
        b"<" * 1_000_000,
        b"<!--" + b"-" * 1_000_000,
        head + b'<id value="' + b"&amp;" * 500_000 + b'"/></Patient>',
    ):
        refused(await sent(client, "POST", "Patient", content=body, headers=XML))


async def test_contained_resources_that_point_to_each_other_are_no_endless_walk(
    client: httpx.AsyncClient,
) -> None:
    around = [
        {
            "resourceType": "Provenance",
            "id": str(number),
            "target": [{"reference": f"#{(number + 1) % 20}"}],
            "recorded": "2026-11-24T12:00:00Z",
            "agent": [{"who": {"reference": "#"}}],
        }
        for number in range(20)
    ]
    body = {"resourceType": "Basic", "code": {"text": "x"}, "contained": around}
    reply = await sent(client, "POST", "Basic", content=fhir_bytes.dump(body))
    assert reply.status_code in {201, 422}, reply.text[:300]
