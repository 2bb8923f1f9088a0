"""Online linking in a store that holds many people already, each record durable by itself.

    python bench/linking_online.py --people 100000 [--postgres]

The store is filled in bulk with what placing would have written for the same people (compared over
the whole table, without versions and events). Then records of known and of new people are placed:
one transaction after the other, and many under way at a time, which share commits. CPU time is of
this process; a PostgreSQL server's own comes on top of it.
"""

import argparse
import asyncio
import random  # noqa: TID251 - made from a seed
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from identity_room import Feed, System, feed

from throughcare.identity import PersonIndex, batch
from throughcare.identity.compare import Sourced, keys, shipped
from throughcare.identity.region import encode
from throughcare.store import postgres, sqlite
from throughcare.store.protocol import Store, Transaction

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from store import cluster

PLACED = 2_000
"""Records placed in each way."""
UNDER_WAY = 64


def divided(people: int, seed: int) -> tuple[list[Feed], list[Feed]]:
    """Return what the store is filled with, and what is placed: half of it of known people."""
    records = list(feed(people + 2 * PLACED, seed))
    at = people + people // 2
    known, later = records[:at], records[at:]
    chance = random.Random(seed)  # noqa: S311 - no secret
    hospital = [place for place, record in enumerate(known) if record[0] == "hospital"]
    held_back = set(chance.sample(hospital, min(PLACED, len(hospital))))
    placed = [known[place] for place in held_back]
    placed += chance.sample(later, 2 * PLACED - len(placed))
    chance.shuffle(placed)
    return [one for place, one in enumerate(known) if place not in held_back], placed


async def fill(tx: Transaction, records: Sequence[Feed]) -> None:
    """Write records, keys, evidence and persons as placing leaves them."""
    weights = shipped()
    linked = batch.link([Sourced(*one) for one in records], weights)
    edges = batch.edges([known for _, _, known in records], weights)
    subjects = []
    for source, local_id, _ in records:
        key = {"source": source, "local_id": local_id, "kind": "record"}
        subjects.append((await tx.rows("identity.add_subject", **key))[0][0])
    known = list(zip(subjects, (each for _, _, each in records), strict=True))
    await tx.run_many(
        "identity.put_demographics",
        (
            {"subject": subject, "version": 1, "number": each.number, "body": encode(each)}
            for subject, each in known
        ),
    )
    await tx.run_many(
        "identity.add_key",
        ({"h": key, "subject": subject} for subject, each in known for key in keys(each)),
    )
    await tx.run_many(
        "identity.add_edge",
        (
            {
                "subject": subjects[one],
                "other": subjects[two],
                "weight": found.weight,
                "rule": found.rule.name,
                "bits": found.bits,
                "model": weights.version,
            }
            for (left, right), found in edges.items()
            for one, two in ((left, right), (right, left))
        ),
    )
    for number, group in enumerate(linked.persons):
        person = (await tx.rows("identity.add_person", public_id=f"filled{number}"))[0][0]
        rows = [{"subject": subjects[at], "person": person, "at": 0} for at in group]
        await tx.run_many("identity.link", rows)
    await tx.run("identity.grow", more=len(linked.persons))


async def measure(store: Store, people: int, seed: int) -> None:
    """Fill, place in both ways, and print."""
    system = System()
    index = PersonIndex(system, system)
    filling, placing = divided(people, seed)
    start = time.perf_counter()
    await store.transact(lambda tx: fill(tx, filling))
    print(f"filled with {len(filling)} records of {people} people in", end=" ")
    print(f"{time.perf_counter() - start:.0f} s", flush=True)

    async def place(one: Feed) -> float:
        source, local_id, known = one
        began = time.perf_counter()
        await store.transact(lambda tx: index.place(tx, source, local_id, "record", known))
        return time.perf_counter() - began

    for one in placing[:100]:
        await place(one)
    start, spent = time.perf_counter(), time.process_time()
    seconds = sorted([await place(one) for one in placing[100:PLACED]])
    said("one after the other", seconds, time.perf_counter() - start, time.process_time() - spent)
    waiting = iter(placing[PLACED:])
    start, spent = time.perf_counter(), time.process_time()

    async def client() -> list[float]:
        return [await place(one) for one in waiting]

    several = await asyncio.gather(*(client() for _ in range(UNDER_WAY)))
    seconds = sorted(each for some in several for each in some)
    passed, used = time.perf_counter() - start, time.process_time() - spent
    said(f"{UNDER_WAY} under way", seconds, passed, used)


def said(what: str, seconds: Sequence[float], passed: float, used: float) -> None:
    """Print one line: milliseconds for each record, and records a second."""
    count = len(seconds)
    print(
        f"{what:<22}p50 {statistics.median(seconds) * 1e3:.2f} ms  "
        f"p99 {seconds[-count // 100] * 1e3:.2f} ms  "
        f"CPU {used / count * 1e3:.2f} ms  {count / passed:.0f} links/s",
        flush=True,
    )


async def on_sqlite(people: int, seed: int) -> None:
    """Measure on a file."""
    with tempfile.TemporaryDirectory() as folder:
        store = await sqlite.open_store(Path(folder) / "store.sqlite", clock=System())
        try:
            await measure(store, people, seed)
        finally:
            await store.close()


async def on_postgres(server: cluster.Cluster, people: int, seed: int) -> None:
    """Measure on a server."""
    await server.make("bench")
    store = await postgres.open_store(server.dsn("bench"), clock=System())
    try:
        await measure(store, people, seed)
    finally:
        await store.close()


def main() -> None:
    """Fill a store of the engine wanted and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    wanted = parser.parse_args()
    if not wanted.postgres:
        asyncio.run(on_sqlite(wanted.people, wanted.seed))
        return
    server = cluster.start()
    try:
        asyncio.run(on_postgres(server, wanted.people, wanted.seed))
    finally:
        server.stop()


if __name__ == "__main__":
    main()
