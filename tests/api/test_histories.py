"""Histories of one resource, of a type and of the node: pages, since, as of."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from doors.node_parts import NHS, asks, consent
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.fhir import histories
from throughcare.kernel import BadInputError
from throughcare.model.request import Role

Json = dict[str, Any]


def person(id_: str, family: str, **more: Any) -> Json:  # noqa: ANN401 - JSON
    return {"resourceType": "Patient", "id": id_, "name": [{"family": family}], **more}


async def put(client: httpx.AsyncClient, body: Json) -> httpx.Response:
    reply = await client.put(f"{body['resourceType']}/{body['id']}", json=body)
    assert reply.is_success, reply.text
    return reply


async def pages(client: httpx.AsyncClient, url: str) -> AsyncIterator[Json]:
    """Yield the entries of all pages."""
    while url:
        reply = await client.get(url)
        assert reply.status_code == 200, reply.text
        bundle = reply.json()
        assert bundle["type"] == "history"
        for entry in bundle.get("entry", []):
            yield entry
        url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")


async def names(client: httpx.AsyncClient, url: str) -> list[str]:
    """Return method, type/id and version of each entry."""
    return [
        f"{entry['request']['method']} {entry['fullUrl'].removeprefix('http://node/fhir/')} "
        + entry["response"]["etag"][3:-1]
        async for entry in pages(client, url)
    ]


async def lived(client: httpx.AsyncClient) -> list[str]:
    """Write seven versions of three resources, and return them, newest first."""
    await put(client, person("a", "One"))
    await put(client, person("b", "One"))
    await put(client, person("a", "Two"))
    condition = {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/a"}}
    await put(client, condition)
    await client.delete("Patient/b")
    await put(client, person("a", "Three"))
    await put(client, person("b", "Four"))
    return [
        *("PUT Patient/b 3", "PUT Patient/a 3", "DELETE Patient/b 2", "POST Condition/c 1"),
        *("PUT Patient/a 2", "POST Patient/b 1", "POST Patient/a 1"),
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 50])
async def test_every_version_stands_once_on_some_page_newest_first(
    client: httpx.AsyncClient, count: int
) -> None:
    all_ = await lived(client)
    query = f"?_count={count}"
    assert await names(client, f"_history{query}") == all_
    of_patients = [name for name in all_ if "Patient" in name]
    assert await names(client, f"Patient/_history{query}") == of_patients
    of_a = [name for name in all_ if "Patient/a" in name]
    assert await names(client, f"Patient/a/_history{query}") == of_a
    whole = (await client.get(f"Patient/a/_history{query}")).json()
    assert whole["total"] == 3


async def test_a_page_goes_on_where_it_was_while_writes_go_on(client: httpx.AsyncClient) -> None:
    all_ = await lived(client)
    first = (await client.get("_history?_count=3")).json()
    await put(client, person("a", "Four"))
    (rest,) = (link["url"] for link in first["link"] if link["relation"] == "next")
    assert await names(client, rest) == all_[3:]


async def test_since_and_at_choose_by_when_versions_were_current(
    client: httpx.AsyncClient, node: Node
) -> None:
    await put(client, person("a", "One"))
    second = (await put(client, person("a", "Two"))).json()["meta"]["lastUpdated"]
    third = (await put(client, person("a", "Three"))).json()["meta"]["lastUpdated"]
    for path in ("_history", "Patient/_history", "Patient/a/_history"):

        async def versions(query: str, path: str = path) -> list[str]:
            found = await names(client, f"{path}?_count=1&{query}")
            return [name.rpartition(" ")[2] for name in found]

        assert await versions(f"_since={second}") == ["3", "2"]
        assert await versions(f"_since={third}") == ["3"]
        assert await versions("_since=2999") == []
        # An instant is the millisecond that it names: version 2 was current at its start.
        assert (await versions(f"_at={third}"))[0] == "3"
        assert await versions("_at=1999") == []
        today = node.clock.now().date()
        assert await versions(f"_at={today.isoformat()}") == ["3", "2", "1"]
        assert await versions(f"_at={(today + timedelta(days=2)).isoformat()}") == ["3"]


@pytest.mark.parametrize("role", [Role.GP, Role.PARAMEDIC, Role.RECEPTIONIST])
async def test_what_may_not_be_seen_is_in_no_history_and_leaves_no_gap(
    client: httpx.AsyncClient, node: Node, role: Role
) -> None:
    """The history of a node with hidden entries equals that of what may be read one by one."""
    for id_, number in (("open", "9990000018"), ("shut", "9990000026")):
        identifier = [{"system": NHS, "value": number}]
        await put(client, person(id_, id_, identifier=identifier))
        for code in ("a", "b"):
            await put(
                client,
                {
                    "resourceType": "Condition",
                    "id": f"{id_}-{code}",
                    "subject": {"reference": f"Patient/{id_}"},
                    "code": {"text": code},
                },
            )
    await put(client, consent("Patient/shut", id="no"))
    headers = {"authorization": f"Bearer {node.issue(asks(role), hours=1)}"}
    transport = httpx.ASGITransport(gateway(node))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://node/fhir/", headers=headers
    ) as reader:
        seen = await names(reader, "_history?_count=2")
        for name in await names(client, "_history"):
            url = name.split(" ")[1]
            alone = await reader.get(f"{url}/_history")
            assert (alone.status_code == 200) == (name in seen), name
        assert len(seen) == len(set(seen))
        (bundle,) = [(await reader.get("_history?_count=100")).json()]
        assert "total" not in bundle


@pytest.mark.parametrize(
    "query", ["_count=x", "_count=-1", "_since=yesterday", "_at=2026-13-01", "_after=nonsense"]
)
async def test_a_history_parameter_that_can_not_be_read_is_refused(
    client: httpx.AsyncClient, query: str
) -> None:
    await put(client, person("a", "One"))
    for path in ("_history", "Patient/_history", "Patient/a/_history"):
        reply = await client.get(f"{path}?{query}")
        assert reply.status_code == 400, (path, reply.text)


async def test_a_history_may_begin_before_all_times(client: httpx.AsyncClient) -> None:
    all_ = await lived(client)
    assert await names(client, "_history?_since=0001-01-01") == all_


async def test_a_place_of_too_many_digits_is_none(client: httpx.AsyncClient) -> None:
    await put(client, person("a", "One"))
    for digits in (19, 5000):
        reply = await client.get(f"Patient/a/_history?_after={'9' * digits}")
        assert reply.status_code == 400


async def test_a_page_of_nothing_has_none_behind_it(client: httpx.AsyncClient) -> None:
    await lived(client)
    for path in ("_history", "Patient/_history", "Patient/a/_history"):
        assert await names(client, f"{path}?_count=0") == []


async def test_a_page_of_one_history_is_none_of_another(client: httpx.AsyncClient) -> None:
    await lived(client)
    first = (await client.get("_history?_count=1")).json()
    (url,) = (link["url"] for link in first["link"] if link["relation"] == "next")
    wrong = await client.get(url.replace("/_history", "/Patient/_history"))
    assert wrong.status_code == 400


def test_an_instant_with_a_plus_that_was_not_encoded_is_read() -> None:
    span = histories.asked([("_since", "2026-11-24T12:00:00 00:00")])
    assert span.since is not None
    with pytest.raises(BadInputError):
        histories.asked([("_since", "12:00")])


async def test_a_history_of_nothing_is_empty_and_of_the_unknown_not_found(
    client: httpx.AsyncClient,
) -> None:
    assert await names(client, "Patient/_history") == []
    assert (await client.get("Patient/unknown/_history")).status_code == 404
