"""An ambulance crew at a door: from signing in to the summary."""

import re

import pytest

from node.conftest import EDITH
from node.journeys.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.server]

CREW = "Sam Reid, paramedic"
FIRST_VISIT = 40_000
"""Bytes that a first visit may take, everything that it loads with it."""


def test_a_crew_has_the_summary_two_taps_after_signing_in(visit: Visit) -> None:
    crew = visit(CREW)
    crew.begin()
    crew.fill(nhs_number=EDITH)
    crew.press("Search")
    crew.press(re.compile("be asked"))
    assert crew.taps == 2
    for text in ("penicillin", "ReSPECT", "dementia", "diabetes", "Falls"):
        crew.sees_without_scrolling(text)
    assert crew.wire.size <= FIRST_VISIT
    crew.is_silent()


def test_the_summary_prints_on_one_sheet(visit: Visit) -> None:
    crew = visit(CREW)
    assert crew.page.url.endswith("/emergency")
    assert crew.sheets() == 1


def test_all_that_a_first_visit_loads_is_small(visit: Visit) -> None:
    nobody = visit("", scripts=False)
    nobody.go("/")
    kinds = {each.kind for each in nobody.wire.answers}
    assert {"Document", "Stylesheet"} <= kinds
    assert nobody.wire.size <= FIRST_VISIT
