"""What another node told, once its key or the person's number is not what it was."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from doors.node_parts import AT, asks, consent, load, patient, person_of, submission
from doors.test_snapshots import EMERGENCY, NUMBER, OTHER, PERMIT, two
from store.engines import plain_and_full
from throughcare.app import enacting, snapshots
from throughcare.app.checks import snapshots as told
from throughcare.app.folder import create
from throughcare.app.node import Node
from throughcare.model.request import Permission, Purpose, Role
from throughcare.model.submission import Item, Method

pytestmark = pytest.mark.parametrize("engine", plain_and_full, indirect=True)


async def believe(node: Node, *introduced: str) -> None:
    """Put a profile in force that names these nodes alone."""
    text = "\n".join((node.folder.locality.read_text("utf-8").partition("[nodes.")[0], *introduced))
    work = enacting.change(node.journal, node.clock, node.ids, text, "for a test")
    await enacting.use(node.folder, node.store, work)


async def standing(node: Node, at: datetime) -> str:
    """Return what the doctor says of what other nodes told."""
    async with node.store.whole() as reader:
        return (await told.check(node, reader, at)).found


async def test_a_node_that_is_believed_no_more_opens_nothing_from_that_moment(
    tmp_path: Path,
) -> None:
    """As one whose snapshot has ended, a day early; believed again, it opens again."""
    async with two(tmp_path, consent("urn:gp:Khan", **PERMIT), opt_in=True) as nodes:
        await nodes.take(await nodes.tell())
        glass = asks(purpose=Purpose.BTG, reason=EMERGENCY)
        home = snapshots.introduction(nodes.home.folder, "Leeds")
        assert await nodes.sees(asks())
        assert await standing(nodes.here, AT) == "1 record told of within a day"
        assert "0 ended, 1 end within 6 hours" in await standing(
            nodes.here, AT + timedelta(hours=18)
        )
        assert "1 ended, 0 end" in await standing(nodes.here, AT + timedelta(hours=24))
        await believe(nodes.here)
        assert not await nodes.sees(asks())
        assert "none counts" in await standing(nodes.here, AT)
        assert await nodes.sees(glass)
        await believe(nodes.here, home)
        assert await nodes.sees(asks())
        stranger = create(tmp_path / "stranger")
        key = snapshots.introduction(stranger, "Leeds").splitlines()[-1]
        await believe(nodes.here, "\n".join((*home.splitlines()[:-1], key)))
        assert not await nodes.sees(asks())


async def test_a_no_of_a_node_that_is_believed_no_more_goes_on_binding(tmp_path: Path) -> None:
    async with two(tmp_path, consent("urn:gp:Khan")) as nodes:
        await nodes.take(await nodes.tell())
        await believe(nodes.here)
        crew = asks(Role.PARAMEDIC, Purpose.ETREAT, reason=EMERGENCY, permission=Permission.UNABLE)
        assert not await nodes.sees(asks())
        assert not await nodes.sees(crew, nodes.allergy)


async def test_a_permit_opens_nothing_of_a_record_that_has_another_number_since(
    tmp_path: Path,
) -> None:
    async with two(tmp_path, consent("urn:gp:Khan", **PERMIT), opt_in=True) as nodes:
        await nodes.take(await nodes.tell())
        assert await nodes.sees(asks())
        (again,) = await load(nodes.here, submission("hospital", patient("Khan"), key="2"))
        assert again.rejection is None
        assert await nodes.sees(asks())
        (other,) = await load(nodes.here, submission("hospital", patient("Khan", OTHER), key="3"))
        assert other.rejection is None
        assert not await nodes.sees(asks())


async def test_a_patient_made_anew_with_another_number_is_not_whom_the_home_told_of(
    tmp_path: Path,
) -> None:
    async with two(tmp_path, consent("urn:gp:Khan", **PERMIT), opt_in=True) as nodes:
        await nodes.take(await nodes.tell())
        assert await nodes.sees(asks())
        async with nodes.here.store.whole() as reader:
            ill = await nodes.here.records.current(reader, *nodes.name.split("/"))
        assert ill is not None
        id_ = json.loads(ill.body)["subject"]["reference"].removeprefix("Patient/")
        ended = Item("", {"resourceType": "Patient", "id": id_}, method=Method.DELETE)
        gone = replace(submission("hospital", key="2"), items=(ended,))
        anew = submission("hospital", patient("Khan", OTHER, id=id_), key="3")
        for outcome in await load(nodes.here, gone, anew):
            assert outcome.rejection is None
        assert not await nodes.sees(asks())


async def test_a_number_that_stands_in_two_records_of_a_person_is_told_once(
    tmp_path: Path,
) -> None:
    async with two(tmp_path, consent("urn:gp:Khan")) as nodes:
        await load(nodes.here, submission("clinic", patient("Khan", NUMBER)))
        assert await person_of(nodes.here, nodes.name) == nodes.person
        await nodes.take(await nodes.tell())
        async with nodes.here.store.snapshot() as reader:
            public = await nodes.here.persons.public_id(reader, nodes.person)
        own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=nodes.person)
        said = (await nodes.here.sharing.standing(own, public)).others
        assert len(said) == len(set(said)) == 2


async def test_a_board_is_looked_at_anew_when_a_snapshot_ends_though_nobody_wrote(
    tmp_path: Path,
) -> None:
    async with two(tmp_path, consent("urn:gp:Khan", **PERMIT)) as nodes:
        await nodes.take(await nodes.tell())
        arrivals, end = nodes.here.arrivals, AT + timedelta(hours=24)
        just, now = [await arrivals.newest(at) for at in (end - timedelta(seconds=1), end)]
        assert not (await arrivals.stirred(just, just)).touches([])
        assert (await arrivals.stirred(just, now)).touches([])
        assert await arrivals.newest(end + timedelta(hours=1)) == now
        midnight = await arrivals.newest(end + timedelta(hours=12))  # choices may end with the day
        assert (await arrivals.stirred(now, midnight)).touches([])
