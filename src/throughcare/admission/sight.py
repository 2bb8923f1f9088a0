"""What a client that writes may see: the rest does not exist for it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from throughcare.fhir.terms import Query
from throughcare.kernel import OutdatedError
from throughcare.model.decision import Gate
from throughcare.model.entry import Stored
from throughcare.store.protocol import Reader

Redacts = Callable[[Reader, Stored], Awaitable[bool]]
"""Tells whether somebody is shown an entry with parts left out."""

Seeks = Callable[[Query], Gate]
"""Tells within what a condition is looked up."""

Holds = Callable[[Reader], Awaitable[bool]]
"""Tells whether what somebody sees was decided on what `reader` reads, and on nothing older."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a client sees of what is stored."""

    gate: Gate
    redacts: Redacts | None = None
    holds: Holds | None = None
    seeks: Seeks | None = None

    async def now(self, reader: Reader) -> Gate:
        """Return the gate, for a look by `reader` that what is written depends on.

        INVARIANT: whether something is there for this client is judged by the consents and classes
        of the very transaction; else of two that create the same thing, neither would see the
        other's. Raises OutdatedError if the gate is of an earlier state.
        """
        if self.holds is not None and not await self.holds(reader):
            message = "Consents changed while this was written; nothing was stored. Try again."
            raise OutdatedError(message)
        return self.gate

    async def of(self, asked: Query, reader: Reader) -> Gate:
        """Return the gate for a condition, as `now` does."""
        gate = await self.now(reader)
        return self.seeks(asked) if self.seeks is not None else gate
