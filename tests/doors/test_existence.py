"""Whether something is hidden or not there: told only where the locality discloses existence."""

from pathlib import Path

import pytest

from doors.node_parts import (
    ACT,
    asks,
    condition,
    consent,
    load,
    names,
    node_in,
    patient,
    submission,
)
from store.engines import on_every_engine
from throughcare.app import profiles
from throughcare.app.node import Node
from throughcare.consent.profile import default_text
from throughcare.fhir.histories import Span
from throughcare.kernel import DeniedError, NotFoundError, ThroughcareError
from throughcare.model.request import Purpose, Role

pytestmark = pytest.mark.parametrize("engine", on_every_engine, indirect=True)

DISCLOSES = default_text().replace("existence = false", "existence = true")


async def error(node: Node, name: str) -> ThroughcareError:
    with pytest.raises(ThroughcareError) as caught:
        await node.disclosure.read(asks(), *name.split("/"))
    return caught.value


async def refused(node: Node) -> list[str]:
    """Load somebody who refuses, with an ordinary entry and one that its source keeps."""
    kept = condition("urn:gp:Khan") | {"meta": {"security": [{"system": ACT, "code": "SRC"}]}}
    plain = condition("urn:gp:Khan", "38341003")
    given = submission("gp", patient("Khan"), plain, kept, consent("urn:gp:Khan"))
    (outcome,) = await load(node, given)
    return names(outcome)


async def test_hidden_and_unknown_are_one_answer_where_existence_is_not_disclosed(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        found = await refused(node)
        hidden, unknown = await error(node, found[1]), await error(node, "Condition/unknown")
        assert (type(hidden), hidden.message) == (NotFoundError, unknown.message)


async def test_what_a_person_withholds_is_told_where_existence_is_disclosed(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        who, plain, kept, _ = await refused(node)
        await profiles.use(node, DISCLOSES, "")
        told = await error(node, plain)
        assert isinstance(told, DeniedError)
        assert "chosen not to share" in told.message
        assert isinstance(await error(node, "Condition/unknown"), NotFoundError)
        assert isinstance(await error(node, kept), NotFoundError)  # its source's, not the person's
        id_ = plain.partition("/")[2]
        with pytest.raises(DeniedError):
            await node.disclosure.history(asks(), "Condition", id_, Span())
        with pytest.raises(DeniedError):
            await node.disclosure.version(asks(), "Condition", id_, 1)
        with pytest.raises(DeniedError):
            await node.operations.wholes.everything(asks(), who.partition("/")[2])


async def test_nobody_learns_of_another_persons_entries(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        _, plain, _, _ = await refused(node)
        (outcome,) = await load(node, submission("rx", patient("Abbott")))
        await profiles.use(node, DISCLOSES, "")
        async with node.store.whole() as reader:
            type_, _, id_ = names(outcome)[0].partition("/")
            stored = await node.records.current(reader, type_, id_)
            assert stored is not None
            (person,) = await node.persons.persons_of(reader, [stored.subject])
        own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=person)
        with pytest.raises(NotFoundError):
            await node.disclosure.read(own, *plain.split("/"))
