"""An ambulance crew at a door: from signing in to the summary."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from node.conftest import EDITH, Served
from node.journeys.conftest import Links, Visit
from node.journeys.finding import UNABLE, at_the_summary_of
from node.journeys.views import BANK, CREW
from node.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.server]

LIGHT, DARK = "rgb(241, 244, 245)", "rgb(14, 22, 26)"
FIRST_VISIT = 40_000
"""Bytes that a first visit may take, everything that it loads with it."""


def test_a_crew_has_the_summary_two_taps_after_signing_in(visit: Visit) -> None:
    crew = visit(CREW)
    crew.begin()
    crew.fill(nhs_number=EDITH)
    crew.press("Search")
    crew.press(UNABLE)
    assert crew.taps == 2
    for text in ("penicillin", "ReSPECT", "dementia", "diabetes", "Falls"):
        crew.sees_without_scrolling(text)
    assert crew.wire.size <= FIRST_VISIT
    crew.is_silent()


def test_who_has_two_roles_chooses_one_with_the_tap_that_signs_in_and_changes_it_later(
    browser: Browser, served: Served, links: Links
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    asha = Visitor(served.base, context, context.new_page())
    link = next(links[BANK])
    asha.go(link)
    asha.is_sound()
    if folder := os.environ.get("THROUGHCARE_SCREENSHOTS"):
        asha.page.screenshot(path=str(Path(folder) / "sign-in-as-390.png"))
    asha.press("Sign in as paramedic")
    asha.fill(nhs_number=EDITH)
    asha.press("Search")
    asha.press(UNABLE)
    assert asha.taps == 3  # as many as for a crew with one role: sign in, search, answer
    assert asha.page.locator("#medicines").count() == 1
    asha.follow("Change role")
    asha.press("Go on as nurse")
    assert asha.taps == 5
    assert "nurse, RXX" in asha.page.inner_text("footer")
    context.close()


@pytest.fixture
def crew(visit: Visit) -> Visitor:
    """Return the crew at Edith's summary."""
    return at_the_summary_of(visit(CREW), EDITH)


def test_the_summary_prints_on_one_sheet(crew: Visitor) -> None:
    assert crew.sheets() == 1


def test_an_address_that_a_qr_code_holds_is_one_tap_from_the_summary_and_names_nobody(
    crew: Visitor, visit: Visit
) -> None:
    address = crew.page.url.removeprefix(crew.base)
    assert not re.search(r"thwaite|edith|999", address, re.IGNORECASE)
    nurse = visit("Nia Owen, nurse")
    nurse.go(address)
    assert nurse.page.locator("#medicines").count() == 0
    nurse.begin()
    nurse.press("Agrees")
    assert nurse.taps == 1
    assert nurse.page.locator("#medicines").count() == 1


def test_the_summary_is_dark_for_whose_device_is_and_for_who_chooses_it_and_legible(
    crew: Visitor,
) -> None:
    assert _ground(crew.page) == LIGHT
    crew.page.emulate_media(color_scheme="dark")
    assert _ground(crew.page) == DARK
    crew.is_sound()
    crew.follow("light")
    assert _ground(crew.page) == LIGHT
    crew.page.emulate_media(color_scheme="light")
    crew.follow("dark")
    assert _ground(crew.page) == DARK
    crew.is_sound()
    if folder := os.environ.get("THROUGHCARE_SCREENSHOTS"):
        crew.page.screenshot(path=str(Path(folder) / "emergency-dark-390.png"))
    crew.page.emulate_media(media="print")
    assert _ground(crew.page) == "rgb(255, 255, 255)"
    crew.page.emulate_media(media="screen")
    crew.follow("as the device")
    assert _ground(crew.page) == LIGHT


def _ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_all_that_a_first_visit_loads_is_small(visit: Visit) -> None:
    nobody = visit("", scripts=False)
    nobody.go("/")
    kinds = {each.kind for each in nobody.wire.answers}
    assert {"Document", "Stylesheet"} <= kinds
    assert nobody.wire.size <= FIRST_VISIT
