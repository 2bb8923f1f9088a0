"""How the node is, for whoever runs it: worst first, each with the command that mends it."""

from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from throughcare.model.health import Feed, Health, State
from throughcare.summary.spans import in_words
from throughcare.web.call import Call, Page, see_other
from throughcare.web.languages import marked
from throughcare.web.policy import Policy

PATH: Final = "/node"
LOOKS: Final = {
    State.FAULT: (marked("Fault"), "red"),
    State.WARN: (marked("Look soon"), "orange"),
    State.OK: (marked("Well"), "green"),
}
"""Word and colour of each state: the word is enough without the colour."""


@dataclass(frozen=True, slots=True)
class FeedLine:
    """A feed in words."""

    feed: Feed
    silent: str
    usual: str
    """The silence that is usual with it; "" while that is not known."""
    late: bool


async def health(call: Call) -> Response:
    """Show how the node is."""
    found = await call.site.health.health(call.session)
    now = call.site.clock.now()
    lines = [
        FeedLine(
            each,
            in_words(now - each.last),
            in_words(each.usual) if each.usual else "",
            each.is_late(now),
        )
        for each in found.feeds
    ]
    return call.render(
        "health",
        "Node health",
        found=found,
        amiss=[check for check in found.checks if check.state is not State.OK],
        well=[check for check in found.checks if check.state is State.OK],
        faults=_count(found, State.FAULT),
        warnings=_count(found, State.WARN),
        looks=LOOKS,
        feeds=lines,
    )


def _count(found: Health, state: State) -> int:
    return sum(check.state is state for check in found.checks)


async def look_again(call: Call) -> Response:
    """Have everything looked at anew."""
    await call.site.health.look_again(call.session)
    return see_other(PATH)


PAGES: Final = (
    Page(PATH, "GET", health, Policy.RUNS_NODE),
    Page(PATH, "POST", look_again, Policy.RUNS_NODE),
)
