"""The review queue as JSON: decide, put off, figures."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from api.test_merge import REVIEWER, person
from doors.node_parts import load, patient, submission
from throughcare.app.checks import queues
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.model.person import QueueQuery

JOHN = [{"family": "Smith", "given": ["John"]}]


@pytest.fixture
async def queue(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a reviewer, to whom one pair waits."""
    await person(node, "gp", "Smith", "9990000018", name=JOHN, address=[{"postalCode": "BD9 6RJ"}])
    await person(node, "social", "Smith", name=JOHN, address=[{"postalCode": "YO1 9AA"}])
    headers = {"authorization": f"Bearer {node.issue(REVIEWER, hours=1)}"}
    transport = httpx.ASGITransport(gateway(node))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://node/api/reviews", headers=headers
    ) as made:
        yield made


async def test_a_pair_is_put_off_and_comes_back(node: Node, queue: httpx.AsyncClient) -> None:
    (pair,) = (await queue.get("")).json()["pairs"]
    assert pair["later"] is None
    today = node.clock.now().date()
    until = (today + timedelta(days=3)).isoformat()
    put_off = {"decision": "later", "until": until, "note": "ask the ward"}
    reply = await queue.post(f"/{pair['id']}", json=put_off)
    assert reply.status_code == 204, reply.text
    assert (await queue.get("")).json()["pairs"] == []
    (pair,) = (await queue.get("?standing=later")).json()["pairs"]
    assert pair["later"] == {"until": until, "note": "ask the ward", "who": "somebody"}
    figures = (await queue.get("/figures")).json()
    assert (figures["waiting"], figures["later"]) == (0, 1)
    assert any("1 put off" in check.found for check in await queues.checks(node))
    async with node.store.snapshot() as reader:
        on = [
            await node.persons.reviews(reader, QueueQuery(), today + timedelta(days=days))
            for days in (2, 3)
        ]
        back = await node.persons.queue_figures(reader, node.clock.now() + timedelta(days=3))
    assert [(len(each.reviews), each.waiting, each.later) for each in on] == [(0, 0, 1), (1, 1, 0)]
    assert (back.waiting, back.later) == (1, 0)


async def test_a_pair_whose_score_changed_waits_again_at_once(
    node: Node, queue: httpx.AsyncClient
) -> None:
    (pair,) = (await queue.get("")).json()["pairs"]
    until = (node.clock.now().date() + timedelta(days=3)).isoformat()
    await queue.post(f"/{pair['id']}", json={"decision": "later", "until": until})
    assert (await queue.get("/figures")).json()["waiting"] == 0
    newer = patient("Smith", name=JOHN, address=[{"postalCode": "YO1 9AA"}], gender="unknown")
    newer["birthDate"] = "1961-05-04"
    await load(node, submission("social", newer, key="later"))
    (again,) = (await queue.get("")).json()["pairs"]
    assert again["score"] != pair["score"]
    assert again["later"] is None
    assert (await queue.get("/figures")).json()["waiting"] == 1


async def test_decisions_are_counted_by_who_decided_what(queue: httpx.AsyncClient) -> None:
    (pair,) = (await queue.get("")).json()["pairs"]
    same = {"decision": "same", "why": "seen at the desk"}
    assert (await queue.post(f"/{pair['id']}", json=same)).status_code == 204
    figures = (await queue.get("/figures")).json()
    assert (figures["waiting"], figures["oldest"]) == (0, None)
    ((decided),) = figures["decided"]
    assert (decided["who"], decided["same"], decided["count"]) == ("somebody", True, 1)
    assert (await queue.post(f"/{pair['id']}", json={"decision": "undo"})).status_code == 204
    assert (await queue.get("/figures")).json()["decided"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"decision": "later"},
        {"decision": "later", "until": "soon"},
        {"decision": "later", "until": "2020-01-01"},
        {"decision": "later", "until": "2999-01-01"},
        {"decision": "perhaps"},
        {"decision": "same"},
    ],
)
async def test_what_is_no_decision_is_refused(
    queue: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    (pair,) = (await queue.get("")).json()["pairs"]
    assert (await queue.post(f"/{pair['id']}", json=wrong)).status_code == 400


async def test_an_answer_says_how_many_there_are_and_leads_on(
    node: Node, queue: httpx.AsyncClient
) -> None:
    await person(node, "ambulance", "Smith", name=JOHN, address=[{"postalCode": "LS1 4AP"}])
    whole = (await queue.get("")).json()
    assert (whole["waiting"], whole["later"], len(whole["pairs"])) == (3, 0, 3)
    assert (whole["previous"], whole["next"]) == (None, None)
    first = (await queue.get("?count=2")).json()
    assert (first["waiting"], first["previous"]) == (3, None)
    rest = (await queue.get("", params={"count": 2, "after": first["next"]})).json()
    assert [*first["pairs"], *rest["pairs"]] == whole["pairs"]
    back = (await queue.get("", params={"count": 2, "before": rest["previous"]})).json()
    assert back == first


@pytest.mark.parametrize(
    "wrong",
    ["count=0", "count=all", "after=2", "before=x_1-2", "after=1_2-3&before=1_2-3", "standing=all"],
)
async def test_a_part_that_is_none_is_refused(queue: httpx.AsyncClient, wrong: str) -> None:
    assert (await queue.get(f"?{wrong}")).status_code == 400
