"""A code on a wristband or a sheet that leads staff to a person: by the door that all come through.

The code holds the opaque id of a person, and opens nothing: who scans it signs in, and is asked
what they are always asked. It says of nobody whether there is such a person.
"""

import re
from typing import Final

from starlette.responses import Response

from throughcare.kernel import NotFoundError
from throughcare.web.call import Call, Page, see_other
from throughcare.web.linking import qr_code
from throughcare.web.policy import Policy, start_of_record

PATH: Final = "/scan"
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


def address(origin: str, person_id: str) -> str:
    """Return what stands in the code of a person."""
    return f"{origin}{PATH}/{person_id}"


async def scanned(call: Call) -> Response:
    """Lead staff to the page on which they begin with a record; tell others who may go on.

    The page has a link to itself: a browser keeps the session's cookie back from the first step
    where another program led it here.
    """
    person_id = str(call.request.path_params["code"])
    if not _ID.fullmatch(person_id):
        message = "This is no code of a person. Scan it again."
        raise NotFoundError(message)
    session = call.signed_in
    if session is not None and session.actor.role in Policy.FINDS_PEOPLE.value:
        return see_other(f"/people/{person_id}/{start_of_record(session.actor.role.value)}")
    return call.render("scanned", "Code of a person", code=person_id)


async def card(call: Call) -> Response:
    """Show people their own code, to print."""
    view = await call.site.linked.links(call.session, call.person_id)
    code = qr_code(address(call.origin, call.person_id))
    return call.render("card", "Code for staff", view=view, code=code, tab="links")


PAGES = (
    Page(f"{PATH}/{{code}}", "GET", scanned, Policy.OPEN),
    Page("/people/{person_id}/card", "GET", card, Policy.OWN_RECORD),
)
"""Routes of these pages, each with its policy."""
