"""The arrivals board: who is expected and who has come to the reader's own organisation."""

from typing import Final

from starlette.responses import Response

from throughcare.web.call import Call

WATCH_SECONDS: Final = "5"


async def arrivals(call: Call) -> Response:
    """Show the board; who wishes so has it loaded anew every few seconds."""
    board = await call.site.care.arrivals(call.session)
    watching = call.asked("watch") == "yes"
    answer = call.render("arrivals", "Arrivals", board=board, watching=watching)
    if watching:
        answer.headers["refresh"] = WATCH_SECONDS
    return answer
