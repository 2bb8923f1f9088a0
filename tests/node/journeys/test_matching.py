"""Whoever decides whether two records are one person's."""

import pytest

from node.journeys.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.server]


def test_a_pair_is_decided_with_two_clicks_from_the_start_and_undone_with_two(
    visit: Visit,
) -> None:
    reviewer = visit("Ian Firth, IT lead")
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
