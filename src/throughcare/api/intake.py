"""Hand-over by systems: ``POST /api/intake`` with the key of a source, in any format of a feed.

``GET`` says how the source is getting on.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import orjson

from throughcare.api import call as http
from throughcare.api.call import Reply
from throughcare.kernel import NotFoundError
from throughcare.model.source import Delivery

PATH: Final = "/api/intake"
JSON: Final = "application/json"
_BEARER: Final = "bearer "


@dataclass(frozen=True, slots=True)
class IntakeApplication:
    """Answers 200 where all was taken, 422 where anything was refused: the body says what and why.

    What was stored stays stored, and to send it again adds nothing.
    """

    hand_over: Callable[[str, str, bytes], Awaitable[Delivery]]
    """Admits a file under key and name. Raises UnauthenticatedError for a key that is none."""
    told: Callable[[str], Awaitable[Mapping[str, Any]]]
    """How the source of a key is getting on, as JSON values."""

    async def __call__(self, scope: http.Scope, receive: http.Receive, send: http.Send) -> None:
        """Answer one request."""
        await http.answer(scope, send, self._reply(scope, receive))

    async def _reply(self, scope: http.Scope, receive: http.Receive) -> Reply:
        headers = http.headers_of(scope["headers"])
        key = _key(headers)
        if scope["path"] == PATH and scope["method"] in {"GET", "HEAD"}:
            return Reply(200, orjson.dumps(await self.told(key)), media_type=JSON)
        if scope["path"] == PATH and scope["method"] == "POST":
            await self.told(key)  # before a body is read
            data = await http.body_of(receive, headers)
            delivery = await self.hand_over(key, _name(scope), data)
            body = orjson.dumps(msgspec.to_builtins(delivery))
            return Reply(422 if delivery.refused else 200, body, media_type=JSON)
        message = f"POST {PATH} hands over, GET {PATH} says what came of it. Nothing else is here."
        raise NotFoundError(message)


def _key(headers: Mapping[str, str]) -> str:
    """Return the key that a client names; "" for none, which opens nothing."""
    given = headers.get("authorization", "")
    return given[len(_BEARER) :].strip() if given.lower().startswith(_BEARER) else ""


def _name(scope: http.Scope) -> str:
    """Return the name of the file, of which the ending helps to recognise it; "" for none."""
    params = http.params_of(scope["query_string"].decode("latin-1"))
    return next((value for name, value in params if name == "name"), "")
