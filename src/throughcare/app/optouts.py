"""The national data opt-out by files: what goes out, and what comes back."""

from throughcare.admission import registering
from throughcare.app.node import Node
from throughcare.disclosure.views import OptOutState
from throughcare.model.request import Request


async def ask(node: Node, request: Request) -> tuple[bytes, int]:
    """Return the file that asks about everybody here, and how many numbers it holds."""
    numbers = await node.admission.ask_opt_outs(request)
    return registering.file_of(numbers), len(numbers)


async def answer(node: Node, request: Request, file: bytes) -> OptOutState:
    """Take in a file as it came back, and return how things stand then.

    Raises BadInputError for what is no such file, ConflictError where it answers something else.
    """
    await node.admission.answer_opt_outs(request, registering.numbers_in(file))
    return await node.oversight.opt_outs(request)
