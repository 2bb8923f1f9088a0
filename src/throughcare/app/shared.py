"""One answer for all who ask the same at about the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Asks at most once in so many seconds, whoever and however many want to know."""

    def __init__(self, ask: Callable[[], Awaitable[T]], seconds: float) -> None:
        """Hand out what `ask` returned for `seconds` from when it was asked."""
        self._ask = ask
        self._seconds = seconds
        self._until = 0.0
        self._asked: asyncio.Future[T] | None = None

    async def __call__(self) -> T:
        """Return the answer, which is at most so many seconds old. Raises what `ask` raises."""
        loop = asyncio.get_running_loop()
        if self._asked is None or loop.time() >= self._until:
            self._until = loop.time() + self._seconds
            self._asked = asyncio.ensure_future(self._ask())
        return await asyncio.shield(self._asked)
