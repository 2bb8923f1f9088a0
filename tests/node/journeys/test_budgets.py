"""Every page of a served node, in a real browser, against what pages may take and must give.

Pictures for the documents: ``THROUGHCARE_SCREENSHOTS=docs/pages pytest tests/node/journeys``.
"""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, Response

from node.conftest import EDITH as NUMBER
from node.conftest import Served
from node.journeys import measures
from node.journeys.conftest import Links, Visit
from node.journeys.finding import at_the_summary_of, id_in, own_id
from node.journeys.launching import launch
from node.journeys.views import CREW, EDITH, VIEWS, View, routes_without_a_view
from node.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.server]

FILES: dict[str, int] = {}
"""Packed sizes of style sheets and scripts, each asked for once."""


def test_every_page_has_a_row_among_the_views() -> None:
    assert routes_without_a_view() == set()


@pytest.fixture(scope="module")
def person(visit: Visit) -> str:
    """Return Edith's opaque id; the crew has said that she can't be asked."""
    return id_in(at_the_summary_of(visit(CREW), NUMBER).page.url)


def opened(
    visitor: Visitor, view: View, person: str, links: Links, served: Served
) -> tuple[Page, Response]:
    """Open a view as its reader comes to it; return the page and the node's answer."""
    path = view.path or view.route.replace("{person_id}", person)
    path = path.replace("{person}", person)
    if "{own}" in path:
        path = path.replace("{own}", own_id(visitor))
    if "{code}" in path:
        path = next(links["Dev Patel, social worker"])
    if "{launch}" in path:
        path = path.replace("{launch}", launch(served.node, "somebody"))
    if "{account}" in view.route and "shared" not in FILES:
        visitor.go(path)
        visitor.fill(label="Dr Smith in Lyon", passcode="violet 7 harbour")
        visitor.press("Make the link")
        FILES["shared"] = 0
    if view.follow:
        visitor.go(path)
        path = visitor.page.locator(view.follow).first.get_attribute("href") or ""
    answer = visitor.page.goto(visitor.base + path)
    if view.agrees and visitor.page.get_by_role("button", name="Agrees").count():
        visitor.press("Agrees")
        answer = visitor.page.goto(visitor.base + path)
    assert answer is not None
    route = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(view.route))
    assert re.fullmatch(route, urlsplit(visitor.page.url).path), "another page was opened"
    return visitor.page, answer


@pytest.mark.parametrize("name", VIEWS)
def test_a_page_keeps_to_every_budget(
    visit: Visit, served: Served, person: str, links: Links, name: str
) -> None:
    view = VIEWS[name]
    visitor = visit(view.who)
    page, answer = opened(visitor, view, person, links, served)
    faults = [
        *measures.of_headers(answer, view.status),
        *measures.of_weight(page, answer, FILES),
        *measures.of_fingers_and_fonts(page, view.finger),
        *measures.of_what_is_hidden(page),
        *measures.of_enter(page),
        *measures.at_every_width(page),
        *measures.by_keyboard(page),
    ]
    picture(page, name, str(served.node))
    assert not faults, "\n".join(faults)
    visitor.is_silent(*([view.status] if view.status != httpx.codes.OK else []))
    if page.locator("script").count():
        without = visit(view.who, scripts=False)
        shown, _ = opened(without, view, person, links, served)
        assert words(shown) == words(page)


def words(page: Page) -> str:
    """Return what a page says, but for how it is kept up to date, which depends on scripts."""
    page.evaluate("document.getElementById('live')?.remove()")
    return page.inner_text("main")


_ELSEWHERE = """place => document.querySelectorAll('code').forEach(each =>
  { each.textContent = each.textContent.replaceAll(place, '/srv/node') })"""


def picture(page: Page, name: str, place: str = "/srv/node") -> None:
    """Keep the page for the documents, where that is asked for; `place` is where the node lies."""
    folder = os.environ.get("THROUGHCARE_SCREENSHOTS")
    page.evaluate("document.activeElement.blur()")
    if folder:
        page.evaluate(_ELSEWHERE, place)
    for width, height in ((390, 844), (1280, 900)) if folder else ():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=str(Path(str(folder)) / f"{name}-{width}.png"), full_page=True)


def test_no_page_is_fetched_ahead_and_what_was_not_fetched_is_in_no_ledger(
    visit: Visit, served: Served, person: str
) -> None:
    edith, crew = visit(EDITH), visit(CREW)

    def looks() -> int:
        """Count the crew's looks on all pages: each page that is read adds a line of its own."""
        found: set[str | None] = set()
        edith.go(f"/people/{person}/looks")
        while True:
            of_crew = edith.page.locator("li", has_text="Sam Reid").get_by_role("link")
            found |= {link.get_attribute("href") for link in of_crew.all()}
            if not edith.page.locator(".tc-more").count():
                return len(found)
            edith.follow("Earlier looks")

    before = looks()
    cookies = {each["name"]: each["value"] for each in crew.context.cookies()}
    with httpx.Client(base_url=served.base, cookies=cookies) as client:
        for view in VIEWS.values():
            path = re.sub(r"\{\w+\}", "x", view.route.replace("{person_id}", person))
            answer = client.get(path, headers={"sec-purpose": "prefetch"})
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, view.route
        assert looks() == before
        assert client.get(f"/people/{person}/emergency").status_code == httpx.codes.OK
    assert looks() == before + 1
