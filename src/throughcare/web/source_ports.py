"""What the pages for suppliers, and for who lets them in, ask of a node."""

from collections.abc import Sequence
from typing import Protocol

from throughcare.model.rehearsal import Rules
from throughcare.model.source import Delivery, Source, Standing
from throughcare.web.ports import Session


class SourceNode(Protocol):
    """Knows the systems that hand over by a key of their own."""

    async def sources(self, session: Session) -> Sequence[Standing]:
        """Return every source and how it is getting on. Raises DeniedError but for the IT lead."""
        ...

    async def add(self, session: Session, source: Source) -> str:
        """Add a source and return its key, which can't be had again.

        Raises BadInputError for a name, organisation or mapping that is none.
        """
        ...

    async def renew(self, session: Session, name: str) -> tuple[Source, str]:
        """Return a source and a new key of it; the one before opens nothing any more."""
        ...

    async def close(self, session: Session, name: str) -> None:
        """Take the key of a source away; what it handed over stays."""
        ...

    async def standing(self, key: str) -> Standing:
        """Return how the source of a key is getting on.

        Raises UnauthenticatedError for a key that opens none.
        """
        ...

    async def rules(self, session: Session | None, key: str) -> Rules:
        """Return by what a file of whoever asks is tried.

        By those of the source whose `key` it is; by those of all for the IT lead; else by none.
        """
        ...

    async def hand_over(self, key: str, name: str, data: bytes) -> Delivery:
        """Admit what a system sent, through the door; durable on return.

        Raises UnauthenticatedError for a key that is none, OverloadedError where the node can't
        take more at the moment: what was stored stays, and to send it again adds nothing.
        """
        ...
