"""A token that says who and for whom, over FHIR: one record and nobody else's."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from acting.test_acting_at_the_doors import MOTHER, NOPAT, child, flag
from doors.node_parts import condition, load, names, node_in, patient, submission
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.model.request import Actor, Purpose, Request, Role

PATHS = (
    "Condition?_summary=count",
    "Condition",
    "Patient",
    "Patient?_has:Condition:patient:code=195967001",
    "Consent",
    "Flag",
    "_history",
)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as opened:
        yield opened


def client(node: Node, user: str, person: int) -> httpx.AsyncClient:
    actor = Actor(user, Role.PROXY, "", person=person)
    token = node.issue(Request(actor, Purpose.FAMRQT, node.clock.now()), hours=1)
    headers = {"authorization": f"Bearer {token}"}
    transport = httpx.ASGITransport(gateway(node))
    return httpx.AsyncClient(transport=transport, base_url="http://node.test", headers=headers)


def gist(answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    """Return status and content, without what differs from one request to the next."""
    found = answer.json()
    for name in ("id", "meta", "timestamp", "link"):
        found.pop(name, None)
    return answer.status_code, found


async def test_a_proxy_reads_searches_and_counts_one_record_alone(node: Node) -> None:
    person, asthma = await child(node, MOTHER)
    other = patient("Baines", "9990000026", birthDate="2018-01-01")
    (outcome,) = await load(node, submission("rx", other, condition("urn:rx:Baines"), key="9"))
    theirs = names(outcome)[1]
    sara = client(node, "sara", person)
    assert (await sara.get(f"/fhir/{asthma}")).status_code == 200
    assert (await sara.get(f"/fhir/{theirs}")).status_code == 404
    assert (await sara.get("/fhir/Condition?_summary=count")).json()["total"] == 1
    found = (await sara.get("/fhir/Patient")).json()
    assert found["total"] == 1
    id_ = found["entry"][0]["resource"]["id"]
    whole = (await sara.get(f"/fhir/Patient/{id_}/$everything")).json()
    types = {entry["resource"]["resourceType"] for entry in whole["entry"]}
    assert {"Patient", "Condition"} <= types
    assert not types & {"Consent", "Flag"}
    refused = await sara.post("/fhir/Condition", json=condition(f"Patient/{id_}"))
    assert refused.status_code == 403


async def test_every_answer_under_a_hold_is_that_of_somebody_without_a_grant(node: Node) -> None:
    hold = flag("urn:gp:Khan", "safeguarding", "hold", meta={"security": [NOPAT]})
    person, asthma = await child(node, MOTHER, hold)
    held, nobody = client(node, "sara", person), client(node, "omar", person)
    for path in (*PATHS, asthma, f"{asthma}/_history"):
        answers = [gist(await each.get(f"/fhir/{path}")) for each in (held, nobody)]
        assert answers[0] == answers[1], path
