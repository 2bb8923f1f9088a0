"""Systems that hand over, made up: one that did, one that was refused, one that has not begun."""

from collections.abc import Sequence
from datetime import timedelta

from throughcare.admission.rehearsing import REFUSED
from throughcare.kernel import BadInputError, UnauthenticatedError
from throughcare.model.rehearsal import Finding, Rules
from throughcare.model.source import Delivery, Source, Standing
from throughcare.web.ports import Session
from web.made_up import NOW

KEY = "key-of-the-pharmacy"
PHARMACY = Source("pharmacy", "FXX01")
FAULT = Finding(REFUSED, "line 3, column 4", "Not a valid date; correct it.", "Correct it.")


class MemorySources:
    """`throughcare.web.source_ports.SourceNode`, in memory."""

    def __init__(self) -> None:
        """Begin with nothing handed over."""
        self.handed: list[tuple[str, bytes]] = []

    async def sources(self, session: Session) -> Sequence[Standing]:
        """Return one of each kind."""
        del session
        before = NOW - timedelta(days=2)
        return (
            Standing(PHARMACY, before, Delivery(NOW, 1, 2)),
            Standing(Source("rota", "VXX02", "name = 1"), None, Delivery(NOW, 0, 0, 9, (FAULT,))),
            Standing(Source("trial", "VXX03", is_open=False)),
        )

    async def add(self, session: Session, source: Source) -> str:
        """Take any but one that is there."""
        if source.name in {each.source.name for each in await self.sources(session)}:
            message = "There is a feed of this name already. Choose another name."
            raise BadInputError(message, place="name")
        return KEY

    async def renew(self, session: Session, name: str) -> tuple[Source, str]:
        """Return the same key."""
        del session
        return Source(name, "FXX01"), KEY

    async def close(self, session: Session, name: str) -> None:
        """Do nothing."""

    async def standing(self, key: str) -> Standing:
        """Return how the pharmacy is getting on."""
        if key != KEY:
            message = "This is no key of a source of this node. Ask for a new one."
            raise UnauthenticatedError(message)
        last = Delivery(NOW, len(self.handed)) if self.handed else None
        return Standing(PHARMACY, NOW if self.handed else None, last)

    async def rules(self, session: Session | None, key: str) -> Rules:
        """Return those of the source."""
        del session
        return Rules(source=PHARMACY.name, organisation="FXX01") if key else Rules()

    async def hand_over(self, key: str, name: str, data: bytes) -> Delivery:
        """Keep what was handed over."""
        await self.standing(key)
        self.handed.append((name, data))
        return Delivery(NOW, 1)
