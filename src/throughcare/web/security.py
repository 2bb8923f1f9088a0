"""What stands around every page: headers, refusal of prefetching, cookies and form tokens."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from throughcare.kernel import DeniedError

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "worker-src 'self'; manifest-src 'self'"
)
VIEWER_PATH: Final = "/view"
VIEWER_POLICY: Final = CONTENT_SECURITY_POLICY.replace(
    "connect-src 'self'", "connect-src 'self' https:"
)
"""Of the viewer alone: its script fetches what a health link of any place leads to."""
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
NO_STORE: Final = "no-store"
YEAR: Final = 31_536_000
"""Seconds that a browser keeps a choice of language or looks."""
_TURNING: Final = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Marks of Unicode that turn the direction of the text after them, whatever it is."""


def straight(text: str) -> str:
    """Return what somebody wrote without marks that reorder the words of others beside it.

    Arabic and Hebrew need none of them: letters have a direction of their own.

    >>> straight("He can\u2019t\u202e speak")
    'He can\u2019t speak'
    """
    return text.translate(_TURNING)


class Guard:
    """Answers prefetches with 503 before anything is looked up, and sets the headers of all pages.

    A prefetch of a record would be an access that nobody made.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Stand around `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("cache-control", NO_STORE)
                for name, value in HEADERS.items():
                    headers[name] = value
                if scope["scheme"] == "https":
                    headers["strict-transport-security"] = f"max-age={YEAR}"
                if scope["path"] == VIEWER_PATH:
                    headers["content-security-policy"] = VIEWER_POLICY
            await send(message)

        sent = {name.lower(): value.lower() for name, value in scope["headers"]}
        if b"prefetch" in sent.get(b"sec-purpose", b"") or b"prefetch" in sent.get(b"purpose", b""):
            refusal = PlainTextResponse("Pages of this node are not fetched ahead.", 503)
            await refusal(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


@dataclass(frozen=True, slots=True)
class Cookies:
    """The cookies of the pages; over https they go over nothing else, by names of this host alone.

    Whether it is https says the server: of a proxy in front of it on the same machine it believes
    ``X-Forwarded-Proto``.
    """

    secure: bool

    @classmethod
    def of(cls, request: Request) -> "Cookies":
        """Return the cookies of a browser that asks in this way."""
        return cls(secure=request.url.scheme == "https")

    @property
    def session(self) -> str:
        """Name of the cookie that holds the session's secret."""
        return "__Host-throughcare" if self.secure else "throughcare"

    @property
    def form(self) -> str:
        """Name of the cookie that binds the sign-in form to the browser that was shown it."""
        return "__Host-throughcare-form" if self.secure else "throughcare-form"

    @property
    def source(self) -> str:
        """Name of the cookie that holds the key of a source, while a supplier is at it."""
        return "__Host-throughcare-source" if self.secure else "throughcare-source"

    def set(self, response: Response, name: str, value: str) -> None:
        """Set a cookie that scripts can't read and other sites can't send."""
        response.set_cookie(
            name, value, path="/", secure=self.secure, httponly=True, samesite="strict"
        )

    def forget(self, response: Response) -> None:
        """Have the browser wipe all that pages of this node stored on the device."""
        response.headers["clear-site-data"] = '"storage"'

    def keep(self, response: Response, name: str, value: str) -> None:
        """Set a cookie that holds a choice of looks and no secret, for a year."""
        response.set_cookie(
            name,
            value,
            max_age=YEAR,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )

    def clear(self, response: Response, name: str) -> None:
        """Take a cookie away."""
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="strict")


def check_origin(request: Request) -> None:
    """Refuse a form that another site sent. Raises DeniedError."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", "")
    foreign = origin not in ("", "null") and urlsplit(origin).netloc != request.headers.get("host")
    if site not in ("same-origin", "none") or foreign:
        message = "This form was sent from another site. Open the page here and try again."
        raise DeniedError(message)


def check_token(expected: str, sent: str) -> None:
    """Refuse a form without the secret of its session. Raises DeniedError."""
    if not expected or not hmac.compare_digest(expected.encode(), sent.encode()):
        message = "This form is out of date. Go back, load the page again and repeat it."
        raise DeniedError(message)
