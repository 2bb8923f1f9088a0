"""One HTTP call in and its reply out, without a framework: FHIR paths are hot."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
import orjson

from throughcare.api.routes import Route
from throughcare.fhir import outcome
from throughcare.kernel import (
    BadInputError,
    NotAllowedError,
    OverloadedError,
    ThroughcareError,
    TooLargeError,
    UnauthenticatedError,
)
from throughcare.model.entry import Stored
from throughcare.model.request import Request

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

FHIR_JSON: Final = "application/fhir+json"
LARGEST_BODY: Final = 64 * 1024 * 1024
"""Bytes of a request body; a transaction of 6,000 entries has about 12 MB."""
MOST_PARAMETERS: Final = 200
NOT_STORED: Final = (b"cache-control", b"no-store")
RETRY_AFTER: Final = "1"
"""Seconds: a full queue of writes is on disk well before."""


class Call(msgspec.Struct, frozen=True):
    """A request that has been read and whose asker is known."""

    method: str
    path: str
    """Below the base, such as ``Patient/1``."""
    params: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    base: str
    """The base as the client sees it, such as ``http://127.0.0.1:8080/fhir``."""
    request: Request


class Reply(msgspec.Struct, frozen=True):
    """What is sent back."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}
    """By lower-case name."""
    media_type: str = FHIR_JSON
    stored: Stored | None = None
    """The version that this is about, where it is about one."""


Handler = Callable[[Route, Call], Awaitable[Reply]]
"""Answers one interaction."""


def params_of(text: str) -> tuple[tuple[str, str], ...]:
    """Return the parameters of a query string or form. Raises BadInputError for too many."""
    if not text:
        return ()
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError as error:
        message = f"More than {MOST_PARAMETERS} parameters. Ask in several requests."
        raise BadInputError(message) from error
    return tuple(pairs)


def form_of(body: bytes) -> tuple[tuple[str, str], ...]:
    """Return the parameters of a form that was posted. Raises BadInputError if it is no text."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        message = "The form is no UTF-8 text. Send it as application/x-www-form-urlencoded."
        raise BadInputError(message) from error
    return params_of(text)


def headers_of(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by lower-case name, as the server gives them; of several the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}


async def body_of(receive: Receive, headers: Mapping[str, str]) -> bytes:
    """Return the whole body.

    Raises TooLargeError before anything is read if its length is announced and over the limit,
    and as soon as it is over the limit if not.
    """
    announced = headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > LARGEST_BODY:
        raise too_large()
    chunks = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            text = "The connection ended before the body did. Send the request again."
            raise BadInputError(text)
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > LARGEST_BODY:
            raise too_large()
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def too_large() -> TooLargeError:
    """Return the refusal of a body over the limit."""
    return TooLargeError(f"The body is larger than {LARGEST_BODY} bytes. Send it in parts.")


def refusal(error: ThroughcareError, media_type: str = FHIR_JSON) -> Reply:
    """Return the reply that says why: an OperationOutcome, and in headers what to do about it."""
    headers = {}
    if isinstance(error, UnauthenticatedError):
        headers["www-authenticate"] = "Bearer"
    if isinstance(error, OverloadedError) and error.status == OverloadedError.status:
        headers["retry-after"] = RETRY_AFTER
    if isinstance(error, NotAllowedError):
        headers["allow"] = ", ".join(error.allowed)
    if isinstance(error, TooLargeError):
        headers["connection"] = "close"  # or the server would read the rest to find its end
    return Reply(error.status, orjson.dumps(outcome.outcome(error)), headers, media_type)


async def answer(scope: Scope, send: Send, reply: Awaitable[Reply]) -> None:
    """Send what `reply` comes to, or why there is none, as JSON: for what is no FHIR interface."""
    try:
        made = await reply
    except ThroughcareError as error:
        made = refusal(error, "application/json")
    await send_reply(send, made, head=scope["method"] == "HEAD")


async def send_reply(send: Send, reply: Reply, *extra: tuple[bytes, bytes], head: bool) -> None:
    """Send `reply` with `extra` headers; of a HEAD request only headers."""
    headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()
    ]
    headers += ((b"content-length", b"%d" % len(reply.body)), NOT_STORED, *extra)
    if reply.body:
        headers.append((b"content-type", reply.media_type.encode("ascii")))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else reply.body})
