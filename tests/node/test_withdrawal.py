"""A withdrawal stops what is under way: on each worker, on either engine, from its commit on."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from doors.node_parts import (
    ACT,
    asks,
    condition,
    consent,
    load,
    names,
    patient,
    person_of,
    submission,
)
from node.conftest import start, stop
from store.engines import drop, dsns, on_every_engine
from throughcare.actors.directory import User
from throughcare.app.folder import Folder, create
from throughcare.app.node import Node, opened
from throughcare.model.request import Purpose, Role
from throughcare.store.protocol import Transaction

pytestmark = pytest.mark.server

CONNECTIONS = 10
"""So many that both workers have some: each takes what it gets."""
RESEARCH = {
    "type": "permit",
    "purpose": [{"code": "HRESCH"}],
    "actor": [
        {"role": {"coding": [{"code": "IRCP"}]}, "reference": {"identifier": {"value": "RUNI"}}}
    ],
}


@dataclass(frozen=True)
class Person:
    """Somebody with five conditions, who agreed to research."""

    about: str
    first: str
    number: int
    public: str


@dataclass(frozen=True)
class Known:
    """A node with two workers, two persons, and who may come to it."""

    base: str
    leaves: Person
    stays: Person
    tokens: dict[str, str]
    links: dict[str, str]

    def clients(self, held: ExitStack, role: str) -> list[httpx.Client]:
        """Return clients with connections of their own, all with one token."""
        headers = {"authorization": f"Bearer {self.tokens[role]}"}
        base = f"{self.base}/fhir/"
        made = [
            httpx.Client(base_url=base, headers=headers, timeout=30) for _ in range(CONNECTIONS)
        ]
        return [held.enter_context(client) for client in made]

    def browser(self, held: ExitStack, role: str) -> httpx.Client:
        """Return the browser of somebody who signed in by their link."""
        made = held.enter_context(
            httpx.Client(base_url=self.base, timeout=30, follow_redirects=True)
        )
        path = f"/sign-in/{self.links[role]}"
        entered = made.post(path, data={"token": token_of(made.get(path).text)})
        assert entered.status_code == httpx.codes.OK
        return made


async def person_in(node: Node, family: str) -> Person:
    url = f"urn:gp:{family}"
    conditions = [condition(url) for _ in range(5)]
    kept = submission(
        "gp",
        patient(family, birthDate=f"19{len(family):02}-02-03"),
        *conditions,
        consent(url, provision=RESEARCH),
        key=family,
    )
    (outcome,) = await load(node, kept)
    about, first, *_ = names(outcome)
    came = {
        "resourceType": "Encounter",
        "status": "arrived",
        "class": {"system": ACT, "code": "EMER"},
        "subject": {"reference": about},
        "period": {"start": node.clock.now().isoformat()},
    }
    await load(node, submission("rxx", came, key=family))
    number = await person_of(node, about)
    async with node.store.snapshot() as reader:
        return Person(about, first, number, await node.persons.public_id(reader, number))


async def filled(folder: Folder) -> tuple[Person, Person, dict[str, str], dict[str, str]]:
    async with opened(folder) as node:
        leaves, stays = [await person_in(node, family) for family in ("Leaves", "Bystander")]
        requests = {
            "nurse": asks(),
            "researcher": asks(Role.RESEARCHER, Purpose.HRESCH, organisation="RUNI"),
        }
        tokens = {role: node.issue(request, hours=1) for role, request in requests.items()}
        users = {
            "nurse": User("nurse-1", "Nia Owen", (Role.NURSE,), "RXX"),
            "person": User("own-1", "Ida Leaves", (Role.PATIENT,), "", leaves.number),
        }
        links: dict[str, str] = {}

        async def work(tx: Transaction) -> None:
            for role, user in users.items():
                await node.directory.put(tx, user)
                links[role] = await node.links.make(tx, user.id, user.roles[0])

        await node.store.transact(work)
        return leaves, stays, tokens, links


@pytest.fixture(scope="module", params=on_every_engine)
def known(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Known]:
    root: Path = tmp_path_factory.mktemp("withdrawal")
    folder = create(root / "node")
    engine: str = request.param
    if engine != "sqlite":
        folder.keep_dsns(asyncio.run(dsns(engine, root)))
    made = asyncio.run(filled(folder))
    process, base = start(folder.root, "--workers", "2")
    try:
        yield Known(base, *made)
    finally:
        stop(process)
        asyncio.run(drop(engine, root))


def token_of(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def following(client: httpx.Client, path: str, params: dict[str, str]) -> str:
    """Return the link to the second page."""
    bundle: dict[str, Any] = client.get(path, params=params).json()
    return next(link["url"] for link in bundle["link"] if link["relation"] == "next")


def exported(client: httpx.Client, between: Callable[[], None]) -> str:
    """Begin an export, call `between` when it is complete, and return all of its files."""
    wish = {"_type": "Condition"}
    begun = client.get("$export", headers={"prefer": "respond-async"}, params=wish)
    assert begun.status_code == httpx.codes.ACCEPTED, begun.text
    status = client.get(begun.headers["content-location"])
    while status.status_code == httpx.codes.ACCEPTED:
        status = client.get(begun.headers["content-location"])
    assert status.status_code == httpx.codes.OK
    between()
    return "".join(client.get(each["url"]).text for each in status.json()["output"])


def board(lines: Iterator[str]) -> str:
    """Return the next board of a stream of them."""
    found: list[str] = []
    for line in lines:
        if line.startswith("data: "):
            found.append(line)
        elif found:
            return "".join(found)
    message = "the stream has ended"
    raise AssertionError(message)


def test_all_that_is_under_way_stops_when_the_person_says_no(known: Known) -> None:
    who, other = known.leaves, known.stays
    with ExitStack() as held:
        nurses = known.clients(held, "nurse")
        page = {"patient": who.about, "_count": "2"}
        links = [following(client, "Condition", page) for client in nurses[:2]]
        links.append(following(nurses[0], f"{who.about}/$everything", {"_count": "2"}))
        kept = following(nurses[0], "Condition", page | {"patient": other.about})
        nurse, own = known.browser(held, "nurse"), known.browser(held, "person")
        record = f"/people/{who.public}"
        agrees = {"token": token_of(nurse.get(f"{record}/emergency").text), "answer": "agrees"}
        shown = nurse.post(f"{record}/permission", data=agrees)
        assert "This record is not shown" not in shown.text
        watching = held.enter_context(nurse.stream("GET", "/arrivals/events")).iter_lines()
        before = board(watching)
        assert "LEAVES" in before
        assert "BYSTANDER" in before

        def withdraw() -> None:
            assert {client.get(who.first).status_code for client in nurses} == {httpx.codes.OK}
            choice = f"{record}/sharing/all"
            sent = {"token": token_of(own.get(choice, params={"to": "stop"}).text), "to": "stop"}
            assert own.post(choice, data=sent).status_code == httpx.codes.OK

        files = exported(known.clients(held, "researcher")[0], withdraw)
        # Tokens in use, on every worker.
        assert {client.get(who.first).status_code for client in nurses} == {httpx.codes.NOT_FOUND}
        # Links to further pages end; those about somebody else do not.
        for link in links:
            assert {client.get(link).status_code for client in nurses} == {httpx.codes.GONE}
        assert {client.get(kept).status_code for client in nurses} == {httpx.codes.OK}
        # A board of arrivals that is open: the next that is sent is without them.
        after = board(watching)
        assert "LEAVES" not in after
        assert "BYSTANDER" in after
        # An export that was complete, and not fetched yet.
        assert who.about not in files
        assert other.about in files
        # A page that is open: its form opens nothing any more.
        again = nurse.post(f"{record}/permission", data=agrees)
        assert "This record is not shown" in again.text
        beside = nurse.post(f"/people/{other.public}/permission", data=agrees)
        assert "This record is not shown" not in beside.text
