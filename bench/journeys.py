"""Measures how long people wait for a page on a thin network, beside what the design allows.

Run: ``python bench/journeys.py``. It serves a demo node, brings more people to A&E, and drives
Chromium, whose network is held to 400 kb/s with 150 ms there and back, its store emptied before
each page: from the tap to the page painted. Seconds that passed, so a busy machine makes them
longer. Without Chromium it says so and measures nothing.
"""

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
from playwright.sync_api import Browser, sync_playwright
from table import NO_GOAL, show, title

from throughcare.app.system import SystemClock

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from node.conftest import EDITH, Served, start, stop
from node.journeys.conftest import links_of
from node.journeys.views import CREW, DOCTOR, NURSE
from node.journeys.views import EDITH as HERSELF
from node.journeys.visitor import CHROMIUM, FLAGS, PHONE, Visitor

ROUNDS, PEOPLE, ARRIVED = 7, "60", 34
SLOW: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}
"""400 kb/s in bytes a second; milliseconds there and back."""
COLD, IN_FORCE = 2.0, 1.0
"""Seconds that a page may take, and until a choice of who may see is in force."""
PAINTED: Final = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
"""Milliseconds since the tap, the way round by the form's answer included."""
ACT: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ROWS: Final = ".tc-board > li"
SCREEN: Final = {"width": PHONE[0], "height": PHONE[1]}


class Reader:
    """Somebody at a browser on a thin network."""

    def __init__(self, browser: Browser, base: str, link: str) -> None:
        """Sign in by a one-time link; the network is thin from then on."""
        context = browser.new_context(viewport=SCREEN)
        self.at = Visitor(base, context, context.new_page())
        self.at.go(link)
        self.at.press("Sign in")
        self.at.devtools.send("Network.emulateNetworkConditions", SLOW)

    def cold(self, tap: Callable[[], object], until: str) -> tuple[float, int]:
        """Return seconds from a tap to the first paint, and bytes, with nothing kept."""
        self.at.devtools.send("Network.clearBrowserCache")
        self.at.begin()
        tap()
        self.at.page.wait_for_selector(until)
        while (painted := self.at.page.evaluate(PAINTED)) is None:
            time.sleep(0.02)
        return painted / 1000, self.at.wire.size


def told(what: str, takes: list[tuple[float, int]], goal: str = NO_GOAL) -> None:
    """Print what was waited for, beside what may pass."""
    seconds = [each for each, _ in takes]
    show(f"{what}, p50", statistics.median(seconds), COLD, goal, "s")
    show(f"{what}, longest", max(seconds), COLD, unit="s")
    print(f"{'  bytes over the wire':<54}{max(size for _, size in takes):>10}")


def crews(crew: Reader) -> None:
    """Print how long a crew waits for the summary, once they said why."""

    def ask() -> None:
        crew.at.page.get_by_role("button", name="be asked").first.click(no_wait_after=True)

    takes = []
    for _ in range(ROUNDS):
        crew.at.go("/people")
        crew.at.fill(nhs_number=EDITH)
        crew.at.press("Search")
        takes.append(crew.cold(ask, "#sources"))
    told("crew: summary after the tap", takes, "<= 1")


def nurses(nurse: Reader) -> None:
    """Print how long a nurse waits for the board, and for a summary one click from it."""
    boards, summaries = [], []
    page = nurse.at.page
    rows = 0
    for _ in range(ROUNDS):
        boards.append(nurse.cold(lambda: nurse.at.go("/arrivals"), ROWS))
        rows = page.locator(ROWS).count()
        link = page.locator(f"{ROWS} a").first
        summaries.append(nurse.cold(lambda link=link: link.click(no_wait_after=True), ".tc-above"))
    told(f"nurse: board of {rows} arrivals", boards, "<= 1")
    told("nurse: from the board to a person", summaries, "<= 1")


