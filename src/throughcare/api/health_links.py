"""SMART Health Links over HTTP, as HL7's guide has them (Health Cards and Links 1.0.0).

``POST /shl/{address}`` answers a manifest, ``GET /shl/{address}/{file}`` a file that it named, and
``GET /shl/{address}?recipient=`` the one file of a link with the flag U. Any site's page may ask:
what is sent is encrypted, and no cookie counts here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
import orjson

from throughcare.api import call as http
from throughcare.api.application import BASE
from throughcare.api.call import Reply
from throughcare.disclosure.health_links import FHIR_JSON, NO_LINK, Asked, Bearers
from throughcare.kernel import (
    BadInputError,
    NotAllowedError,
    NotFoundError,
    ThroughcareError,
    TooLargeError,
    WrongPasscodeError,
)
from throughcare.model.health_link import LONGEST_PASSCODE, LONGEST_RECIPIENT

PATH: Final = "/shl"
JSON: Final = "application/json"
JOSE: Final = "application/jose"
FHIR_VERSION: Final = "4.0.1"
AGAIN: Final = "60"
"""Seconds that a client that polls is to wait."""
_LARGEST: Final = 4096
_HEADERS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"retry-after"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
_PREFLIGHT: Final = {
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "content-type",
    "access-control-max-age": "86400",
}

Recipient = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_RECIPIENT)]


class Manifest(msgspec.Struct, frozen=True):
    """The body of a manifest request; members that are not known are passed over."""

    recipient: Recipient
    passcode: Annotated[str, msgspec.Meta(max_length=LONGEST_PASSCODE)] = ""
    embeddedLengthMax: Annotated[int, msgspec.Meta(ge=0)] | None = None  # noqa: N815 - the guide's


@dataclass(frozen=True, slots=True)
class HealthLinkApplication:
    """Answers whoever holds a link."""

    bearers: Bearers

    async def __call__(self, scope: http.Scope, receive: http.Receive, send: http.Send) -> None:
        """Answer one request."""
        try:
            reply = await self._reply(scope, receive)
        except WrongPasscodeError as error:
            said = {"remainingAttempts": error.remaining, "message": error.message}
            reply = Reply(error.status, orjson.dumps(said), media_type=JSON)
        except ThroughcareError as error:
            reply = _refusal(error)
        await http.send_reply(send, reply, *_HEADERS, head=scope["method"] == "HEAD")

    async def _reply(self, scope: http.Scope, receive: http.Receive) -> Reply:
        address, _, file = str(scope["path"]).removeprefix(f"{PATH}/").partition("/")
        method = str(scope["method"])
        if method == "OPTIONS":
            return Reply(204, headers=_PREFLIGHT)
        headers = http.headers_of(scope["headers"])
        origin = f"{scope['scheme']}://{headers.get('host', 'localhost')}"
        if file and method == "GET":
            opened = await self.bearers.file(address, file, f"{origin}{BASE}")
            return Reply(200, self.bearers.sealed(opened).encode(), media_type=JOSE)
        if method == "GET" and address:
            asked = Asked(address, _recipient(scope), f"{origin}{BASE}")
            opened = await self.bearers.open(asked, direct=True)
            return Reply(200, self.bearers.sealed(opened).encode(), media_type=JOSE)
        if method == "POST" and address and not file:
            return await self._manifest(address, origin, await _body(receive, headers))
        message = "A health link takes POST for its manifest and GET for a file."
        raise NotAllowedError(message, allowed=("GET", "POST", "OPTIONS"))

    async def _manifest(self, address: str, origin: str, body: Manifest) -> Reply:
        recipient = body.recipient.strip()
        asked = Asked(address, recipient, f"{origin}{BASE}", body.passcode)
        opened = await self.bearers.open(asked)
        content = self.bearers.sealed(opened)
        file: dict[str, Any] = {"contentType": FHIR_JSON, "fhirVersion": FHIR_VERSION}
        file["status"] = "can-change"
        most = body.embeddedLengthMax
        if most is None or len(content) <= most:
            file["embedded"] = content
        else:
            made = await self.bearers.offer(opened, recipient)
            file["location"] = f"{origin}{PATH}/{address}/{made}"
        headers = {"retry-after": AGAIN}
        return Reply(200, orjson.dumps({"files": [file]}), headers, JSON)


def _recipient(scope: http.Scope) -> str:
    params = http.params_of(scope["query_string"].decode("latin-1"))
    found = next((value.strip() for name, value in params if name == "recipient"), "")
    if not found or len(found) > LONGEST_RECIPIENT:
        raise _unnamed()
    return found


async def _body(receive: http.Receive, headers: Mapping[str, str]) -> Manifest:
    """Return the body of a manifest request. Raises BadInputError, TooLargeError."""
    announced = headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > _LARGEST:
        message = f"A manifest request has at most {_LARGEST} bytes. Send less."
        raise TooLargeError(message)
    try:
        found = msgspec.json.decode(await http.body_of(receive, headers), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unnamed() from error
    if not found.recipient.strip():
        raise _unnamed()
    return found


def _unnamed() -> BadInputError:
    message = (
        "Send JSON whose recipient says who asks, for the person to read: "
        '{"recipient": "Ward 3, Example Hospital"}. passcode and embeddedLengthMax are optional.'
    )
    return BadInputError(message, place="recipient")


def _refusal(error: ThroughcareError) -> Reply:
    headers = {"allow": ", ".join(error.allowed)} if isinstance(error, NotAllowedError) else {}
    message = NO_LINK if isinstance(error, NotFoundError) else error.message
    return Reply(error.status, orjson.dumps({"message": message}), headers, JSON)
