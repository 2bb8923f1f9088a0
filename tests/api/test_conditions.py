"""Interactions that depend on what is there: by version, by date, by search."""

from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import httpx
import pytest

SYSTEM = "urn:example:number"


def person(number: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "resourceType": "Patient",
        "identifier": [{"system": SYSTEM, "value": number}],
        "name": [{"family": "Conditional"}],
        **more,
    }


def by_number(number: str) -> str:
    return f"Patient?identifier={SYSTEM}|{number}"


async def made(client: httpx.AsyncClient, number: str) -> str:
    reply = await client.post("Patient", json=person(number))
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


async def test_a_copy_that_is_current_is_not_sent_again(client: httpx.AsyncClient) -> None:
    url = f"Patient/{await made(client, '1')}"
    first = await client.get(url)
    changed = parsedate_to_datetime(first.headers["last-modified"])
    for path in (url, f"{url}/_history/1"):
        for headers in (
            {"if-none-match": 'W/"1"'},
            {"if-none-match": '"1"'},
            {"if-none-match": "1"},
            {"if-none-match": 'W/"7", W/"1"'},
            {"if-none-match": "*"},
            {"if-modified-since": format_datetime(changed, usegmt=True)},
        ):
            reply = await client.get(path, headers=headers)
            assert (reply.status_code, reply.content) == (304, b""), (path, headers)
            assert reply.headers["etag"] == 'W/"1"'
    earlier = format_datetime(changed - timedelta(hours=1), usegmt=True)
    for headers in ({"if-none-match": 'W/"2"'}, {"if-modified-since": earlier}):
        assert (await client.get(url, headers=headers)).status_code == 200
    for text in ("yesterday", "Mon, 01 Jan 2001 00:00:00 +9999999999999999"):
        wrong = await client.get(url, headers={"if-modified-since": text})
        assert wrong.status_code == 400


@pytest.mark.parametrize("tag", ['W/"1"', '"1"', "1"])
async def test_an_update_may_insist_on_a_version_in_any_form(
    client: httpx.AsyncClient, tag: str
) -> None:
    url = f"Patient/{await made(client, '1')}"
    body = (await client.get(url)).json() | {"gender": "other"}
    first = await client.put(url, json=body, headers={"if-match": tag})
    assert first.headers["etag"] == 'W/"2"'
    second = await client.put(url, json=body | {"gender": "male"}, headers={"if-match": tag})
    assert second.status_code == 412
    assert (await client.delete(url, headers={"if-match": tag})).status_code == 412


async def test_an_update_may_insist_that_nothing_is_there(client: httpx.AsyncClient) -> None:
    only_new = {"if-none-match": "*"}
    body = person("1") | {"id": "given"}
    assert (await client.put("Patient/given", json=body, headers=only_new)).status_code == 201
    assert (await client.put("Patient/given", json=body, headers=only_new)).status_code == 412


async def test_a_conditional_update_writes_what_it_finds_or_creates(
    client: httpx.AsyncClient,
) -> None:
    first = await client.put(by_number("7"), json=person("7"))
    assert first.status_code == 201, first.text
    second = await client.put(by_number("7"), json=person("7", gender="female"))
    assert (second.status_code, second.headers["etag"]) == (200, 'W/"2"')
    assert second.json()["id"] == first.json()["id"]
    named = await client.put(by_number("8"), json=person("8", id="eight"))
    assert (named.status_code, named.json()["id"]) == (201, "eight")
    other = await client.put(by_number("7"), json=person("7", id="eight"))
    assert other.status_code == 400
    await client.post("Patient", json=person("7"))
    assert (await client.put(by_number("7"), json=person("7"))).status_code == 412


@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("?_format=json", 400), ("?colour=red", 412)]
)
async def test_a_conditional_write_needs_a_search_that_finds_one(
    client: httpx.AsyncClient, query: str, status: int
) -> None:
    for reply in (
        await client.put(f"Patient{query}", json=person("1")),
        await client.delete(f"Patient{query}"),
    ):
        assert reply.status_code == status, reply.text
        assert reply.json()["issue"][0]["diagnostics"]


async def test_a_create_creates_nothing_where_its_header_or_its_search_finds_one(
    client: httpx.AsyncClient,
) -> None:
    there = await made(client, "1")
    condition = {"if-none-exist": by_number("1").partition("?")[2]}
    by_header = await client.post("Patient", json=person("1"), headers=condition)
    by_search = await client.post(by_number("1"), json=person("1"))
    assert [(reply.status_code, reply.json()["id"]) for reply in (by_header, by_search)] == [
        (200, there),
        (200, there),
    ]
    assert (await client.post(by_number("2"), json=person("2"))).status_code == 201


async def test_a_conditional_deletion_deletes_the_one_that_it_finds(
    client: httpx.AsyncClient,
) -> None:
    url = f"Patient/{await made(client, '1')}"
    assert (await client.delete(by_number("2"))).status_code == 204
    gone = await client.delete(by_number("1"))
    assert (gone.status_code, gone.headers["etag"]) == (204, 'W/"2"')
    assert (await client.get(url)).status_code == 410
    assert (await client.delete(by_number("1"))).status_code == 204
    await made(client, "3")
    await made(client, "3")
    assert (await client.delete(by_number("3"))).status_code == 412


async def test_prefer_says_what_a_write_is_answered_with(client: httpx.AsyncClient) -> None:
    body = person("1") | {"id": "a"}
    whole = await client.put("Patient/a", json=body)
    assert whole.json()["id"] == "a"
    minimal = {"prefer": "return=minimal"}
    nothing = await client.put("Patient/a", json=body | {"gender": "male"}, headers=minimal)
    assert (nothing.content, nothing.headers["etag"]) == (b"", 'W/"2"')
    outcome = {"prefer": "return=OperationOutcome"}
    said = await client.put("Patient/a", json=body | {"gender": "other"}, headers=outcome)
    assert said.json()["resourceType"] == "OperationOutcome"
    assert said.headers["location"].endswith("Patient/a/_history/3")
    ended = await client.delete("Patient/a", headers=outcome)
    assert (ended.status_code, ended.json()["resourceType"]) == (200, "OperationOutcome")


async def test_strict_handling_refuses_what_lenient_passes_over(
    client: httpx.AsyncClient,
) -> None:
    strict = {"prefer": "handling=strict"}
    assert (await client.get("Patient?colour=red")).status_code == 200
    assert (await client.get("Patient?colour=red", headers=strict)).status_code == 400


async def test_parts_are_read_searched_and_kept_in_histories_and_not_stored(
    client: httpx.AsyncClient,
) -> None:
    url = f"Patient/{await made(client, '1')}"
    wish = {"_elements": "name"}
    read = await client.get(url, params=wish)
    found = await client.get(f"{by_number('1')}&_elements=name")
    history = await client.get(f"{url}/_history", params=wish)
    parts = [read.json(), found.json()["entry"][0]["resource"]]
    parts.append(history.json()["entry"][0]["resource"])
    for part in parts:
        assert set(part) == {"resourceType", "id", "meta", "name"}
    summary = await client.get(url, params={"_summary": "true"})
    assert "identifier" in summary.json()
    refused = await client.put(url, json=read.json())
    assert refused.status_code == 422
    assert "SUBSETTED" in refused.text
