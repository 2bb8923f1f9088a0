"""A person's own pages on a real node: what they add, call wrong and ask about."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from acting.test_acting_on_pages import public, signed_in, token_in
from doors.node_parts import asks, condition, load, names, node_in, patient, person_of, submission
from throughcare.actors.directory import User
from throughcare.app.diagnosis import diagnose
from throughcare.app.node import Node
from throughcare.model.request import Purpose, Reason, Role

OFFICER = User("pat", "Pat Lomax", (Role.PRIVACY_OFFICER,), "QWO")
NUMBER = "9990000018"


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as opened:
        yield opened


async def ada(node: Node) -> tuple[httpx.AsyncClient, str, str]:
    """Return the client of a patient, the address of their record, and their asthma."""
    given = submission("gp", patient("Moss", NUMBER), condition("urn:gp:Moss", "195967001"))
    (outcome,) = await load(node, given)
    about, asthma = names(outcome)
    person = await person_of(node, about)
    client = await signed_in(node, User("ada", "Ada Moss", (Role.PATIENT,), person=person))
    return client, f"/people/{await public(node, person)}", asthma


async def sent(client: httpx.AsyncClient, page: str, to: str, **fields: str) -> httpx.Response:
    token = token_in((await client.get(page)).text)
    return await client.post(to, data={"token": token, **fields})


async def test_a_reading_of_their_own_is_in_the_record_with_them_as_performer(node: Node) -> None:
    client, record, _ = await ada(node)
    fields = {"kind": "blood-pressure", "systolic": "128", "diastolic": "77"}
    answer = await sent(client, f"{record}/add", f"{record}/readings", **fields)
    assert answer.headers["location"] == f"{record}/mine?done=reading"
    shown = (await client.get(f"{record}/mine")).text
    assert "Blood pressure: 128/77 mmHg" in shown
    assert "How hard your blood pushes." in shown
    assert "The person" in shown
    entries = (await client.get(f"{record}/mine.json")).json()["entry"]
    (reading,) = [
        each["resource"] for each in entries if each["resource"]["resourceType"] == "Observation"
    ]
    assert reading["performer"] == [reading["subject"]]


@pytest.mark.parametrize("upper", ["", "high", "12", "1e9"])
async def test_a_reading_that_cannot_be_is_refused_and_stored_nowhere(
    node: Node, upper: str
) -> None:
    client, record, _ = await ada(node)
    fields = {"kind": "blood-pressure", "systolic": upper, "diastolic": "77"}
    answer = await sent(client, f"{record}/add", f"{record}/readings", **fields)
    assert answer.status_code == 400
    assert "No results are recorded here." in (await client.get(f"{record}/mine")).text


async def test_about_me_stands_in_their_own_words_and_the_next_takes_its_place(
    node: Node,
) -> None:
    client, record, _ = await ada(node)
    for words in ("My cat <Tibbles>", "My garden"):
        await sent(client, f"{record}/add", f"{record}/about-me", important=words)
        shown = (await client.get(f"{record}/mine")).text
        assert words.replace("<", "&lt;").replace(">", "&gt;") in shown
    assert "Tibbles" not in shown


async def test_what_is_called_wrong_goes_to_its_source_and_the_person_sees_the_state(
    node: Node,
) -> None:
    client, record, asthma = await ada(node)
    page = f"{record}/wrong/{asthma}"
    await sent(client, page, page, said="I never had asthma")
    shown = (await client.get(f"{record}/mine")).text
    assert "Sent. Nobody has answered yet." in shown
    assert "I never had asthma" in shown
    entries = (await client.get(f"{record}/mine.json")).json()["entry"]
    (task,) = [each["resource"] for each in entries if each["resource"]["resourceType"] == "Task"]
    assert task["focus"] == {"reference": asthma}
    assert task["owner"]["identifier"]["value"] == "GP"
    async with node.store.snapshot() as reader:
        waiting = await reader.rows("admission.tasks")
    assert [row[1] for row in waiting] == ["correction"]
    assert "asthma" not in str(waiting[0][3])


async def test_an_entry_of_somebody_else_can_be_neither_seen_nor_called_wrong(node: Node) -> None:
    client, record, _ = await ada(node)
    given = submission("gp", patient("Khan", "9990000026"), condition("urn:gp:Khan"), key="2")
    (outcome,) = await load(node, given)
    page = f"{record}/wrong/{names(outcome)[1]}"
    assert (await client.get(page)).status_code == 404
    answer = await sent(client, f"{record}/wrong", page, said="This is wrong")
    assert answer.status_code == 404
    async with node.store.snapshot() as reader:
        assert await reader.rows("admission.tasks") == []


async def test_a_question_about_a_look_is_answered_by_the_privacy_officer(node: Node) -> None:
    client, record, _ = await ada(node)
    request = asks(purpose=Purpose.ETREAT, reason=Reason("collapsed", "cannot-be-asked"))
    await node.people.emergency(request, record.rpartition("/")[2])
    shown = (await client.get(f"{record}/looks")).text
    asked = re.findall(rf'href="({record}/looks/[^"?]+)"', shown)
    await sent(client, asked[0], asked[0], said="Who is this?")
    assert "has not answered yet" in (await client.get(f"{record}/looks")).text
    await diagnose(node)  # else the page has a process examine the node, aside
    officer = await signed_in(node, OFFICER)
    queue = (await officer.get("/access")).text
    assert "The person asks" in queue
    assert "Who is this?" in queue
    case = re.findall(r'action="(/access/question-[^"]+)"', queue)[0]
    await sent(officer, "/access", case, outcome="justified")
    assert "found that it was in order" in (await client.get(f"{record}/looks")).text


async def test_nobody_but_the_person_adds_to_the_record_here(node: Node) -> None:
    _, record, _ = await ada(node)
    other = submission("gp", patient("Khan", "9990000026"), key="2")
    (outcome,) = await load(node, other)
    khan = await person_of(node, names(outcome)[0])
    stranger = await signed_in(node, User("amy", "Amy Khan", (Role.PATIENT,), person=khan))
    mine = f"/people/{await public(node, khan)}"
    fields = {"kind": "weight", "weight": "70"}
    answer = await sent(stranger, f"{mine}/add", f"{record}/readings", **fields)
    assert answer.status_code == 403
