"""Two people were one record: whom either let act, and who signs in, opens neither's since."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from api.test_merge import REVIEWER, ask
from doors.node_parts import (
    LOADER,
    asks,
    condition,
    load,
    names,
    node_in,
    patient,
    person_of,
    submission,
)
from doors.test_uses import OFFICER, entry, research
from throughcare.app import accounts, relationships
from throughcare.app.node import Node
from throughcare.app.relationships import Care
from throughcare.disclosure.health_links import Asked
from throughcare.kernel import BadInputError, DeniedError, NotFoundError
from throughcare.model.acting import Right
from throughcare.model.granting import Grant
from throughcare.model.health_link import NewLink
from throughcare.model.permit import Basis, Entry
from throughcare.model.request import Actor, Purpose, Relationship, Request, Role

DAY = timedelta(days=1)
NUMBERS = {"Moss": "9990000018", "Rock": "9990000026"}
GP = asks(Role.GP, Purpose.CAREMGT)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as opened:
        yield opened


async def person(node: Node, source: str, family: str) -> tuple[str, str]:
    """Record somebody; return their Patient and their Condition."""
    resources = (
        patient(family, NUMBERS[family]),
        condition(f"urn:{source}:{family}", "38341003"),
    )
    (outcome,) = await load(node, submission(source, *resources, key=family))
    who, what = names(outcome)
    return who, what


async def as_(node: Node, role: Role, user: str, who: str | int) -> Request:
    """Return a request now of a person about themselves, or of who acts for them."""
    number = who if isinstance(who, int) else await person_of(node, who)
    purpose = Purpose.PATRQT if role is Role.PATIENT else Purpose.FAMRQT
    actor = Actor(user, role, "", person=number)
    return Request(actor, purpose, node.clock.now(), Relationship.YES, id=node.ids.new())


async def sees(node: Node, request: Request, name: str) -> bool:
    try:
        await node.disclosure.read(request, *name.split("/"))
    except (NotFoundError, DeniedError):
        return False
    return True


async def tasks(node: Node) -> list[str]:
    async with node.store.snapshot() as reader:
        return sorted(str(row[0]) for row in await reader.rows("admission.tasks"))


async def enter(node: Node, account: str, family: str) -> None:
    user = await accounts.of_person(node, account, family, NUMBERS[family])
    await accounts.enter(node, user, DAY)


async def of(node: Node, account: str) -> int | None:
    """Return the person whose account it is; None for one that was ended."""
    async with node.store.snapshot() as reader:
        try:
            return (await node.directory.get(reader, account)).person
        except NotFoundError:
            return None


async def permit(node: Node, name: str, recipient: str) -> None:
    """Open the records of whose Patient it is to an organisation, by statute."""
    async with node.store.snapshot() as reader:
        named = await node.persons.public_id(reader, await person_of(node, name))
    now = node.clock.now()
    items = entry(persons=(named,), recipients=(recipient,)).items
    wanted = Entry("", Basis.STATUTE, "an order", "the guardian", items, now.date(), now.date())
    await node.admission.register_permit(structs.replace(OFFICER, at=now), wanted)


def reader_of(node: Node, organisation: str) -> Request:
    return research(node.clock.now(), organisation)


async def test_whom_one_let_act_while_they_were_one_record_reads_neither_until_it_is_assigned(
    node: Node,
) -> None:
    moss, of_moss = await person(node, "gp", "Moss")
    rock, of_rock = await person(node, "hospital", "Rock")
    await ask(node, rock, moss)
    own = await as_(node, Role.PATIENT, "rock", rock)
    await node.agents.delegate(own, Grant("daughter", Right.DELEGATION, "Daughter"))
    link = await node.linking.make(own, NewLink("Dr", frozenset(), node.clock.now() + DAY))
    opens = Asked(node.health_links.address(link), "Dr", "http://node.test")
    assert await sees(node, await as_(node, Role.PROXY, "daughter", rock), of_rock)
    await node.bearers.open(opens)
    await ask(node, rock, moss, does="unmerge")
    assert not await sees(node, await as_(node, Role.PROXY, "daughter", moss), of_moss)
    assert not await sees(node, await as_(node, Role.PROXY, "daughter", rock), of_rock)
    with pytest.raises(NotFoundError):
        await node.bearers.open(opens)
    for task in await tasks(node):
        await node.admission.finish(REVIEWER, task, "asked both")
    assert await sees(node, await as_(node, Role.PROXY, "daughter", moss), of_moss)
    assert not await sees(node, await as_(node, Role.PROXY, "daughter", rock), of_rock)


async def test_a_hold_on_a_record_of_two_people_holds_for_both(node: Node) -> None:
    moss, of_moss = await person(node, "gp", "Moss")
    rock, of_rock = await person(node, "hospital", "Rock")
    for each in (moss, rock):
        own = await as_(node, Role.PATIENT, "own", each)
        own = structs.replace(own, at=own.at - DAY)
        await node.agents.delegate(own, Grant("son", Right.DELEGATION, "Son"))
    await ask(node, rock, moss)
    now = structs.replace(GP, at=node.clock.now())
    await node.agents.hold(now, await person_of(node, rock), held=True)
    await ask(node, rock, moss, does="unmerge")
    assert not await sees(node, await as_(node, Role.PROXY, "son", moss), of_moss)
    assert not await sees(node, await as_(node, Role.PROXY, "son", rock), of_rock)


async def test_an_account_that_was_made_while_they_were_one_record_ends_with_it(
    node: Node,
) -> None:
    moss, of_moss = await person(node, "gp", "Moss")
    rock, _ = await person(node, "hospital", "Rock")
    await enter(node, "rock-before", "Rock")
    await ask(node, rock, moss)
    await enter(node, "rock-before", "Rock")
    await enter(node, "rock-meanwhile", "Rock")
    await ask(node, rock, moss, does="unmerge")
    assert await of(node, "rock-before") == await person_of(node, rock)
    assert await of(node, "rock-meanwhile") is None
    assert "account-in-doubt:rock-meanwhile" in await tasks(node)
    with pytest.raises(BadInputError):
        await enter(node, "rock-meanwhile", "Rock")
    await enter(node, "rock-again", "Rock")
    own = await as_(node, Role.PATIENT, "rock-again", await of(node, "rock-again") or 0)
    assert not await sees(node, own, of_moss)


async def test_a_permit_that_named_somebody_while_they_were_one_record_is_over(node: Node) -> None:
    moss, of_moss = await person(node, "gp", "Moss")
    rock, of_rock = await person(node, "hospital", "Rock")
    await permit(node, rock, "court-before")
    await ask(node, rock, moss)
    await permit(node, rock, "court-meanwhile")
    meanwhile, before = [reader_of(node, each) for each in ("court-meanwhile", "court-before")]
    assert await sees(node, meanwhile, of_moss)
    await ask(node, rock, moss, does="unmerge")
    for name in (of_moss, of_rock):
        assert not await sees(node, meanwhile, name)
    assert [await sees(node, before, name) for name in (of_moss, of_rock)] == [False, True]
    open_ = [each for each in await node.oversight.permits(OFFICER) if not each.ended]
    assert [each.items.recipients for each in open_] == [("court-before",)]
    assert any(task.startswith("permit-in-doubt:") for task in await tasks(node))
    await permit(node, rock, "court-meanwhile")
    assert [await sees(node, meanwhile, name) for name in (of_moss, of_rock)] == [False, True]


async def test_care_that_began_while_they_were_one_record_is_claimed_anew(node: Node) -> None:
    moss, _ = await person(node, "gp", "Moss")
    rock, _ = await person(node, "hospital", "Rock")
    await relationships.begin(node, Care(await person_of(node, moss), "before"), LOADER)
    await ask(node, rock, moss)
    await relationships.begin(node, Care(await person_of(node, rock), "meanwhile"), LOADER)
    await ask(node, rock, moss, does="unmerge")
    async with node.store.snapshot() as reader:
        number = await person_of(node, moss)
        found = [
            await relationships.relationship(node, reader, Actor("n", Role.NURSE, each), number)
            for each in ("before", "meanwhile")
        ]
    assert found == [Relationship.YES, Relationship.NO]
