"""A node that reads without consent and audit: what the two cost is measured beside it.

Run: ``python bench/undecided.py NODE PORT`` serves the FHIR paths of a node in folder NODE like
``throughcare serve``, but for the door, in whose place `Undecided` stands. It is of no other use.
"""

import sys
from pathlib import Path

from throughcare.api.application import BASE, FhirApplication
from throughcare.api.handlers import Handlers
from throughcare.api.rooms import Rooms
from throughcare.app import folder, serving
from throughcare.app.gateway import Gateway
from throughcare.app.node import Node, opened
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
            found = await self._node.records.current(reader, type_, id_)
            assert found is not None
            return found


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


def without(node: Node) -> Gateway:
    """Return the node's own gateway with nothing behind it but that interface."""

    async def nothing(*_call: object) -> None:
        """Answer nobody: no page is asked for."""

    return Gateway({BASE: fhir(node)}, nothing, node.operations.exports.resume, lambda: None)


async def serve(root: Path, port: int) -> None:
    """Serve the node in folder `root`."""
    async with opened(folder.existing(root)) as node:
        await serving.serve(
            without(node),
            serving.bound("127.0.0.1", port),
            "error",
            ready=lambda: None,
        )


if __name__ == "__main__":
    serving.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
