"""What an empty section says to a reader who would not see what belongs there."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from doors.node_parts import asks, condition, load, names, node_in, patient, person_of, submission
from throughcare.app.node import Node
from throughcare.disclosure.sections import NONE_OF_IT, NOT_ALL_OF_IT
from throughcare.model.request import Purpose, Role
from throughcare.summary.emergency import EmergencySummary
from throughcare.summary.facts import State

MOSS = patient("Moss", "9990000018")


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as made:
        yield made


Sees = Callable[[Role, Purpose], Awaitable[EmergencySummary]]


@pytest.fixture
async def seen_by(node: Node) -> Sees:
    """Return a function that tells what a role sees of Ida Moss."""
    (outcome,) = await load(node, submission("gp", MOSS))
    person = await person_of(node, names(outcome)[0])
    async with node.store.snapshot() as reader:
        public = await node.persons.public_id(reader, person)

    async def see(role: Role, purpose: Purpose) -> EmergencySummary:
        return (await node.people.emergency(asks(role, purpose), public)).summary

    return see


async def test_what_nobody_recorded_is_said_to_who_would_see_it(seen_by: Sees) -> None:
    shown = await seen_by(Role.NURSE, Purpose.TREAT)
    assert shown.conditions.state is State.NOT_RECORDED
    assert shown.medicines.state is State.NOT_RECORDED


async def test_a_role_that_does_not_see_a_kind_is_not_told_that_there_is_none(
    seen_by: Sees,
) -> None:
    shown = await seen_by(Role.SOCIAL_WORKER, Purpose.CAREMGT)
    assert (shown.medicines.state, shown.medicines.title) == (State.WITHHELD, NONE_OF_IT)
    assert (shown.conditions.state, shown.conditions.title) == (State.WITHHELD, NOT_ALL_OF_IT)


async def test_what_is_said_depends_on_the_role_and_not_on_what_is_hidden(
    node: Node, seen_by: Sees
) -> None:
    before = await seen_by(Role.CARE_ASSISTANT, Purpose.CAREMGT)
    await load(node, submission("gp", MOSS, condition("urn:gp:Moss"), key="2"))
    nurse = await seen_by(Role.NURSE, Purpose.TREAT)
    assert nurse.conditions.state is State.LISTED
    after = await seen_by(Role.CARE_ASSISTANT, Purpose.CAREMGT)
    assert (after.conditions, after.alerts) == (before.conditions, before.alerts)
