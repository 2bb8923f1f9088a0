"""Whether what other nodes told of people's Consents is still relied on."""

from collections.abc import AsyncIterator, Container, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from throughcare.app.checks.check import command, ok, warn
from throughcare.app.node import Node
from throughcare.model.health import Check, Way
from throughcare.model.snapshot import LONGEST
from throughcare.store.protocol import Reader

NAME: Final = "consents of other nodes"
AHEAD: Final = timedelta(hours=6)
"""How long before its end a snapshot is worth a warning."""


class Standing(NamedTuple):
    """The newest snapshots of one node, counted by source record."""

    node: str
    held: int
    ended: int
    ending: int
    """Those that end within `AHEAD`."""


async def check(node: Node, reader: Reader, now: datetime) -> Check:
    """Tell of which nodes a snapshot has ended, or soon will, or is not believed."""
    standing = [each async for each in _standing(reader, now)]
    if not standing:
        return ok(NAME, "none is held")
    way = Way(
        "Of whom a snapshot has ended, nothing is shown for treatment; what they closed stays so.",
        command(node.folder.root, "consents", "take", "FILE"),
        "Have the other node sign a new one of each person, and take it here.",
    )
    amiss = [said for each in standing for said in _amiss(each, believed=node.profile.nodes)]
    if amiss:
        return warn(NAME, "; ".join(amiss), way)
    return ok(NAME, f"{_records(sum(each.held for each in standing))} told of within a day")


def _amiss(standing: Standing, *, believed: Container[str]) -> Iterator[str]:
    said = f"node {standing.node[:8]}, of {_records(standing.held)}:"
    if standing.node not in believed:
        yield f"{said} the profile does not name it any more, so that none counts"
    elif standing.ended or standing.ending:
        hours = AHEAD // timedelta(hours=1)
        yield f"{said} {standing.ended} ended, {standing.ending} end within {hours} hours"


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"


async def _standing(reader: Reader, now: datetime) -> AsyncIterator[Standing]:
    """Yield how those of each node stand; none is relied on longer than `LONGEST`."""
    ended = now - LONGEST
    rows = await reader.rows(
        "admission.standing_of_snapshots",
        ended=int(ended.timestamp()),
        ending=int((ended + AHEAD).timestamp()),
    )
    for name, *counts in rows:
        yield Standing(str(name), *(int(each or 0) for each in counts))
