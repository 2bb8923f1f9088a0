"""``$validate``: a resource that is sent, or one that is stored, against R4 and a profile."""

from typing import Any, Final

import orjson

from throughcare.api import inputs
from throughcare.api.call import Call, Reply
from throughcare.api.inputs import Given
from throughcare.api.routes import Route
from throughcare.disclosure import Disclosure
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import validate
from throughcare.fhir.outcome import Issue, Severity, outcome
from throughcare.fhir.profiles import Compiler
from throughcare.kernel import BadInputError

Json = Any
MODES: Final = ("", "create", "update", "delete", "profile")


class Validating:
    """Says what is wrong with a resource; stores nothing."""

    def __init__(self, disclosure: Disclosure, profiles: Compiler) -> None:
        """Read what is stored from `disclosure`; know `profiles`."""
        self._out = disclosure
        self._profiles = profiles

    async def validate(self, route: Route, call: Call) -> Reply:
        """Return an OperationOutcome, with 200 whatever is in it.

        Raises BadInputError where there is nothing to validate or `mode` is none; and on an
        instance whatever reading it raises, so nobody learns what they may not see.
        """
        asked = inputs.given(call)
        mode = asked.text("mode")
        if mode not in MODES:
            message = "mode is create, update, delete or profile: correct it."
            raise BadInputError(message, place="mode")
        stored = await self._stored(route, call) if route.id else None
        resource = asked.one("resource")
        if resource is None and mode != "delete":
            resource = stored
        issues = [] if mode == "delete" else self._issues(route, asked, mode, resource)
        return Reply(200, orjson.dumps(outcome(issues)))

    async def _stored(self, route: Route, call: Call) -> Json:
        found = await self._out.read(call.request, route.type, route.id)
        return fhir_bytes.read_again(found.body)

    def _issues(self, route: Route, asked: Given, mode: str, resource: Json) -> list[Issue]:
        if type(resource) is not dict:
            message = "There is nothing to validate: send a resource, or Parameters with one."
            raise BadInputError(message, place="resource")
        if resource.get("resourceType") != route.type:
            text = f"The resource is no {route.type}; send it to the path of its own type."
            return [Issue(Severity.ERROR, "invalid", "resourceType", text)]
        profiles: list[str | None] = [*asked.texts("profile")] or [None]
        issues = _of_mode(route, mode, resource)
        for profile in profiles:
            known = validate(resource, profile, self._profiles)
            issues += [issue for issue in known if issue not in issues]
        return issues


def _of_mode(route: Route, mode: str, resource: Json) -> list[Issue]:
    """Return what stands in the way of a create or an update."""
    wrong = route.id and resource.get("id") != route.id
    if mode == "update" and not route.id:
        message = "mode=update is about a stored resource: ask at its own path, Type/id/$validate."
        raise BadInputError(message, place="mode")
    if mode == "update" and wrong:
        text = "The id differs from the one in the path; make them the same."
        return [Issue(Severity.ERROR, "value", f"{route.type}.id", text)]
    return []
