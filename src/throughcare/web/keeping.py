"""The emergency summary on a crew's device: kept, opened without a connection, asked about."""

import json
from typing import Final

from starlette.responses import JSONResponse, Response

from throughcare.kernel import LONDON, GoneError
from throughcare.summary.advice import below
from throughcare.web.call import Call, Page
from throughcare.web.policy import Policy
from throughcare.web.scripts import script, worker
from throughcare.web.stylesheet import stylesheet

GONE: Final = "This copy may be kept no more. It is taken off the device."


async def shell(call: Call) -> Response:
    """Show the page that opens a kept copy: it is the same for everybody, and holds nothing."""
    return call.render("kept", "Kept copy", script=script("keeping").path)


async def service_worker(call: Call) -> Response:
    """Send the worker of this release: it knows the addresses of what it caches."""
    files = ["/kept", stylesheet(call.site.theme).path, script("keeping").path]
    text = worker().replace('["/kept"]', json.dumps(files), 1)
    return Response(text, media_type="text/javascript")


async def manifest(call: Call) -> Response:
    """Say how the page is installed: it opens on the search for people."""
    colour = call.site.theme.colour
    icon = {"src": "/favicon.ico", "sizes": "any", "type": "image/svg+xml"}
    found = {
        "name": "Throughcare",
        "short_name": "Throughcare",
        "start_url": "/people",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f1f4f5",
        "theme_color": colour,
        "icons": [icon],
    }
    return JSONResponse(found, media_type="application/manifest+json")


async def keep(call: Call) -> Response:
    """Hand out a copy for the device to encrypt. Raises DeniedError where it is not allowed."""
    copy = await call.site.keeping.keep(call.session, call.person_id)
    at = f"{copy.view.made.astimezone(LONDON):%H:%M}"
    summary = copy.view.summary
    shown = {"view": copy.view, "summary": summary, "below": below(summary)}
    html = call.part("kept_copy", at=at, **shown)
    found = {
        "html": html,
        "at": at,
        "until": int(copy.until.timestamp() * 1000),
        "check": f"/people/{call.person_id}/kept?mark={copy.mark}",
    }
    return JSONResponse(found)


async def check(call: Call) -> Response:
    """Say that a copy may stay where it is. Raises GoneError where it may not."""
    if not await call.site.keeping.still(call.session, call.person_id, call.asked("mark")):
        raise GoneError(GONE)
    return Response(status_code=204)


PAGES: Final = (
    Page("/kept", "GET", shell, Policy.OPEN),
    Page("/worker.js", "GET", service_worker, Policy.OPEN),
    Page("/manifest.webmanifest", "GET", manifest, Policy.OPEN),
    Page("/people/{person_id}/kept", "POST", keep, Policy.FINDS_PEOPLE),
    Page("/people/{person_id}/kept", "GET", check, Policy.FINDS_PEOPLE),
)
