"""Two nodes that differ in what one reader may not see, asked the same."""

import contextlib
import json
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random  # noqa: TID251 - seeded, so that a case can be had again
from typing import Any

import httpx

from doors.node_parts import asks, load, person_of, submission
from in_memory import memory
from node.withheld import elsewhere, linked, questions
from node.withheld.asking import Question
from node.withheld.making import UNIVERSITY, made
from node.withheld.overseeing import OVERSEERS, known_twice
from node.withheld.side import CountedIds, Side
from node.withheld.world import World
from throughcare.app.folder import create
from throughcare.app.gateway import gateway
from throughcare.app.node import Node, opened
from throughcare.model.request import Purpose, Reason, Request, Role

LINK = 500_000
"""The first id that is given when a link is made."""
OTHER = 1_000_000
"""From one number to that of another world for it."""
PAPERS = 10
"""Of so many stores one is asked for PDFs too."""
PAGES = 6
"""Pages that are followed, at most."""
MADE_NOW = re.compile(rb'urn:uuid:[0-9a-f-]{36}|"(?:timestamp|date)":"[^"]*"')
"""What a summary has of its own."""
EPOCH = re.compile(rb'"consentEpoch","valueInteger":\d+|consent epoch \d+')
"""How often anything changed that decisions stand on: the privacy officer alone is told."""
PLACE = re.compile(rb"_after=([\w-]+)")
"""The place of the next page: sealed under a key of each node, so only its length can tell."""


class StillClock:
    """Always noon, so that both nodes load and answer at the same moment."""

    def now(self) -> datetime:
        """Return that."""
        return datetime(2026, 11, 24, 12, tzinfo=UTC)


BECAUSE = Reason("was found unconscious", "cannot-be-asked")
READERS: Sequence[Request] = (
    asks(Role.NURSE, organisation="RXX"),
    asks(Role.NURSE, organisation="RXX"),
    asks(Role.GP, organisation="M99001"),
    asks(Role.PHARMACIST, organisation="RXX"),
    asks(Role.PARAMEDIC, Purpose.ETREAT, organisation="RX8", reason=BECAUSE),
    asks(Role.PARAMEDIC, Purpose.BTG, organisation="RX8", reason=BECAUSE),
    asks(Role.SOCIAL_WORKER, Purpose.CAREMGT, organisation="E1"),
    asks(Role.CARE_ASSISTANT, Purpose.CAREMGT, organisation="CH1"),
    asks(Role.RECEPTIONIST, Purpose.CAREMGT, organisation="RXX"),
    asks(Role.RESEARCHER, Purpose.HRESCH, organisation=UNIVERSITY),
    asks(Role.PATIENT, Purpose.PATRQT, organisation=""),
    asks(Role.PROXY, Purpose.FAMRQT, organisation=""),
    asks(Role.IT_LEAD, Purpose.HOPERAT, organisation="RXX"),
    asks(Role.PRIVACY_OFFICER, Purpose.HOPERAT, organisation="RXX"),
)
"""Whoever acts for somebody is whoever holds a link of theirs; a person asks for themselves."""


@dataclass(frozen=True)
class Difference:
    """A question that two nodes answered differently."""

    seed: int
    reader: str
    kind: str
    question: Question
    answers: tuple[list[bytes], list[bytes]]

    def __str__(self) -> str:
        """Say where the answers part."""
        start = f"seed {self.seed}, {self.reader}, {self.question}"
        for one, other in zip(*self.answers, strict=False):
            if one != other:
                # The bodies tell more than their lengths, which stand before them.
                halves = [text.partition(b"\n") for text in (one, other)]
                bodies = [half[2] for half in halves]
                shown = bodies if bodies[0] != bodies[1] else [half[0] for half in halves]
                pairs = enumerate(zip(*shown, strict=False))
                at = next((at for at, (a, b) in pairs if a != b), min(map(len, shown)))
                parts = [text[max(0, at - 300) : at + 300].decode() for text in shown]
                return f"{start}:\n{parts[0]}\n{parts[1]}"
        return f"{start}: pages {list(map(len, self.answers))}"


