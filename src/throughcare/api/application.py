"""The ASGI application of the FHIR interface."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from throughcare.actors.tokens import Tokens
from throughcare.api import access, binaries, compression, formats
from throughcare.api import call as http
from throughcare.api.call import Call, Reply
from throughcare.api.formats import Sent
from throughcare.api.handlers import Handlers
from throughcare.api.routes import PATHS, Interaction, Route, route
from throughcare.fhir import xml
from throughcare.kernel import Clock, Ids, ThroughcareError, UnreadableFormatError

BASE: Final = "/fhir"
SEARCHES: Final = frozenset({Interaction.SEARCH, Interaction.SEARCH_TYPES, Interaction.COMPARTMENT})
PUBLIC: Final = frozenset({Interaction.CAPABILITIES, Interaction.DESCRIPTION})
"""What needs no token: it holds nobody's data."""
TABLES: Final = frozenset(
    f"{BASE}/{path}" for path, methods in PATHS.items() if Interaction.RUN in methods.values()
)
"""Paths whose answer is neither JSON nor XML of FHIR; what goes wrong there is said in JSON."""
WRITES: Final = frozenset({"POST", "PUT", "PATCH"})
PATCHES: Final = frozenset({Sent.JSON_PATCH, Sent.MERGE_PATCH})

Params = tuple[tuple[str, str], ...]


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
        headers = http.headers_of(scope["headers"])
        format_ = formats.JSON
        try:
            params = http.params_of(scope["query_string"].decode("latin-1"))
            path, accept = str(scope["path"]), headers.get("accept", "")
            is_raw = binaries.are_wanted(scope["method"], path, accept, params)
            if path not in TABLES and not is_raw:
                format_ = formats.wanted(accept, params)
            reply = await self._reply(scope, receive, headers, params, number)
            reply = binaries.content(reply, accept) if is_raw else formats.rendered(reply, format_)
        except ThroughcareError as error:
            reply = formats.refused(http.refusal(error), format_)
        if len(reply.body) >= compression.WORTHWHILE:
            reply = _packed(reply, headers)
        extra = (b"x-request-id", number.encode("ascii"))
        await http.send_reply(send, reply, extra, head=scope["method"] == "HEAD")

    async def _reply(
        self,
        scope: http.Scope,
        receive: http.Receive,
        headers: Mapping[str, str],
        params: Params,
        number: str,
    ) -> Reply:
        method = scope["method"]
        path = str(scope["path"]).removeprefix(BASE).strip("/")
        found = route(method, path)
        base = f"{scope['scheme']}://{headers.get('host', 'localhost')}{BASE}"
        if found.interaction in PUBLIC:
            return self.handlers.public(found.interaction, base)
        asked = access.request(headers, self.tokens, at=self.clock.now(), id_=number)
        call = Call(
            method=method,
            path=path,
            params=params,
            headers=headers,
            body=await http.body_of(receive, headers) if method in WRITES else b"",
            base=base,
            request=asked,
        )
        if method in WRITES:
            call = _read(call, found)
        return await self.handlers.table[found.interaction](found, call)


def _read(call: Call, found: Route) -> Call:
    """Return `call` with its body as JSON, or its form among the parameters.

    Raises UnreadableFormatError for what the interaction does not take.
    """
    body = compression.unpacked(call.body, call.headers.get("content-encoding", ""))
    is_search = found.interaction in SEARCHES
    if binaries.are_sent(found, call.headers.get("content-type", ""), body):
        return binaries.wrapped(found, call, body)
    kind = formats.sent(call.headers.get("content-type", ""), body)
    if is_search and (kind is Sent.FORM or not body):
        return replace(call, body=b"", params=call.params + http.form_of(body))
    if is_search or kind is Sent.FORM:
        message = "A form is sent to _search, and nothing but a form. Correct Content-Type."
        raise UnreadableFormatError(message, place="Content-Type")
    if call.method != "PATCH" and kind in PATCHES:
        message = "A patch is sent by PATCH. Correct the method, or Content-Type."
        raise UnreadableFormatError(message, place="Content-Type")
    return replace(call, body=xml.to_json(body) if kind is Sent.XML else body)


def _packed(reply: Reply, headers: Mapping[str, str]) -> Reply:
    """Return a large reply as gzip to who takes it."""
    if not compression.is_wanted(headers.get("accept-encoding", "")):
        return reply
    about = {**reply.headers, "content-encoding": compression.GZIP}
    return replace(reply, body=compression.packed(reply.body), headers=about)
