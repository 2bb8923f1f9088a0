"""Measures whether what is withheld can be told from what never was: `python bench/absence.py`.

In process, through the whole application. What a reader is kept from is asked for in turn with what
nothing has: an id with another id, a code with another code, a person with another person who has
the same but for that (`twins.py`). Printed are medians in microseconds, on the clock and of CPU
time, and the ratio of neighbours with the span in which 95 % of such medians lie (`paired.py`). It
should be below 1.05 either way: who measures must not learn what the answer keeps from them.
Answers are compared too: status, headers, and length unpacked.

With ``--store postgres`` or ``two`` the record is in a database of a server that is started for it,
or in two; CPU time is then that of the server's processes besides.
"""

import argparse
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import uvloop
from asked_of_absence import QUESTIONS, UNKNOWN, Against, Question
from msgspec import structs
from paired import COUNTS, Ask, measured
from serving import Caller, gp
from table import show, title
from twins import Twins, loaded

from node.withheld.browsing import signed_in
from store import cluster
from throughcare.app import folder
from throughcare.app.gateway import gateway
from throughcare.app.node import Node, opened
from throughcare.app.pages import PagesOf
from throughcare.model.request import Permission, Request, Role

PAIRS, ROUNDS, WARM = 40, 12, 8
GOAL = "<= 1.05"
OWN = frozenset({b"date", b"x-request-id", b"location", b"last-modified", b"set-cookie"})
"""Headers that differ from answer to answer; that they are there is compared."""


@dataclass(frozen=True)
class Way:
    """How a reader asks: as a client of the FHIR interface, and in a browser."""

    caller: Caller
    cookie: str

    async def ask(
        self, question: Question, said: Mapping[str, str]
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Return the answer to a question about what is `said`."""
        path, _, query = question.asked.format_map(said).partition("?")
        headers = [(name, value.format_map(said).encode()) for name, value in question.headers]
        if question.page:
            headers.append((b"cookie", f"throughcare={self.cookie}".encode()))
        body = question.body.replace("PATIENT", said["patient"]).replace("NAME", said["id"])
        return await self.caller.whole(question.method, path, query, body.encode(), headers)


def sides(question: Question, twins: Twins) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return of what a question is asked, and against what."""
    full = twins.full
    unknown = {**full, **UNKNOWN, "id": UNKNOWN["id"].replace("0000", full["id"][-4:])}
    assert all(len(unknown[name]) == len(full[name]) for name in full)
    return {
        Against.UNKNOWN: (full, unknown),
        Against.DELETED: ({**full, "id": full["gone"]}, unknown),
        Against.TWIN: (full, {**twins.bare, "id": full["id"], "own": full["own"]}),
        Against.ITSELF: (twins.also, twins.bare),
    }[question.against]


async def difference(way: Way, question: Question, twins: Twins) -> str:
    """Return in what two answers differ, but for what each answer has of its own."""
    plain = replace(question, headers=(*question.headers, (b"accept-encoding", "identity")))
    one, two = [await way.ask(plain, said) for said in sides(question, twins)]
    found = [f"{one[0]} {two[0]}"] if one[0] != two[0] else []
    told, told2 = dict(one[1]), dict(two[1])
    found += [
        f"{name.decode()}: {told.get(name)!r} {told2.get(name)!r}"
        for name in told | told2
        if (name in told, name in told2) != (True, True)
        or (name not in OWN and told[name] != told2[name])
    ]
    if len(one[2]) != len(two[2]):
        found.append(f"{len(one[2])} and {len(two[2])} bytes")
    return "; ".join(found)


@contextlib.asynccontextmanager
async def node_on(store: str, root: Path) -> AsyncIterator[tuple[Node, int]]:
    """Open a node on a store, and say which process its server is; 0 for none."""
    made = folder.create(root / "node")
    if store == "sqlite":
        async with opened(made) as node:
            yield node, 0
        return
    server = cluster.cluster()
    names = [f"absence{at}" for at in range(1 if store == "postgres" else 2)]
    for name in names:
        await server.make(name)
    made.keep_dsns([server.dsn(name) for name in names])
    async with opened(made) as node:
        assert server.process is not None
        yield node, server.process.pid


def spent_by(postmaster: int) -> Callable[[], int]:
    """Return what counts the CPU nanoseconds of this process and of the server's that are there."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text("ascii").split()
    files = [Path(f"/proc/{child}/schedstat") for child in children]

    def count() -> int:
        there = sum(int(file.read_bytes().split()[0]) for file in files)
        return time.process_time_ns() + there

    return count


async def way_of(node: Node, reader: Request, twins: list[Twins]) -> Way:
    """Return how a nurse asks, who has everybody's permission."""
    browser, cookie = await signed_in(node, reader)
    await browser.aclose()
    pages = PagesOf(node)
    session = await pages.session(cookie)
    assert session is not None
    for one in twins:
        for side in (one.full, one.bare, one.also):
            await pages.permission(session, side["person"], Permission.GIVEN)
    return Way(Caller(gateway(node), node.issue(reader, hours=10)), cookie)


def asks(way: Way, question: Question, said: Mapping[str, str]) -> Ask:
    """Return one question, ready to be asked."""

    async def ask() -> object:
        return await way.ask(question, said)

    return ask


async def main() -> None:
    """Measure and print every question."""
    words = argparse.ArgumentParser()
    words.add_argument("--store", choices=("sqlite", "postgres", "two"), default="sqlite")
    words.add_argument("--rounds", type=int, default=ROUNDS)
    words.add_argument("--pairs", type=int, default=PAIRS)
    words.add_argument("--each", type=int, default=1, help="withheld conditions of a person")
    words.add_argument("--more", type=int, default=0, help="further entries of each record")
    words.add_argument("--only", default="", help="questions with these words alone")
    given = words.parse_args()
    with tempfile.TemporaryDirectory(dir=cluster.memory()) as name:
        async with node_on(given.store, Path(name)) as (node, server):
            twins = await loaded(node, given.pairs, given.each, given.more)
            nurse = gp(node)
            nurse = structs.replace(nurse, actor=replace(nurse.actor, role=Role.NURSE))
            way = await way_of(node, nurse, twins)
            title("withheld, beside unknown")
            for question in QUESTIONS:
                if given.only in question.what:
                    await tell(way, question, twins, given.rounds, server)


async def tell(way: Way, question: Question, twins: list[Twins], rounds: int, server: int) -> None:
    """Measure one question and print it."""
    about = [one for one in twins if one.linked or not question.linked]
    about = [one for one in about if one.ended or question.against is not Against.DELETED]
    differs = await difference(way, question, about[0])
    if differs:
        print(f"{question.what}: {differs}")
    pairs = [
        (asks(way, question, full), asks(way, question, bare))
        for full, bare in (sides(question, one) for one in about)
    ]
    for ask in pairs[0] * WARM:
        await ask()
    spent = (COUNTS[0], spent_by(server)) if server else COUNTS
    found = await measured(pairs, max(1, rounds // question.cost), spent)
    for kind, ratios in zip(("clock", "CPU"), found, strict=True):
        low, high = ratios.spread()
        limit = ratios.micros()[1]
        note = f"{low:.3f} to {high:.3f}"
        show(f"{question.what}, {kind}", ratios.middle() * limit, limit, GOAL, note=note)


if __name__ == "__main__":
    uvloop.run(main())
