"""The pages of a node as one Starlette application: its routes, each with its policy."""

from collections.abc import Mapping
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ExceptionHandler

from throughcare.web import (
    acting,
    arriving,
    caring,
    connecting,
    health,
    keeping,
    launching,
    linking,
    matching,
    overseeing,
    owning,
    pairing,
    reading,
    scanning,
    searching,
    signing_in,
    sources,
    viewing,
)
from throughcare.web.call import Call, Page, Site
from throughcare.web.designing import design
from throughcare.web.doorway import endpoint, failed
from throughcare.web.icons import FAVICON
from throughcare.web.policy import Policy
from throughcare.web.preferring import choose_appearance, choose_language
from throughcare.web.scripts import Script, at
from throughcare.web.security import HEADERS, NO_STORE, Guard
from throughcare.web.stylesheet import Stylesheet, stylesheet

_PERSON: Final = "/people/{person_id}"
BROKEN: Final = (
    "This page could not be made. Try again. If it happens again, tell those who run this node: "
    "its log says what went wrong."
)
_FOR_EVER: Final = "public, max-age=31536000, immutable"


async def style(call: Call) -> Response:
    """Send the style sheet, which its address names by content."""
    return _file(call, stylesheet(call.site.theme), "text/css")


async def code(call: Call) -> Response:
    """Send a script, which its address names by content."""
    return _file(call, at(call.request.url.path), "text/javascript")


def _file(call: Call, found: Stylesheet | Script | None, media_type: str) -> Response:
    if found is None or call.request.url.path != found.path:
        return failed(call, 404, "There is no such file.")
    headers = {"cache-control": _FOR_EVER, "vary": "accept-encoding"}
    if "gzip" in call.request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(found.gzipped, headers=headers, media_type=media_type)
    return Response(found.body, headers=headers, media_type=media_type)


async def favicon(_: Call) -> Response:
    """Send the icon of the browser tab."""
    headers = {"cache-control": "public, max-age=86400"}
    return Response(FAVICON, headers=headers, media_type="image/svg+xml")


