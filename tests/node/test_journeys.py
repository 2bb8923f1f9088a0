"""Whole journeys on a served node, in a real browser: the people that the node is for.

Pictures for the documents: ``THROUGHCARE_SCREENSHOTS=docs/pages pytest tests/node``.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from locality_commands import throughcare
from node.conftest import EDITH, GEORGE, PEOPLE, Served

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
ROW = re.compile(r"you are\s+(?P<who>.+)\nsign in\s+\S+?(?P<link>/sign-in/\w+)\ntry\s+\S+")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no /usr/bin/chromium: browser not tested"),
]


Links = dict[str, Iterator[str]]


@pytest.fixture(scope="module")
def links(served: Served) -> Links:
    """Return two one-time links of each persona of the demo's table: each run prints new ones."""
    found: dict[str, list[str]] = {}
    for _ in range(2):
        made = throughcare("demo", "--node", served.node, "--people", PEOPLE, "--no-serve")
        assert made.returncode == 0, made.stderr
        for row in ROW.finditer(made.stdout):
            found.setdefault(row["who"], []).append(row["link"])
    return {who: iter(each) for who, each in found.items()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield started
        started.close()


@dataclass
class Visitor:
    """Somebody with a browser of their own, signed in by their link."""

    base: str
    context: BrowserContext
    page: Page
    said: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open an address of the node."""
        self.page.goto(self.base + path)
        return self.page

    def press(self, name: str) -> None:
        """Press the first button with this name."""
        self.page.get_by_role("button", name=name).first.click()

    def main(self) -> str:
        """Return what the page says."""
        return self.page.inner_text("main")

    def is_sound(self) -> None:
        """Check the open page at both widths: nothing for axe, no sideways scroll, no errors."""
        for width, height in ((390, 844), (1280, 900)):
            self.page.set_viewport_size({"width": width, "height": height})
            assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            found = Axe().run(self.page)["violations"]
            broken = [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]
            assert broken == [], (self.page.url, width)
        self.page.set_viewport_size({"width": 390, "height": 844})
        assert self.said == []


Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def visit(browser: Browser, served: Served, links: Links) -> Iterator[Visit]:
    """Return how to sign somebody in, with or without scripts: each once."""
    visitors: dict[tuple[str, bool], Visitor] = {}

    def sign_in(who: str, *, scripts: bool = True) -> Visitor:
        if (who, scripts) in visitors:
            return visitors[who, scripts]
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, java_script_enabled=scripts
        )
        visitor = Visitor(served.base, context, context.new_page())
        visitor.page.on("console", lambda message: visitor.said.append(message.text))
        visitor.page.on("pageerror", lambda error: visitor.said.append(str(error)))
        visitor.go(next(links[who]))
        visitor.press("Sign in")
        visitors[who, scripts] = visitor
        return visitor

    yield sign_in
    for visitor in visitors.values():
        visitor.context.close()


def find(visitor: Visitor, number: str) -> str:
    """Search by NHS number and return the address of the one person found."""
    page = visitor.go("/people")
    page.fill("#nhs_number", number)
    visitor.press("Search")
    href = page.locator(".tc-found__name a").get_attribute("href")
    assert href is not None
    return href


def test_a_crew_without_scripts_sees_edith_on_the_first_screen_in_one_tap(visit: Visit) -> None:
    crew = visit("Sam Reid, paramedic", scripts=False)
    page = crew.page
    page.fill("#nhs_number", EDITH)
    crew.press("Search")
    assert "Thwaite" in page.inner_text("main").title()
    page.get_by_role("button", name=re.compile("be asked")).click()
    for text in ("Mild dementia", "diabetes", "Falls", "penicillin", "ReSPECT"):
        box = page.locator("main").get_by_text(re.compile(text, re.IGNORECASE)).first.bounding_box()
        assert box is not None, text
        assert box["y"] + box["height"] <= 844, f"{text} is below the first screen"
    assert "Not for live care until" in page.inner_text("body")
    assert "thwaite" not in page.url.casefold()
    assert EDITH not in page.url
    crew.go(page.url.removeprefix(crew.base).replace("emergency", "timeline"))
    assert re.search(r"GP|general practice", crew.main(), re.IGNORECASE)
    assert "ambulance" in crew.main().casefold()


def test_a_crew_finds_edith_by_name_and_birth_date_and_nobody_says_so(visit: Visit) -> None:
    crew = visit("Sam Reid, paramedic")
    page = crew.go("/people")
    crew.is_sound()
    born = {"day": "14", "month": "3", "year": "1938"}
    fields = {"family": "Thwaite", "given": "Edith"} | born
    for name, value in fields.items():
        page.fill(f"#{name}", value)
    crew.press("Search")
    assert "THWAITE" in crew.main()
    crew.is_sound()
    for name, value in (fields | {"family": "Nobodyhere"}).items():
        page.fill(f"#{name}", value)
    crew.press("Search")
    assert "Nobody found. Search again without the postcode." in crew.main()


def test_the_real_summary_and_timeline_are_accessible_and_pictured(visit: Visit) -> None:
    crew = visit("Sam Reid, paramedic")
    record = find(crew, EDITH)
    crew.page.get_by_role("button", name=re.compile("be asked")).click()
    crew.is_sound()
    folder = os.environ.get("THROUGHCARE_SCREENSHOTS")
    for width, height in ((390, 844), (1280, 900)):
        crew.page.set_viewport_size({"width": width, "height": height})
        if folder:
            path = Path(folder) / f"emergency-{width}.png"
            crew.page.screenshot(path=str(path), full_page=width != 390)
    crew.go(record.replace("emergency", "timeline"))
    crew.is_sound()
    assert len(crew.page.locator(".tc-line").all()) > 5


def test_a_no_to_everybody_opens_by_breaking_glass_and_two_people_are_told(visit: Visit) -> None:
    crew = visit("Sam Reid, paramedic")
    find(crew, GEORGE)
    crew.page.get_by_role("button", name=re.compile("be asked")).click()
    assert "not shown" in crew.main()
    assert crew.page.locator("#medicines").count() == 0
    crew.is_sound()
    crew.page.fill("#reason", "Found unconscious at home")
    crew.press("They cannot answer")
    assert crew.page.locator("#medicines").count() == 1
    assert "Glass broken" in crew.main()
    crew.is_sound()
    crew.press("Go on with the same reason")
    assert crew.page.locator("#medicines").count() == 1
    crew.press("Hand over and close")
    find(crew, GEORGE)
    assert crew.page.locator("#medicines").count() == 0
    officer = visit("Pat Lomax, privacy officer")
    officer.go("/access")
    told = officer.page.locator("li", has_text="Found unconscious at home").first.inner_text()
    assert "PICKERING" in told.upper()
    assert "paramedic" in told
    officer.is_sound()
    george = visit("George Pickering, patient")
    george.go("/me")
    george.page.get_by_role("link", name="Who has looked").click()
    assert "Glass broken" in george.main()
    assert "Sam Reid, paramedic, RX8" in george.main()
    assert "You" in george.main()
    assert "demo-" not in george.main()
    assert "Found unconscious at home" in george.main()
    george.is_sound()


def test_an_alert_is_closed_with_one_button(visit: Visit) -> None:
    officer = visit("Pat Lomax, privacy officer")
    officer.go("/access")
    before = officer.page.get_by_role("button", name="Justified").count()
    assert before
    officer.press("Justified")
    assert officer.page.get_by_role("button", name="Justified").count() == before - 1


def test_a_switch_binds_the_next_look_and_lets_it_in_again(visit: Visit) -> None:
    nurse = visit("Nia Owen, nurse")
    record = find(nurse, EDITH)
    nurse.press("Agrees")
    assert nurse.page.locator("#medicines").count() == 1
    edith = visit("Edith Thwaite, patient")
    for to, seen in (("Stop sharing", 0), ("Share again", 1)):
        edith.go("/me")
        edith.page.get_by_role("link", name="Who can see").click()
        edith.is_sound()
        edith.page.get_by_role("link", name=f"{to} My whole record").click()
        edith.is_sound()
        edith.press(to.removesuffix(" again"))
        assert "Your choice is in force now." in edith.main()
        edith.is_sound()
        nurse.go(record)
        assert nurse.page.locator("#medicines").count() == seen
    edith.go("/me")
    edith.is_sound()


def test_a_pair_is_decided_and_the_decision_taken_back(visit: Visit) -> None:
    lead = visit("Ian Firth, IT lead")
    page = lead.go("/reviews")
    lead.is_sound()
    pair = page.locator(".tc-found__name a").first.get_attribute("href")
    assert pair is not None
    lead.go(pair)
    lead.is_sound()
    lead.press("Two people: keep apart")
    assert page.url.endswith("/reviews")
    assert "Decided lately" in lead.main()
    lead.go(pair)
    assert "Kept apart" in lead.main()
    lead.is_sound()
    lead.press("Undo")
    assert page.get_by_role("button", name="One person: link").count() == 1


def test_a_link_works_once_and_a_start_page_needs_a_session(
    browser: Browser, served: Served, links: Links
) -> None:
    context = browser.new_context()
    page = context.new_page()
    link = next(links["Ruth Farrow, GP"])
    for expected in (False, True):
        page.goto(served.base + link)
        page.get_by_role("button", name="Sign in").click()
        assert ("has been used" in page.inner_text("body")) is expected
        context.clear_cookies()
    page.goto(f"{served.base}/people")
    assert "not signed in" in page.inner_text("main")
    context.close()
