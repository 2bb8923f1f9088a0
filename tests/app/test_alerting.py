"""Whoever read a record while it was two people's is told once it is split, and so are the two."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.operated import SetClock
from app.test_grounds import NURSE, session_of
from doors.node_parts import asks, condition, load, names, patient, person_of, submission
from throughcare.admission.linking import Meant
from throughcare.app import attending
from throughcare.app.folder import create
from throughcare.app.node import Node, opened
from throughcare.app.pages import PagesOf
from throughcare.app.words import notice
from throughcare.model.request import Actor, Permission, Purpose, Relationship, Request, Role

READER = Actor("nurse-1", Role.NURSE, "RXX")
OTHER = Actor("nurse-2", Role.NURSE, "RXX")
OFFICER = Actor("officer", Role.PRIVACY_OFFICER, "QWO")


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def node(tmp_path: Path, clock: SetClock) -> AsyncIterator[Node]:
    async with opened(create(tmp_path / "node"), clock=clock) as made:
        yield made


def request(node: Node, actor: Actor, purpose: Purpose = Purpose.TREAT) -> Request:
    now = node.clock.now()
    yes, given = Relationship.YES, Permission.GIVEN
    return Request(actor, purpose, now, yes, given, None, id=node.ids.new())


async def decides(node: Node, pair: tuple[Meant, Meant], *, same: bool | None) -> None:
    officer = request(node, OFFICER, Purpose.HOPERAT)
    await node.admission.linking.rule(officer, pair, same=same, why="looked at both")


async def reads(node: Node, actor: Actor, name: str) -> None:
    await node.disclosure.read(request(node, actor), *name.split("/"))


async def two_people(node: Node) -> tuple[list[str], list[str]]:
    """Record two people; return Patient and Condition of each."""
    feeds = [("gp", "Moss"), ("hospital", "Rock")]
    given = [
        submission(source, patient(family), condition(f"urn:{source}:{family}", "38341003"))
        for source, family in feeds
    ]
    first, second = [names(each) for each in await load(node, *given)]
    return first, second


async def own_request(node: Node, name: str) -> tuple[Request, str]:
    """Return a request of the person of a Patient, and their public id."""
    person = await person_of(node, name)
    async with node.store.snapshot() as reader:
        public = await node.persons.public_id(reader, person)
    own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=person)
    return Request(own.actor, own.purpose, node.clock.now(), id="own"), public


async def test_who_read_it_in_between_is_told_and_nobody_else(node: Node, clock: SetClock) -> None:
    (moss, asthma), (rock, _) = await two_people(node)
    pair = Meant(moss.partition("/")[2]), Meant(rock.partition("/")[2])
    await reads(node, OTHER, asthma)  # before they were one
    clock.time += timedelta(hours=1)
    await decides(node, pair, same=True)
    merged = await person_of(node, moss)
    assert await attending.follow(node) == 1  # of the join: see below
    clock.time += timedelta(hours=1)
    await reads(node, READER, asthma)
    await reads(node, READER, asthma)
    assert await attending.follow(node) == 0
    clock.time += timedelta(hours=1)
    await decides(node, pair, same=None)
    assert await attending.follow(node) == 1
    assert await attending.follow(node) == 0
    joined = await node.oversight.told(request(node, OTHER))
    assert ["joined with another" in each.text for each in joined] == [True]
    await reads(node, OTHER, asthma)  # after
    assert [each.who for each in await node.oversight.told(request(node, READER))] == ["nurse-1"]
    session = await session_of(node, NURSE)
    ((_, text, _),) = await PagesOf(node).told(session)
    assert "split since" in text
    officer = request(node, OFFICER, Purpose.HOPERAT)
    cases = [case for case, _ in await node.oversight.cases(officer) if case.state == "open"]
    (case,) = [case for case in cases if "record of two people, split since" in case.reasons]
    assert (case.user, case.person) == ("nurse-1", merged)
    await node.admission.review(officer, case, verdict="justified")
    states = {each.id: each.state for each, _ in await node.oversight.cases(officer)}
    assert states[case.id] == "justified"
    clock.time += timedelta(days=2)
    for name in (moss, rock):
        (told,) = await node.oversight.notices(*await own_request(node, name))
        said = notice(told, {})
        assert said.startswith("Records of somebody else and yours were kept as one")
        assert "by 1 of those who care for you" in said


async def test_who_read_one_of_two_records_lately_is_told_once_that_it_says_more_now(
    node: Node, clock: SetClock
) -> None:
    (moss, asthma), (rock, of_rock) = await two_people(node)
    pair = Meant(moss.partition("/")[2]), Meant(rock.partition("/")[2])
    await reads(node, READER, asthma)
    clock.time += timedelta(days=40)
    await reads(node, OTHER, asthma)
    await reads(node, OTHER, of_rock)
    clock.time += timedelta(hours=1)
    await decides(node, pair, same=True)
    assert await attending.follow(node) == 1
    assert await attending.follow(node) == 0
    assert await node.oversight.told(request(node, READER)) == []
    (told,) = await node.oversight.told(request(node, OTHER))
    async with node.store.snapshot() as reader:
        public = await node.persons.public_id(reader, await person_of(node, rock))
    assert told.person_id == public
    assert "joined with another" in told.text
    officer = request(node, OFFICER, Purpose.HOPERAT)
    cases = [case for case, _ in await node.oversight.cases(officer)]
    assert not [case for case in cases if "split" in " ".join(case.reasons)]


async def test_a_reader_is_led_to_what_was_joined_until_they_have_read_it_or_a_month_has_passed(
    node: Node, clock: SetClock
) -> None:
    (moss, asthma), (rock, of_rock) = await two_people(node)
    pair = Meant(moss.partition("/")[2]), Meant(rock.partition("/")[2])
    for actor in (READER, OTHER):
        await reads(node, actor, asthma)
    clock.time += timedelta(hours=1)
    await decides(node, pair, same=True)
    assert await attending.follow(node) == 2
    clock.time += timedelta(hours=1)
    session = await session_of(node, NURSE)
    pages = PagesOf(node)
    ((_, text, person_id),) = await pages.told(session)
    assert "joined with another" in text
    await pages.permission(session, person_id, Permission.GIVEN)
    await pages.emergency(session, person_id)  # where the line on their page leads to
    assert await pages.told(session) == []
    assert len(await node.oversight.told(request(node, OTHER))) == 1
    clock.time += timedelta(days=31)
    assert await node.oversight.told(request(node, OTHER)) == []
    await reads(node, OTHER, of_rock)
    await decides(node, pair, same=None)
    assert await attending.follow(node) == 2
    for _ in range(2):  # of two people: nothing that is read since undoes that
        clock.time += timedelta(days=31)
        assert ["split since" in text for _, text, _ in await pages.told(session)] == [True]
        await reads(node, READER, asthma)


async def test_a_record_that_comes_to_a_person_is_no_join(node: Node) -> None:
    ((_, asthma), _) = await two_people(node)
    await reads(node, READER, asthma)
    await load(node, submission("social", patient("Moss")))
    assert await attending.follow(node) == 0
    assert await node.oversight.told(request(node, READER)) == []


async def test_after_a_split_each_reads_the_looks_at_their_own_record_alone(
    node: Node, clock: SetClock
) -> None:
    (moss, asthma), (rock, of_rock) = await two_people(node)
    pair = Meant(moss.partition("/")[2]), Meant(rock.partition("/")[2])
    looks = []
    for same in (True, None, True, None):
        for entry in (asthma, of_rock):
            clock.time += timedelta(hours=1)
            await reads(node, READER, entry)
            looks.append((entry, same, clock.time))
        clock.time += timedelta(hours=1)
        await decides(node, pair, same=same)
    clock.time += timedelta(hours=1)
    for name, own in ((moss, asthma), (rock, of_rock)):
        lines = (await node.oversight.looks(*await own_request(node, name))).lines
        seen = {line.at for line in lines if line.action == "read"}
        # `same` is what was decided after the look: None where the two were one at that time.
        assert seen == {at for entry, same, at in looks if entry == own or same is None}
