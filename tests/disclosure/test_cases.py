"""The queue of looks to review, on a node: what comes in, in which order, and how it leaves."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from doors.node_parts import (
    asks,
    condition,
    consent,
    load,
    names,
    node_in,
    patient,
    person_of,
    submission,
)
from throughcare.actors.directory import User
from throughcare.app.node import Node
from throughcare.audit.lines import Lines
from throughcare.kernel import DeniedError
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Actor, Purpose, Reason, Relationship, Role
from throughcare.store.protocol import Transaction

OFFICER = asks(Role.PRIVACY_OFFICER, Purpose.HOPERAT, organisation="QWO")
GLASS = asks(Role.NURSE, Purpose.BTG, reason=Reason("unconscious", "cannot-be-asked"))


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as made:
        yield made


async def moss(node: Node, *more: dict[str, object]) -> tuple[str, int]:
    url = "urn:gp:Moss"
    given = submission("gp", patient("Moss", "9990000018"), condition(url, "195967001"), *more)
    (outcome,) = await load(node, given)
    who, what, *_ = names(outcome)
    return what.partition("/")[2], await person_of(node, who)


async def lines_of(node: Node, person: int) -> list[AuditEntry]:
    await node.journal.settle()
    async with node.store.snapshot() as reader:
        return await Lines(node.folder.ledger).lines_about(reader, [person])


async def test_broken_glass_is_in_the_queue_at_once_and_leaves_it_with_a_line(node: Node) -> None:
    id_, person = await moss(node, consent("urn:gp:Moss"))
    assert await node.oversight.cases(OFFICER) == []
    await node.disclosure.read(GLASS, "Condition", id_)
    ((case, public),) = await node.oversight.cases(OFFICER)
    assert (case.reasons, case.said, case.state) == (("break-glass",), "unconscious", "open")
    assert case.person == person
    assert public
    await node.admission.review(OFFICER, case, verdict="justified")
    ((after, _),) = await node.oversight.cases(OFFICER)
    assert (after.id, after.state) == (case.id, "justified")
    (line,) = [each for each in await lines_of(node, person) if each.action == "alert"]
    assert line.what == f"justified {case.audit}"
    assert case.audit in {each.id for each in await lines_of(node, person)}


async def test_looks_without_an_alert_come_in_by_what_they_have_in_common(node: Node) -> None:
    id_, _ = await moss(node)

    async def work(tx: Transaction) -> None:
        await node.directory.put(tx, User("cousin", "Nia Moss", (Role.NURSE,), "RXX"))
        await node.directory.put(tx, User("self", "Ida Moss", (Role.NURSE,), "RXX"))
        await node.directory.put(tx, User("other", "Nia Owen", (Role.NURSE,), "RXX"))

    await node.store.transact(work)
    nurse = asks()
    for user in ("other", "cousin", "self"):
        actor = replace(nurse.actor, user=user)
        await node.disclosure.read(structs.replace(nurse, actor=actor), "Condition", id_)
    claimed = structs.replace(
        nurse, actor=Actor("stranger", Role.NURSE, "RXX"), relationship=Relationship.SELF
    )
    await node.disclosure.read(claimed, "Condition", id_)
    queue = [case for case, _ in await node.oversight.cases(OFFICER)]
    assert [(case.user, case.reasons) for case in queue] == [
        ("self", ("own record",)),
        ("stranger", ("no care relationship",)),
        ("cousin", ("same family name",)),
    ]
    assert queue[0].name == "Ida Moss"
    await node.admission.review(OFFICER, queue[0], verdict="follow-up")
    states = {case.user: case.state for case, _ in await node.oversight.cases(OFFICER)}
    assert states == {"self": "follow-up", "stranger": "open", "cousin": "open"}
    assert [case.user for case, _ in await node.oversight.cases(OFFICER)][-1] == "self"


async def test_nobody_else_reads_or_decides_the_queue(node: Node) -> None:
    id_, _ = await moss(node, consent("urn:gp:Moss"))
    await node.disclosure.read(GLASS, "Condition", id_)
    ((case, _),) = await node.oversight.cases(OFFICER)
    with pytest.raises(DeniedError):
        await node.oversight.cases(asks())
    with pytest.raises(DeniedError):
        await node.admission.review(asks(), case, verdict="justified")
    ((still, _),) = await node.oversight.cases(OFFICER)
    assert still.state == "open"
