"""States of pages that a demo node does not come to, in a real browser.

Every page of a served node is held to its budgets in ``tests/node/journeys``.

Screenshots: ``THROUGHCARE_SCREENSHOTS=docs/pages pytest tests/web/test_browser.py``.
"""

import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from accessibility import violations
from throughcare.model.request import Permission, Reason
from throughcare.summary.codelists import alert_kinds
from throughcare.summary.handling import Handling, neutral
from web.made_up import KHAN, every_alert
from web.memory import USERS, MemoryNode, Session
from web.sites import site_of

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
WIDTHS = (320, 390, 1280)
RECORD = f"/people/{KHAN}"
EVERY_LINE = Handling("Dr A. Example, GP", "handling lines", date(2027, 1, 1), neutral())
BUTTONS = "[...document.querySelectorAll('button:not([aria-hidden])')].map(e => e.offsetHeight)"
"""Heights of the buttons that somebody can press: what Enter presses is no target."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no /usr/bin/chromium: browser not tested"),
]


@dataclass
class Served:
    """A node in memory, listening on loopback."""

    address: str
    node: MemoryNode


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    node = MemoryNode()
    for user, (actor, name, asks, person) in USERS.items():
        node.sessions[f"cookie-{user}"] = Session(actor, name, f"csrf-{user}", asks, person)
    site = site_of(node)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(site, log_level="warning", lifespan="off", ws="none")
        )
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", node)
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield started
        started.close()


@dataclass
class Shown:
    """A page that is open, and what its console said."""

    page: Page
    said: list[str] = field(default_factory=list)


Show = Callable[..., Shown]


@pytest.fixture
def show(browser: Browser, served: Served) -> Iterator[Show]:
    contexts: list[BrowserContext] = []
    served.node.said = {("csrf-crew", KHAN): Permission.UNABLE}
    served.node.broken, served.node.off, served.node.denied = {}, set(), False
    served.node.over, served.node.strangers = set(), False
    served.node.handling = Handling()

    def open_page(user: str, path: str, width: int = 390, height: int = 844) -> Shown:
        context = browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=True
        )
        contexts.append(context)
        if user:
            cookie = {"name": "throughcare", "value": f"cookie-{user}", "url": served.address}
            context.add_cookies([cookie])  # type: ignore[list-item]
        shown = Shown(context.new_page())
        shown.page.on("console", lambda message: shown.said.append(message.text))
        shown.page.on("pageerror", lambda error: shown.said.append(str(error)))
        shown.page.goto(served.address + path)
        return shown

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", ["withheld", "unknown-reader", "glass-broken", "glass-over"])
def test_break_glass_is_accessible_from_the_question_to_its_end(
    served: Served, show: Show, state: str, width: int
) -> None:
    key = ("csrf-crew", KHAN)
    served.node.denied = True
    served.node.strangers = state == "unknown-reader"
    if state.startswith("glass"):
        served.node.broken[key] = Reason("unconscious", "cannot-be-asked")
    if state == "glass-over":
        served.node.over.add(key)
    page = show("crew", f"{RECORD}/emergency", width).page
    folder = os.environ.get("THROUGHCARE_SCREENSHOTS")
    if folder and width != 320 and state != "withheld":  # pictured below, on its first screen
        page.screenshot(path=str(Path(folder) / f"{state}-{width}.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
    heights = page.evaluate(BUTTONS)
    assert min(heights) >= 44
    assert violations(page) == []


def test_allergies_alerts_and_plans_are_all_on_the_first_screen(show: Show) -> None:
    page = show("crew", f"{RECORD}/emergency", 390, 844).page
    for text in (
        "Allergy to penicillin",
        "Allergy to latex",
        "Diabetes mellitus type 2",
        "Dementia, mild",
        "Falls: 3 since Jan 2026, last 12-May-2026 (ambulance and care home)",
        "Not for intensive care",
    ):
        box = page.get_by_text(text).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 844, f"{text} is below the first screen"
    folder = os.environ.get("THROUGHCARE_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / "first-screen-390.png"))


def test_every_line_of_what_to_do_leaves_the_name_of_each_alert_on_the_first_screen(
    served: Served, show: Show
) -> None:
    served.node.handling = EVERY_LINE
    page = show("crew", f"{RECORD}/emergency", 390, 844).page
    _pictured(page, "do-lines")
    page.set_viewport_size({"width": 390, "height": 844})
    alerts = _alerts_on_the_first_screen(page)
    assert len(alerts) > 4
    with_lines = len(alerts) - 1  # no line is about a hearing aid
    assert page.inner_text("main").count("Do:") == with_lines + 2  # an allergy and the plans
    _pictured(page, "do-lines")


def test_somebody_with_every_kind_of_alert_has_the_name_of_each_on_the_first_screen(
    served: Served, show: Show
) -> None:
    served.node.handling = EVERY_LINE
    khan = served.node.people[KHAN]
    served.node.people[KHAN] = replace(khan, entries=(*khan.entries, *every_alert()))
    try:
        page = show("crew", f"{RECORD}/emergency", 390, 844).page
        _pictured(page, "every-alert")
        page.set_viewport_size({"width": 390, "height": 844})
        alerts = _alerts_on_the_first_screen(page)
        assert len(alerts) == len(alert_kinds()) + 5  # falls, key safe and three more flags
        _pictured(page, "every-alert")
    finally:
        served.node.people[KHAN] = khan


def _alerts_on_the_first_screen(page: Page) -> list[str]:
    """Check that the name of each alert is wholly on the first screen, and return them."""
    found = page.locator(".tc-names li").all()
    for name in found:
        box = name.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 844, f"{name.inner_text()} is below the first screen"
    return [name.inner_text() for name in found]


def _pictured(page: Page, name: str) -> None:
    folder = os.environ.get("THROUGHCARE_SCREENSHOTS")
    for width, height in ((390, 844), (1280, 900)) if folder else ():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=str(Path(folder or "") / f"{name}-{width}.png"), full_page=True)


def test_the_summary_prints_on_one_sheet_without_what_is_for_the_screen_only(show: Show) -> None:
    page = show("crew", f"{RECORD}/emergency", 1280, 900).page
    page.emulate_media(media="print")
    printed = page.inner_text("body")
    assert "Safeguarding" not in printed
    assert "Not for live care until" in printed
    assert "Allergy to penicillin" in printed
    sheet = page.pdf(prefer_css_page_size=True)
    assert sheet.count(b"/Type /Page\n") + sheet.count(b"/Type /Page ") == 1
    folder = os.environ.get("THROUGHCARE_SCREENSHOTS")
    if folder:
        page.set_viewport_size({"width": 720, "height": 1040})
        page.screenshot(path=str(Path(folder) / "emergency-print.png"))


def test_two_taps_from_finding_a_person_to_the_summary(show: Show) -> None:
    page = show("crew", "/people").page
    page.fill("#nhs_number", "999 000 0018")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name=re.compile("be asked")).click()
    assert page.locator("#allergies").inner_text() == "Known allergies"
    assert "khan" not in page.url.casefold()
    assert "999" not in page.url


def test_the_whole_way_works_by_keyboard(show: Show) -> None:
    page = show("crew", "/people").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.focus("#nhs_number")
    page.keyboard.type("9990000018")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Agrees").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#allergies")


def test_nothing_needs_a_script(browser: Browser, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    cookie = {"name": "throughcare", "value": "cookie-amina", "url": served.address}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(f"{served.address}{RECORD}/sharing")
    page.get_by_role("link", name="Stop sharing Mental health").click()
    page.get_by_role("button", name="Stop sharing").click()
    assert "Your choice is in force now." in page.inner_text("main")
    assert "mental-health" in served.node.off
    context.close()


def test_a_withheld_record_opens_with_one_field(show: Show, served: Served) -> None:
    served.node.denied = True
    page = show("crew", f"{RECORD}/emergency").page
    assert "Allergy to latex" not in page.content()
    folder = os.environ.get("THROUGHCARE_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / "withheld-390.png"))
    page.fill("#reason", "Unconscious, nobody else here")
    page.get_by_role("button", name="They cannot answer").click()
    assert "Allergy to latex" in page.content()
    said = Reason("Unconscious, nobody else here", "cannot-be-asked")
    assert served.node.broken["csrf-crew", KHAN] == said


def test_enter_beside_several_buttons_chooses_none_of_them_and_asks(
    show: Show, served: Served
) -> None:
    served.node.denied = True
    page = show("crew", f"{RECORD}/emergency").page
    page.fill("#reason", "Unconscious")
    page.press("#reason", "Enter")
    page.wait_for_selector("#reason-error")
    assert "press the button that fits" in page.inner_text("#reason-error")
    assert page.input_value("#reason") == "Unconscious"
    assert not served.node.broken


def test_people_found_is_accessible_too(show: Show) -> None:
    page = show("crew", "/people").page
    page.fill("#nhs_number", "9990000018")
    page.get_by_role("button", name="Search").click()
    assert violations(page) == []
    page.fill("#nhs_number", "12")
    page.get_by_role("button", name="Search").click()
    assert violations(page) == []


FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  let under = at;
  let ground = [255, 255, 255];
  for (; under; under = under.parentElement) {
    const found = numbers(getComputedStyle(under).backgroundColor);
    if (found.length < 4 || found[3] === 1) { ground = found; break; }
  }
  const two = [light(numbers(getComputedStyle(at).color)), light(ground)].sort((a, b) => b - a);
  return [(at.innerText || at.id || at.tagName).trim(), (two[0] + 0.05) / (two[1] + 0.05)];
}"""
"""What has the focus, and the contrast of its letters to what is under them."""


@pytest.mark.parametrize(
    ("user", "path"),
    [
        ("crew", "/people"),
        ("amina", f"{RECORD}/sharing"),
        ("carer", f"{RECORD}/today"),
        ("lead", "/reviews"),
    ],
)
def test_what_has_the_focus_can_be_read(show: Show, user: str, path: str) -> None:
    page = show(user, path).page
    met: dict[str, float] = {}
    while True:
        page.keyboard.press("Tab")
        page.wait_for_function("document.getAnimations().length === 0")
        found = page.evaluate(FOCUSED)
        if found is None or len(met) > 60:
            break
        met[str(found[0])] = round(float(found[1]), 1)
    assert len(met) > 5
    assert {name: contrast for name, contrast in met.items() if contrast < 4.5} == {}
