"""Batch and transaction: every kind of entry, every form of reference."""

import json
from typing import Any

import httpx
import pytest

from throughcare.api import entries

SYSTEM = "urn:example:number"
Json = dict[str, Any]


def person(number: str = "", **more: Any) -> Json:  # noqa: ANN401 - JSON
    identifier = [{"system": SYSTEM, "value": number}] if number else []
    return {
        "resourceType": "Patient",
        **({"identifier": identifier} if identifier else {}),
        "name": [{"family": "Batched"}],
        **more,
    }


def weight(of: str, **more: Any) -> Json:  # noqa: ANN401 - JSON
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Weight"},
        "subject": {"reference": of},
        **more,
    }


def entry(method: str, url: str, resource: Json | None = None, **more: Any) -> Json:  # noqa: ANN401
    full_url = {"fullUrl": more.pop("full_url")} if "full_url" in more else {}
    body = {"resource": resource} if resource is not None else {}
    return {**full_url, **body, "request": {"method": method, "url": url, **more}}


async def sent(client: httpx.AsyncClient, kind: str, *parts: Json) -> httpx.Response:
    bundle = {"resourceType": "Bundle", "type": kind, "entry": list(parts)}
    return await client.post("", json=bundle)


async def answers(client: httpx.AsyncClient, kind: str, *parts: Json) -> list[Json]:
    reply = await sent(client, kind, *parts)
    assert reply.status_code == 200, reply.text
    assert reply.json()["type"] == f"{kind}-response"
    return list(reply.json()["entry"])


def statuses(found: list[Json]) -> list[str]:
    return [each["response"]["status"].split()[0] for each in found]


@pytest.mark.parametrize("kind", ["batch", "transaction"])
async def test_every_kind_of_entry_is_carried_out_and_answered_in_order(
    client: httpx.AsyncClient, kind: str
) -> None:
    for number in ("1", "2", "3"):
        await client.put(f"Patient/p{number}", json=person(number, id=f"p{number}"))
    found = await answers(
        client,
        kind,
        entry("GET", "Patient/p1"),
        entry("GET", f"Patient?identifier={SYSTEM}|1"),
        entry("HEAD", "Patient/p1"),
        entry("GET", "Patient/p1", ifNoneMatch='W/"1"'),
        entry("GET", "Patient/absent"),
        entry("POST", "Patient", person("4")),
        entry("POST", "Patient", person("1"), ifNoneExist=f"identifier={SYSTEM}|1"),
        entry("PUT", "Patient/p5", person("5", id="p5")),
        entry("PUT", f"Patient?identifier={SYSTEM}|2", person("2", gender="female")),
        entry("DELETE", "Patient/p3"),
        entry("DELETE", f"Patient?identifier={SYSTEM}|none"),
        entry("GET", "Patient/p1/_history"),
    )
    assert statuses(found) == [
        *("200", "200", "200", "304", "404"),
        *("201", "200", "201", "200", "204", "204", "200"),
    ]
    assert found[0]["resource"]["id"] == "p1"
    assert found[1]["resource"]["type"] == "searchset"
    assert "resource" not in found[2]
    assert found[4]["response"]["outcome"]["issue"][0]["code"] == "not-found"
    assert "/Patient/p1/" in found[6]["response"]["location"]
    assert found[8]["response"]["etag"] == 'W/"2"'
    assert "/Patient/p2/_history/2" in found[8]["response"]["location"]
    assert all("lastModified" in found[place]["response"] for place in (0, 5, 6, 7, 8))
    assert (await client.get("Patient/p3")).status_code == 410


