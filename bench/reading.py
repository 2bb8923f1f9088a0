"""Measures reads and searches of a node beside a raw ASGI handler: `python bench/reading.py`.

Over HTTP the limit is the same server (uvicorn, uvloop, httptools) with a handler that sends 2 kB
and does nothing else; in process it is that handler alone. CPU time of the whole process, so what
a look costs later (sealing, the index of lines) is in it. What consent and audit cost is measured
beside the same read without them (`undecided`): over HTTP, as a client meets it, and in process,
where nothing else hides it; of a Patient, who names nobody, of a Condition, which names its
Patient, and of an Observation, which names its Encounter too, so that it is asked whether those may
be seen. Over HTTP by a lone client, between whose requests the caches go cold, and by several at
once. One thing more is in the figures that no limit has: p99 beside p50.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import uvloop
from serving import Caller, Client, Server, gp, server
from table import show, title
from undecided import without

from throughcare.app import asking, folder
from throughcare.app.gateway import gateway
from throughcare.app.loading import Found, Loader
from throughcare.app.node import Node, opened
from throughcare.demo import generate
from throughcare.model.request import Actor, Role

ROUNDS = 3_000
BEST_OF = 3
TURNS = 10
"""Parts of a run over HTTP, in which one server after the other is asked."""
AT_ONCE = (8, 64)
"""Requests under way at a time, where there are several clients."""
CONDITION = "code=http://snomed.info/sct%7C52448006&recorded-date=ge2020"
RAW = """
import sys, uvicorn
async def raw(scope, receive, send):
    headers = [(b"content-length", b"2048")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"x" * 2048})
uvicorn.run(raw, port=int(sys.argv[1]), log_level="error", access_log=False, lifespan="off",
            loop="uvloop", http="httptools", server_header=False)
