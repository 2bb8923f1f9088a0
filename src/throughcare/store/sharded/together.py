"""Doing things in several databases at once."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def together(things: Iterable[Awaitable[T]]) -> list[T]:
    """Wait until all of `things` are done, failed ones too, and return what came of them, in order.

    Raises the error of the first that failed: by then nothing runs on any connection.
    """
    waiting = list(things)
    if len(waiting) == 1:
        return [await waiting[0]]
    results = await asyncio.gather(*waiting, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]
