"""Measures pages: our macros beside the design system's own, and a crew's way on a thin network.

Run: ``python bench/pages.py``. The first part is CPU time of one macro. The second serves a demo
node and drives Chromium, whose network is held to 400 kb/s with 150 ms there and back, its store
emptied: from the tap to the summary painted. Without Chromium the second part is left out.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader
from playwright.sync_api import sync_playwright
from table import show, title

from throughcare.web.templating import environment

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from node.conftest import EDITH, Served, start, stop
from node.journeys.conftest import links_of
from node.journeys.visitor import CHROMIUM, FLAGS, PHONE, Visitor

ROUNDS, CALLS, JOURNEYS = 15, 50, 7
PEOPLE = "60"
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""400 kb/s in bytes a second; milliseconds there and back."""
COLD_SECONDS = 2.0
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
"""Milliseconds since the tap, the way round by the form's answer included."""


def cost(work: Callable[[], object]) -> float:
    """Return the median CPU microseconds of one call."""
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(CALLS):
            work()
        times.append((time.process_time() - begun) / CALLS * 1e6)
    return statistics.median(times)


def macros() -> None:
    """Print what a button and a field cost, ours and the design system's."""
    peers = Environment(
        loader=PackageLoader("nhsuk_frontend_jinja"),
        autoescape=True,
        undefined=ChainableUndefined,
    )
    ours: Any = environment().get_template("macros.html.j2").make_module({"session": None})
    given: dict[str, dict[str, Any]] = {
        "button": {"text": "Later", "variant": "secondary", "name": "verdict", "value": "later"},
        "input": {"id": "a", "name": "a", "label": {"text": "Name"}, "hint": {"text": "All"}},
    }
    for name, params in given.items():
        source = (
            f'{{% from "nhsuk/components/{name}/macro.jinja" import {name} %}}'
            f"{{{{ {name}(params) }}}}"
        )
        template = peers.from_string(source)

        def theirs(template: Any = template, params: dict[str, Any] = params) -> object:  # noqa: ANN401
            return template.render(params=params)

        def own(name: str = name) -> object:
            if name == "button":
                return ours.button("Later", "secondary", "verdict", "later")
            return ours.input("a", "Name", {}, {}, hint="All")

        show(f"macro {name}, beside the design system's own", cost(own), cost(theirs))


def journeys() -> None:
    """Print how long a crew waits for the summary, nothing kept from before."""
    with tempfile.TemporaryDirectory() as name:
        node = Path(name) / "node"
        command = [sys.executable, "-m", "throughcare", "demo", "--node", str(node)]
        subprocess.run(  # noqa: S603 - our own command
            [*command, "--people", PEOPLE, "--no-serve"], check=True, capture_output=True
        )
        link = links_of(node)["Sam Reid, paramedic"][0]
        process, base = start(node)
        try:
            times, sizes = on_thin_network(Served(node, base), link)
        finally:
            stop(process)
    show(
        "summary after the tap, cold, 400 kb/s, p50",
        statistics.median(times),
        COLD_SECONDS,
        "<= 1",
        "s",
    )
    show("summary after the tap, cold, 400 kb/s, longest", max(times), COLD_SECONDS, unit="s")
    print(f"{'bytes over the wire':<54}{max(sizes):>10}")


def on_thin_network(served: Served, link: str) -> tuple[list[float], list[int]]:
    """Return seconds from the tap to the summary's first paint, and bytes, of each journey."""
    times, sizes = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
        crew = Visitor(served.base, context, context.new_page())
        crew.go(link)
        crew.press("Sign in")
        crew.devtools.send("Network.emulateNetworkConditions", SLOW)
        for _ in range(JOURNEYS):
            crew.go("/people")
            crew.fill(nhs_number=EDITH)
            crew.press("Search")
            crew.devtools.send("Network.clearBrowserCache")
            crew.begin()
            crew.page.get_by_role("button", name="be asked").first.click(no_wait_after=True)
            crew.page.wait_for_selector("#sources")
            while (painted := crew.page.evaluate(PAINTED)) is None:
                time.sleep(0.02)
            times.append(painted / 1000)
            sizes.append(crew.wire.size)
        browser.close()
    return times, sizes


def main() -> None:
    """Print both parts."""
    title("pages")
    macros()
    if CHROMIUM.exists():
        journeys()
    else:
        print("no /usr/bin/chromium: journeys left out")


if __name__ == "__main__":
    main()
