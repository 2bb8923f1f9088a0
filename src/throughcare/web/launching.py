"""Coming from another system to the record that is on its screen."""

from starlette.responses import Response

from throughcare.web.call import Call, see_other
from throughcare.web.signing_in import start_of


async def launch_form(call: Call) -> Response:
    """Show a button, since what is merely fetched uses nothing up.

    The step from a page of our own also lets the browser send the session's cookie, which it keeps
    from requests that another site began. Raises UnauthenticatedError for a launch that is not
    good.
    """
    text = call.asked("token")
    call.site.launching.check(text)
    token = call.site.ids.new()
    response = call.render("launch", "Open the record", token=token, launch=text)
    call.cookies.set(response, call.cookies.form, token)
    return response


async def launch(call: Call) -> Response:
    """Use the launch up and lead to the person's record; a session of this browser ends."""
    cookies = call.cookies
    found = await call.site.launching.launch(call.form.get("launch", ""))
    if call.signed_in:
        await call.node.sign_out(call.request.cookies.get(cookies.session, ""))
    record = f"/people/{found.person_id}/emergency"
    response = see_other(record if found.person_id else start_of(found.session))
    cookies.set(response, cookies.session, found.cookie)
    cookies.clear(response, cookies.form)
    return response
