"""The pages over a node in memory."""

from starlette.applications import Starlette

from throughcare.web.call import Site
from throughcare.web.pages import application
from throughcare.web.theme import Theme
from web.memory import CountedIds, MemoryNode, StillClock
from web.memory_acting import MemoryActing
from web.memory_care import MemoryCare
from web.memory_health import MemoryHealth, Rehearsed
from web.memory_keeping import MemoryKeeping
from web.memory_launching import MemoryLaunching
from web.memory_linking import MemoryLinking
from web.memory_matching import MemoryMatching
from web.memory_owning import MemoryOwning
from web.memory_posts import MemoryPosts
from web.memory_sources import MemorySources


def site_of(node: MemoryNode, theme: Theme | None = None) -> Starlette:
    """Return the application of the pages over `node`, in its own look where one is given."""
    site = Site(
        node=node,
        posts=MemoryPosts(node),
        acting=MemoryActing(),
        launching=MemoryLaunching(),
        care=MemoryCare(node),
        keeping=MemoryKeeping(node),
        owning=MemoryOwning(node),
        linked=MemoryLinking(node),
        health=MemoryHealth(),
        matching=MemoryMatching(node),
        rehearsal=Rehearsed(),
        sources=MemorySources(),
        clock=StillClock(),
        ids=CountedIds(),
        locality="Example locality",
        theme=theme or Theme(),
    )
    site.ending.set()  # streams of events end where they begin: no client here listens for ever
    return application(site)
