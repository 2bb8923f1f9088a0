"""Every page that somebody can open: who sees it, and how they come to it.

A route of the pages without a row here fails `test_budgets`, a form that is answered with a page
without one `test_after_forms`: who adds a page adds a row.
"""

import ast
import inspect
import sys
from dataclasses import dataclass
from typing import Final

from throughcare.web.call import Handler
from throughcare.web.pages import PAGES

NOBODY: Final = ""
CREW: Final = "Sam Reid, paramedic"
NURSE: Final = "Nia Owen, nurse"
DOCTOR: Final = "Ruth Farrow, GP"
WORKER: Final = "Dev Patel, social worker"
CARER: Final = "Kasia Nowak, care assistant"
LEAD: Final = "Ian Firth, IT lead"
BANK: Final = "Asha Rao, paramedic or nurse"
OFFICER: Final = "Pat Lomax, privacy officer"
EDITH: Final = "Edith Thwaite, patient"
WINIFRED: Final = "Winifred Bainbridge, patient"
HAROLD: Final = "Harold Bainbridge, proxy"

NO_PAGES: Final = frozenset(
    {"/favicon.ico", "/static/{name}.css", "/static/{name}.js", "/arrivals/events"}
    | {"/me", "/language/{language}", "/appearance/{appearance}"}
    | {f"/people/{{person_id}}/{name}" for name in ("mine.json", "mine.pdf", "pack.pdf")}
    | {"/people/{person_id}/emergency.pdf", "/people/{person_id}/kept"}
    | {"/worker.js", "/manifest.webmanifest"}
)
"""Routes that answer with a file, or lead on."""


@dataclass(frozen=True, slots=True)
class View:
    """A page as somebody opens it."""

    route: str
    """As `throughcare.web.pages.PAGES` has it."""
    who: str
    """Name and role of who looks, as the demo's table has them; "" for nobody yet."""
    path: str = ""
    """Where to begin: ``{person}`` is Edith, ``{own}`` whoever looks; the route where it is "". """
    follow: str = ""
    """Selector of the link that leads on from there; "" where `path` is the page."""
    finger: int = 44
    """Least height of a control in CSS pixels; 24 for pages of a desk alone."""
    status: int = 200
    agrees: bool = False
    """True where the reader says first that the person agrees: else the page asks for it."""


