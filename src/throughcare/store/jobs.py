"""Works that wait for the writer of an engine, and what becomes of them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from throughcare.kernel import FullError, OverloadedError, ThroughcareError
from throughcare.store.protocol import Transaction

WAITING = 4_096
"""Works that may wait; one more is refused with OverloadedError."""
TOGETHER = 256
"""Works that share a commit, at most."""


@dataclass(slots=True, eq=False)
class Job:
    """One work, and what came of it."""

    work: Callable[[Transaction], Awaitable[Any]]
    future: "asyncio.Future[Any]"
    again: bool = False
    """Whether it may be run more than once: see `throughcare.store.protocol.Store.transact`."""
    result: object = None
    error: BaseException | None = None
    after: list[Callable[[], None]] = field(default_factory=list)


def accept(waiting: int, *, closed: bool) -> None:
    """Raise OverloadedError if one more work can't be taken."""
    if closed:
        message = "The store is closing and nothing was stored. Send it again in a moment."
        raise OverloadedError(message)
    if waiting >= WAITING:
        message = "Too many writes are waiting and this one was not stored. Try again shortly."
        raise OverloadedError(message)


def strayed() -> ThroughcareError:
    """Return the error of a work that awaited something else than its transaction."""
    message = (
        "A store transaction awaited something other than its transaction. "
        "Await it before transact, or after."
    )
    return ThroughcareError(message)


def full_disk(where: str) -> FullError:
    """Return what a full disk means."""
    message = (
        f"The disk of {where} is full and nothing was stored. Free some space, then try again."
    )
    return FullError(message)


def resolve(jobs: Iterable[Job]) -> None:
    """Tell the callers, on their event loop, after the commit."""
    for job in jobs:
        if job.error is None:
            for action in job.after:
                action()
        if job.future.done():
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)
