"""The arrivals board shows who comes, to whom they may be shown, and nobody else."""

from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from doors.node_parts import AT, asks, condition, consent, load, node_in, patient, submission
from throughcare.app.care import CareOf
from throughcare.app.node import Node
from throughcare.audit.lines import Lines
from throughcare.kernel import DeniedError
from throughcare.model.request import Permission, Request, Role
from throughcare.store.protocol import Reader
from throughcare.summary.arrivals import Arrival

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
NURSE = asks(organisation="HOSPITAL")


def visit(about: str, status: str = "arrived", hours: float = -1, code: str = "EMER") -> Any:  # noqa: ANN401 - JSON
    return {
        "resourceType": "Encounter",
        "status": status,
        "class": {"system": ACT, "code": code},
        "subject": {"reference": about},
        "period": {"start": (AT + timedelta(hours=hours)).isoformat()},
    }


def note(about: str, text: str) -> dict[str, Any]:
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": {"reference": about},
        "type": {"text": "Ambulance handover"},
        "description": text,
        "content": [{"attachment": {"title": "handover"}}],
    }


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    """Return a node with nobody on its board."""
    async with node_in(tmp_path) as made:
        people = [patient(name, id=name.lower()) for name in ("Khan", "Lowe", "Marsh", "Noor")]
        (outcome,) = await load(made, submission("hospital", *people))
        assert outcome.rejection is None
        yield made


async def add(
    node: Node, *resources: dict[str, Any], source: str = "hospital", delivery: int = 1
) -> None:
    for number, each in enumerate(resources):
        key = f"{source}-{delivery}-{number}"
        (outcome,) = await load(node, submission(source, each, key=key))
        assert outcome.rejection is None, outcome.rejection


def board_of(
    node: Node, request: Request = NURSE, shown: tuple[Arrival, ...] | None = None
) -> Awaitable[tuple[Arrival, ...]]:
    async def about(_reader: Reader, _person: int) -> Request:
        return request

    return node.arrivals.board(request, about, shown)


async def numbers(node: Node, rows: tuple[Arrival, ...]) -> set[int | None]:
    async with node.store.whole() as reader:
        return {await node.persons.by_public_id(reader, row.person_id) for row in rows}


async def looks(node: Node) -> list[set[int]]:
    """Return whom each look at the board was at, oldest first."""
    async with node.store.whole() as reader:
        found = await Lines(node.folder.ledger).lines_about(reader, range(1, 9))
    boards = [line for line in reversed(found) if line.action == "arrivals"]
    return [set(line.persons) for line in boards]


async def names(node: Node, request: Request = NURSE) -> list[str]:
    return [row.who.name for row in await board_of(node, request)]


async def test_who_has_come_stands_before_who_is_expected(node: Node) -> None:
    await add(
        node,
        visit("Patient/khan", "planned", 2),
        visit("Patient/lowe", "in-progress", -3),
        visit("Patient/marsh", "triaged", -1),
    )
    board = await board_of(node)
    assert [(row.who.name, row.visit.state) for row in board] == [
        ("MARSH, Ida", "Triaged"),
        ("LOWE, Ida", "Being seen"),
        ("KHAN, Ida", "Expected"),
    ]
    assert board[0].visit.at == AT - timedelta(hours=1)


async def test_other_days_wards_ends_and_organisations_are_not_on_the_board(node: Node) -> None:
    await add(
        node,
        visit("Patient/khan", hours=-25),
        visit("Patient/lowe", code="IMP"),
        visit("Patient/marsh", "finished"),
    )
    await add(node, patient("Noor", id="noor-2"), visit("Patient/noor-2"), source="other")
    assert await names(node) == []
    assert await names(node, asks(organisation="OTHER")) == ["NOOR, Ida"]
    assert await names(node, asks(organisation="")) == []


async def test_a_row_has_its_alerts_and_its_handover_note(node: Node) -> None:
    stated = {**condition("Patient/khan", "84757009"), "code": {"text": "Epilepsy"}}
    await add(node, visit("Patient/khan"), stated, note("Patient/khan", "Fell"))
    (row,) = await board_of(node)
    assert row.note == "Fell"
    assert [item.kind for item in row.alerts] == ["epilepsy"]


async def test_who_said_no_is_neither_on_the_board_nor_in_its_line(node: Node) -> None:
    await add(node, visit("Patient/khan"), visit("Patient/lowe"), consent("Patient/lowe"))
    other = asks(organisation="HOSPITAL", role=Role.PSYCHIATRIST)
    assert await names(node, other) == ["KHAN, Ida"]


