"""Measures the emergency summary of a large record, from the request to the bytes of the page.

Run: ``python bench/emergency.py FOLDER`` with a folder of Synthea Bundles (``*.json.gz``, those of
hospitals and practitioners among them). The people are the four with nearest to 500 resources, and
their pages are opened in turns, so that none is in the processor's cache. CPU time of this process,
without the server's own work on HTTP; each part alone, of the first of them, then the whole.
"""

import asyncio
import gzip
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

from table import show, title

from throughcare.actors.directory import User
from throughcare.app import folder
from throughcare.app.gateway import gateway
from throughcare.app.loading import Found, Loader
from throughcare.app.node import Node, opened
from throughcare.app.pages import PagesOf
from throughcare.app.posts import PostsOf
from throughcare.app.serving import Swept, spare_the_lasting
from throughcare.disclosure.choosing import SUMMARY, TOLD
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.request import Actor, Permission, Role
from throughcare.store.protocol import Transaction
from throughcare.summary.emergency import emergency_summary
from throughcare.summary.entry import Answer, SourceStatus, SummaryEntry
from throughcare.summary.skimming import is_read

WANTED, PEOPLE = 500, 4
GOAL = 5.0
"""Milliseconds that the page of 500 resources may take at the median."""
ROUNDS, FIRST = 60, 15
LOADER = Actor("bench", Role.IT_LEAD, "")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
SOURCES = (SourceStatus("gp", Answer.ANSWERED, NOW),)


def entries_of(path: Path) -> list[SummaryEntry]:
    """Return the resources of a Bundle as the summary reads them."""
    parts = fhir_bytes.split_bundle(gzip.decompress(path.read_bytes()))
    resources = [fhir_bytes.parse(part.resource) for part in parts]
    return [
        SummaryEntry(each["resourceType"], str(place), "gp", "", NOW, each)
        for place, each in enumerate(resources)
    ]


def chosen(bundles: Path, most: int = 1) -> list[Path]:
    """Return the `most` Bundles with nearest to `WANTED` resources, nearest first."""
    paths = [path for path in sorted(bundles.glob("*.json.gz")) if "Information" not in path.name]
    return sorted(paths, key=lambda path: abs(resources_in(path) - WANTED))[:most]


def resources_in(path: Path) -> int:
    """Return how many resources a Bundle has."""
    return gzip.decompress(path.read_bytes()).count(b'"fullUrl"')


def median(work: Callable[[], object]) -> float:
    """Return the median CPU milliseconds of `work`."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times) * 1000


async def signed_in(node: Node, pages: PagesOf, person_id: str) -> str:
    """Return the cookie of a crew that has said that the person can't be asked."""
    user = User("bench", "Sam Reid", (Role.PARAMEDIC,), "RX8")

    async def work(tx: Transaction) -> str:
        await node.directory.put(tx, user)
        return await node.links.make(tx, user.id, Role.PARAMEDIC)

    found = await PostsOf(node, pages).sign_in(await node.store.transact(work), "")
    assert found is not None
    await pages.permission(found.session, person_id, Permission.UNABLE)
    return found.cookie


async def page(site: Swept, person_id: str, cookie: str) -> bytes:
    """Return the page as a browser is sent it; it must be 200."""
    path = f"/people/{person_id}/emergency"
    head = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode()}
    asked = {"query_string": b"", "headers": [(b"cookie", f"throughcare={cookie}".encode())]}
    place = {"scheme": "http", "server": ("127.0.0.1", 80), "root_path": "", "app": None}
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await site({**head, **asked, **place}, receive, send)
    assert sent[0]["status"] == 200, sent[0]
    return b"".join(message.get("body", b"") for message in sent)


@dataclass
class Takes:
    """CPU milliseconds of one person's pages."""

    resources: int
    name: str
    person_id: str
    first: list[float] = field(default_factory=list)
    """Of a process that has just started."""
    later: list[float] = field(default_factory=list)
    """When what the page has no use for is known."""
    size: int = 0
    """Bytes of the page."""

    @property
    def late(self) -> float:
        """The 95th percentile of later ones."""
        return sorted(self.later)[int(len(self.later) * 0.95)]


async def whole(shared: list[Path], paths: list[Path], root: Path) -> list[Takes]:
    """Return what the pages of these people take, opened in turns."""

    def progress(_found: Found, _part: float) -> None:
        """Show nothing."""

    async with opened(folder.create(root)) as node:
        loader = Loader(node.admission, LOADER, source="gp")
        await loader.load(shared, progress)
        found: dict[str, Takes] = {}
        for path in paths:
            await loader.load([path], progress)
            async with node.store.snapshot() as reader:
                new = {row.person_id for row in await node.persons.people(reader)} - set(found)
            (person_id,) = new
            found[person_id] = Takes(resources_in(path), path.name.split(".")[0], person_id)
        pages, site = PagesOf(node), Swept(gateway(node))
        cookies = {each: await signed_in(node, pages, each) for each in found}
        spare_the_lasting()  # as the served node does
        for turn in range(FIRST + ROUNDS):
            if turn < FIRST:
                TOLD.__init__(is_read)  # knows nothing again
                vars(cast("Any", SUMMARY.choose).__self__)["_chosen"].__init__()
            for takes in found.values():
                start = time.process_time()
                body = await page(site, takes.person_id, cookies[takes.person_id])
                took = (time.process_time() - start) * 1000
                (takes.first if turn < FIRST else takes.later).append(took)
                takes.size = len(body)
        return list(found.values())


def main() -> None:
    """Print each part, then the whole."""
    bundles = Path(sys.argv[1])
    paths = chosen(bundles, PEOPLE)
    path = paths[0]
    entries = entries_of(path)
    patients = [entry for entry in entries if entry.type == "Patient"]
    bodies = [part.resource for part in fhir_bytes.split_bundle(gzip.decompress(path.read_bytes()))]
    print(f"{len(entries)} resources, {sum(map(len, bodies)) / 1000:.0f} kB")

    def summary() -> object:
        return emergency_summary(
            patients, entries, SOURCES, today=date(2026, 11, 24), title_limited=False
        )

    def parsed() -> object:
        return [fhir_bytes.read_again(body) for body in bodies]

    print(f"{'read every stored resource, ms CPU':<44}{median(parsed):8.2f}")
    print(f"{'summary of what was parsed, ms CPU':<44}{median(summary):8.2f}")
    shared = sorted(bundles.glob("*Information*.json.gz"))
    with tempfile.TemporaryDirectory() as name:
        found = asyncio.run(whole(shared, paths, Path(name) / "node"))
    title("against what 500 resources may take")
    for each in found:
        whose = f"emergency page, {each.resources} resources"
        show(f"{whose}, p50", statistics.median(each.later), GOAL, "<= 1", "ms", note=each.name)
        show(f"{whose}, p95", each.late, GOAL, "-", "ms")
        show(f"{whose}, first look", statistics.median(each.first), GOAL, "-", "ms")
        print(f"{'page, bytes':<44}{each.size:8d}")


if __name__ == "__main__":
    main()
