"""Create, update, patch and delete of one resource."""

import contextlib
from typing import Final

from throughcare.admission import Admission, Outcome, Sight
from throughcare.api import replies, submissions
from throughcare.api.call import Call, Reply
from throughcare.api.routes import Route
from throughcare.disclosure import Disclosure
from throughcare.disclosure.explaining import Explaining
from throughcare.kernel import OutdatedError, OverloadedError
from throughcare.model.entry import Stored
from throughcare.model.submission import Submission

DECISIONS: Final = 64
"""How often a write is decided anew because consents or classes changed before it was written.

Each kind of entry that a node meets for the first time changes the classes; in a batch of nothing
but such, one may be overtaken some thirty times.
"""


class Writing:
    """What is written, through the door in."""

    def __init__(
        self, disclosure: Disclosure, admission: Admission, explaining: Explaining
    ) -> None:
        """Write through `admission`, seeing what `disclosure` lets the client see.

        `explaining` tells what a Consent comes to beside earlier ones.
        """
        self._out = disclosure
        self._in = admission
        self._explaining = explaining

    async def create(self, route: Route, call: Call) -> Reply:
        """Store a new resource, unless If-None-Exist finds one: that is shown."""
        outcome = await self.store(call, submissions.of(call, (submissions.item(route, call),)))
        (written,) = outcome.written
        if written.created:
            return await self._written(call, outcome)
        there = await self.there(call, written.stored)
        return replies.written(call, there, created=False)

    async def there(self, call: Call, found: Stored) -> Stored:
        """Return what a condition found as the client may see it; the look is written."""
        return await self._out.read(call.request, found.type, found.id)

    async def update(self, route: Route, call: Call) -> Reply:
        """Store a new version, whole or as a patch, at an id or what a condition finds."""
        outcome = await self.store(call, submissions.of(call, (submissions.item(route, call),)))
        return await self._written(call, outcome)

    async def _written(self, call: Call, outcome: Outcome) -> Reply:
        """Return the reply, with a warning for each remark and each choice that a Consent meets."""
        (written,) = outcome.written
        warnings = [remark.text for remark in outcome.remarks]
        if written.stored.type == "Consent" and replies.wishes_outcome(call):
            warnings += await self._explaining.met(call.request, written.stored)
        return replies.written(call, written.stored, created=written.created, warnings=warnings)

    async def delete(self, route: Route, call: Call) -> Reply:
        """Delete; its versions stay in the history. A condition that finds nothing is no fault."""
        outcome = await self.store(call, submissions.of(call, (submissions.item(route, call),)))
        stored = outcome.written[0].stored if outcome.written else None
        return replies.deleted(call, stored)

    async def store(self, call: Call, made: Submission) -> Outcome:
        """Hand `made` to admission, decided anew as often as consents change meanwhile."""
        for _ in range(DECISIONS):
            sight = Sight(*await self._out.sight(call.request))
            with contextlib.suppress(OutdatedError):
                return await self._in.interact(call.request, made, sight)
        message = "Consents change faster than this can be decided. Try again shortly."
        raise OverloadedError(message)
