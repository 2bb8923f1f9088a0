"""Signing in by a one-time link, in the post that somebody works in now, and out."""

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
    """Show a button: a link that is merely fetched (by a mail scanner) redeems nothing.

    Who has several posts has a button for each, so that choosing one takes no tap of its own.
    """
    token = call.site.ids.new()
    code = str(call.request.path_params["code"])
    posts = await call.site.posts.offered(code)
    response = call.render("sign_in", "Sign in", token=token, code=code, posts=posts)
    call.cookies.set(response, call.cookies.form, token)
    return response


async def sign_in(call: Call) -> Response:
    """Redeem the code; a session that this browser had ends.

    Raises UnauthenticatedError if the code is unknown, used or expired, DeniedError for a post that
    was not given to them.
    """
    code, post = str(call.request.path_params["code"]), call.form.get("post", "")
    signed_in = await call.site.posts.sign_in(code, post)
    if signed_in is None:
        message = "This sign-in link has been used or has expired. Ask for a new one."
        raise UnauthenticatedError(message)
    if call.signed_in:
        await call.node.sign_out(call.request.cookies.get(call.cookies.session, ""))
    response = see_other(start_of(signed_in.session))
    call.cookies.set(response, call.cookies.session, signed_in.cookie)
    call.cookies.clear(response, call.cookies.form)
    return response


async def posts(call: Call) -> Response:
    """Show the posts that somebody may go on in."""
    offered = await call.site.posts.posts(call.session)
    return call.render("posts", "Your role", posts=offered)


async def take_post(call: Call) -> Response:
    """Go on in another post, with a session of its own. Raises DeniedError for none of theirs."""
    signed_in = await call.site.posts.take(call.session, call.form.get("post", ""))
    response = see_other(start_of(signed_in.session))
    call.cookies.set(response, call.cookies.session, signed_in.cookie)
    call.cookies.forget(response)
    return response


async def sign_out(call: Call) -> Response:
    """End the session, and wipe what was kept on the device."""
    cookies = call.cookies
    await call.node.sign_out(call.request.cookies.get(cookies.session, ""))
    response = see_other("/")
    cookies.clear(response, cookies.session)
    cookies.forget(response)
    return response


async def me(call: Call) -> Response:
    """Send a patient to their own record in plain words, a proxy to the choice of whose."""
    if not call.session.person_id:
        return see_other("/acting")
    return see_other(f"/people/{call.session.person_id}/mine")
