"""Feeds: which of them is late, judged by its own rhythm."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final, cast

from throughcare.app.checks.check import command, ok, warn
from throughcare.app.node import Node
from throughcare.model.health import Check, Feed, Way
from throughcare.store.protocol import Reader
from throughcare.summary.spans import in_words

LOOKED_AT: Final = timedelta(weeks=8)
"""How far back a rhythm is heard."""
LEAST: Final = 4
"""Silences that make a rhythm."""
_HOUR: Final = timedelta(hours=1)


async def known(node: Node, reader: Reader) -> tuple[Feed, ...]:
    """Return every feed that has delivered. Reads the whole list of what was received."""
    since = (node.clock.now() - LOOKED_AT).isoformat()
    hours: dict[str, list[datetime]] = {}
    rows = await reader.rows("admission.delivery_hours", since=since)
    for source, hour in cast("list[tuple[str, str]]", rows):
        moment = datetime.fromisoformat(f"{hour}:00:00").replace(tzinfo=UTC)
        hours.setdefault(source, []).append(moment)
    sources = cast("list[tuple[str, int, str]]", await reader.rows("admission.sources"))
    return tuple(
        Feed(source, datetime.fromisoformat(last), usual_silence(hours.get(source, ())), count)
        for source, count, last in sources
    )


def usual_silence(hours: Sequence[datetime]) -> timedelta | None:
    """Return the silence that is usual with a feed: the second longest between its deliveries.

    The longest is forgiven: one outage does not become a habit. Nights and weekends count, since
    they come every week. `hours` are those with a delivery, in order. None for less than `LEAST`
    silences, from which nothing can be said.
    """
    silences = sorted(later - earlier for earlier, later in pairwise(hours))
    return silences[-2] if len(silences) >= LEAST else None


def checks(node: Node, feeds: Sequence[Feed]) -> tuple[Check, ...]:
    """Look at the feeds: a line for each that is late, else one for all."""
    root, now = node.folder.root, node.clock.now()
    if not feeds:
        load = command(root, "load", "PATH")
        way = Way("Everybody is told that nothing is known of anybody.", load)
        return (warn("feeds", "nothing was loaded yet", way),)
    late = [feed for feed in feeds if feed.is_late(now)]
    if late:
        return tuple(_late(node, feed) for feed in late)
    newest = max(feed.last for feed in feeds)
    return (ok("feeds", f"{len(feeds)} feeds, newest delivery {newest:%Y-%m-%d %H:%M} UTC"),)


def _late(node: Node, feed: Feed) -> Check:
    silent, usual = node.clock.now() - feed.last, in_words(feed.usual or _HOUR)
    way = Way(
        "Pages show what this feed last said as if it were so still, beside the day it said it.",
        command(node.folder.root, "load", "PATH", "--source", feed.source),
        "Ask whoever runs the feed, and load what it could not deliver: twice adds nothing.",
    )
    found = f"{feed.source} is silent for {in_words(silent)}; usual is {usual} at most"
    return warn("feeds", found, way)