"""
"""What no application on this server can be faster than."""


async def raw(_scope: Any, _receive: Any, send: Any) -> None:  # noqa: ANN401 - an ASGI callable
    """Send 2 kB."""
    headers = [(b"content-length", b"2048")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"x" * 2048})


async def cost(node: Node, work: Callable[[], Awaitable[tuple[int, bytes]]]) -> float:
    """Return the CPU microseconds of this process for one `work`: the best of several runs.

    What it leaves for later is done in the same time: its lines are sealed, and indexed.
    """
    figures = []
    for _ in range(BEST_OF):
        start = time.process_time()
        for _ in range(ROUNDS):
            status, _ = await work()
            assert status == 200
        await node.ledger.wait_sealed()
        await node.journal.settle()
        figures.append((time.process_time() - start) / ROUNDS * 1e6)
    return min(figures)


async def in_process(node: Node, patient: str, token: str) -> tuple[str, ...]:
    """Measure reads and a search without a server; return ``Type/id`` of what was read."""
    call, bare = Caller(gateway(node), token), Caller(raw, token)
    limit = await cost(node, lambda: bare("GET", "/"))
    query = f"patient={patient}&{CONDITION}"
    read = await cost(node, lambda: call("GET", f"/fhir/Patient/{patient}"))
    show("read by id, in process", read, limit, "-")
    search = await cost(node, lambda: call("GET", "/fhir/Condition", query))
    show("search person + code + date, in process", search, limit, "-")
    open_ = Caller(without(node), token)
    found = [await first(call, "Condition", query)]
    found.append(await first(call, "Observation", f"patient={patient}&encounter:missing=false"))
    read_ = (f"Patient/{patient}", *found)
    for what in read_:
        plain = await cost(node, lambda: open_("GET", f"/fhir/{what}"))  # noqa: B023 - awaited here
        both = await cost(node, lambda: call("GET", f"/fhir/{what}"))  # noqa: B023 - awaited here
        name = what.partition("/")[0]
        show(f"{name} decided and audited : without, in process", both, plain, "<= 1.08")
    return read_


async def first(call: Caller, type_: str, query: str) -> str:
    """Return ``Type/id`` of the first that a search finds."""
    _, body = await call("GET", f"/fhir/{type_}", query)
    return f"{type_}/{json.loads(body)['entry'][0]['resource']['id']}"


class Served(NamedTuple):
    """What a request costs a server, and how long its answers take, in microseconds."""

    cpu: float
    p50: float
    p99: float


def served(*asked: tuple[Server, str], token: str) -> list[Served]:
    """Return what a request for each of `asked` costs its server: the median of many turns.

    They are asked in turns, so that whatever else the machine does meets all of them alike.
    """
    clients = [Client(running, target, token) for running, target in asked]
    costs: list[list[float]] = [[] for _ in asked]
    times: list[list[float]] = [[] for _ in asked]
    for turn in range(BEST_OF * TURNS + 1):
        for place, ((running, _), client) in enumerate(zip(asked, clients, strict=True)):
            before, took = running.spent(), []
            for _ in range(ROUNDS // TURNS):
                start = time.perf_counter()
                client.get()
                took.append((time.perf_counter() - start) * 1e6)
            if turn:  # the first warms up
                costs[place].append((running.spent() - before) / len(took) * 1e6)
                times[place] += took
    for client in clients:
        client.close()
    return [
        Served(statistics.median(cost), statistics.median(took), _p99(took))
        for cost, took in zip(costs, times, strict=True)
    ]


def at_once(clients: int, *asked: tuple[Server, str], token: str) -> list[float]:
    """Return the CPU microseconds of a request for each of `asked`, so many clients at a time."""
    many = [[Client(running, target, token) for _ in range(clients)] for running, target in asked]
    costs: list[list[float]] = [[] for _ in asked]
    rounds = max(1, ROUNDS // TURNS // clients)
    for turn in range(TURNS + 1):
        for place, ((running, _), group) in enumerate(zip(asked, many, strict=True)):
            before = running.spent()
            for _ in range(rounds):
                for client in group:
                    client.ask()
                for client in group:
                    client.take()
            if turn:  # the first warms up
                costs[place].append((running.spent() - before) / rounds / clients * 1e6)
    for group in many:
        for client in group:
            client.close()
    return [statistics.median(cost) for cost in costs]


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


def over_http(node: Path, read: tuple[str, ...], token: str) -> None:
    """Measure reads and a search of a served node beside the raw handler; a Patient first."""
    undecided = str(Path(__file__).parent / "undecided.py")
    search = f"/fhir/Condition?patient={read[0].partition('/')[2]}&{CONDITION}"
    with (
        server("-c", RAW) as raw_server,
        server(undecided, str(node)) as open_,
        server("-m", "throughcare", "serve", "--node", str(node), "--port") as whole,
    ):
        reads = [(at, f"/fhir/{what}") for what in read for at in (open_, whole)]
        asked = ((raw_server, "/"), (whole, search), *reads)
        alone = served(*asked, token=token)
        several = [(clients, at_once(clients, *asked, token=token)) for clients in AT_ONCE]
    limit, found, *_, last = alone
    show("raw handler over HTTP, p99 : p50", limit.p99, limit.p50, "-")
    show("read by id over HTTP, p99 : p50", last.p99, last.p50, "<= 20")
    show("search over HTTP, p99 : p50", found.p99, found.p50, "<= 20")
    for clients, costs in [(1, [each.cpu for each in alone]), *several]:
        raw_, search_, *both = costs
        who = f"{clients} clients at once" if clients > 1 else "a lone client"
        for what, plain, decided in zip(read, both[::2], both[1::2], strict=True):
            name = what.partition("/")[0]
            show(f"{name} over HTTP, {who}", decided, raw_, "<= 1.8")
            show(f"{name} decided and audited : without, {who}", decided, plain, "<= 1.08")
        show(f"search over HTTP, {who}", search_, raw_, "<= 6")


async def measure(root: Path) -> tuple[tuple[str, ...], str]:
    """Make a node of demo people and measure it in process; return what is read, and a token."""
    files = root / "feeds"
    for name, content in generate(today=date(2026, 11, 24), people=100).files.items():
        path = files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def progress(_found: Found, _part: float) -> None:
        """Show nothing."""

    async with opened(folder.create(root / "node")) as node:
        await Loader(node.admission, Actor("bench", Role.IT_LEAD, "")).load([files], progress)
        person = await asking.person_id_with(node, "9996188108")
        patient = (await node.people.patients(gp(node), person))[0]
        token = node.issue(gp(node), hours=1)
        return await in_process(node, patient, token), token


def main() -> None:
    """Run all."""
    title("reads and searches")
    with (
        tempfile.TemporaryDirectory() as name,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        read, token = runner.run(measure(Path(name)))
        over_http(Path(name) / "node", read, token)


if __name__ == "__main__":
    main()
