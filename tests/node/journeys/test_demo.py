"""Whole journeys on a served node, in a real browser: the people that the node is for.

`Visitor.is_sound` is asked in states that `test_budgets` does not come to; elsewhere the console
alone is listened to.
"""

import re

import pytest
from playwright.sync_api import Browser

from node.conftest import EDITH, GEORGE, Served
from node.journeys.conftest import Links, Visit
from node.journeys.finding import UNABLE, search
from node.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.server]


def find(visitor: Visitor, number: str) -> str:
    """Search by NHS number and return the address of the one person found."""
    search(visitor, number)
    href = visitor.page.locator(".tc-found__name a").get_attribute("href")
    assert href is not None
    return href


def test_a_crew_without_scripts_sees_edith_on_the_first_screen_in_one_tap(visit: Visit) -> None:
    crew = visit("Sam Reid, paramedic", scripts=False)
    page = crew.page
    page.fill("#nhs_number", EDITH)
    crew.press("Search")
    assert "Thwaite" in page.inner_text("main").title()
    crew.press(UNABLE)
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
    crew.is_silent()
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
    assert "Nobody found." in crew.main()


def test_the_real_summary_and_timeline_say_nothing_to_the_console(visit: Visit) -> None:
    crew = visit("Sam Reid, paramedic")
    record = find(crew, EDITH)
    crew.press(UNABLE)
    crew.is_silent()
    crew.go(record.replace("emergency", "timeline"))
    crew.is_silent()
    assert len(crew.page.locator(".tc-line").all()) > 5


def test_a_no_to_everybody_opens_by_breaking_glass_and_two_people_are_told(visit: Visit) -> None:
    crew = visit("Sam Reid, paramedic")
    find(crew, GEORGE)
    crew.press(UNABLE)
    assert "not shown" in crew.main()
    assert crew.page.locator("#medicines").count() == 0
    for scheme in ("dark", "light"):
        crew.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
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
    assert george.page.url.endswith("/mine")
    assert "opened your record without asking you" in george.main()
    george.is_sound()
    george.page.get_by_role("link", name="Who has looked").click()
    assert "Glass broken" in george.main()
    assert "Sam Reid, paramedic, RX8" in george.main()
    assert "You" in george.main()
    assert "demo-" not in george.main()
    assert "Found unconscious at home" in george.main()
    george.is_sound()


def test_an_alert_is_closed_with_one_button(visit: Visit) -> None:
    officer = visit("Pat Lomax, privacy officer")
    officer.go("/")
    assert officer.page.url.endswith("/access")  # what they begin with is what is to be checked
    assert "The ledger of looks" in officer.main()
    before = officer.page.get_by_role("button", name="Justified").count()
    assert before
    officer.begin()
    officer.press("Justified")
    assert officer.taps <= 2
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
        edith.is_silent()
        edith.page.get_by_role("link", name=f"{to} My whole record").click()
        edith.is_silent()
        edith.press(to.removesuffix(" again"))
        assert "Your choice is in force now." in edith.main()
        edith.is_sound()
        nurse.go(record)
        assert nurse.page.locator("#medicines").count() == seen
    edith.go("/me")
    edith.is_silent()


def test_a_pair_is_decided_and_the_decision_taken_back(visit: Visit) -> None:
    lead = visit("Ian Firth, IT lead")
    page = lead.go("/reviews")
    lead.is_silent()
    pair = page.locator(".tc-found__name a").first.get_attribute("href")
    assert pair is not None
    lead.go(pair)
    lead.is_silent()
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
