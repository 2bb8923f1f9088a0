"""Match review for whoever runs commands: through the doors, as an IT lead of this machine."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from throughcare.admission.linking import Meant
from throughcare.app import folder
from throughcare.app.node import Node, opened
from throughcare.identity.compare import Score
from throughcare.model.person import Foreseen, Queued, QueueFigures, QueueQuery, Ruled
from throughcare.model.request import Actor, Purpose, Request, Role

T = TypeVar("T")
Asked = Callable[[Node, Request], Awaitable[T]]


async def asked(root: Path, user: str, question: Asked[T]) -> T:
    """Open the node in `root` and ask `question` of it."""
    async with opened(folder.existing(root)) as node:
        actor = Actor(user, Role.IT_LEAD, "", client="cli")
        request = Request(actor, Purpose.HOPERAT, node.clock.now(), id=node.ids.new())
        return await question(node, request)


async def compared(root: Path, one: str, other: str, user: str) -> Score:
    """Compare the Patients ``Patient/ID`` of a node; a look, with its line in the ledger.

    Raises NotFoundError where one of them is not there.
    """

    async def question(node: Node, request: Request) -> Score:
        return await node.reviewers.compared(request, one, other)

    return await asked(root, user, question)


async def queue(root: Path, user: str, most: int) -> tuple[Queued, Queued, list[Ruled]]:
    """Return `most` pairs that wait and that were put off, and what was said and does not hold."""

    async def question(node: Node, request: Request) -> tuple[Queued, Queued, list[Ruled]]:
        reviewers = node.reviewers
        waiting, later = [
            await reviewers.reviews(request, QueueQuery(put_off=put_off, most=most))
            for put_off in (False, True)
        ]
        return waiting, later, await reviewers.contradictions(request)

    return await asked(root, user, question)


async def figures(root: Path, user: str) -> QueueFigures:
    """Return how the queue stands."""

    async def question(node: Node, request: Request) -> QueueFigures:
        return await node.reviewers.figures(request)

    return await asked(root, user, question)


async def ruled(  # noqa: PLR0913 - which, what, by whom and why
    root: Path, one: str, other: str, user: str, why: str, *, same: bool | None, preview: bool
) -> Foreseen:
    """Say of two Patients (``Patient/ID``) that they are one person's, or not; None takes it back.

    With `preview` nothing is changed. Raises what `Linking.rule` does.
    """
    pair = Meant(one.removeprefix("Patient/")), Meant(other.removeprefix("Patient/"))

    async def question(node: Node, request: Request) -> Foreseen:
        linking = node.admission.linking
        if preview:
            return await linking.foresee(request, pair, same=same)
        return await linking.rule(request, pair, same=same, why=why)

    return await asked(root, user, question)
