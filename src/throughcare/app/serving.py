"""One process that serves: an application behind a bound socket, until it is asked to stop.

Requests under way are finished. uvicorn's own handling of signals ends the process before the node
is closed; here a signal only ends the serving, so that the ledger is sealed and signed after it.
"""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final, TypeVar

import uvicorn
import uvloop

from throughcare.api.call import Receive, Scope, Send
from throughcare.app.gateway import Application, Gateway
from throughcare.app.outgoing import Connection
from throughcare.kernel import ConflictError

T = TypeVar("T")

FINISH_SECONDS: Final = 30
"""How long requests under way may take after a signal; then they are cut off."""
COLLECT_AFTER: Final = 200_000
"""New objects after which cycles among them are looked for in the midst of whatever is done;
Python's own number is 700."""
SWEEP_AFTER: Final = 5_000
"""New objects that are left after an answer, after which cycles among them are looked for."""
MIDDLE_AFTER: Final = 10
"""Sweeps after which what outlived them is looked through, too."""
WHOLE_AFTER: Final = 100
"""Such looks after which everything is."""
BACKLOG: Final = 2048
"""Connections that may wait to be accepted."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end on the event loop that serving is measured with."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def bound(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises ConflictError, with the way out, if it can't be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        way_out = "Give another --port, or set THROUGHCARE_PORT."
        message = f"Can't listen on {host}:{port}: {error.strerror}. {way_out}"
        raise ConflictError(message) from error


class Server(uvicorn.Server):
    """uvicorn that says when it is ready, and leaves signals to us."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], end: Callable[[], None]
    ) -> None:
        """Call `ready` once connections are accepted, and `end` when they are to come to an end."""
        super().__init__(config)
        self._ready = ready
        self._end = end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections."""
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    def stop(self) -> None:
        """Accept no more; finish what is under way, at the second call leave it."""
        self._end()
        self.force_exit = self.should_exit
        self.should_exit = True


async def serve(
    application: Gateway,
    listening: socket.socket,
    log_level: str,
    *,
    ready: Callable[[], None],
    lifeline: int | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, or until the other end of `lifeline` is closed."""
    config = uvicorn.Config(
        Swept(application),
        log_level=log_level,
        access_log=False,
        server_header=False,
        http=Connection,
        ws="none",
        loop="none",
        timeout_graceful_shutdown=FINISH_SECONDS,
    )
    server = Server(config, ready, application.end)
    spare_the_lasting()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    if lifeline is not None:
        loop.add_reader(lifeline, _orphaned, lifeline, server)
    await server.serve([listening])


class Swept:
    """An application after each answer of which the collector of cycles may come.

    A page of a large record makes tens of thousands of objects, all of which live until it is made:
    looking through them in its midst takes a tenth of a second and finds nothing. Afterwards a
    thousand are left.
    """

    def __init__(self, application: Application) -> None:
        """Stand before `application`."""
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, then look for cycles."""
        try:
            await self._application(scope, receive, send)
        finally:
            _sweep()


def _sweep() -> None:
    """Look for cycles among what is new, if that is much; what was new longer ago less often."""
    new, young, middle = gc.get_count()
    if new > SWEEP_AFTER:
        gc.collect(2 if middle > WHOLE_AFTER else 1 if young > MIDDLE_AFTER else 0)


def spare_the_lasting() -> None:
    """Have the collector of cycles pass over all that was made so far, and come less often.

    A node holds some hundred thousand objects for as long as it lives: the specification, rooms,
    routes. Answering makes few cycles, which `Swept` looks for after it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def _orphaned(lifeline: int, server: Server) -> None:
    """Stop: the process that looked after this one is gone."""
    asyncio.get_running_loop().remove_reader(lifeline)
    logging.getLogger(__name__).warning("The supervisor is gone, so this worker stops.")
    server.stop()
