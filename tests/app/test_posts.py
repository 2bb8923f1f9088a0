"""Somebody with several posts works in one at a time, and everything says which."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from doors.node_parts import load, names, node_in, patient, person_of, submission
from throughcare import cli
from throughcare.actors.directory import Post, User
from throughcare.app.folder import existing
from throughcare.app.gateway import gateway
from throughcare.app.node import Node, opened
from throughcare.app.pages import PagesOf
from throughcare.app.posts import PostsOf
from throughcare.app.staff import user_of
from throughcare.audit import scan
from throughcare.audit.journal import read_pending
from throughcare.kernel import BadInputError
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Role
from throughcare.store.protocol import Transaction

ASHA = User("asha", "Asha Rao", (Role.PARAMEDIC,), "RX8", elsewhere=(Post(Role.NURSE, "RXX"),))
NIA = User("nia", "Nia Owen", (Role.NURSE,), "RXX")


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as opened_:
        yield opened_


def browser(node: Node) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(gateway(node))
    return httpx.AsyncClient(transport=transport, base_url="http://node.test")


async def link(node: Node, user: User) -> str:
    async def work(tx: Transaction) -> str:
        await node.directory.put(tx, user)
        return await node.links.make(tx, user.id, user.roles[0])

    return f"/sign-in/{await node.store.transact(work)}"


def token(text: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', text)
    assert found is not None
    return found[1]


def offered(text: str) -> list[str]:
    return re.findall(r'name="post" value="([^"]+)"', text)


async def lines(node: Node, action: str) -> list[AuditEntry]:
    """Return lines of the ledger, once those of every transaction are in it."""
    while True:
        await node.journal.settle()
        async with node.store.snapshot() as reader:
            if not await read_pending(reader):
                break
        await asyncio.sleep(0.01)  # somebody else is about it
    node.ledger.seal()
    found = (each.entry for each in scan.every(node.folder.ledger))
    return [entry for entry in found if entry.action == action]


async def test_a_post_is_chosen_with_the_tap_that_signs_in(node: Node) -> None:
    client, code = browser(node), await link(node, ASHA)
    page = await client.get(code)
    assert offered(page.text) == ["paramedic@RX8", "nurse@RXX"]
    form = {"token": token(page.text), "post": "nurse@RXX"}
    start = await client.post(code, data=form, follow_redirects=True)
    assert "Signed in as Asha Rao, nurse, RXX." in start.text
    assert 'href="/arrivals"' in start.text or start.url.path == "/people"
    (line,) = await lines(node, "sign-in")
    assert (line.user, line.role, line.organisation) == ("asha", "nurse", "RXX")
    again = await client.get(await link(node, ASHA))
    assert offered(again.text) == ["nurse@RXX", "paramedic@RX8"]


async def test_with_one_post_the_page_is_as_it_always_was(node: Node) -> None:
    client, code = browser(node), await link(node, NIA)
    page = await client.get(code)
    assert offered(page.text) == []
    start = await client.post(code, data={"token": token(page.text)}, follow_redirects=True)
    assert (start.url.path, len(start.history)) == ("/people", 1)
    assert "Change role" not in start.text


@pytest.mark.parametrize("forged", ["nurse@RX8", "privacy-officer@RX8", "gp@", "x", "nurse"])
async def test_a_post_that_was_not_given_can_be_chosen_by_no_form(node: Node, forged: str) -> None:
    client, code = browser(node), await link(node, ASHA)
    form = {"token": token((await client.get(code)).text), "post": forged}
    assert (await client.post(code, data=form)).status_code == 403
    assert await lines(node, "sign-in") == []
    form |= {"post": "paramedic@RX8"}  # the link is good still
    assert (await client.post(code, data=form)).status_code == 303
    form = {"token": token((await client.get("/role")).text), "post": forged}
    assert (await client.post("/role", data=form)).status_code == 403
    assert "paramedic, RX8." in (await client.get("/role")).text


async def test_another_post_is_another_session_with_its_own_looks_and_grounds(node: Node) -> None:
    (outcome,) = await load(node, submission("gp", patient("Moss", "9990000018")))
    number = await person_of(node, names(outcome)[0])
    async with node.store.snapshot() as reader:
        record = f"/people/{await node.persons.public_id(reader, number)}"
    client, code = browser(node), await link(node, ASHA)
    await client.post(code, data={"token": token((await client.get(code)).text)})
    asked = await client.get(f"{record}/emergency")
    form = {"token": token(asked.text), "answer": "agrees"}
    opened_ = await client.post(f"{record}/permission", data=form, follow_redirects=True)
    assert "person agrees" in opened_.text
    old = client.cookies["throughcare"]
    page = await client.get("/role")
    assert offered(page.text) == ["nurse@RXX"]
    form = {"token": token(page.text), "post": "nurse@RXX"}
    assert (await client.post("/role", data=form)).status_code == 303
    asked = await client.get(f"{record}/emergency")
    assert "Ask the person first" in asked.text
    found = [(line.role, line.organisation) for line in await lines(node, "summary")]
    assert found == [*[("paramedic", "RX8")] * 2, ("nurse", "RXX")]
    assert [line.what for line in await lines(node, "sign-in")] == ["", "instead of paramedic@RX8"]
    client.cookies.set("throughcare", old)
    assert (await client.get("/people")).status_code == 401


async def test_changing_posts_does_not_make_a_session_last_longer(node: Node) -> None:
    posts = PostsOf(node, PagesOf(node))
    signed_in = await posts.sign_in((await link(node, ASHA)).rpartition("/")[2], "")
    assert signed_in is not None
    async with node.store.snapshot() as reader:
        before = await node.sessions.find(reader, signed_in.cookie)
    changed = await posts.take(signed_in.session, "nurse@RXX")
    async with node.store.snapshot() as reader:
        assert (await node.sessions.find(reader, changed.cookie)).expires == before.expires


def test_the_first_post_says_where_somebody_belongs() -> None:
    found = user_of("a", "A", ("nurse@RXX", "gp@B86001", "pharmacist@RXX"))
    assert (found.roles, found.organisation) == ((Role.NURSE, Role.PHARMACIST), "RXX")
    assert found.elsewhere == (Post(Role.GP, "B86001"),)


@pytest.mark.parametrize("post", ["nurse", "nurse@", "patient@RXX", "wizard@RXX", "@RXX", ""])
def test_what_is_no_post_of_staff_is_refused(post: str) -> None:
    with pytest.raises(BadInputError):
        user_of("a", "A", (post,))


async def _at(folder: Path, code: str) -> list[str]:
    async with opened(existing(folder)) as node:
        return offered((await browser(node).get(code)).text)


def test_staff_are_entered_changed_and_retired_by_a_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def make() -> None:
        async with node_in(tmp_path):
            pass

    asyncio.run(make())
    folder = tmp_path / "node"

    def staff(*words: str) -> str:
        cli.commands.main(["staff", "asha", "--node", str(folder), *words], standalone_mode=False)
        return capsys.readouterr().out.strip()

    posts = ("--post", "paramedic@RX8", "--post", "nurse@RXX")
    code = staff("--name", "Asha Rao", *posts, "--base", "http://node.test/")
    assert code.startswith("http://node.test/sign-in/")
    assert asyncio.run(_at(folder, code)) == ["paramedic@RX8", "nurse@RXX"]
    assert staff("--retire") == "asha can sign in no more."
    assert asyncio.run(_at(folder, code)) == []
    said = [each.entry.what for each in scan.every(existing(folder).ledger)]
    assert [what for what in said if what.startswith("asha")] == [
        "asha: paramedic@RX8 nurse@RXX",
        "asha: retired",
    ]