async def test_until_somebody_is_asked_the_row_is_the_visit_alone(node: Node) -> None:
    stated = {**condition("Patient/khan"), "code": {"text": "Epilepsy"}}
    await add(node, visit("Patient/khan"), visit("Patient/lowe"), consent("Patient/lowe"), stated)
    unasked = asks(organisation="HOSPITAL", permission=Permission.NOT_ASKED)
    (row,) = await board_of(node, unasked)
    assert (row.who.name, row.visit.state, row.unread) == ("KHAN, Ida", "Arrived", True)
    assert (row.alerts, row.note) == ((), "")


async def test_who_refused_at_this_contact_is_not_on_the_board(node: Node) -> None:
    await add(node, visit("Patient/khan"))
    assert await names(node, asks(organisation="HOSPITAL", permission=Permission.REFUSED)) == []


async def test_a_board_is_one_look_at_everybody_on_it_and_at_nobody_else(node: Node) -> None:
    await add(node, visit("Patient/khan"), visit("Patient/lowe"), visit("Patient/marsh", hours=-30))
    rows = await board_of(node)
    assert len(rows) == 2
    assert await looks(node) == [await numbers(node, rows)]


async def test_on_an_open_board_a_look_is_what_is_new_there(node: Node) -> None:
    await add(node, visit("Patient/khan"), visit("Patient/lowe"))
    first = await board_of(node)
    assert await board_of(node, NURSE, first) == first
    assert await looks(node) == [await numbers(node, first)]
    await add(node, visit("Patient/khan", "triaged", -0.5), delivery=2)
    second = await board_of(node, NURSE, first)
    changed = tuple(row for row in second if row not in first)
    assert [row.who.name for row in changed] == ["KHAN, Ida"]
    assert await looks(node) == [await numbers(node, first), await numbers(node, changed)]


async def test_a_withdrawal_takes_a_row_away_and_is_no_look(node: Node) -> None:
    await add(node, visit("Patient/khan"), visit("Patient/lowe"))
    other = asks(organisation="HOSPITAL", role=Role.PSYCHIATRIST)
    before, known = await board_of(node, other), await node.arrivals.newest(AT)
    await add(node, consent("Patient/lowe"), delivery=2)
    assert await node.arrivals.newest(AT) != known
    after = await board_of(node, other, before)
    assert [row.who.name for row in after] == ["KHAN, Ida"]
    assert len(await looks(node)) == 1


async def test_a_write_stirs_the_boards_on_which_it_may_change_a_row(node: Node) -> None:
    await add(node, visit("Patient/khan"), visit("Patient/lowe"))
    board = await board_of(node)
    khan, lowe = sorted(board, key=lambda row: row.who.name)

    async def stirs(resource: dict[str, Any], delivery: int) -> tuple[bool, bool, bool]:
        before = await node.arrivals.newest(AT)
        await add(node, resource, delivery=delivery)
        stirred = await node.arrivals.stirred(before, await node.arrivals.newest(AT))
        return stirred.touches([khan]), stirred.touches([lowe]), stirred.touches([])

    stated = {**condition("Patient/khan"), "code": {"text": "Epilepsy"}}
    payment = {
        "resourceType": "Basic",
        "code": {"text": "Payment"},
        "subject": {"reference": "Patient/khan"},
    }
    assert await stirs(stated, 2) == (True, False, False)
    assert await stirs(condition("Patient/marsh"), 3) == (False, False, False)
    assert await stirs(payment, 4) == (False, False, False)
    assert await stirs(visit("Patient/marsh"), 5) == (True, True, True)
    assert await stirs(consent("Patient/noor"), 6) == (True, True, True)


async def test_more_than_is_looked_through_stirs_every_board(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await node.arrivals.newest(AT)
    await add(node, condition("Patient/khan"), condition("Patient/khan", "84757009"))
    monkeypatch.setattr("throughcare.disclosure.arrivals.MOST_CHANGES", 2)
    assert (await node.arrivals.stirred(before, await node.arrivals.newest(AT))).touches([])


async def test_a_replica_that_is_behind_stirs_every_board(node: Node) -> None:
    known = await node.arrivals.newest(AT)
    ahead = known._replace(entry=known.entry + 1)
    assert (await node.arrivals.stirred(known, ahead)).touches([])


async def test_an_open_board_is_read_anew_for_what_may_be_on_it_alone(node: Node) -> None:
    await add(node, visit("Patient/khan"))
    board, care = await board_of(node), CareOf(node)
    newest = await care.newest()
    await add(node, condition("Patient/marsh"), delivery=2)
    care = CareOf(node)  # asks anew, not when the time to share an answer is over
    later, concerns = await care.since(newest, board)
    assert later != newest
    assert not concerns
    await add(node, condition("Patient/khan"), delivery=3)
    assert (await CareOf(node).since(later, board))[1]


async def test_who_may_not_look_people_up_is_refused(node: Node) -> None:
    with pytest.raises(DeniedError):
        await board_of(node, asks(role=Role.RESEARCHER, organisation="HOSPITAL"))
