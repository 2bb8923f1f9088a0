"""What changes decisions changes them in a process that decided before, too."""

from pathlib import Path

import pytest

from doors.node_parts import (
    LOADER,
    asks,
    condition,
    consent,
    load,
    names,
    node_in,
    patient,
    submission,
)
from throughcare.admission import Sight
from throughcare.app.node import Node
from throughcare.kernel import NotFoundError
from throughcare.model.submission import Merge

NUMBER = "9990000018"
R = {
    "meta": {
        "security": [
            {"code": "R", "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"}
        ]
    }
}


async def sees(node: Node, name: str) -> bool:
    try:
        await node.disclosure.read(asks(), *name.split("/"))
    except NotFoundError:
        return False
    return True


async def test_a_consent_that_waited_binds_as_soon_as_its_person_comes(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        about = patient("Khan", NUMBER)
        no = consent("urn:consents:Khan")
        await load(node, submission("consents", about, no, feed=False))
        assert not await sees(node, "Condition/unknown")  # decides, and keeps what it knows
        came = submission("gp", about, condition("urn:gp:Khan", "38341003"))
        (outcome,) = await load(node, came)
        assert not await sees(node, names(outcome)[1])


async def test_a_merge_by_the_source_puts_one_record_under_the_consents_of_the_other(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        one = submission("rx", patient("Khan"), consent("urn:rx:Khan"))
        other = submission("rx", patient("Abbott"), condition("urn:rx:Abbott", "38341003"), key="2")
        _, second = await load(node, one, other)
        hidden = names(second)[1]
        assert await sees(node, hidden)
        a40 = submission("rx", key="3", merge=Merge("rx-Khan", "rx-Abbott"))
        await load(node, a40)
        assert not await sees(node, hidden)
        await load(node, submission("rx", key="4", merge=Merge("rx-Khan", "rx-Abbott", undo=True)))
        assert await sees(node, hidden)


async def test_labels_of_one_record_meet_the_other_when_the_source_merges(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "STD"}
        labelled = condition("urn:rx:Khan", "38341003") | {"meta": {"security": [label]}}
        one = submission("rx", patient("Khan"), labelled)
        other = submission("rx", patient("Abbott"), condition("urn:rx:Abbott", "38341003"), key="2")
        _, second = await load(node, one, other)
        assert await sees(node, names(second)[1])
        await load(node, submission("rx", key="3", merge=Merge("rx-Khan", "rx-Abbott")))
        assert not await sees(node, names(second)[1])


async def test_the_end_of_a_restriction_is_known_at_once(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        home = {"address": [{"line": ["1 Mill Lane"]}]}
        (made,) = await load(node, submission("gp", patient("Khan", NUMBER, **home, **R)))
        (name,) = names(made)
        assert b"Mill Lane" not in (await node.disclosure.read(asks(), *name.split("/"))).body
        await load(node, submission("gp", patient("Khan", NUMBER, **home), key="2"))
        assert b"Mill Lane" in (await node.disclosure.read(asks(), *name.split("/"))).body


async def test_a_feed_cannot_take_the_patient_of_another_feed(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        mine = patient("Khan") | {"id": "1"}
        theirs = patient("Abbott") | {"id": "1"}
        await load(node, submission("gp", mine))
        outcome = await node.admission.admit(submission("other", theirs), LOADER)
        assert outcome.rejection is not None
        stored = await node.disclosure.read(asks(), "Patient", "1")
        assert b"Khan" in stored.body


@pytest.mark.parametrize("family", ["Khan", "Changed"])
async def test_a_clients_update_of_a_patient_leaves_it_with_its_record(
    tmp_path: Path, family: str
) -> None:
    async with node_in(tmp_path) as node:
        given = submission("gp", patient("Khan") | {"id": "1"}, condition("Patient/1", "38341003"))
        (outcome,) = await load(node, given)
        request = asks()
        update = submission("api-RXX", patient(family) | {"id": "1", "active": True})
        await node.admission.interact(request, update, Sight(*await node.disclosure.sight(request)))
        answer = await node.operations.wholes.everything(request, "1")
        assert set(names(outcome)) == {f"{each.type}/{each.id}" for each in answer.entries}
