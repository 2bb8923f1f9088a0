"""Which requests share a view, and on which connection it runs."""

import asyncio
from typing import Protocol

from throughcare.store.postgres.connection import Connection
from throughcare.store.postgres.view import View

CONNECTIONS = 8
"""Connections that a process reads through, at most; a view beyond waits."""
MEMBERS = 64
"""Requests that share a view, at most."""
PATIENCE_SECONDS = 0.005
"""How long a view waits for the one before, so that more requests share it."""


class Source(Protocol):
    """Where connections for views come from."""

    async def take(self) -> Connection:
        """Return a connection, in a transaction that sees all that was acknowledged before now."""
        ...

    async def give(self, connection: Connection) -> None:
        """Take a connection back."""
        ...

    async def close(self) -> None:
        """Hang up."""
        ...


class Views:
    """The views of a process, for the event loop that it is made on."""

    def __init__(self, source: Source, *, locked: bool = False) -> None:
        """Read through connections of `source`, which see what a lock names if `locked`."""
        self._source = source
        self._locked = locked
        self._places = asyncio.Semaphore(CONNECTIONS)
        self._forming: View | None = None
        self._before: asyncio.Future[None] | None = None
        """Done when the view that began last has ended."""
        self._ended: dict[View, asyncio.Future[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def join(self) -> View:
        """Return the view that a request which arrives now reads in."""
        view = self._forming
        if view is None or view.begun or view.members >= MEMBERS:
            view = self._forming = View(self._connected, locked=self._locked)
        view.members += 1
        return view

    def leave(self, view: View) -> None:
        """End the view if this was its last member: nobody waits for that."""
        view.members -= 1
        if view.members:
            return
        if view is self._forming:
            self._forming = None
        ending = asyncio.create_task(self._end(view))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _connected(self, view: View) -> Connection:
        """Return a connection for `view`, in a transaction that has read nothing yet."""
        if self._before is not None and not self._before.done():
            await asyncio.wait([self._before], timeout=PATIENCE_SECONDS)
        await self._places.acquire()
        self._before = self._ended[view] = asyncio.get_running_loop().create_future()
        return await self._source.take()

    async def _end(self, view: View) -> None:
        await view.abandon()
        ended = self._ended.pop(view, None)
        if ended is None:
            return
        ended.set_result(None)
        try:
            if view.connection is not None:
                await self._source.give(view.connection)
        finally:
            self._places.release()

    async def close(self) -> None:
        """Hang up; no view may be open."""
        while self._ending:
            await asyncio.wait(self._ending)
        await self._source.close()
