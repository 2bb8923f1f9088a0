"""Measures an import and a summary of a whole node beside their limits: `python bench/node.py`.

The limit of the import is `orjson.loads` of the same bytes. CPU time, so that a busy machine
matters little. Reads, searches, creates and whole records have files of their own.
"""

import asyncio
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path

import orjson

from throughcare.app import asking, folder
from throughcare.app.loading import Found, Loader
from throughcare.app.node import Node, opened
from throughcare.demo import generate
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)

LOADER = Actor("bench", Role.IT_LEAD, "")


def row(what: str, figure: float, limit: float, goal: str) -> None:
    """Print one line of the table."""
    print(f"{what:<42}{figure:>10.1f}{limit:>12.1f}{figure / limit:>9.1f}   {goal}")


async def load(node: Node, files: Path) -> float:
    """Load the feeds and return the CPU seconds that it took."""
    start = time.process_time()

    def progress(_found: Found, _part: float) -> None:
        """Show nothing."""

    report = await Loader(node.admission, LOADER).load([files], progress)
    assert report.is_clean
    return time.process_time() - start


def parsed(files: Path) -> float:
    """Return the CPU seconds of `orjson.loads` of the GP feed."""
    lines = (files / "gp.ndjson").read_bytes().splitlines()
    start = time.process_time()
    for _ in range(20):
        for line in lines:
            orjson.loads(line)
    return (time.process_time() - start) / 20


def crew(node: Node) -> Request:
    """Return the request of a crew that can't ask."""
    return Request(
        Actor("bench", Role.PARAMEDIC, "RX8"),
        Purpose.ETREAT,
        node.clock.now(),
        Relationship.YES,
        Permission.UNABLE,
        Reason("cannot be asked", "cannot-be-asked"),
        id=node.ids.new(),
    )


def gp(node: Node) -> Request:
    """Return the request of a GP with relationship and permission."""
    return Request(
        Actor("bench", Role.GP, "B86001"),
        Purpose.TREAT,
        node.clock.now(),
        Relationship.YES,
        Permission.GIVEN,
        id=node.ids.new(),
    )


async def summaries(node: Node, number: str) -> tuple[float, int]:
    """Return the median CPU milliseconds of an emergency summary, and the entries behind it."""
    person = await asking.person_id_with(node, number)
    times = []
    for _ in range(50):
        start = time.process_time()
        await node.people.emergency(crew(node), person)
        times.append(time.process_time() - start)
    record = await node.operations.wholes.everything(
        gp(node), (await node.people.patients(gp(node), person))[0]
    )
    return statistics.median(times) * 1000, len(record.entries)


async def measure(root: Path) -> None:
    """Make a node of demo people, and measure it."""
    locality = generate(today=date(2026, 11, 24))
    files = root / "feeds"
    for name, content in locality.files.items():
        path = files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    gp_only = root / "gp"
    gp_only.mkdir()
    (gp_only / "gp.ndjson").write_bytes(locality.files["gp.ndjson"])
    print(f"{'work':<42}{'figure':>10}{'limit':>12}{'ratio':>9}   goal")
    async with opened(folder.create(root / "node")) as node:
        took = await load(node, gp_only) * 1000
        row("import of the GP feed, validated, ms", took, parsed(gp_only) * 1000, "<= 10 x")
        await load(node, files)
        number = next(p.nhs_number for p in locality.personas if p.key == "edith")
        median, entries = await summaries(node, number)
        row(f"emergency summary of {entries} entries, ms", median, 5.0, "<= 5 ms for 500")


def main() -> None:
    """Run all."""
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(measure(Path(name)))


if __name__ == "__main__":
    main()