def doctors(doctor: Reader, person: str) -> None:
    """Print how long a GP waits for each page on the way to an episode."""
    doctor.at.go(f"/people/{person}/emergency")
    doctor.at.press("Agrees")
    page = doctor.at.page
    overviews, years, months = [], [], []
    for _ in range(ROUNDS):
        way = f"/people/{person}/overview"
        overviews.append(doctor.cold(lambda way=way: doctor.at.go(way), "#years"))
        for takes, chip in ((years, 0), (months, -1)):
            link = page.locator(".tc-chips").nth(chip).get_by_role("link").first
            takes.append(
                doctor.cold(lambda link=link: link.click(no_wait_after=True), ".tc-timeline")
            )
    told("GP: overview", overviews)
    told("GP: its year on the timeline", years)
    told("GP: its month", months)


def persons(herself: Reader, doctor: Reader, person: str) -> None:
    """Print when a person's no is in force for somebody who may see until then."""
    path = f"{doctor.at.base}/people/{person}/timeline"
    takes = []
    for _ in range(3):
        for choice, confirm, is_open in (
            ("Stop sharing My whole record", "Stop sharing", False),
            ("Share again My whole record", "Share again", True),
        ):
            herself.at.go(f"/people/{person}/sharing")
            herself.at.follow(re.compile(choice))
            button = herself.at.page.get_by_role("button", name=confirm).first
            with herself.at.page.expect_navigation():
                begun = time.perf_counter()
                button.click(no_wait_after=True)
                while ("This record is not shown" not in asked(doctor, path)) is not is_open:
                    time.sleep(0.01)
                takes.append(time.perf_counter() - begun)
    show("a choice is in force, from its tap, p50", statistics.median(takes), IN_FORCE, unit="s")
    show("a choice is in force, from its tap, longest", max(takes), IN_FORCE, "<= 1", "s")


def asked(reader: Reader, url: str) -> str:
    """Return a page as somebody is sent it, past their thin network."""
    return reader.at.context.request.get(url).text()


def bring(served: Served) -> None:
    """Have more people come to A&E, so that its board is as long as on a busy evening."""
    with served.client("nurse", "TREAT", "--org", "RXX") as hospital:
        found = hospital.get("Patient", params={"_count": "200"}).json()["entry"]
        people = {
            number["value"]: f"Patient/{each['resource']['id']}"
            for each in found
            for number in each["resource"].get("identifier", ())
            if number.get("system") == "https://fhir.nhs.uk/Id/nhs-number"
        }
        for reference in sorted(people.values())[:ARRIVED]:
            visit = {
                "resourceType": "Encounter",
                "status": "arrived",
                "class": {"system": ACT, "code": "EMER"},
                "subject": {"reference": reference},
                "period": {"start": SystemClock().now().isoformat(timespec="seconds")},
            }
            made = hospital.post("Encounter", json=visit)
            assert made.status_code == httpx.codes.CREATED, made.text


@contextmanager
def demo() -> Iterator[Served]:
    """Serve a demo node for as long as it is measured."""
    with tempfile.TemporaryDirectory() as name:
        node = Path(name) / "node"
        command = [sys.executable, "-m", "throughcare", "demo", "--node", str(node)]
        subprocess.run(  # noqa: S603 - our own command
            [*command, "--people", PEOPLE, "--no-serve"], check=True, capture_output=True
        )
        process, base = start(node)
        try:
            yield Served(node, base)
        finally:
            stop(process)


def main() -> None:
    """Print how long each waits."""
    if not CHROMIUM.exists():
        print("no /usr/bin/chromium: journeys left out")
        return
    title("cold, at 400 kb/s and 150 ms")
    with demo() as served, sync_playwright() as playwright:
        bring(served)
        links = links_of(served.node)
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        crew, nurse, doctor, herself = (
            Reader(browser, served.base, links[who][0]) for who in (CREW, NURSE, DOCTOR, HERSELF)
        )
        crews(crew)
        nurses(nurse)
        person = re.search(r"/people/(\w+)/", crew.at.page.url)
        assert person is not None
        doctors(doctor, person[1])
        persons(herself, doctor, person[1])
        browser.close()


if __name__ == "__main__":
    main()
