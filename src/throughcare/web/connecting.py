"""A system is connected: a file is tried, side by side with what it would come to.

A rehearsal, and open to everybody: it is worked out from the file alone, nothing is stored, and
no record is looked at.
"""

import re
from typing import Final

from starlette.responses import Response

from throughcare.kernel import BadInputError
from throughcare.model.rehearsal import Rehearsal
from throughcare.web.call import Call, Page
from throughcare.web.examples import EXAMPLES, example
from throughcare.web.policy import Policy

PATH: Final = "/connect"
LARGEST: Final = 1 << 20
"""Bytes of a file that is tried."""
LONGEST_NAME: Final = 100
_ODD: Final = re.compile(r"[^A-Za-z0-9._ -]")
SHOWN: Final = 20_000
"""Characters of the input, and of what it comes to, that a page shows."""


async def connect(call: Call) -> Response:
    """Show where a file is dropped or a text pasted; `example` fills the text in."""
    chosen = example(call.asked("example"))
    text, name = (chosen.text, chosen.name) if chosen else ("", "")
    return _page(call, text, name, None)


async def rehearse(call: Call) -> Response:
    """Try what was sent: the file, else the text."""
    upload = call.upload
    text, name = call.form.get("text", ""), call.form.get("name", "")
    if upload is not None and upload.data:
        name, data = upload.name, upload.data
    elif text.strip():
        data = text.encode("utf-8", "replace")
    else:
        message = "There is nothing to try. Go back, choose a file or paste a message."
        raise BadInputError(message, place="file")
    found = await call.site.rehearsal.rehearse(_plain(name), data)
    shown = text if upload is None or not upload.data else data.decode("utf-8", "replace")
    return _page(call, shown, name, found)


def _plain(name: str) -> str:
    """Return a name of a file as a process can be handed it."""
    return _ODD.sub("_", name)[:LONGEST_NAME] or "pasted"


def _page(call: Call, text: str, name: str, found: Rehearsal | None) -> Response:
    # One token for all tabs of a browser: the sign-in form has the same cookie.
    token = call.request.cookies.get(call.cookies.form) or call.site.ids.new()
    response = call.render(
        "connect",
        "Connect a system",
        text=text[:SHOWN],
        cut=len(text) > SHOWN,
        name=name,
        found=found,
        examples=EXAMPLES,
        token=token,
        origin=call.origin,
        most=LARGEST >> 20,
    )
    call.cookies.set(response, call.cookies.form, token)
    return response


PAGES: Final = (
    Page(PATH, "GET", connect, Policy.OPEN),
    Page(PATH, "POST", rehearse, Policy.OPEN, takes=LARGEST),
)
