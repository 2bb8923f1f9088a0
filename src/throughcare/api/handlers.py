"""One handler for each interaction: parameters to a door, its answer to a reply."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import orjson

from throughcare.admission import Admission, Outcome
from throughcare.api import bundles, conditions, submissions
from throughcare.api.bundles import Part
from throughcare.api.call import Call, Reply
from throughcare.api.routes import Interaction, Route
from throughcare.disclosure import Disclosure
from throughcare.fhir import capability, query
from throughcare.fhir.spec import is_resource_type
from throughcare.kernel import BadInputError, OutdatedError, OverloadedError, ThroughcareError
from throughcare.model.entry import Stored
from throughcare.model.submission import Method, Submission

SERVICE: Final = capability.Service(
    interactions=("read", "vread", "history-instance", "create", "update", "delete", "search-type"),
    system_interactions=("transaction", "batch"),
    operations=(
        (
            "Patient",
            "everything",
            "http://hl7.org/fhir/OperationDefinition/Patient-everything",
        ),
    ),
)
"""What is routed; a test holds it against `routes`."""

DECISIONS: Final = 16
"""How often a write is decided anew because consents or classes changed before it was written."""
BASES_KEPT: Final = 8
"""Addresses that capability statements (600 kB each) are kept for."""

Handler = Callable[[Route, Call], Awaitable[Reply]]


class Handlers:
    """The interactions, over the two doors."""

    def __init__(
        self, disclosure: Disclosure, admission: Admission, version: str, started: datetime
    ) -> None:
        """Answer from `disclosure`, write through `admission`."""
        self._started = started
        self._statements: dict[str, bytes] = {}
        self._out = disclosure
        self._in = admission
        self._version = version
        self.table: Mapping[Interaction, Handler] = {
            Interaction.READ: self.read,
            Interaction.VREAD: self.vread,
            Interaction.HISTORY: self.history,
            Interaction.SEARCH: self.search,
            Interaction.COMPARTMENT: self.search,
            Interaction.EVERYTHING: self.everything,
            Interaction.CREATE: self.create,
            Interaction.UPDATE: self.update,
            Interaction.DELETE: self.delete,
            Interaction.TRANSACTION: self.transaction,
        }

    def capabilities(self, base: str) -> Reply:
        """Say what works."""
        if base not in self._statements:
            if len(self._statements) >= BASES_KEPT:
                self._statements.clear()
            statement = capability.statement(
                SERVICE, url=base, software_version=self._version, published=self._started
            )
            self._statements[base] = orjson.dumps(statement)
        return Reply(200, self._statements[base])

    async def read(self, route: Route, call: Call) -> Reply:
        """Return the current version, or 304 where the client has it."""
        stored = await self._out.read(call.request, route.type, route.id)
        if conditions.has_it_already(call.headers, stored):
            return Reply(304, headers=_about(stored))
        return Reply(200, stored.body, _about(stored))

    async def vread(self, route: Route, call: Call) -> Reply:
        """Return one version."""
        stored = await self._out.version(call.request, route.type, route.id, route.version)
        return Reply(200, stored.body, _about(stored))

    async def history(self, route: Route, call: Call) -> Reply:
        """Return all versions, newest first."""
        answer = await self._out.history(call.request, route.type, route.id)
        links = {"self": f"{call.base}/{call.path}"}
        return Reply(200, bundles.history(answer, call.base, links))

    async def search(self, route: Route, call: Call) -> Reply:
        """Return one page of a search on a type or in a patient's compartment."""
        params = call.params
        asked = query.parse(route.type, params, compartment=route.compartment or None)
        if asked.ignored and "handling=strict" in call.headers.get("prefer", ""):
            unknown = ", ".join(asked.ignored)
            message = f"Unknown search parameters for {route.type}: {unknown}."
            raise BadInputError(message)
        answer = await self._out.search(call.request, asked)
        path = f"{call.base}/{call.path.removesuffix('/_search')}"
        links = {"self": f"{path}?{asked.self_link}" if asked.self_link else path}
        if answer.next:
            kept = [pair for pair in params if pair[0] != "_after"]
            links["next"] = f"{path}?{urlencode([*kept, ('_after', answer.next)])}"
        return Reply(200, bundles.searchset(answer, call.base, links))

    async def everything(self, route: Route, call: Call) -> Reply:
        """Return the whole record of the person that this Patient belongs to."""
        wanted = [value for name, value in call.params if name == "_type"]
        types = [name for value in wanted for name in value.split(",")] or None
        if types and not all(map(is_resource_type, types)):
            message = "_type names no resource type of FHIR R4. GET metadata for the types."
            raise BadInputError(message, place="_type")
        answer = await self._out.everything(call.request, route.id, types)
        links = {"self": f"{call.base}/{call.path}"}
        return Reply(200, bundles.searchset(answer, call.base, links))

    async def create(self, route: Route, call: Call) -> Reply:
        """Store a new resource, unless If-None-Exist finds one."""
        made = submissions.single(call, route.type, Method.POST)
        outcome = await self._store(call, made)
        written = outcome.written[0]
        if written.created:
            return _written(call, written.stored)
        there = await self._out.read(call.request, route.type, written.stored.id)
        return _written(call, there, status=200)

    async def update(self, route: Route, call: Call) -> Reply:
        """Store a new version at this id."""
        made = submissions.single(call, route.type, Method.PUT, route.id)
        written = (await self._store(call, made)).written[0]
        return _written(call, written.stored, status=201 if written.created else 200)

    async def delete(self, route: Route, call: Call) -> Reply:
        """Delete; its versions stay in the history. The ETag names the deletion, which is one."""
        made = submissions.deletion(call, route.type, route.id)
        written = (await self._store(call, made)).written[0]
        return Reply(204, headers={"etag": bundles.etag(written.stored)})

    async def transaction(self, _route: Route, call: Call) -> Reply:
        """Carry out a transaction Bundle whole, or a batch entry by entry."""
        kind, units = submissions.bundle(call)
        parts: list[Part] = []
        for unit in units:
            try:
                parts.extend(_parts(await self._store(call, unit), call.base))
            except ThroughcareError as error:
                if kind == "transaction":
                    raise
                parts.append(Part(str(error.status), error=error))
        return Reply(200, bundles.response(kind, parts))

    async def _store(self, call: Call, made: Submission) -> Outcome:
        for _ in range(DECISIONS):
            sight = await self._out.sight(call.request)
            with contextlib.suppress(OutdatedError):
                return await self._in.interact(call.request, made, *sight)
        message = "Consents change faster than this can be decided. Try again shortly."
        raise OverloadedError(message)


def _about(stored: Stored) -> dict[str, str]:
    return {"etag": bundles.etag(stored), "last-modified": conditions.http_date(stored.updated)}


def _written(call: Call, stored: Stored, *, status: int = 201) -> Reply:
    version = f"{stored.type}/{stored.id}/_history/{stored.version}"
    headers = _about(stored) | {"location": f"{call.base}/{version}"}
    minimal = "return=minimal" in call.headers.get("prefer", "")
    return Reply(status, b"" if minimal else stored.body, headers)


def _parts(outcome: Outcome, base: str) -> list[Part]:
    return [
        Part(
            "201 Created" if written.created else "200 OK",
            f"{base}/{written.stored.type}/{written.stored.id}/_history/{written.stored.version}",
            written.stored,
        )
        for written in outcome.written
    ]
