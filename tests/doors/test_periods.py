"""What opens for a time ends at that time, also by a decision that is kept."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from msgspec import structs

from doors.node_parts import asks, condition, consent, load, names, node_in, patient, submission
from throughcare.app.node import Node
from throughcare.kernel import NotFoundError

HOSPITAL = {
    "role": {
        "coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}
        ]
    },
    "reference": {"identifier": {"value": "RXX"}},
}


pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as opened:
        yield opened


async def seen(node: Node, name: str, *moments: str) -> list[bool]:
    """Return at which moments a nurse of the hospital sees an entry, asked in their order."""
    found = []
    for moment in moments:
        request = structs.replace(asks(), at=datetime.fromisoformat(moment))
        try:
            await node.disclosure.read(request, *name.split("/"))
            found.append(True)
        except NotFoundError:
            found.append(False)
    return found


async def recorded(node: Node, kind: str, start: str, end: str) -> str:
    """Record an older no to everybody and a later word for a time; return a Condition."""
    (outcome,) = await load(node, submission("gp", patient("Moss"), condition("urn:gp:Moss")))
    moss, asthma = names(outcome)
    period = {name: value for name, value in (("start", start), ("end", end)) if value}
    word = {"type": kind, "period": period, "actor": [HOSPITAL]}
    said = consent(moss, dateTime="2026-06-02T09:00:00Z", provision=word)
    given = [said] if kind == "deny" else [consent(moss), said]
    for number, each in enumerate(given):
        names((await load(node, submission("gp", each, key=f"c{number}")))[0])
    return asthma


async def test_a_yes_from_nine_to_ten_opens_from_nine_to_ten(node: Node) -> None:
    asthma = await recorded(node, "permit", "2026-11-24T09:00:00Z", "2026-11-24T10:00:00+00:00")
    asked = [f"2026-11-24T{time}Z" for time in ("08:59:59", "09:00:00", "09:59:59", "10:00:00")]
    assert await seen(node, asthma, *asked) == [False, True, True, False]


@pytest.mark.parametrize(
    ("kind", "start", "end", "expected"),
    [
        ("permit", "", "2026-07-01", [True, False, False]),
        ("deny", "2026-07-02", "", [True, False, False]),
        ("deny", "", "2026-07-01T23:10:00Z", [False, False, False]),
    ],
)
async def test_a_day_ends_at_midnight_in_london(
    node: Node, kind: str, start: str, end: str, expected: list[bool]
) -> None:
    asthma = await recorded(node, kind, start, end)
    asked = ("2026-07-01T22:59:59+00:00", "2026-07-01T23:00:00+00:00", "2026-07-02T00:30:00+00:00")
    assert await seen(node, asthma, *asked) == expected
