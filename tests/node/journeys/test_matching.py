"""Whoever decides whether two records are one person's."""

import re

import pytest

from node.journeys.conftest import Visit
from node.journeys.views import LEAD, OFFICER
from node.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.server]

ONE, OTHER = {"nhs_number": "9995721066"}, {"nhs_number": "9990217548"}
"""Joan Ellis and Arthur Dixon, who have no account: one would end with the split (ADR 0094)."""
MOST_TABS = 40


def test_a_pair_is_decided_with_two_clicks_from_the_start_and_undone_with_two(
    visit: Visit,
) -> None:
    reviewer = visit(LEAD)
    reviewer.begin()
    first = reviewer.page.locator(".tc-found__name a").first
    pair = first.get_attribute("href")
    reviewer.tap(first)
    shown = reviewer.main()
    for words in ("Name: first", "Date of birth", "What it says"):
        assert words.casefold() in shown.casefold()
    reviewer.press("Two people: keep apart")
    assert reviewer.taps == 2
    assert "Decided lately" in reviewer.main()
    reviewer.begin()
    reviewer.tap(reviewer.page.locator(f'a[href="{pair}"]'))
    reviewer.press("Undo")
    assert reviewer.taps == 2
    assert reviewer.page.get_by_role("button", name="One person: link").count() == 1
    reviewer.is_silent()


def test_a_pair_is_decided_and_undone_by_keyboard_alone(visit: Visit) -> None:
    reviewer = visit(LEAD)
    page = reviewer.go("/reviews")

    def walk(name: str) -> None:
        """Press Tab until the focus is on what is called so, then Enter."""
        for _ in range(MOST_TABS):
            page.keyboard.press("Tab")
            focused = page.evaluate("document.activeElement.innerText || ''")
            if re.search(name, focused):
                with page.expect_navigation():
                    page.keyboard.press("Enter")
                return
        pytest.fail(f"{name} can't be reached")

    walk("record and")
    assert "Are these one person?" in reviewer.main()
    pair = page.url
    for field in ("why", "note"):  # Enter in a field of words decides nothing
        page.focus(f"#{field}")
        page.keyboard.type("hm")
    page.focus("#why")
    page.keyboard.press("Enter")
    assert page.url == pair
    walk("Two people: keep apart")
    assert "Decided lately" in reviewer.main()
    page.goto(pair)
    walk("Undo")
    assert page.get_by_role("button", name="One person: link").count() == 1
    reviewer.is_silent()


@pytest.mark.parametrize("scripts", [True, False])
def test_two_people_are_found_compared_linked_with_a_reason_and_parted_again(
    visit: Visit, *, scripts: bool
) -> None:
    officer = visit(OFFICER, scripts=scripts)
    officer.follow("Matching")
    officer.follow("Compare two records")
    chosen(officer, ONE)
    chosen(officer, OTHER)
    shown = officer.main()
    for words in ("Their NHS numbers differ.", "Not alike", "one with", "The score is"):
        assert words in shown
    pair = officer.page.url
    officer.press("One person: link")
    assert "Say why" in officer.main()
    officer.fill(why="tried, to be undone")
    officer.press("One person: link")
    assert "tried, to be undone" in officer.main()
    assert officer.page.url == pair
    officer.press("Undo")
    assert officer.page.get_by_role("button", name="One person: link").count() == 1
    assert "Their NHS numbers differ." in officer.main()
    officer.is_silent(422)


def chosen(officer: Visitor, who: dict[str, str]) -> None:
    """Find somebody, and choose their first record."""
    officer.fill(**who)
    officer.press("Search")
    officer.tap(officer.page.locator("ul.tc-found a").first)


def test_who_may_not_look_people_up_is_told_so(visit: Visit) -> None:
    lead = visit(LEAD)
    lead.go("/reviews/find")
    lead.fill(**ONE)
    lead.press("Search")
    assert "does not see" in lead.page.inner_text("body")
    lead.is_silent(403)
