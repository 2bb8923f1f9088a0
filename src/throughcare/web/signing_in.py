"""Signing in by a one-time link, and out."""

from starlette.responses import Response

from throughcare.kernel import UnauthenticatedError
from throughcare.model.request import Role
from throughcare.web.call import Call, see_other
from throughcare.web.ports import Session

_START = {
    Role.PATIENT: "/me",
    Role.PROXY: "/acting",
    Role.PRIVACY_OFFICER: "/access",
    Role.IT_LEAD: "/reviews",
}


def start_of(session: Session) -> str:
    """Return the page that a role starts on."""
    return _START.get(session.actor.role, "/people")


async def home(call: Call) -> Response:
    """Explain how to sign in; whoever is signed in goes to their start page."""
    if call.signed_in:
        return see_other(start_of(call.signed_in))
    return call.render("home", "Sign in")


async def sign_in_form(call: Call) -> Response:
    """Show a button: a link that is merely fetched (by a mail scanner) redeems nothing."""
    token = call.site.ids.new()
    code = call.request.path_params["code"]
    response = call.render("sign_in", "Sign in", token=token, code=code)
    call.site.cookies.set(response, call.site.cookies.form, token)
    return response


async def sign_in(call: Call) -> Response:
    """Redeem the code; a session that this browser had ends.

    Raises UnauthenticatedError if the code is unknown, used or expired.
    """
    signed_in = await call.node.sign_in(str(call.request.path_params["code"]))
    if signed_in is None:
        message = "This sign-in link has been used or has expired. Ask for a new one."
        raise UnauthenticatedError(message)
    if call.signed_in:
        await call.node.sign_out(call.request.cookies.get(call.site.cookies.session, ""))
    response = see_other(start_of(signed_in.session))
    call.site.cookies.set(response, call.site.cookies.session, signed_in.cookie)
    call.site.cookies.clear(response, call.site.cookies.form)
    return response


async def sign_out(call: Call) -> Response:
    """End the session."""
    cookies = call.site.cookies
    await call.node.sign_out(call.request.cookies.get(cookies.session, ""))
    response = see_other("/")
    cookies.clear(response, cookies.session)
    return response


async def me(call: Call) -> Response:
    """Send a patient to their own record in plain words, a proxy to the choice of whose."""
    if not call.session.person_id:
        return see_other("/acting")
    return see_other(f"/people/{call.session.person_id}/mine")
