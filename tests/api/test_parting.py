"""After a split a Consent stays with its record, and what was recorded on both binds both."""

from datetime import timedelta

import pytest
from msgspec import structs

from api.test_merge import REVIEWER, ask, flag
from doors.node_parts import asks, condition, consent, load, names, patient, person_of, submission
from throughcare.app.node import Node
from throughcare.kernel import NotFoundError
from throughcare.model.request import Purpose, Request, Role

NURSE = asks()


async def record(node: Node, source: str, family: str) -> tuple[str, str]:
    """Record somebody; return their Patient and their Condition."""
    resources = (patient(family), condition(f"urn:{source}:{family}", "38341003"))
    (outcome,) = await load(node, submission(source, *resources, key=family))
    moss, asthma = names(outcome)
    return moss, asthma


async def numbered(node: Node, source: str) -> tuple[str, str]:
    """Record one person whose NHS number links their records; return Patient and Condition."""
    resources = patient("Moss", "9990000018"), condition(f"urn:{source}:Moss", "38341003")
    (outcome,) = await load(node, submission(source, *resources))
    moss, asthma = names(outcome)
    return moss, asthma


async def sees(node: Node, name: str) -> bool:
    try:
        await node.disclosure.read(NURSE, *name.split("/"))
    except NotFoundError:
        return False
    return True


async def tasks(node: Node) -> list[str]:
    async with node.store.snapshot() as reader:
        return [str(row[0]) for row in await reader.rows("admission.tasks")]


async def says(node: Node, name: str, since: timedelta = timedelta()) -> Request:
    """Return a request of the person of a Patient, made so long ago."""
    person = await person_of(node, name)
    own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=person)
    return structs.replace(own, at=node.clock.now() - since)


async def say_no(node: Node, name: str, since: timedelta = timedelta()) -> str:
    """Have the person of a Patient keep the whole record from everybody; return the Consent."""
    own = await says(node, name, since)
    person = own.actor.person or 0
    await node.admission.switch(own, "all", share=False)
    async with node.store.snapshot() as reader:
        subjects = await node.persons.subjects_of(reader, person)
        (stored,) = await node.records.unfiltered(reader, subjects, types=["Consent"])
        return stored.id


async def test_a_consent_from_before_a_merge_follows_its_source_record(node: Node) -> None:
    moss, of_moss = await record(node, "gp", "Moss")
    rock, of_rock = await record(node, "hospital", "Rock")
    await say_no(node, moss, since=timedelta(hours=1))
    await ask(node, rock, moss)
    assert not await sees(node, of_moss)
    assert not await sees(node, of_rock)
    await ask(node, rock, moss, does="unmerge")
    assert not await sees(node, of_moss)
    assert await sees(node, of_rock)
    assert await tasks(node) == []


@pytest.mark.parametrize("spoken_by", [0, 1])
async def test_what_was_said_on_the_merged_record_binds_both_until_somebody_assigns_it(
    node: Node, spoken_by: int
) -> None:
    moss, of_moss = await record(node, "gp", "Moss")
    rock, of_rock = await record(node, "hospital", "Rock")
    await ask(node, rock, moss)
    if spoken_by:
        await load(node, submission("hospital", consent(rock), key="no"))
        said_in, other = of_rock, of_moss
    else:
        await say_no(node, moss)
        said_in, other = of_moss, of_rock
    await ask(node, rock, moss, does="unmerge")
    assert not await sees(node, said_in)
    assert not await sees(node, other)
    (task,) = await tasks(node)
    assert task.startswith("unassigned-consent:")
    await node.admission.finish(REVIEWER, task, "asked both")
    assert not await sees(node, said_in)
    assert await sees(node, other)
    assert await tasks(node) == []


async def test_a_withdrawal_ends_it_for_both(node: Node) -> None:
    moss, of_moss = await record(node, "gp", "Moss")
    rock, of_rock = await record(node, "hospital", "Rock")
    await ask(node, rock, moss)
    await say_no(node, moss)
    await ask(node, rock, moss, flag("keep-apart"), does="unmerge")
    assert not await sees(node, of_rock)
    own = await says(node, moss)
    await node.admission.switch(own, "all", share=True)
    assert await sees(node, of_moss)
    assert await sees(node, of_rock)


async def test_records_that_are_one_again_are_bound_once(node: Node) -> None:
    moss, _ = await record(node, "gp", "Moss")
    rock, of_rock = await record(node, "hospital", "Rock")
    await ask(node, rock, moss)
    no = await say_no(node, moss)
    await ask(node, rock, moss, does="unmerge")
    await ask(node, rock, moss)
    async with node.store.snapshot() as reader:
        assert await reader.rows("admission.bound_by", consent=no) == []
    assert not await sees(node, of_rock)


async def test_a_merge_of_what_was_linked_already_has_any_no_hold_and_its_undoing_ends_that(
    node: Node,
) -> None:
    moss, of_moss = await numbered(node, "gp")
    rock, _ = await numbered(node, "hospital")
    assert await person_of(node, moss) == await person_of(node, rock)
    no = consent(moss, dateTime="2026-06-01T09:00:00Z")
    yes = consent(rock, dateTime="2026-07-01T09:00:00Z", provision={"type": "permit"})
    await load(node, submission("gp", no, key="no"), submission("hospital", yes, key="yes"))
    assert await sees(node, of_moss)  # one person, who thought otherwise
    await ask(node, rock, moss)
    assert not await sees(node, of_moss)
    await ask(node, rock, moss, does="unmerge")
    assert await sees(node, of_moss)


@pytest.mark.parametrize("first", ["no", "yes"])
async def test_while_merged_a_yes_of_the_one_does_not_open_what_the_other_closed(
    node: Node, first: str
) -> None:
    moss, of_moss = await record(node, "gp", "Moss")
    rock, of_rock = await record(node, "hospital", "Rock")
    days = {"no": "2026-06-01T09:00:00Z", "yes": "2026-06-01T09:00:00Z"}
    days["yes" if first == "no" else "no"] = "2026-07-01T09:00:00Z"
    no = consent(moss, dateTime=days["no"])
    yes = consent(rock, dateTime=days["yes"], provision={"type": "permit"})
    await load(node, submission("gp", no, key="no"), submission("hospital", yes, key="yes"))
    assert not await sees(node, of_moss)
    assert await sees(node, of_rock)
    await ask(node, rock, moss)
    assert not await sees(node, of_moss)
    assert not await sees(node, of_rock)
