"""The IT lead of a locality: one click from signing in to the worst problem and what mends it."""

import re
from collections.abc import Iterator

import pytest

from node.conftest import EDITH, GEORGE, Served
from node.journeys.conftest import Visit
from node.journeys.views import LEAD

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def harmed(served: Served) -> Iterator[Served]:
    """Let others read the node's private key, for a while."""
    key = served.node / "keys" / "node.pem"
    key.chmod(0o644)
    try:
        yield served
    finally:
        key.chmod(0o600)


@pytest.mark.parametrize("scripts", [True, False])
def test_one_click_to_the_worst_problem_and_the_command_that_mends_it(
    visit: Visit, harmed: Served, *, scripts: bool
) -> None:
    lead = visit(LEAD, scripts=scripts)
    lead.go("/")
    lead.begin()
    lead.follow("Node health")
    assert lead.taps == 1
    first = lead.page.locator(".tc-check").first
    assert first.locator("h2").inner_text().split() == ["Fault", "Keys"]
    command = f"chmod 600 {harmed.node / 'keys' / 'node.pem'}"
    assert first.locator("code").inner_text() == command
    lead.sees_without_scrolling(re.escape(command))
    lead.sees_without_scrolling("If nobody does anything: Whoever can sign in")
    if scripts:  # axe needs them
        lead.is_sound()


def test_everything_is_looked_at_again_aside_and_the_page_says_when(visit: Visit) -> None:
    lead = visit(LEAD)
    lead.go("/node")
    lead.press("Look at everything again")
    assert re.search(r"They are being looked at (again|now)\.", lead.main())
    for _ in range(120):
        if not lead.page.get_by_role("link", name="Load this page anew").count():
            break
        lead.page.wait_for_timeout(500)
        lead.follow("Load this page anew")
    assert re.search(r"were looked at on \d+-\w+-\d{4}", lead.main())
    for words in ("Store", "Ledger", "verified up to", "Disk", "hospital", "Version"):
        assert words in lead.main()
    lead.is_silent()


def test_nobody_of_the_record_is_on_the_page(visit: Visit) -> None:
    lead = visit(LEAD)
    shown = lead.go("/node").content()
    for personal in (EDITH, GEORGE, "Thwaite", "Pickering", "THWAITE"):
        assert personal not in shown
