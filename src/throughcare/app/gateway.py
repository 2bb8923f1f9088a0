"""A whole node as one ASGI application: FHIR paths to the one, everything else to the pages."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from throughcare import __version__
from throughcare.api import health as monitoring
from throughcare.api import health_links, intake
from throughcare.api.application import BASE, FhirApplication
from throughcare.api.call import Receive, Scope, Send
from throughcare.api.handlers import Handlers
from throughcare.api.health import HealthApplication
from throughcare.api.health_links import HealthLinkApplication
from throughcare.api.intake import IntakeApplication
from throughcare.api.queue import PATH, QueueApplication
from throughcare.api.rooms import Rooms
from throughcare.app.acting import ActingOf
from throughcare.app.care import CareOf
from throughcare.app.health import HealthOf
from throughcare.app.health_links import HealthLinksOf
from throughcare.app.keeping import KeepingOf
from throughcare.app.launching import LaunchesOf
from throughcare.app.matching import MatchingOf
from throughcare.app.node import Node
from throughcare.app.owning import OwningOf
from throughcare.app.pages import PagesOf
from throughcare.app.posts import PostsOf
from throughcare.app.rehearsal import Rehearsing
from throughcare.app.sources import SourcesOf
from throughcare.web.call import Site
from throughcare.web.pages import application

Application = Callable[[Any, Any, Any], Awaitable[None]]


class Gateway:
    """Sends a request to the application that its path belongs to."""

    def __init__(
        self,
        below: Mapping[str, Application],
        pages: Application,
        begin: Callable[[], Awaitable[None]],
        end: Callable[[], None],
    ) -> None:
        """Serve each application of `below` under its path and `pages` everywhere else.

        When a server starts, `begin` goes on with what the last one left; when it is to stop, `end`
        has answers that would never end come to theirs.
        """
        self.end = end
        self._begin = begin
        self._below = below
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the server's start and stop."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send, self._begin)
            return
        path = str(scope.get("path", ""))
        for base, application_ in self._below.items():
            if path == base or path.startswith(f"{base}/"):
                await application_(scope, receive, send)
                return
        if path == "/healthz":
            await _healthy(send)
        else:
            await self._pages(scope, receive, send)


def gateway(node: Node) -> Gateway:
    """Return the whole of a node as one application."""
    knows = node.knowledge
    rooms = Rooms(node.disclosure, node.operations, node.admission, knows.profiles, knows.terms)
    handlers = Handlers(rooms, __version__, node.clock.now())
    fhir = FhirApplication(handlers, node.tokens, node.clock, node.ids)
    shown, health, sources = PagesOf(node), HealthOf(node), SourcesOf(node)
    site = Site(
        node=shown,
        posts=PostsOf(node, shown),
        acting=ActingOf(node),
        launching=LaunchesOf(node, shown),
        care=CareOf(node),
        keeping=KeepingOf(node, shown),
        owning=OwningOf(node),
        linked=HealthLinksOf(node),
        health=health,
        matching=MatchingOf(node),
        rehearsal=Rehearsing(node.folder.root),
        sources=sources,
        clock=node.clock,
        ids=node.ids,
        locality=node.profile.name,
        theme=node.folder.look(),
    )
    queue = QueueApplication(node.reviewers, node.admission, node.tokens, node.clock, node.ids)
    links = HealthLinkApplication(node.bearers)
    monitor = HealthApplication(health.told, node.tokens, node.clock, node.ids)
    below: Mapping[str, Application] = {
        BASE: fhir,
        PATH: queue,
        health_links.PATH: links,
        monitoring.PATH: monitor,
        intake.PATH: IntakeApplication(sources.hand_over, sources.told),
    }

    def end() -> None:
        site.ending.set()
        health.end()

    return Gateway(below, application(site), node.operations.exports.resume, end)


async def _lifespan(receive: Receive, send: Send, begin: Callable[[], Awaitable[None]]) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await begin()
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _healthy(send: Send) -> None:
    body = orjson.dumps({"status": "ok"})
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