async def test_a_transaction_links_its_entries_whatever_names_them(
    client: httpx.AsyncClient,
) -> None:
    await client.put("Patient/known", json=person("known", id="known"))
    uuid = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"
    forms = {
        uuid: uuid,
        "urn:oid:1.2.3.4": "urn:oid:1.2.3.4",
        "http://example.org/fhir/Patient/remote": "http://example.org/fhir/Patient/remote",
        "http://example.org/fhir/Patient/other": "Patient/other",
    }
    found = await answers(
        client,
        "transaction",
        *(
            entry("POST", "Observation", weight(reference, note=[{"text": reference}]))
            for reference in forms.values()
        ),
        *(entry("POST", "Patient", person(full_url), full_url=full_url) for full_url in forms),
        entry("POST", "Observation", weight(f"Patient?identifier={SYSTEM}|known")),
        entry("POST", "Observation", weight("Patient/known")),
        entry("POST", "Observation", weight(f"{client.base_url}Patient/known")),
    )
    assert statuses(found) == ["201"] * 11
    places = [each["response"]["location"] for each in found]
    for place, target in zip(places[:4], places[4:8], strict=True):
        subject = (await client.get(place)).json()["subject"]["reference"]
        assert f"/{subject}/_history/" in target
    for place in places[8:]:
        assert (await client.get(place)).json()["subject"]["reference"] == "Patient/known"


@pytest.mark.parametrize(
    ("bad", "status", "place"),
    [
        (entry("POST", "Observation", weight("Patient/p", status="odd")), 422, "status"),
        (entry("POST", "Observation", weight("Patient?identifier=urn:x|none")), 422, "entry[1]"),
        (entry("POST", "Observation", weight(f"urn:uuid:{'1' * 8}")), 422, "entry[1]"),
        (entry("PUT", "Patient/p", person(id="p"), ifMatch='W/"7"'), 412, "entry[1]"),
        (entry("PUT", "Patient/p", person(id="q")), 400, "entry[1]"),
        (entry("PUT", "Patient", person()), 400, "entry[1]"),
        (entry("POST", "Observation", person()), 400, "entry[1]"),
        (entry("POST", "Nonsense", person()), 404, "entry[1].request.url"),
        (entry("POST", "Patient/p", person()), 405, "entry[1].request.url"),
        (entry("FETCH", "Patient/p"), 400, "entry[1].request.method"),
        (entry("POST", "Patient"), 400, "entry[1].resource"),
        (entry("GET", "metadata"), 400, "entry[1].request.url"),
        (entry("DELETE", "Patient/absent"), 404, ""),
        ({"resource": person()}, 400, "entry[1].request"),
    ],
)
async def test_one_error_costs_the_whole_transaction_and_of_a_batch_only_its_entry(
    client: httpx.AsyncClient, bad: Json, status: int, place: str
) -> None:
    good = entry("POST", "Patient", person("good"))
    refused = await sent(client, "transaction", good, bad)
    assert refused.status_code == status, refused.text
    (issue,) = refused.json()["issue"]
    assert place in "".join(issue.get("expression", []))
    assert (await client.get(f"Patient?identifier={SYSTEM}|good")).json()["total"] == 0
    found = await answers(client, "batch", good, bad)
    assert statuses(found) == ["201", str(status)]
    assert found[1]["response"]["outcome"]["issue"][0]["severity"] == "error"
    assert (await client.get(f"Patient?identifier={SYSTEM}|good")).json()["total"] == 1


async def test_a_conditional_reference_finds_what_its_transaction_creates(
    client: httpx.AsyncClient,
) -> None:
    condition = f"Patient?identifier={SYSTEM}|new"
    found = await answers(
        client,
        "transaction",
        entry("POST", "Observation", weight(condition)),
        entry("POST", "Patient", person("other")),
        entry("POST", "Patient", person("new")),
    )
    assert statuses(found) == ["201"] * 3
    subject = (await client.get(found[0]["response"]["location"])).json()["subject"]["reference"]
    assert f"/{subject}/_history/1" in found[2]["response"]["location"]
    twice = [entry("POST", "Patient", person("two")) for _ in range(2)]
    unclear = entry("POST", "Observation", weight(f"Patient?identifier={SYSTEM}|two"))
    assert (await sent(client, "transaction", unclear, *twice)).status_code == 412
    by_name = entry("POST", "Observation", weight("Patient?family=Batchedagain"))
    again = entry("POST", "Patient", person(name=[{"family": "Batchedagain"}]))
    assert (await sent(client, "transaction", by_name, again)).status_code == 422


