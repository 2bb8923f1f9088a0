"""How the node is, for a monitor: ``GET /api/health`` with a token of the IT lead.

A load balancer asks ``/healthz`` instead, which tells nothing but that this process answers.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from throughcare.actors.tokens import Tokens
from throughcare.api import access
from throughcare.api import call as http
from throughcare.api.call import Reply
from throughcare.kernel import Clock, Ids, NotFoundError
from throughcare.model.request import Request

PATH: Final = "/api/health"
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class HealthApplication:
    """Answers 200 with ``"well": true``, 503 if something is at fault: a monitor needs no more."""

    told: Callable[[Request], Awaitable[Mapping[str, Any]]]
    """How the node is as JSON values. Raises DeniedError for any other role."""
    tokens: Tokens
    clock: Clock
    ids: Ids

    async def __call__(self, scope: http.Scope, receive: http.Receive, send: http.Send) -> None:
        """Answer one request."""
        del receive
        await http.answer(scope, send, self._reply(scope))

    async def _reply(self, scope: http.Scope) -> Reply:
        headers = http.headers_of(scope["headers"])
        request = access.request(headers, self.tokens, at=self.clock.now(), id_=self.ids.new())
        if scope["method"] not in {"GET", "HEAD"} or scope["path"] != PATH:
            message = f"GET {PATH} says how this node is. There is nothing else here."
            raise NotFoundError(message)
        found = await self.told(request)
        return Reply(200 if found["well"] else 503, orjson.dumps(found), media_type=JSON)
