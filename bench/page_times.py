"""Measures every page of `tests/node/journeys/views.py` on the server: all of it, and its template.

Run: ``python bench/page_times.py [FOLDER]``. A demo node is opened in this process; each page is
asked for as its reader, after Chromium has found its address. CPU time of this process from the
request to the bytes, the ledger's line included, and of the template alone. Needs Chromium. With a
folder of Synthea Bundles everything is measured again after 5,000 entries of theirs were added to
the person whom most of the pages are about.
"""

import asyncio
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from jinja2 import Template
from large_person import enlarge
from playwright.sync_api import sync_playwright
from table import show, title

from throughcare.app import folder
from throughcare.app.gateway import gateway
from throughcare.app.node import opened
from throughcare.app.serving import spare_the_lasting

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from node.conftest import EDITH, Served, start, stop
from node.journeys.conftest import links_of
from node.journeys.test_budgets import opened as shown
from node.journeys.views import CREW, VIEWS
from node.journeys.visitor import CHROMIUM, FLAGS, Visitor

PEOPLE = "60"
LARGE = 5_000
ROUNDS = 25
TEMPLATE_MS, SERVER_MS = 2.0, 150.0
"""What the design allows: a template at the median, a page at the 95th percentile."""

Place = tuple[str, str]
"""Address of a page after its host, and the cookies of its reader."""


def places(served: Served) -> dict[str, Place]:
    """Return where each view lies in this node, as its reader comes to it."""
    links = {who: iter(each) for who, each in links_of(served.node).items()}
    found: dict[str, Place] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        visitors: dict[str, Visitor] = {}

        def visitor(who: str) -> Visitor:
            if who not in visitors:
                context = browser.new_context()
                visitors[who] = Visitor(served.base, context, context.new_page())
                if who:
                    visitors[who].go(next(links[who]))
                    visitors[who].press("Sign in")
            return visitors[who]

        crew = visitor(CREW)
        crew.fill(nhs_number=EDITH)
        crew.press("Search")
        crew.press(re.compile("be asked"))
        person = crew.page.url.split("/people/")[1].split("/")[0]
        for name, view in VIEWS.items():
            reader = visitor(view.who)
            page, _ = shown(reader, view, person, links, served)
            cookies = "; ".join(
                f"{each['name']}={each['value']}" for each in reader.context.cookies()
            )
            found[name] = page.url.removeprefix(served.base), cookies
        browser.close()
    return found


class Watch:
    """Sums the CPU time that templates take."""

    def __init__(self) -> None:
        """Stand between the pages and their templates."""
        self.spent = 0.0
        self._render: Callable[..., str] = Template.render
        Template.render = self._watched  # type: ignore[method-assign, assignment]

    @property
    def _watched(self) -> Callable[..., str]:
        def render(template: Template, *given: Any, **named: Any) -> str:  # noqa: ANN401
            begun = time.process_time()
            try:
                return self._render(template, *given, **named)
            finally:
                self.spent += time.process_time() - begun

        return render


async def timed(node: Path, where: dict[str, Place]) -> dict[str, tuple[float, float, float]]:
    """Return for each page CPU milliseconds: the template's median, the page's and its 95th."""
    watch, found = Watch(), {}
    async with opened(folder.existing(node)) as running:
        transport = httpx.ASGITransport(gateway(running))
        spare_the_lasting()
        async with httpx.AsyncClient(transport=transport, base_url="http://node.bench") as client:
            for name, (path, cookies) in where.items():
                templates, pages = [], []
                for _ in range(ROUNDS):
                    watch.spent, begun = 0.0, time.process_time()
                    answer = await client.get(path, headers={"cookie": cookies})
                    pages.append((time.process_time() - begun) * 1000)
                    templates.append(watch.spent * 1000)
                    assert answer.status_code == VIEWS[name].status, (name, answer.status_code)
                late = sorted(pages)[int(ROUNDS * 0.95)]
                found[name] = statistics.median(templates), statistics.median(pages), late
    return found


def record_of(served: Served) -> dict[str, Any]:
    """Return the Patient that a GP practice holds of the person whom most pages are about."""
    with served.client("gp", "TREAT", "--org", "B86001") as client:
        answer = client.get("Patient", params={"identifier": EDITH})
    patient: dict[str, Any] = answer.json()["entry"][0]["resource"]
    return {name: value for name, value in patient.items() if name not in {"id", "meta"}}


def compare(found: dict[str, tuple[float, float, float]], whose: str) -> None:
    """Print every page, then the slowest beside what is allowed."""
    print(f"{'page, ms CPU':<28}{'template p50':>14}{'page p50':>12}{'page p95':>12}")
    for page, (template, middle, late) in found.items():
        print(f"{page:<28}{template:>14.2f}{middle:>12.2f}{late:>12.2f}")
    title(f"the slowest page, {whose}")
    slowest = max(template for template, _, _ in found.values())
    latest = max(late for _, _, late in found.values())
    show(f"template, {whose}, p50", slowest, TEMPLATE_MS, "<= 1", "ms")
    show(f"page on the server, {whose}, p95", latest, SERVER_MS, "<= 1", "ms")


def main() -> None:
    """Measure the demo as it is, then with a large record."""
    if not CHROMIUM.exists():
        print("no /usr/bin/chromium: left out")
        return
    with tempfile.TemporaryDirectory() as name:
        node = Path(name) / "node"
        command = [sys.executable, "-m", "throughcare", "demo", "--node", str(node)]
        subprocess.run(  # noqa: S603 - our own command
            [*command, "--people", PEOPLE, "--no-serve"], check=True, capture_output=True
        )
        process, base = start(node)
        try:
            served = Served(node, base)
            where, patient = places(served), record_of(served)
        finally:
            stop(process)
        compare(asyncio.run(timed(node, where)), "demo")
        for bundles in map(Path, sys.argv[1:]):
            many = asyncio.run(enlarge(node, bundles, patient, LARGE))
            compare(asyncio.run(timed(node, where)), f"{many:,} entries")


if __name__ == "__main__":
    main()
