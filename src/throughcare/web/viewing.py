"""The viewer of health links: opened by whoever was handed one, signed in or not.

With scripts, the browser fetches and decrypts by itself: the key stays behind the ``#`` of the
address, which no browser sends. Without, the form sends the whole link to this node, which opens
its own links alone: those whose key it has anyway (ADR 0063).
"""

from typing import Final

from starlette.responses import Response

from throughcare.kernel import BadInputError, NotFoundError, WrongPasscodeError
from throughcare.model.health_link import LONGEST_LINK, LONGEST_PASSCODE, LONGEST_RECIPIENT
from throughcare.web.call import Call, Page
from throughcare.web.languages import marked
from throughcare.web.policy import Policy
from throughcare.web.scripts import script
from throughcare.web.security import VIEWER_PATH

TITLE: Final = marked("Open a shared record")
AMISS: Final = marked("Error: Open a shared record")


async def viewer(call: Call) -> Response:
    """Show the form, which the script fills in from the address."""
    return _form(call, TITLE, 200)


async def opened(call: Call) -> Response:
    """Show what the link opens, where the browser runs no scripts."""
    form = call.form
    recipient = form.get("recipient", "").strip()
    if not recipient:
        error = "Say who you are: the person reads who opened their link."
        return _form(call, AMISS, 422, recipient=error)
    try:
        found = await call.site.linked.view(
            form.get("link", "")[:LONGEST_LINK],
            recipient[:LONGEST_RECIPIENT],
            form.get("passcode", "")[:LONGEST_PASSCODE],
            call.origin,
        )
    except WrongPasscodeError as error:
        left = f"{error.message} It can be tried {error.remaining} times more."
        return _form(call, AMISS, 401, passcode=left)
    except (BadInputError, NotFoundError) as error:
        return _form(call, AMISS, error.status, link=error.message)
    return call.render("viewed", "Shared record", found=found)


def _form(call: Call, title: str, status: int, **errors: str) -> Response:
    cookies = call.cookies
    token = call.request.cookies.get(cookies.form, "") or call.site.ids.new()
    response = call.render(
        "viewer",
        title,
        status,
        token=token,
        form=call.form,
        errors=errors,
        script=script("viewer").path,
    )
    cookies.set(response, cookies.form, token)
    return response


PAGES = (
    Page(VIEWER_PATH, "GET", viewer, Policy.OPEN),
    Page(VIEWER_PATH, "POST", opened, Policy.OPEN),
)
"""Routes of these pages, each with its policy."""
