"""The pages over a node in memory."""

from starlette.applications import Starlette

from throughcare.web.pages import application
from web.memory import CountedIds, MemoryNode, StillClock
from web.memory_acting import MemoryActing
from web.memory_care import MemoryCare
from web.memory_launching import MemoryLaunching
from web.memory_owning import MemoryOwning


def site_of(node: MemoryNode) -> Starlette:
    """Return the application of the pages over `node`."""
    clock, ids = StillClock(), CountedIds()
    acting = MemoryActing()
    return application(
        *(node, acting, MemoryLaunching(), MemoryCare(node), MemoryOwning(node)),
        clock=clock,
        ids=ids,
        locality="Example locality",
    )