async def test_what_a_transaction_deletes_is_found_by_no_condition_of_it(
    client: httpx.AsyncClient,
) -> None:
    await client.put("Patient/old", json=person("x", id="old"))
    condition = f"identifier={SYSTEM}|x"
    found = await answers(
        client,
        "transaction",
        entry("POST", "Patient", person("x"), ifNoneExist=condition),
        entry("DELETE", "Patient/old"),
    )
    assert statuses(found) == ["201", "204"]
    assert (await client.get(f"Patient?{condition}")).json()["total"] == 1


async def test_equal_resources_without_a_full_url_are_each_created(
    client: httpx.AsyncClient,
) -> None:
    for kind in ("batch", "transaction"):
        twice = [entry("POST", "Patient", person(kind))] * 2
        assert statuses(await answers(client, kind, *twice)) == ["201", "201"]
        assert (await client.get(f"Patient?identifier={SYSTEM}|{kind}")).json()["total"] == 2


async def test_two_entries_of_one_full_url_or_of_one_resource_are_refused(
    client: httpx.AsyncClient,
) -> None:
    same = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"
    twins = [entry("POST", "Patient", person(n), full_url=same) for n in "ab"]
    assert (await sent(client, "transaction", *twins)).status_code == 400
    puts = [entry("PUT", "Patient/p", person(n, id="p"), full_url=f"{same}{n}") for n in "ab"]
    assert (await sent(client, "transaction", *puts)).status_code == 400
    mixed = [entry("PUT", "Patient/p", person(id="p")), entry("DELETE", "Patient/p")]
    assert (await sent(client, "transaction", *mixed)).status_code == 400


async def test_prefer_brings_resources_or_outcomes_in_entries(client: httpx.AsyncClient) -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [entry("POST", "Patient", person())],
    }
    for wish, member in (
        ("return=representation", "resource"),
        ("return=OperationOutcome", "outcome"),
    ):
        reply = await client.post("", json=bundle, headers={"prefer": wish})
        (only,) = reply.json()["entry"]
        assert member in {*only, *only["response"]}
    (plain,) = (await client.post("", json=bundle)).json()["entry"]
    assert set(plain) == {"response"}


async def test_an_empty_bundle_is_answered_and_another_type_refused(
    client: httpx.AsyncClient,
) -> None:
    for kind in ("batch", "transaction"):
        bundle = {"resourceType": "Bundle", "type": kind}
        assert (await client.post("", json=bundle)).json()["type"] == f"{kind}-response"
    for body in ({"resourceType": "Bundle", "type": "collection"}, person()):
        assert (await client.post("", json=body)).status_code == 400
    odd = {"resourceType": "Bundle", "type": "batch", "entry": {}}
    assert (await client.post("", json=odd)).status_code == 400


async def test_more_entries_than_a_bundle_may_have_are_refused_at_once(
    client: httpx.AsyncClient,
) -> None:
    listed = ",".join(["{}"] * (entries.MOST_ENTRIES + 1))
    body = f'{{"resourceType":"Bundle","type":"transaction","entry":[{listed}]}}'
    reply = await client.post("", content=body)
    assert reply.status_code == 413
    assert "Bundle.entry" in reply.text


@pytest.mark.slow
async def test_six_thousand_entries_are_one_transaction(client: httpx.AsyncClient) -> None:
    patient = "urn:uuid:00000000-0000-0000-0000-000000000000"
    padding = "x" * 1700
    parts = [entry("POST", "Patient", person("many"), full_url=patient)]
    for number in range(5999):
        full_url = f"urn:uuid:00000000-0000-0000-0000-{number + 1:012}"
        body = weight(patient, note=[{"text": f"{number} {padding}"}])
        parts.append(entry("POST", "Observation", body, full_url=full_url))
    text = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": parts})
    assert len(text) > 11_000_000
    reply = await client.post("", content=text, timeout=120)
    assert reply.status_code == 200, reply.text[:500]
    assert len(reply.json()["entry"]) == 6000
    counted = await client.get(f"Observation?patient.identifier={SYSTEM}|many&_summary=count")
    assert counted.json()["total"] == 5999
