"""A mother, a friend, staff and the person themselves on the pages of a node: real doors."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from acting.test_acting_at_the_doors import MOTHER, child
from doors.node_parts import load, names, node_in, patient, person_of, submission
from throughcare.actors.directory import User
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.consent.explain import NO_RIGHT
from throughcare.model.request import Role
from throughcare.store.protocol import Transaction

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

ADDRESS = "http://node.test"


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as opened:
        yield opened


async def signed_in(node: Node, user: User) -> httpx.AsyncClient:
    """Return the client of a user who has redeemed their one-time link."""

    async def work(tx: Transaction) -> str:
        await node.directory.put(tx, user)
        return await node.links.make(tx, user.id, user.roles[0])

    code = await node.store.transact(work)
    transport = httpx.ASGITransport(gateway(node))
    client = httpx.AsyncClient(transport=transport, base_url=ADDRESS)
    shown = await client.get(f"/sign-in/{code}")
    await client.post(f"/sign-in/{code}", data={"token": token_in(shown.text)})
    return client


def token_in(text: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', text)
    assert found is not None
    return found[1]


async def public(node: Node, person: int) -> str:
    async with node.store.snapshot() as reader:
        return await node.persons.public_id(reader, person)


SARA = User("sara", "Sara Khan", (Role.PROXY,))
OMAR = User("omar", "Omar Baines", (Role.PROXY,))
DEV = User("dev", "Dev Patel", (Role.SOCIAL_WORKER,), "383")


async def test_a_mother_chooses_whose_record_and_a_bar_says_in_what_right(node: Node) -> None:
    person, _ = await child(node, MOTHER)
    record = f"/people/{await public(node, person)}"
    sara, omar = await signed_in(node, SARA), await signed_in(node, OMAR)
    start = await sara.get("/acting")
    assert "You see everything but what is kept back as sensitive." in start.text
    assert f"{record}/mine" in start.text
    page = (await sara.get(f"{record}/emergency")).text
    assert "You act for KHAN, Ida." in page
    assert "Parental responsibility, until 31 May 2028" in page
    assert "Asthma" in page or "195967001" in page
    nobodys = await omar.get(f"{record}/emergency")
    unknown = await omar.get("/people/nobody/emergency")
    assert nobodys.status_code == unknown.status_code == 404
    assert nobodys.text.replace(record.removeprefix("/people/"), "nobody") == unknown.text
    assert NO_RIGHT in nobodys.text
    assert "KHAN" not in nobodys.text
    own = User("ida", "Ida Khan", (Role.PATIENT,), person=person)
    looks = (await (await signed_in(node, own)).get(f"{record}/looks")).text
    assert "Sara Khan, for you, somebody acting for the person" in looks or "for you" in looks


async def test_a_hold_looks_to_a_mother_as_if_her_right_had_ended(node: Node) -> None:
    person, _ = await child(node, MOTHER)
    record = f"/people/{await public(node, person)}"
    sara, dev = await signed_in(node, SARA), await signed_in(node, DEV)
    form = f"{record}/representation"
    shown = (await dev.get(form)).text
    assert "Sara" in shown
    consent = re.search(r'name="consent" value="([^"]+)"', shown)
    assert consent is not None
    token = {"token": token_in(shown)}
    assert (await dev.post(form, data={**token, "what": "hold"})).status_code == 303
    assert "safeguarding hold is on" in (await dev.get(form)).text
    held = [(await sara.get(path)).text for path in ("/acting", f"{record}/emergency")]
    await dev.post(form, data={**token, "what": "lift"})
    assert "You act for" in (await sara.get(f"{record}/emergency")).text
    await dev.post(form, data={**token, "what": "end", "consent": consent[1]})
    ended = [(await sara.get(path)).text for path in ("/acting", f"{record}/emergency")]
    assert held == ended
    own = User("ida", "Ida Khan", (Role.PATIENT,), person=person)
    ida = await signed_in(node, own)
    for path in ("looks", "agents", "emergency", "timeline"):
        assert "safeguarding" not in (await ida.get(f"{record}/{path}")).text.casefold()


async def test_a_person_lets_somebody_see_medicines_in_two_steps_and_ends_it(node: Node) -> None:
    person, _ = await child(node, born="1961-04-05")
    record = f"/people/{await public(node, person)}"
    omar = await signed_in(node, OMAR)
    ida = await signed_in(node, User("ida", "Ida Khan", (Role.PATIENT,), person=person))
    token = token_in((await ida.get(f"{record}/agents")).text)
    wish = {"token": token, "account": "omar", "see-medicines": "yes", "until": "2099-01-01"}
    checked = await ida.post(f"{record}/agents/check", data=wish)
    assert "Let Omar Baines act for you?" in checked.text
    assert (await omar.get(f"{record}/emergency")).status_code == 404
    assert (await ida.post(f"{record}/agents", data=wish)).status_code == 303
    shown = (await ida.get(f"{record}/agents")).text
    assert "Omar Baines" in shown
    assert "Sees: medicines." in shown
    assert "<p>You see medicines.</p>" in (await omar.get("/acting")).text
    page = await omar.get(f"{record}/emergency")
    assert page.status_code == 200
    assert "195967001" not in page.text
    assert "Asthma" not in page.text
    assert (await omar.get(f"{record}/looks")).status_code == 403
    end = re.search(rf"{record}/agents/[^\"]+/end", shown)
    assert end is not None
    asked = await ida.get(end[0])
    assert "End that Omar Baines acts for you?" in asked.text
    assert (await ida.post(end[0], data={"token": token})).status_code == 303
    assert (await omar.get(f"{record}/emergency")).status_code == 404


async def test_nobody_chooses_for_somebody_else_nor_learns_who_they_are(node: Node) -> None:
    person, _ = await child(node, MOTHER)
    ida = await signed_in(node, User("ida", "Ida Khan", (Role.PATIENT,), person=person))
    own = f"/people/{await public(node, person)}/agents"
    (stored,) = await load(node, submission("gp", patient("Secret", "9990000026"), key="2"))
    other = await person_of(node, names(stored)[0])
    await signed_in(node, OMAR)
    wish = {"token": token_in((await ida.get(own)).text), "account": "omar"}
    answer = await ida.post(f"/people/{await public(node, other)}/agents/check", data=wish)
    assert answer.status_code == 403
    assert "SECRET" not in answer.text.upper()


async def test_a_right_that_ends_before_it_begins_is_refused(node: Node) -> None:
    person, _ = await child(node, born="1940-04-05")
    dev = await signed_in(node, DEV)
    await signed_in(node, OMAR)
    form = f"/people/{await public(node, person)}/representation"
    right = {"what": "grant", "right": "deputy", "account": "omar"}
    days = {"since": "2026-12-01", "until": "2026-11-01"}
    sent = {"token": token_in((await dev.get(form)).text), **right, **days}
    assert (await dev.post(form, data=sent)).status_code == 400


async def test_a_person_ends_what_they_gave_and_never_what_law_gives(node: Node) -> None:
    person, _ = await child(node, MOTHER)
    record = f"/people/{await public(node, person)}"
    ida = await signed_in(node, User("ida", "Ida Khan", (Role.PATIENT,), person=person))
    dev = await signed_in(node, DEV)
    shown = (await dev.get(f"{record}/representation")).text
    consent = re.search(r'name="consent" value="([^"]+)"', shown)
    assert consent is not None
    token = token_in((await ida.get(f"{record}/agents")).text)
    answer = await ida.post(f"{record}/agents/{consent[1]}/end", data={"token": token})
    assert answer.status_code == 409


async def test_staff_record_a_right_and_capacity_and_the_person_is_told(node: Node) -> None:
    person, _ = await child(node, born="1940-04-05")
    record = f"/people/{await public(node, person)}"
    omar, dev = await signed_in(node, OMAR), await signed_in(node, DEV)
    form = f"{record}/representation"
    token = {"token": token_in((await dev.get(form)).text)}
    right = {"right": "lasting-power-of-attorney", "account": "omar"}
    await dev.post(form, data={**token, "what": "grant", **right})
    suspended = await omar.get(f"{record}/emergency")
    assert suspended.status_code == 403
    assert "decide themselves" in suspended.text
    listed = (await omar.get("/acting")).text
    assert "A record that is closed to you" in listed
    assert "Khan" not in listed.partition("<main")[2]
    await dev.post(form, data={**token, "what": "lacking", "until": "2099-01-01"})
    assert (await omar.get(f"{record}/emergency")).status_code == 200
    assert "KHAN" in (await omar.get("/acting")).text
    await dev.post(form, data={**token, "what": "present"})
    assert (await omar.get(f"{record}/emergency")).status_code == 403
    ida = await signed_in(node, User("ida", "Ida Khan", (Role.PATIENT,), person=person))
    assert "recorded or changed a consent" in (await ida.get(f"{record}/agents")).text


async def test_looks_of_a_sensitive_service_are_not_among_those_a_mother_reads(
    node: Node,
) -> None:
    person, _ = await child(node, MOTHER)
    record = f"/people/{await public(node, person)}"
    sara = await signed_in(node, SARA)
    crew = await signed_in(node, User("crew", "Sam Reid", (Role.PARAMEDIC,), "RX8"))
    token = token_in((await crew.get("/people")).text)
    await crew.post(f"{record}/permission", data={"token": token, "answer": "agrees"})
    await crew.get(f"{record}/emergency")
    assert "Sam Reid" in (await sara.get(f"{record}/looks")).text
    nurse = await signed_in(node, User("nurse", "Nia Owen", (Role.NURSE,), "RXX"))
    token = token_in((await nurse.get("/people")).text)
    why = {"token": token, "reason": "bruises", "code": "safeguarding"}
    await nurse.post(f"{record}/break-glass", data=why)
    await nurse.get(f"{record}/emergency")
    looks = (await sara.get(f"{record}/looks")).text
    assert "bruises" not in looks
    ida = await signed_in(node, User("ida", "Ida Khan", (Role.PATIENT,), person=person))
    assert "bruises" in (await ida.get(f"{record}/looks")).text


async def test_who_has_a_record_of_their_own_sees_it_as_themselves_alone(node: Node) -> None:
    person, _ = await child(node, born="1961-04-05")
    record = f"/people/{await public(node, person)}"
    both = User("ida", "Ida Khan", (Role.PROXY, Role.PATIENT), person=person)
    proxy = await signed_in(node, both)
    assert "No right to act for anybody is in force." in (await proxy.get("/acting")).text
    assert (await proxy.get("/me")).headers["location"] == "/acting"
    for path in ("emergency", "timeline", "looks"):
        assert (await proxy.get(f"{record}/{path}")).status_code == 404
    assert (await proxy.get(f"{record}/sharing")).status_code == 403
    own = await signed_in(node, User("ida", "Ida Khan", (Role.PATIENT,), person=person))
    assert (await own.get(f"{record}/emergency")).status_code == 200
