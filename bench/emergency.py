"""Measures the emergency summary of a large record, from the request to the bytes of the page.

Run: ``python bench/emergency.py FOLDER`` with a folder of Synthea Bundles (``*.json.gz``, those of
hospitals and practitioners among them). The person is the one with nearest to 500 resources. CPU
time of this process, without the server's own work on HTTP; each part alone, then the whole.
"""

import asyncio
import gzip
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from table import show, title

from throughcare.actors.directory import User
from throughcare.app import folder
from throughcare.app.gateway import Gateway, gateway
from throughcare.app.loading import Found, Loader
from throughcare.app.node import Node, opened
from throughcare.app.pages import PagesOf
from throughcare.app.posts import PostsOf
from throughcare.app.serving import spare_the_lasting
from throughcare.disclosure.choosing import TOLD
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.request import Actor, Permission, Role
from throughcare.store.protocol import Transaction
from throughcare.summary.emergency import emergency_summary
from throughcare.summary.entry import Answer, SourceStatus, SummaryEntry
from throughcare.summary.skimming import is_read

WANTED = 500
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


def chosen(bundles: Path) -> Path:
    """Return the Bundle with nearest to `WANTED` resources."""
    paths = [path for path in sorted(bundles.glob("*.json.gz")) if "Information" not in path.name]

    def distance(path: Path) -> int:
        return abs(gzip.decompress(path.read_bytes()).count(b'"fullUrl"') - WANTED)

    return min(paths, key=distance)


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


async def page(site: Gateway, person_id: str, cookie: str) -> bytes:
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


async def whole(files: list[Path], root: Path) -> tuple[float, float, float, int]:
    """Return CPU milliseconds of the page, and its bytes.

    The milliseconds are the median of first looks of a process, and median and 95th percentile of
    later ones, when what the page has no use for is known.
    """

    def progress(_found: Found, _part: float) -> None:
        """Show nothing."""

    async with opened(folder.create(root)) as node:
        await Loader(node.admission, LOADER, source="gp").load(files, progress)
        async with node.store.snapshot() as reader:
            [row] = await node.persons.people(reader)
        pages, site = PagesOf(node), gateway(node)
        cookie = await signed_in(node, pages, row.person_id)
        spare_the_lasting()  # as the served node does
        times, first, body = [], [], b""
        for _ in range(FIRST):
            TOLD.__init__(is_read)  # knows nothing again
            start = time.process_time()
            await page(site, row.person_id, cookie)
            first.append(time.process_time() - start)
        for _ in range(ROUNDS):
            start = time.process_time()
            body = await page(site, row.person_id, cookie)
            times.append(time.process_time() - start)
        times.sort()
        late = times[int(ROUNDS * 0.95)]
        middles = [statistics.median(each) * 1000 for each in (first, times)]
        return middles[0], middles[1], late * 1000, len(body)


def main() -> None:
    """Print each part, then the whole."""
    bundles = Path(sys.argv[1])
    path = chosen(bundles)
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
    files = [*sorted(bundles.glob("*Information*.json.gz")), path]
    with tempfile.TemporaryDirectory() as name:
        first, middle, late, size = asyncio.run(whole(files, Path(name) / "node"))
    title("against what 500 resources may take")
    show(f"emergency page of {len(entries)} resources, p50", middle, GOAL, "<= 1", "ms")
    show(f"emergency page of {len(entries)} resources, p95", late, GOAL, "-", "ms")
    show("the first look of a process at it, p50", first, GOAL, "-", "ms")
    print(f"{'page, bytes':<44}{size:8d}")


if __name__ == "__main__":
    main()
