"""Pages that only a form leads to, against what every page may take and must give."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Response

from node.conftest import EDITH as NUMBER
from node.conftest import GEORGE
from node.journeys import measures
from node.journeys.conftest import Visit
from node.journeys.finding import at_the_summary_of, summary_of
from node.journeys.test_budgets import picture
from node.journeys.views import (
    AFTER_FORMS,
    CREW,
    EDITH,
    LEAD,
    OFFICER,
    WINIFRED,
    forms_without_a_view,
)
from node.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.server]

DESK = frozenset({"source-key", "connected", "tried", "chosen"})
"""Pages of a desk alone, whose controls may be 24 pixels high; others are held in a hand."""
STATUS = {"no-reason": 400}
"""Where it is another than 200."""
LONG = 120_000
"""Milliseconds after which a test gives up. How long it takes is measured in ``bench``."""
FILES: dict[str, int] = {}
Shown = tuple[Visitor, Response]


def _answer(visitor: Visitor, button: str | re.Pattern[str]) -> Response:
    with visitor.page.expect_navigation() as led:
        visitor.press(button)
    return led.value


def _viewed(visit: Visit) -> Shown:
    edith, stranger = visit(EDITH), visit("", scripts=False)
    edith.go("/me")
    edith.follow("Share by link")
    edith.fill(label="Picture")
    edith.press("Make the link")
    link = edith.page.input_value("#link")
    stranger.go("/view")
    stranger.fill(link=link, recipient="Ward 3")
    answer = _answer(stranger, "Open")
    shown = visit("")  # the same page where axe, which needs scripts, can look at it
    shown.page.route("**/static/*.js", lambda route: route.abort())
    shown.go("/view")
    shown.fill(link=link, recipient="Ward 3")
    shown.press("Open")
    shown.page.unroute("**/static/*.js")
    shown.said.clear()  # that scripts were kept from it
    edith.press("End it for ever")
    return shown, answer


def _added(visit: Visit, name: str) -> Shown:
    lead = visit(LEAD)
    lead.go("/node/sources")
    lead.fill(name=name, organisation="FXX01")
    return lead, _answer(lead, "Add it and show its key")


def _source_key(visit: Visit) -> Shown:
    return _added(visit, "pictured")


def _connected(visit: Visit) -> Shown:
    lead, _ = _added(visit, "pictured-too")
    key = lead.page.inner_text("#key")
    lead.go("/connect")
    lead.fill(key=key)
    lead.press("Go on with the key")
    return lead, _answer_again(lead)


def _tried(visit: Visit) -> Shown:
    supplier = visit("")
    supplier.page.set_default_timeout(LONG)  # a rehearsal starts a process of its own
    supplier.go("/connect")
    supplier.follow("HL7 v2")
    return supplier, _answer(supplier, "Try it")


def _answer_again(visitor: Visitor) -> Response:
    answer = visitor.page.goto(f"{visitor.base}/connect")
    assert answer is not None
    return answer


def _found(visit: Visit) -> Shown:
    crew = visit(CREW)
    crew.go("/people")
    crew.fill(family="Thwaite", given="Edith", day="14", month="3", year="1938")
    return crew, _answer(crew, "Search")


def _nobody_found(visit: Visit) -> Shown:
    crew = visit(CREW)
    crew.go("/people")
    crew.fill(family="Nobodyhere", given="Edith", day="14", month="3", year="1938")
    crew.fill(postcode="QX1 1AA")
    shown = _answer(crew, "Search")
    assert "Nobody found. Search again without the postcode." in " ".join(crew.main().split())
    return crew, shown


def _chosen(visit: Visit) -> Shown:
    officer = visit(OFFICER)
    officer.go("/reviews/find")
    officer.fill(nhs_number=NUMBER)
    return officer, _answer(officer, "Search")


def _agent_check(visit: Visit) -> Shown:
    edith = visit(EDITH)
    edith.go("/me")
    edith.follow("Who acts for me")
    edith.fill(account="demo-harold")
    edith.page.check("#see-medicines")
    return edith, _answer(edith, "Check")


def _link_made(visit: Visit) -> Shown:
    edith = visit(EDITH)
    edith.go("/me")
    edith.follow("Share by link")
    edith.fill(label="Dr Smith in Lyon", passcode="violet 7 harbour")
    return edith, _answer(edith, "Make the link")


def _key_safe(visit: Visit) -> Shown:
    crew = visit(CREW)
    summary_of(crew, visit(WINIFRED))
    return crew, _answer(crew, "Show the key-safe code")


def _no_reason(visit: Visit) -> Shown:
    crew = at_the_summary_of(visit(CREW), GEORGE)
    assert crew.page.locator(".tc-break input:visible").count() == 1  # one field opens it
    crew.fill(reason=" ")
    answer = _answer(crew, "They cannot answer")
    assert "Say in a few words why" in crew.main()
    return crew, answer


WAYS: dict[str, Callable[[Visit], Shown]] = {
    "viewed": _viewed,
    "source-key": _source_key,
    "connected": _connected,
    "tried": _tried,
    "found": _found,
    "nobody-found": _nobody_found,
    "chosen": _chosen,
    "agent-check": _agent_check,
    "link-made": _link_made,
    "key-safe": _key_safe,
    "no-reason": _no_reason,
}


def test_every_form_that_is_answered_with_a_page_has_a_row() -> None:
    assert forms_without_a_view() == set()


@pytest.mark.parametrize("name", AFTER_FORMS)
def test_a_page_after_a_form_keeps_to_every_budget(visit: Visit, name: str) -> None:
    visitor, answer = WAYS[name](visit)
    page, status = visitor.page, STATUS.get(name, 200)
    faults = [
        *measures.of_headers(answer, status),
        *measures.of_weight(page, answer, FILES),
        *measures.of_fingers_and_fonts(page, 24 if name in DESK else 44),
        *measures.of_what_is_hidden(page),
        *measures.of_enter(page),
        *measures.at_every_width(page),
        *measures.by_keyboard(page),
    ]
    picture(page, name)
    assert not faults, "\n".join(faults)
    visitor.is_silent(*([status] if status in STATUS.values() else []))
