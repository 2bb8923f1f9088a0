"""The arrivals board: who is expected and who has come, kept up to date while it is open.

With scripts the node sends the board anew whenever it has changed (server-sent events); without
them, whoever wishes so has the page loaded anew every few seconds.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Hashable, Sequence
from typing import Final

from starlette.responses import Response, StreamingResponse

from throughcare.kernel import ThroughcareError
from throughcare.summary.arrivals import Arrival
from throughcare.web.call import Call
from throughcare.web.scripts import script

WATCH_SECONDS: Final = "5"
_ASK_SECONDS: Final = 0.5
"""How often an open board asks whether anything has changed: consent is obeyed within a second."""
_MOST_SECONDS: Final = 10.0
"""After so long the board is made anew in any case: people come due, and sessions end."""
_AGAIN: Final = b"retry: 1000\n\n"
_ENDED: Final = b"event: ended\ndata:\n\n"
_ALIVE: Final = b"event: alive\ndata:\n\n"


async def arrivals(call: Call) -> Response:
    """Show the board."""
    board = await call.site.care.arrivals(call.session)
    watch = call.asked("watch")
    live = "" if watch else script("arrivals").path
    answer = call.render("arrivals", "Arrivals", board=board, watch=watch, live=live)
    if watch == "yes":
        answer.headers["refresh"] = WATCH_SECONDS
    return answer


async def events(call: Call) -> Response:
    """Send the board now, and again whenever it has changed, until nobody listens any more."""
    headers = {"x-accel-buffering": "no"}  # a proxy in between must not save events up
    return StreamingResponse(_events(call), media_type="text/event-stream", headers=headers)


async def _events(call: Call) -> AsyncIterator[bytes]:
    """Yield the board as events; as the last one that it can't be shown any longer.

    An event that says no more than that the node is there tells a board that is up to date from one
    whose connection is dead. It is sent by the clock alone: after a write whose content is hidden
    it would tell that there was one.
    """
    yield _AGAIN
    care, shown, due = call.site.care, None, 0.0
    try:
        while not call.site.ending.is_set():
            newest = await care.newest()
            board = await care.arrivals(call.session, shown)
            is_due = asyncio.get_running_loop().time() >= due
            if board != shown:
                yield _event(call, board)
            elif is_due:
                yield _ALIVE
            if is_due:
                due = asyncio.get_running_loop().time() + _MOST_SECONDS
            shown = board
            await _changed(call, newest, board, due)
    except ThroughcareError:  # signed out, refused, too busy: the page itself says which
        yield _ENDED


async def _changed(call: Call, newest: Hashable, board: Sequence[Arrival], due: float) -> None:
    """Wait until something came after `newest` that may be on `board`, or the clock says `due`."""
    concerns = False
    while not concerns and asyncio.get_running_loop().time() < due:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(call.site.ending.wait(), _ASK_SECONDS)
            return
        newest, concerns = await call.site.care.since(newest, board)


def _event(call: Call, board: Sequence[Arrival]) -> bytes:
    """Return one event: the part of the page that shows `board`."""
    lines = call.part("arrivals_board", board=board).splitlines()
    return "".join([*(f"data: {line}\n" for line in lines), "\n"]).encode()