VIEWS: Final = {
    "start": View("/", NOBODY),
    "design": View("/design", NOBODY),
    "launch": View("/launch", NOBODY, "/launch?token={launch}"),
    "sign-in": View("/sign-in/{code}", NOBODY),
    "role": View("/role", BANK),
    "whose-record": View("/acting", HAROLD),
    "my-summary": View("/people/{person_id}/emergency", EDITH, "/people/{own}/emergency"),
    "agents": View("/people/{person_id}/agents", WINIFRED, "/people/{own}/agents"),
    "agent-end": View(
        "/people/{person_id}/agents/{consent}/end", WINIFRED, "/people/{own}/agents", ".tc-switch"
    ),
    "representation": View("/people/{person_id}/representation", DOCTOR),
    "find": View("/people", CREW),
    "arrivals": View("/arrivals", NURSE),
    "emergency": View("/people/{person_id}/emergency", CREW),
    "ask-first": View("/people/{person_id}/emergency", DOCTOR),
    "acting": View("/people/{person_id}/mine", HAROLD, "/acting", ".tc-switch"),
    "timeline": View("/people/{person_id}/timeline", CREW),
    "overview": View("/people/{person_id}/overview", DOCTOR, finger=24, agrees=True),
    "network": View("/people/{person_id}/network", WORKER),
    "today": View("/people/{person_id}/today", CARER),
    "pack": View("/people/{person_id}/pack", CARER),
    "my-record": View("/people/{person_id}/mine", EDITH),
    "add": View("/people/{person_id}/add", EDITH),
    "wrong": View("/people/{person_id}/wrong", EDITH),
    "wrong-entry": View(
        "/people/{person_id}/wrong/{type}/{entry_id}",
        EDITH,
        "/people/{own}/mine",
        ".tc-said a[href*=wrong]",
    ),
    "looks": View("/people/{person_id}/looks", EDITH),
    "ask-about": View(
        "/people/{person_id}/looks/{look}", EDITH, "/people/{own}/looks", ".tc-line a"
    ),
    "sharing": View("/people/{person_id}/sharing", EDITH),
    "sharing-change": View(
        "/people/{person_id}/sharing/{choice}", EDITH, "/people/{own}/sharing", ".tc-switch"
    ),
    "who-could-see": View(
        "/people/{person_id}/who/{type}/{entry_id}", EDITH, "/people/{own}/timeline", "a[href*=who]"
    ),
    "links": View("/people/{person_id}/links", EDITH, "/people/{own}/links"),
    "link": View("/people/{person_id}/links/{account}", EDITH, "/people/{own}/links", ".tc-switch"),
    "card": View("/people/{person_id}/card", EDITH, "/people/{own}/card"),
    "scanned": View("/scan/{code}", NOBODY, "/scan/somebody"),
    "kept": View("/kept", NOBODY),
    "viewer": View("/view", NOBODY),
    "matching": View("/reviews", LEAD, finger=24),
    "match": View("/reviews/{review_id}", LEAD, "/reviews", ".tc-found__name a", finger=24),
    "node": View("/node", LEAD, finger=24),
    "pairing": View("/reviews/find", OFFICER, finger=24),
    "sources": View("/node/sources", LEAD, finger=24),
    "connect": View("/connect", NOBODY, "/connect?example=fhir", finger=24),
    "access": View("/access", OFFICER, finger=24),
    "not-found": View("/nowhere", NOBODY, status=404),
}

AFTER_FORMS: Final = {
    "viewed": "/view",
    "source-key": "/node/sources",
    "connected": "/connect",
    "tried": "/connect",
    "found": "/people",
    "nobody-found": "/people",
    "chosen": "/reviews/find",
    "agent-check": "/people/{person_id}/agents/check",
    "link-made": "/people/{person_id}/links",
    "key-safe": "/people/{person_id}/key-safe",
    "no-reason": "/people/{person_id}/break-glass",
}
"""Pages that only a form leads to, by its route; `test_after_forms` opens them."""

NO_PAGE_OF_THEIR_OWN: Final = frozenset(
    {f"/people/{{person_id}}/{name}" for name in ("notes", "readings", "about-me", "wrong")}
    | {"/people/{person_id}/wrong/{type}/{entry_id}", "/people/{person_id}/looks/{look}"}
    | {"/reviews/{review_id}", "/node/sources/{source}/key"}
)
"""Forms that say what is wrong on the page that they stand on, or are answered with another's."""


def routes_without_a_view() -> set[str]:
    """Return the routes that answer a GET with a page and have no row here."""
    pages = {page.path for page in PAGES if page.method == "GET"} - NO_PAGES
    return pages - {view.route for view in VIEWS.values()}


def forms_without_a_view() -> set[str]:
    """Return the routes of forms that are answered with a page and have no row here."""
    forms = {page.path for page in PAGES if page.method == "POST" and _is_answered(page.handler)}
    return forms - set(AFTER_FORMS.values()) - NO_PAGE_OF_THEIR_OWN


def _is_answered(handler: Handler) -> bool:
    """Say whether a handler, or what it calls in its own module, renders a page.

    What it calls elsewhere is not followed: of such forms those that are known have rows.
    """
    module = ast.parse(inspect.getsource(sys.modules[handler.__module__]))
    functions = {
        each.name: each
        for each in module.body
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    ahead, seen = [handler.__name__], set[str]()
    while ahead:
        name = ahead.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Attribute) and node.attr == "render":
                return True
            if isinstance(node, ast.Name):
                ahead.append(node.id)
    return False
