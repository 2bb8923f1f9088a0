"""A node that reads without consent and audit: what the two cost is measured beside it.

Run: ``python bench/undecided.py NODE PORT`` serves the FHIR paths of a node in folder NODE like
``throughcare serve``, but for the door, in whose place `Undecided` stands. It is of no other use.
"""

import sys
from pathlib import Path

from throughcare.api.application import FhirApplication
from throughcare.api.call import Receive, Scope, Send
from throughcare.api.handlers import Handlers
from throughcare.api.rooms import Rooms
from throughcare.app import folder, serving
from throughcare.app.node import Node, opened
from throughcare.model.decision import Gate
from throughcare.model.entry import Stored
from throughcare.model.request import Request


class Undecided:
    """The same read without consent and audit: it stands in the way out's place, here alone."""

    def __init__(self, node: Node) -> None:
        """Read from `node`."""
        self._node = node

    async def read(self, _request: Request, type_: str, id_: str) -> Stored:
        """Return the current version, to anybody, without a line."""
        async with self._node.store.snapshot() as reader:
            found = await self._node.records.candidate(reader, type_, id_)
            assert found is not None
            return await self._node.records.stored(reader, found, Gate())


def fhir(node: Node) -> FhirApplication:
    """Return the FHIR interface of `node` over `Undecided`: of the way out it has reads alone."""
    knows = node.knowledge
    rooms = Rooms(
        Undecided(node),  # type: ignore[arg-type]
        node.operations,
        node.admission,
        knows.profiles,
        knows.terms,
    )
    handlers = Handlers(rooms, "bench", node.clock.now())
    return FhirApplication(handlers, node.tokens, node.clock, node.ids)


async def serve(root: Path, port: int) -> None:
    """Serve the node in folder `root`."""
    async with opened(folder.existing(root)) as node:
        answering = fhir(node)

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                await answering(scope, receive, send)

        await serving.serve(
            application,  # type: ignore[arg-type]  # called in the same way as a gateway
            serving.bound("127.0.0.1", port),
            "error",
            ready=lambda: None,
        )


if __name__ == "__main__":
    serving.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