@contextlib.asynccontextmanager
async def node_with(
    folder: Path, world: World, hidden: frozenset[str]
) -> AsyncIterator[tuple[Node, CountedIds]]:
    """Open a node that was sent `world` as if what is `hidden` had never been."""
    ids = CountedIds()
    async with opened(create(folder), clock=StillClock(), ids=ids) as node:
        before: set[str] = set()
        for number, (source, names) in enumerate(world.sent):
            resources = world.resources(names, hidden)
            if before.intersection(names):  # what is sent again has changed
                resources = [one | {"language": "en"} for one in resources]
            before.update(names)
            given = submission(source, *resources, key=str(number))
            (outcome,) = await load(node, given)
            assert outcome.rejection is None, outcome.rejection
        # The clock stands still: what was written comes before all that is read.
        await node.journal.settle()
        yield node, ids


async def reader_in(node: Node, ids: CountedIds, reader: Request, person: str) -> Request:
    """Return the request of `reader` in a node, where `person` may be who asks, or made a link."""
    if reader.actor.role not in {Role.PATIENT, Role.PROXY}:
        return reader
    number = await person_of(node, person)
    own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=number)
    if reader.actor.role is Role.PATIENT:
        return own
    ids.start(LINK)
    return await linked.request(node, own)


def client_of(node: Node, reader: Request) -> httpx.AsyncClient:
    """Return a client with a token of `reader`."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(gateway(node)),
        base_url="http://node/fhir/",
        headers={"authorization": f"Bearer {node.issue(reader, hours=1)}"},
    )


async def withheld(client: httpx.AsyncClient, world: World) -> frozenset[str]:
    """Return the names of all that the reader is not shown; note which episodes are masked."""
    found, masked = set(), set()
    for name, entry in world.entries.items():
        reply = await client.get(name)
        if reply.status_code in {403, 404}:
            found.add(name)
        elif "note" in entry and "note" not in reply.json():
            masked.add(name)
    world.episodes = frozenset(masked)
    return frozenset(found)


async def kept_from(side: Side, world: World) -> frozenset[str]:
    """Return what is in no answer to the reader: all that is withheld, and no Patient of a review.

    Who decides which records are one person's reads of whom they are, and no Patient by FHIR.
    """
    found = await withheld(side.client, world)
    return found - set(world.people()) if side.reader.actor.role in OVERSEERS else found


async def answers(client: httpx.AsyncClient, question: Question, reader: Request) -> list[bytes]:
    """Return status, headers and body of an answer and of the pages after it.

    The account of a link is drawn by each node, and so is no difference.
    """
    account = reader.actor.user.encode()
    found: list[bytes] = []
    path, method, body = question.path, question.method, question.body
    headers = {"accept-encoding": "identity", **question.headers}
    while path and len(found) < PAGES:
        content = None if body is None else json.dumps(body)
        if body is not None:
            headers = {"content-type": "application/fhir+json"} | headers
        reply = await client.request(method, path, content=content, headers=headers)
        kept = {k: v for k, v in sorted(reply.headers.items()) if k not in {"date", "x-request-id"}}
        shown = MADE_NOW.sub(b"", PLACE.sub(_sealed, reply.content.replace(account, b"ACCOUNT")))
        if reader.actor.role is Role.PRIVACY_OFFICER:
            shown = EPOCH.sub(b"", shown)
        found.append(json.dumps([reply.status_code, kept]).encode() + b"\n" + shown)
        path, method, body, headers = _next(reply), "GET", None, {"accept-encoding": "identity"}
    return found


def _sealed(place: re.Match[bytes]) -> bytes:
    return b"_after=%d characters" % len(place[1])


def _next(reply: httpx.Response) -> str:
    try:
        given: Any = reply.json()
    except ValueError:
        return ""
    links = given.get("link", []) if isinstance(given, dict) else []
    return next((one["url"] for one in links if one["relation"] == "next"), "")


@dataclass(frozen=True)
class Case:
    """What came of asking two nodes the same."""

    found: list[Difference]
    withheld: frozenset[str]
    """Names of what the reader is not shown."""
    asked: list[str]
    """Kinds of what was asked."""


async def side(
    stack: contextlib.AsyncExitStack,
    folder: Path,
    world: World,
    hidden: frozenset[str],
    reader: Request,
) -> Side:
    """Return a node that was sent `world` as if what is `hidden` had never been, and its reader."""
    node, ids = await stack.enter_async_context(node_with(folder, world, hidden))
    by = await reader_in(node, ids, reader, world.people()[0])
    client = await stack.enter_async_context(client_of(node, by))
    return Side(node, ids, client, by)


def world_for(reader: Request, number: int) -> World:
    """Return the world of a number; who decides on matches has some to decide on."""
    world = made(number)
    return known_twice(world) if reader.actor.role in OVERSEERS else world


async def sides(
    stack: contextlib.AsyncExitStack, seed: int, reader: Request
) -> tuple[World, frozenset[str], Side, Side]:
    """Return a world, what of it is withheld, and a node with and one without that.

    Where exceptions show entries of somebody whose Patient they leave hidden, it is another world:
    no feed could have brought those without it.
    """
    world = world_for(reader, seed)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=memory())))
    again = 0
    while True:
        full = await side(stack, folder / f"a{again}", world, frozenset(), reader)
        hidden = await kept_from(full, world)
        if not world.can_be_without(hidden):
            again += 1
            world = world_for(reader, OTHER * again + seed)
            continue
        bare = await side(stack, folder / f"b{again}", world, hidden, reader)
        # People see who looked, themselves included: so the same is read in both nodes.
        left = await kept_from(bare, world)
        otherwise = hidden ^ left
        if not otherwise and reader.actor.role is Role.PATIENT:
            otherwise = await labelled_otherwise(world, hidden, full, bare)
        if not otherwise:
            return world, hidden, full, bare
        await take_on_labels(world, hidden, otherwise, full, bare)
        again += 1


async def labelled_otherwise(
    world: World, hidden: frozenset[str], full: Side, bare: Side
) -> frozenset[str]:
    """Return what of the reader's own record has a label from something withheld.

    The person is told who could see it, which is true of the label that it has.
    """
    own = [n for n in world.entries if n not in hidden and world.of[n] == world.people()[0]]
    labels = {name: (await full.labels([name]), await bare.labels([name])) for name in own}
    return frozenset(name for name, (one, other) in labels.items() if one != other)


async def take_on_labels(
    world: World, hidden: frozenset[str], otherwise: frozenset[str], full: Side, bare: Side
) -> None:
    """Have what is shown for a label sent with it, where it has it from something withheld.

    Who is let see what has a label sees what has it from anywhere, and learns that it has it: so a
    record in which it had none is another one. So is one in which a Consent is shown that is
    withheld for such a label: it rules in both. What else makes a difference is one that tells.
    """
    for name in otherwise:
        assert name not in hidden or name.startswith("Consent/"), name
        taken = await full.labels([name]) - await bare.labels([name])
        others = [n for n in hidden if n != name and world.of[n] == world.of[name]]
        theirs = await full.labels(others)
        assert taken, name
        assert taken <= theirs, (name, taken - theirs)
        world.label(name, taken)


async def differences(seed: int, each: int) -> Case:
    """Ask `each` questions of the world of a number, as one reader, and in all other ways once."""
    random = Random(seed)  # noqa: S311 - no secret is made of it
    reader = random.choice(READERS)
    async with contextlib.AsyncExitStack() as stack:
        world, hidden, full, bare = await sides(stack, seed, reader)
        shown = {n: world.told(n, hidden) for n in world.people() if n not in hidden}
        who = f"{reader.actor.role} {reader.purpose}"
        for one in (full, bare):
            one.ids.start(1_000_000)
        ways, others = [
            await elsewhere.answers(one, shown, client_of, papers=seed % PAPERS == PAPERS - 1)
            for one in (full, bare)
        ]
        asked = [(way, Question(way), (ways[way], others[way])) for way in ways]
        for number, (kind, question) in enumerate(questions.asked(random, world, hidden, each)):
            for one in (full, bare):
                one.ids.start(1_000_000 * (number + 2))
            both = (
                await answers(full.client, question, full.reader),
                await answers(bare.client, question, bare.reader),
            )
            asked.append((kind, question, both))
    found = [Difference(seed, who, *case) for case in asked if case[2][0] != case[2][1]]
    return Case(found, hidden, [kind for kind, _, _ in asked])
