"""Somebody who acts for another: whose record it is stands above every page of it."""

import pytest

from node.journeys.conftest import Visit
from node.journeys.views import HAROLD

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_carer_is_at_a_record_in_one_tap_and_reads_on_each_page_whose_it_is(
    visit: Visit, *, scripts: bool
) -> None:
    carer = visit(HAROLD, scripts=scripts)
    carer.go("/")
    assert carer.page.url.endswith("/acting")
    charge = carer.page.locator(".tc-choice", has=carer.page.locator(".tc-switch")).first
    name, right, seen = charge.locator("h2, p").all_inner_texts()
    assert seen == "You see everything but what is kept back as sensitive."
    carer.begin()
    carer.tap(charge.locator(".tc-switch"))
    assert carer.taps == 1
    tabs = carer.page.locator(".tc-tabs a").all()
    paths = [str(each.get_attribute("href")) for each in tabs]
    assert len(paths) >= 4
    for path in paths:
        carer.go(path)
        bar = carer.page.locator(".tc-acting")
        for words in (f"You act for {name}.", right, "is not shown here"):
            assert words in bar.inner_text(), path
        box = bar.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 844 / 2  # above all else, on a phone
    carer.is_silent()
