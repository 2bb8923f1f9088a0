"""Measures the review queue of a node that has just been loaded with a million people.

Run: ``python bench/reviewing.py [--doubts 100000] [--postgres]``. That many pairs wait, 1,000 more
are put off and 500 were decided lately. A reviewer opens the page, its next ones and those put off;
a client asks for the JSON. CPU of this process and what passed, at the 95th percentile, from the
request to the last byte, the ledger's lines included; on PostgreSQL the server's work is in what
passed alone.
"""

import argparse
import asyncio
import random  # noqa: TID251 - a seeded order
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

import httpx
from page_times import late, signed_in
from page_tour import Reader
from table import show, title

from throughcare.actors.directory import User
from throughcare.app import folder
from throughcare.app.gateway import gateway
from throughcare.app.node import Node, opened
from throughcare.app.pages import PagesOf
from throughcare.identity.compare import Demographics, name_of
from throughcare.identity.region import encode
from throughcare.identity.reviewing import micros
from throughcare.model.request import Actor, Purpose, Request, Role
from throughcare.store.protocol import Transaction

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from store import cluster

PUT_OFF, DECIDED = 1_000, 500
AT_ONCE: Final = 5_000
TIMES: Final = 40
LIMIT_MS: Final = 150.0
GIVEN = ("John", "Aisha", "Piotr", "Grace", "Wei", "Fatima", "Owen", "Priya")
FAMILY = ("Smith", "Khan", "Kowalski", "Okafor", "Chen", "Jones", "Patel", "Evans")
Rows = Iterator[dict[str, Any]]


def main() -> None:
    """Fill a store, and measure."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--doubts", type=int, default=100_000)
    words.add_argument("--postgres", action="store_true")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "node"
        made = folder.create(root)
        if given.postgres:
            asyncio.run(cluster.cluster().make("reviewing"))
            made.keep_dsns([cluster.cluster().dsn("reviewing")])
        asyncio.run(measured(root, given.doubts))


async def measured(root: Path, doubts: int) -> None:
    """Fill the node, and print what its queue costs."""
    async with opened(folder.existing(root)) as node:
        await fill(node, doubts + PUT_OFF, doubts + PUT_OFF + DECIDED)
        title(f"{doubts} pairs wait; ms")
        cookie = await signed_in(node, PagesOf(node), User("lead", "Ada", (Role.IT_LEAD,), "RXX"))
        actor = Actor("lead", Role.IT_LEAD, "RXX", client="bench")
        asks = Request(actor, Purpose.HOPERAT, node.clock.now(), id=node.ids.new())
        token = node.issue(asks, hours=1)
        transport = httpx.ASGITransport(gateway(node))
        async with httpx.AsyncClient(transport=transport, base_url="http://node.bench") as client:
            page = Reader(Role.IT_LEAD, cookie, "").headers
            json = {"authorization": f"Bearer {token}"}
            first = (await client.get("/api/reviews", headers=json)).json()
            second = f"after={first['next']}"
            for path, headers in (
                ("/reviews", page),
                (f"/reviews?{second}", page),
                ("/reviews?put-off=yes", page),
                ("/api/reviews", json),
                (f"/api/reviews?{second}", json),
                ("/api/reviews?count=200", json),
                ("/api/reviews/figures", json),
            ):
                await timed(client, path, headers)


async def timed(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> None:
    """Print what a request costs."""
    busy, passed = [], []
    for _ in range(TIMES):
        begun, clock = time.process_time(), time.perf_counter()
        answer = await client.get(path, headers=headers)
        busy.append((time.process_time() - begun) * 1000)
        passed.append((time.perf_counter() - clock) * 1000)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
    name = path.partition("after=")[0] + ("after=..." if "after=" in path else "")
    show(f"{name}, p95 of CPU", late(busy), LIMIT_MS, "<= 1", "ms")
    show(f"{name}, p95 of what passed", late(passed), LIMIT_MS, "<= 1", "ms")


async def fill(node: Node, doubts: int, pairs: int) -> None:
    """Write pairs of records, of which the first `doubts` are questions, past the index."""
    chance = random.Random(7)  # noqa: S311 - made-up records, no secret
    now = node.clock.now()
    await records(node, chance, 2 * pairs)
    ends = [(2 * at + 1 + at % 2, 2 * at + 2 - at % 2) for at in range(pairs)]
    asked = (
        {"subject": one, "candidate": other, "total": round(chance.uniform(-2, 5), 6)}
        | {"rule": "SCORE", "raised": micros(now) - chance.randrange(60 * 86_400) * 1_000_000}
        for one, other in ends[:doubts]
    )
    await written(node, "add_doubt", asked)
    until = (now.date() + timedelta(days=7)).isoformat()
    later = (
        {"one": min(pair), "other": max(pair), "until": until, "note": "ask the ward"}
        | {"who": "lead", "subject": pair[0], "candidate": pair[1]}
        for pair in ends[:PUT_OFF]
    )
    await written(node, "postpone", later)
    decided = (
        {"kind": "decide", "same": 0, "who": "lead", "why": "seen", "at": micros(now)}
        | dict(zip(("left_source", "left_id"), known_as(one), strict=True))
        | dict(zip(("right_source", "right_id"), known_as(other), strict=True))
        for one, other in ends[doubts:]
    )
    await written(node, "add_ruling", decided)


async def records(node: Node, chance: random.Random, count: int) -> None:
    """Write records, each of a person of its own."""
    numbers = range(1, count + 1)
    named = ((number, *known_as(number)) for number in numbers)
    subject = ("subject", "source", "local_id")
    rows = (dict(zip(subject, each, strict=True)) | {"kind": "record"} for each in named)
    await written(node, "add_subject", rows)
    said = ((number, encode(record(number, chance))) for number in numbers)
    rows = ({"subject": n, "version": 1, "number": "", "body": body} for n, body in said)
    await written(node, "put_demographics", rows)
    rows = ({"person": n, "public_id": node.ids.new(), "state": "active"} for n in numbers)
    await written(node, "add_person", rows)
    at = micros(node.clock.now())
    await written(node, "link", ({"subject": n, "person": n, "at": at} for n in numbers))
    await written(node, "grow", iter([{"more": count}]))


def known_as(number: int) -> tuple[str, str]:
    """Return source and local id of a record."""
    return ("gp" if number % 2 else "social"), f"{number}"


async def written(node: Node, statement: str, rows: Rows) -> None:
    """Write rows, some thousands in a transaction."""
    while part := list(islice(rows, AT_ONCE)):

        async def work(tx: Transaction, part: Sequence[dict[str, Any]] = part) -> None:
            await tx.run_many(f"identity.{statement}", part)

        await node.store.transact(work)


def record(number: int, chance: random.Random) -> Demographics:
    """Return a record whose pair has the same name and birth date, and lives elsewhere."""
    pair = (number - 1) // 2
    return Demographics(
        names=(name_of(GIVEN[pair % 8], FAMILY[pair // 8 % 8]),),
        born=date(1930, 1, 1) + timedelta(days=pair % 29_000),
        sex=("male", "female")[pair % 2],
        postcodes=(f"LS{number % 29 + 1} {chance.randrange(1, 9)}QT",),
        phones=(f"07700900{chance.randrange(1_000):03d}",),
    )


if __name__ == "__main__":
    main()
