"""The way to every page: session, policy, form token, and errors in plain words."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from throughcare.kernel import DeniedError, ThroughcareError, UnauthenticatedError
from throughcare.model.request import Role
from throughcare.web.call import Call, Page, Site
from throughcare.web.policy import Policy
from throughcare.web.ports import Session
from throughcare.web.security import Cookies, check_origin, check_token, straight
from throughcare.web.uploading import form_of

TITLES = {
    400: "We could not read that",
    401: "You need to sign in",
    403: "You cannot open this page",
    404: "Page not found",
    405: "Page not found",
    409: "This has changed meanwhile",
    410: "This is no longer here",
    413: "That is too large",
    412: "This has changed meanwhile",
    422: "We could not do that",
    503: "Too busy at the moment",
}
_TOO_LARGE = 64 * 1024


def endpoint(site: Site, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """Return the Starlette endpoint of `page`."""

    async def serve(request: Request) -> Response:
        call = Call(site, request, None, {})
        try:
            session = await _session(site, request)
            call = Call(site, request, session, {})
            _admit(page.policy, session)
            call = await _bound(call)
            if page.method == "POST":
                owner = None if page.policy is Policy.OPEN else session
                call = await _filled(call, page, owner)
            return await page.handler(call)
        except ThroughcareError as error:
            return failed(call, error.status, error.message)

    serve.__name__ = page.handler.__name__
    return serve


async def _bound(call: Call) -> Call:
    """Return a proxy's call to a page about somebody as of one who acts for that person.

    Raises NotFoundError or DeniedError where they may not, whatever the page.
    """
    session, person_id = call.signed_in, call.request.path_params.get("person_id")
    if session is None or session.actor.role is not Role.PROXY or person_id is None:
        return call
    acting = await call.site.acting.bar(session, str(person_id))
    return replace(call, signed_in=replace(session, actor=acting.actor), acting=acting)


def failed(call: Call, status: int, message: str) -> Response:
    """Render an error in plain words, with the way out."""
    title = TITLES.get(status, "Something went wrong")
    return call.render("error", title, status, message=message, heading=title)


async def _session(site: Site, request: Request) -> Session | None:
    cookie = request.cookies.get(Cookies.of(request).session, "")
    return await site.node.session(cookie) if cookie else None


def _admit(policy: Policy, session: Session | None) -> None:
    if policy is Policy.OPEN:
        return
    if session is None:
        message = "You are not signed in, or your session has ended. Ask for a new sign-in link."
        raise UnauthenticatedError(message)
    if session.actor.role not in policy.value:
        message = "This page is not for your role. Go back to the start page."
        raise DeniedError(message)


async def _filled(call: Call, page: Page, session: Session | None) -> Call:
    """Return the call with its form, and the file that it may carry."""
    if not page.takes:
        return replace(call, form=await _form(call.request, session))
    check_origin(call.request)
    fields, upload = await form_of(call.request, page.takes)
    _check(call.request, session, fields)
    return replace(call, form=fields, upload=upload)


async def _form(request: Request, session: Session | None) -> dict[str, str]:
    check_origin(request)
    if int(request.headers.get("content-length") or 0) > _TOO_LARGE:
        message = "This form is larger than any of ours. Go back and try again."
        raise DeniedError(message)
    async with request.form(max_files=0, max_fields=50) as form:
        fields = {name: straight(value) for name, value in form.items() if isinstance(value, str)}
    _check(request, session, fields)
    return fields


def _check(request: Request, session: Session | None, fields: Mapping[str, str]) -> None:
    expected = session.csrf if session else request.cookies.get(Cookies.of(request).form, "")
    check_token(expected, fields.get("token", ""))
