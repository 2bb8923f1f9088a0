"""A system is connected: a file is tried, side by side with what it would come to, and handed over.

To try is a rehearsal, and open to everybody: it is worked out from the file alone, nothing is
stored, and no record is looked at. To hand over takes the key of a source, and goes through the
door.
"""

import base64
import binascii
import re
from typing import Final

from starlette.responses import Response

from throughcare.kernel import BadInputError, UnauthenticatedError
from throughcare.model.rehearsal import Rehearsal
from throughcare.model.request import Role
from throughcare.model.source import Standing
from throughcare.web.call import Call, Page, see_other
from throughcare.web.examples import EXAMPLES, example
from throughcare.web.policy import Policy

PATH: Final = "/connect"
LARGEST: Final = 1 << 20
"""Bytes of a file that is tried."""
CARRIED: Final = 48 * 1024
"""Bytes of a file that the page carries on, so that it is handed over as it was tried."""
LONGEST_NAME: Final = 100
_ODD: Final = re.compile(r"[^A-Za-z0-9._ -]")
SHOWN: Final = 20_000
"""Characters of the input, and of what it comes to, that a page shows."""


async def connect(call: Call) -> Response:
    """Show where a file is dropped or a text pasted; `example` fills the text in."""
    chosen = example(call.asked("example"))
    text, name = (chosen.text, chosen.name) if chosen else ("", "")
    return await _page(call, text, name, b"", None)


async def send(call: Call) -> Response:
    """Try what was sent, or hand it over: as it was tried, else the file, else the text."""
    name, data = _sent(call)
    if call.form.get("do") == "hand":
        await call.site.sources.hand_over(_key(call), name, data)
        return see_other(PATH)
    standing = await _standing(call)
    key = _key(call) if standing else ""
    rules = await call.site.sources.rules(call.signed_in, key)
    found = await call.site.rehearsal.rehearse(_plain(name), data, rules)
    return await _page(call, data.decode("utf-8", "replace"), name, data, found)


async def begin(call: Call) -> Response:
    """Keep the key of a source in this browser, until it is closed. A key that is none is 401."""
    key = call.form.get("key", "").strip()
    await call.site.sources.standing(key)
    response = see_other(PATH)
    call.cookies.set(response, call.cookies.source, key)
    return response


async def leave(call: Call) -> Response:
    """Forget the key."""
    response = see_other(PATH)
    call.cookies.clear(response, call.cookies.source)
    return response


def _key(call: Call) -> str:
    return call.request.cookies.get(call.cookies.source, "")


async def _standing(call: Call) -> Standing | None:
    """Return how the source of this browser is getting on; None if it has no key that opens one."""
    try:
        return await call.site.sources.standing(_key(call)) if _key(call) else None
    except UnauthenticatedError:
        return None


def _sent(call: Call) -> tuple[str, bytes]:
    """Return name and bytes of what was sent. Raises BadInputError if nothing was."""
    upload, text, name = call.upload, call.form.get("text", ""), call.form.get("name", "")
    if upload is not None and upload.data:
        return upload.name, upload.data
    if text.strip():
        return name, text.encode("utf-8", "replace")
    if carried := call.form.get("carried", ""):
        try:
            return name, base64.b64decode(carried, validate=True)
        except binascii.Error as error:
            message = "This form was changed on its way. Choose the file again."
            raise BadInputError(message, place="carried") from error
    message = "There is nothing to try. Go back, choose a file or paste a message."
    raise BadInputError(message, place="file")


def _plain(name: str) -> str:
    """Return a name of a file as a process can be handed it."""
    return _ODD.sub("_", name)[:LONGEST_NAME] or "pasted"


async def _page(call: Call, text: str, name: str, data: bytes, found: Rehearsal | None) -> Response:
    # One token for all tabs of a browser: the sign-in form has the same cookie.
    token = call.request.cookies.get(call.cookies.form) or call.site.ids.new()
    lead = call.signed_in is not None and call.signed_in.actor.role is Role.IT_LEAD
    response = call.render(
        "connect",
        "Connect a system",
        text=text[:SHOWN],
        cut=len(text) > SHOWN,
        name=name,
        found=found,
        carried=base64.b64encode(data).decode() if len(data) <= CARRIED else "",
        standing=await _standing(call),
        lead=lead,
        examples=EXAMPLES,
        token=token,
        origin=call.origin,
        most=LARGEST >> 20,
    )
    call.cookies.set(response, call.cookies.form, token)
    return response


PAGES: Final = (
    Page(PATH, "GET", connect, Policy.OPEN),
    Page(PATH, "POST", send, Policy.OPEN, takes=LARGEST),
    Page(f"{PATH}/key", "POST", begin, Policy.OPEN),
    Page(f"{PATH}/leave", "POST", leave, Policy.OPEN),
)