PAGES: Final = (
    Page("/", "GET", signing_in.home, Policy.OPEN),
    Page("/favicon.ico", "GET", favicon, Policy.OPEN),
    Page("/static/{name}.css", "GET", style, Policy.OPEN),
    Page("/static/{name}.js", "GET", code, Policy.OPEN),
    Page("/design", "GET", design, Policy.OPEN),
    Page("/language/{language}", "GET", choose_language, Policy.OPEN),
    Page("/appearance/{appearance}", "GET", choose_appearance, Policy.OPEN),
    Page("/sign-in/{code}", "GET", signing_in.sign_in_form, Policy.OPEN),
    Page("/sign-in/{code}", "POST", signing_in.sign_in, Policy.OPEN),
    Page("/launch", "GET", launching.launch_form, Policy.OPEN),
    Page("/launch", "POST", launching.launch, Policy.OPEN),
    Page("/role", "GET", signing_in.posts, Policy.SIGNED_IN),
    Page("/role", "POST", signing_in.take_post, Policy.SIGNED_IN),
    Page("/sign-out", "POST", signing_in.sign_out, Policy.SIGNED_IN),
    Page("/me", "GET", signing_in.me, Policy.START_OF_OWN),
    Page("/acting", "GET", acting.charges, Policy.ACTS),
    Page(f"{_PERSON}/agents", "GET", acting.agents, Policy.OWN_RECORD),
    Page(f"{_PERSON}/agents", "POST", acting.allow, Policy.OWN_RECORD),
    Page(f"{_PERSON}/agents/check", "POST", acting.check, Policy.OWN_RECORD),
    Page(f"{_PERSON}/agents/{{consent}}/end", "GET", acting.ending, Policy.OWN_RECORD),
    Page(f"{_PERSON}/agents/{{consent}}/end", "POST", acting.end, Policy.OWN_RECORD),
    Page(f"{_PERSON}/representation", "GET", acting.representation, Policy.FINDS_PEOPLE),
    Page(f"{_PERSON}/representation", "POST", acting.record, Policy.FINDS_PEOPLE),
    Page("/people", "GET", searching.search_form, Policy.FINDS_PEOPLE),
    Page("/people", "POST", searching.search, Policy.FINDS_PEOPLE),
    Page("/arrivals", "GET", arriving.arrivals, Policy.RECEIVES),
    Page("/arrivals/events", "GET", arriving.events, Policy.RECEIVES),
    Page(f"{_PERSON}/emergency", "GET", reading.emergency, Policy.READS_RECORD),
    Page(f"{_PERSON}/emergency.pdf", "GET", reading.emergency_as_pdf, Policy.READS_RECORD),
    Page(f"{_PERSON}/permission", "POST", reading.answer_permission, Policy.FINDS_PEOPLE),
    Page(f"{_PERSON}/claim", "POST", reading.claim, Policy.FINDS_PEOPLE),
    Page(f"{_PERSON}/break-glass", "POST", reading.break_glass, Policy.FINDS_PEOPLE),
    Page(f"{_PERSON}/break-glass/renew", "POST", reading.renew_glass, Policy.FINDS_PEOPLE),
    Page(f"{_PERSON}/handover", "POST", reading.hand_over, Policy.FINDS_PEOPLE),
    Page(f"{_PERSON}/timeline", "GET", reading.timeline, Policy.READS_RECORD),
    Page(f"{_PERSON}/overview", "GET", caring.overview, Policy.TREATS),
    Page(f"{_PERSON}/network", "GET", caring.network, Policy.SUPPORTS),
    Page(f"{_PERSON}/today", "GET", caring.today, Policy.LOOKS_AFTER),
    Page(f"{_PERSON}/pack", "GET", caring.pack, Policy.LOOKS_AFTER),
    Page(f"{_PERSON}/pack.pdf", "GET", caring.pack_as_pdf, Policy.LOOKS_AFTER),
    Page(f"{_PERSON}/key-safe", "POST", caring.key_safe, Policy.FINDS_PEOPLE),
    Page(f"{_PERSON}/notes", "POST", caring.note, Policy.LOOKS_AFTER),
    *owning.PAGES,
    *linking.PAGES,
    *viewing.PAGES,
    *keeping.PAGES,
    *scanning.PAGES,
    Page(f"{_PERSON}/looks", "GET", overseeing.looks, Policy.OVERSEES_RECORD),
    Page(f"{_PERSON}/sharing", "GET", overseeing.sharing, Policy.OWN_RECORD),
    Page(f"{_PERSON}/sharing/keep", "POST", overseeing.keep, Policy.OWN_RECORD),
    Page(
        f"{_PERSON}/who/{{type}}/{{entry_id}}", "GET", overseeing.entry_sharing, Policy.OWN_RECORD
    ),
    Page(f"{_PERSON}/sharing/{{choice}}", "GET", overseeing.sharing_change, Policy.OWN_RECORD),
    Page(f"{_PERSON}/sharing/{{choice}}", "POST", overseeing.share, Policy.OWN_RECORD),
    *pairing.PAGES,
    *matching.PAGES,
    *health.PAGES,
    *sources.PAGES,
    *connecting.PAGES,
    Page("/access", "GET", overseeing.access, Policy.GUARDS_PRIVACY),
    Page("/access/{alert_id}", "POST", overseeing.close_alert, Policy.GUARDS_PRIVACY),
)
"""Every route of the pages. What is not here does not exist; a test walks it."""


def application(site: Site) -> Starlette:
    """Return the pages of `site`."""

    async def lost(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        message = "There is no page at this address. Go back to the start page."
        return failed(Call(site, request, None, {}), status, message)

    async def broken(request: Request, _: Exception) -> Response:
        response = failed(Call(site, request, None, {}), 500, BROKEN)
        response.headers.update({"cache-control": NO_STORE, **HEADERS})
        return response

    routes = [Route(page.path, endpoint(site, page), methods=[page.method]) for page in PAGES]
    handlers: Mapping[int | type[Exception], ExceptionHandler] = {HTTPException: lost, 500: broken}
    return Starlette(routes=routes, middleware=[Middleware(Guard)], exception_handlers=handlers)
