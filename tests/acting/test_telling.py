"""Those concerned are told before a right to act changes and when it does; dates decide, no job."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from acting.test_acting_at_the_doors import MOTHER, NOPAT, NUMBER, acts, child, flag, grant, sees
from doors.node_parts import load, patient, submission
from throughcare.app.attending import attend
from throughcare.app.folder import create
from throughcare.app.node import Node, opened
from throughcare.model.request import Actor, Purpose, Request, Role


class SetClock:
    """Shows the time that it is set to."""

    def __init__(self) -> None:
        """Start on the day of the demo."""
        self.at = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def now(self) -> datetime:
        """Return it."""
        return self.at

    def on(self, day: date) -> None:
        """Set it to nine o'clock on a day."""
        self.at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def node(tmp_path: Path, clock: SetClock) -> AsyncIterator[Node]:
    async with opened(create(tmp_path / "node"), clock=clock) as made:
        yield made


async def told(node: Node, person: int, at: datetime) -> tuple[list[str], list[str]]:
    """Return what the person and Sara were told, newest first."""
    own = Request(Actor("ida", Role.PATIENT, "", person=person), Purpose.PATRQT, at)
    proxy = Request(Actor("sara", Role.PROXY, ""), Purpose.FAMRQT, at)
    both = [await node.acting.told(request) for request in (own, proxy)]
    return [text for _, text in both[0]], [text for _, text in both[1]]


async def tasks(node: Node) -> list[str]:
    async with node.store.snapshot() as reader:
        return [str(row[1]) for row in await reader.rows("admission.tasks")]


async def test_both_are_told_before_the_birthday_and_on_it_each_once(
    node: Node, clock: SetClock
) -> None:
    person, asthma = await child(node, MOTHER, born="2011-03-01")
    clock.on(date(2026, 11, 30))
    assert await attend(node) == 0  # 16 is more than 90 days away, the review at 13 long ago
    clock.on(date(2026, 12, 1))
    assert await attend(node) == 1
    assert await attend(node) == 0
    mine, hers = await told(node, person, clock.at)
    assert mine[0].startswith("From 1 March 2027 your parent sees nothing of your record.")
    assert hers[0].startswith("From 1 March 2027 you see nothing of a child's record.")
    clock.on(date(2027, 3, 1))
    assert not await sees(node, acts("sara", person, clock.at), asthma)
    assert await attend(node) == 1
    mine, hers = await told(node, person, clock.at)
    assert mine[0].startswith("Since 1 March 2027")
    assert hers[0].startswith("Since 1 March 2027")


async def test_a_review_is_asked_for_beforehand_and_one_that_was_made_ends_the_matter(
    node: Node, clock: SetClock
) -> None:
    person, asthma = await child(node, MOTHER, born="2014-03-01")
    clock.on(date(2027, 1, 10))
    assert await attend(node) == 1
    assert await tasks(node) == ["proxy-review"]
    request = Request(Actor("dev", Role.SOCIAL_WORKER, "383"), Purpose.CAREMGT, clock.at)
    async with node.store.snapshot() as reader:
        public = await node.persons.public_id(reader, person)
    (agency,) = (await node.acting.representing(request, public)).agencies
    await node.agents.review(request, person, agency.consent.removeprefix("Consent/"))
    clock.on(date(2027, 3, 2))
    assert await attend(node) == 0
    assert await sees(node, acts("sara", person, clock.at), asthma)


async def test_a_proxy_under_a_hold_is_told_nothing_and_the_child_is(
    node: Node, clock: SetClock
) -> None:
    hold = flag("urn:gp:Khan", "safeguarding", "hold", meta={"security": [NOPAT]})
    person, _ = await child(node, MOTHER, hold, born="2014-03-01")
    clock.on(date(2027, 1, 10))
    await attend(node)
    mine, hers = await told(node, person, clock.at)
    assert mine
    assert not hers


async def test_the_end_of_a_finding_of_capacity_is_told_before_and_after(
    node: Node, clock: SetClock
) -> None:
    daughter = grant("urn:gp:Khan", "lasting-power-of-attorney", "sara")
    period = {"start": "2026-10-01", "end": "2027-04-01"}
    lacking = flag("urn:gp:Khan", "capacity", "lacking", period=period)
    person, _ = await child(node, daughter, lacking, born="1940-06-01")
    clock.on(date(2027, 2, 1))
    assert await attend(node) == 1
    assert await tasks(node) == ["capacity-review"]
    assert (await told(node, person, clock.at))[1][0].startswith("From 2 April 2027 your right")
    known = patient("Khan", NUMBER, birthDate="1940-06-01")
    later = {"start": "2027-03-01", "end": "2028-04-01"}
    again = flag("urn:rx:Khan", "capacity", "lacking", period=later)
    await load(node, submission("rx", known, again))
    clock.at += timedelta(days=90)
    assert await attend(node) == 0
