"""The ASGI application of the FHIR interface."""

from dataclasses import dataclass
from typing import Final

from throughcare.actors.tokens import Tokens
from throughcare.api import access
from throughcare.api import call as http
from throughcare.api.call import Call, Reply
from throughcare.api.handlers import Handlers
from throughcare.api.routes import Interaction, Route, route
from throughcare.kernel import Clock, Ids, ThroughcareError

BASE: Final = "/fhir"


@dataclass(frozen=True, slots=True)
class FhirApplication:
    """Answers every path below ``/fhir``. Each error is an OperationOutcome."""

    handlers: Handlers
    tokens: Tokens
    clock: Clock
    ids: Ids

    async def __call__(self, scope: http.Scope, receive: http.Receive, send: http.Send) -> None:
        """Answer one request."""
        number = self.ids.new()
        try:
            reply = await self._reply(scope, receive, number)
        except ThroughcareError as error:
            reply = http.refusal(error)
        extra = (b"x-request-id", number.encode("ascii"))
        await http.send_reply(send, reply, extra, head=scope["method"] == "HEAD")

    async def _reply(self, scope: http.Scope, receive: http.Receive, number: str) -> Reply:
        path = str(scope["path"]).removeprefix(BASE).strip("/")
        found = route(scope["method"], path)
        headers = http.Headers(scope["headers"])
        base = f"{scope['scheme']}://{headers.get('host', 'localhost')}{BASE}"
        if found.interaction is Interaction.CAPABILITIES:
            return self.handlers.capabilities(base)
        writes = scope["method"] in {"POST", "PUT"}
        call = Call(
            method=scope["method"],
            path=path,
            params=http.params_of(scope["query_string"].decode("latin-1")),
            headers=headers,
            body=await http.body_of(receive, headers) if writes else b"",
            base=base,
            request=access.request(headers, self.tokens, at=self.clock.now(), id_=number),
        )
        return await self._handle(found, call)

    async def _handle(self, found: Route, call: Call) -> Reply:
        handle = self.handlers.table[found.interaction]
        return await handle(found, call)
