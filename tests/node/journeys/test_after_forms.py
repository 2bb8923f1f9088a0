"""Pages that only a form leads to, against what every page may take and must give."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response

from node.journeys import measures
from node.journeys.conftest import Visit
from node.journeys.test_budgets import picture
from node.journeys.views import AFTER_FORMS, EDITH, LEAD
from node.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.server]

FINGERS = {"viewed": 44}
"""Least height of a control; 24 where nothing is said: pages of a desk."""
FILES: dict[str, int] = {}


def _answer(visitor: Visitor, button: str) -> Response:
    with visitor.page.expect_navigation() as led:
        visitor.press(button)
    return led.value


def _viewed(visit: Visit) -> tuple[Page, Response]:
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
    edith.press("End it for ever")
    return shown.page, answer


def _added(visit: Visit, name: str) -> tuple[Visitor, Response]:
    lead = visit(LEAD)
    lead.go("/node/sources")
    lead.fill(name=name, organisation="FXX01")
    return lead, _answer(lead, "Add it and show its key")


def _source_key(visit: Visit) -> tuple[Page, Response]:
    lead, answer = _added(visit, "pictured")
    return lead.page, answer


def _connected(visit: Visit) -> tuple[Page, Response]:
    lead, _ = _added(visit, "pictured-too")
    key = lead.page.inner_text("#key")
    lead.go("/connect")
    lead.fill(key=key)
    lead.press("Go on with the key")
    return lead.page, _answer_again(lead)


def _answer_again(visitor: Visitor) -> Response:
    answer = visitor.page.goto(f"{visitor.base}/connect")
    assert answer is not None
    return answer


WAYS: dict[str, Callable[[Visit], tuple[Page, Response]]] = {
    "viewed": _viewed,
    "source-key": _source_key,
    "connected": _connected,
}


@pytest.mark.parametrize("name", AFTER_FORMS)
def test_a_page_after_a_form_keeps_to_every_budget(visit: Visit, name: str) -> None:
    page, answer = WAYS[name](visit)
    faults = [
        *measures.of_headers(answer, 200),
        *measures.of_weight(page, answer, FILES),
        *measures.of_fingers_and_fonts(page, FINGERS.get(name, 24)),
        *measures.of_what_is_hidden(page),
        *measures.at_every_width(page),
        *measures.by_keyboard(page),
    ]
    picture(page, name)
    assert not faults, "\n".join(faults)
