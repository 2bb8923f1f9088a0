"""Pages as each reader opens them in a browser: about people, their own, and the arrivals board."""

import asyncio
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
from pypdf import PdfReader

from doors.node_parts import person_of
from throughcare.actors.directory import User
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.app.pages import PagesOf
from throughcare.model.request import Permission, Purpose, Request, Role
from throughcare.store.protocol import Transaction
from throughcare.web.linking import qr_code
from throughcare.web.scanning import address

HOST = "http://node"
TREATING = ("emergency", "timeline", "overview")
ABOUT = {
    (Role.NURSE, Purpose.TREAT): TREATING,
    (Role.GP, Purpose.TREAT): TREATING,
    (Role.PHARMACIST, Purpose.TREAT): TREATING,
    (Role.SOCIAL_WORKER, Purpose.CAREMGT): ("emergency", "network"),
    (Role.CARE_ASSISTANT, Purpose.CAREMGT): ("emergency", "today", "pack"),
    (Role.PATIENT, Purpose.PATRQT): (
        *("emergency", "timeline", "mine", "mine.json", "add", "wrong"),
        *("looks", "sharing", "agents", "links", "card"),
    ),
}
"""Pages about a person that each kind of reader opens, for the purpose that is theirs."""
PRINTED = ("emergency", "pack", "mine")
"""Those that are handed out as PDF too."""
RECEIVING = {(Role.NURSE, Purpose.TREAT), (Role.GP, Purpose.TREAT)}
"""Who has a board of arrivals."""
TOKEN = re.compile(rb'name="token" value="[^"]*"')
"""What a form has of its session."""
DELIVERY = re.compile(rb'<li class="tc-line">(?:(?!</li>).)*Delivery: .*?</li>\s*', re.DOTALL)
"""That a source added to the record: people are told, also where nothing of it is for them."""


async def pages(
    node: Node, reader: Request, shown: list[str], *, papers: bool
) -> dict[str, list[bytes]]:
    """Return pages about the Patients `shown`, of their own record alone if a person reads.

    The board is shown twice: before anybody was asked, and after they said yes. With `papers`, the
    words of those pages about the first that are PDFs too.
    """
    about = ABOUT.get((reader.actor.role, reader.purpose), ())
    if not about:
        return {}
    own = reader.actor.role is Role.PATIENT
    people = [await _id(node, name) for name in (shown[:1] if own else shown)]
    browser, cookie = await signed_in(node, reader)
    found: dict[str, list[bytes]] = {}
    async with browser:
        if (reader.actor.role, reader.purpose) in RECEIVING:
            found["arrivals board"] = [await _board(browser, node, cookie)]
        session = await PagesOf(node).session(cookie)
        assert session is not None
        found["pages"], found["scan"] = [], []
        for person in people:
            if reader.purpose is Purpose.TREAT:
                await PagesOf(node).permission(session, person, Permission.GIVEN)
            for page in about:
                found["pages"].append(await _page(browser, f"people/{person}/{page}"))
            found["scan"].append(await _page(browser, f"scan/{person}", 0))
        if papers and people:
            printed = [page for page in about if page in PRINTED]
            found["PDF"] = [await _words(browser, f"people/{people[0]}/{p}.pdf") for p in printed]
        if "arrivals board" in found:
            found["arrivals board"].append(await _board(browser, node, cookie))
    return {way: [_alike(one, people) for one in each] for way, each in found.items()}


async def _id(node: Node, patient: str) -> str:
    async with node.store.snapshot() as view:
        return await node.persons.public_id(view, await person_of(node, patient))


async def signed_in(node: Node, reader: Request) -> tuple[httpx.AsyncClient, str]:
    """Return a browser in which `reader` is signed in, and its cookie."""
    user = User(reader.actor.user, "A Reader", (reader.actor.role,), reader.actor.organisation)
    user = replace(user, person=reader.actor.person)

    async def work(tx: Transaction) -> str:
        await node.directory.put(tx, user)
        return await node.sessions.open(tx, user, reader.actor.role)

    cookie = await node.store.transact(work)
    transport = httpx.ASGITransport(gateway(node))
    browser = httpx.AsyncClient(transport=transport, base_url=f"{HOST}/")
    browser.cookies.set("throughcare", cookie)
    return browser, cookie


async def _page(browser: httpx.AsyncClient, path: str, status: int = 200) -> bytes:
    reply = await browser.get(path)
    assert not status or reply.status_code == status, (path, reply.text)
    return f"{reply.status_code} {reply.headers.get('location')}".encode() + reply.content


async def _words(browser: httpx.AsyncClient, path: str) -> bytes:
    """Return headers and words of a PDF, sheet by sheet, and what it says of itself."""
    reply = await browser.get(path)
    assert reply.status_code == httpx.codes.OK, reply.text
    read = PdfReader(io.BytesIO(reply.content))
    said = [reply.headers["content-disposition"], str(read.metadata)]
    return "\n".join([*said, *(sheet.extract_text() for sheet in read.pages)]).encode()


async def _board(browser: httpx.AsyncClient, node: Node, cookie: str) -> bytes:
    """Return the board as a page, and as the first event of its stream."""
    return await _page(browser, "arrivals") + await _first_event(gateway(node), cookie)


async def _first_event(application: Any, cookie: str) -> bytes:  # noqa: ANN401 - an ASGI callable
    sent: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
    gone, began = asyncio.Event(), False

    async def receive() -> dict[str, Any]:
        nonlocal began
        if began:
            await gone.wait()
            return {"type": "http.disconnect"}
        began = True
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"host", b"node"), (b"cookie", f"throughcare={cookie}".encode())]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.0"},
        "method": "GET",
        "path": "/arrivals/events",
        "raw_path": b"/arrivals/events",
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("node", 80),
    }
    answering = asyncio.create_task(application(scope, receive, sent.put))
    said = b""
    while b"data:" not in said:
        said += (await asyncio.wait_for(sent.get(), 20)).get("body", b"")
    gone.set()
    await answering
    return said


def _alike(page: bytes, people: list[str]) -> bytes:
    """Return a page without what each node draws by itself: ids of people, and their codes."""
    page = DELIVERY.sub(b"", TOKEN.sub(b"", page))
    for number, person in enumerate(people):
        code = str(qr_code(address(HOST, person))).encode()
        page = page.replace(code, b"CODE").replace(person.encode(), b"PERSON%d" % number)
    return page
