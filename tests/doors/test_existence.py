"""Whether something is hidden or not there: told only where the locality discloses existence."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from throughcare.disclosure import Disclosure
from throughcare.fhir.histories import Span
from throughcare.kernel import DeniedError, NotFoundError, ThroughcareError
from throughcare.model.request import Purpose, Role
from throughcare.model.submission import Item, Method
from throughcare.store.protocol import Reader, Row, Store, Value

pytestmark = pytest.mark.parametrize("engine", on_every_engine, indirect=True)

MASKED = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "masked",
        }
    ]
}
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


class Noting:
    """A store that notes which statements are asked of it."""

    def __init__(self, store: Store) -> None:
        """Stand on `store`."""
        self._store = store
        self.asked: list[str] = []

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Any]:
        """Open a snapshot that notes."""
        async with self._store.snapshot() as reader:
            yield NotingReader(reader, self.asked)


class NotingReader:
    """A snapshot of such a store."""

    def __init__(self, reader: Reader, asked: list[str]) -> None:
        """Note in `asked` what `reader` is asked."""
        self._reader, self._asked = reader, asked

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the reader has
        """Return what the reader itself has."""
        return getattr(self._reader, name)

    async def rows(self, statement: str, /, **params: Value) -> list[Row]:
        """Note the statement, and run it."""
        self._asked.append(statement)
        return await self._reader.rows(statement, **params)


async def test_a_hidden_id_costs_the_same_statements_as_an_unknown_one(tmp_path: Path) -> None:
    """Otherwise time would tell them apart, and most where a statement is a way to a server.

    Also if it was deleted.
    """
    async with node_in(tmp_path) as node:
        found = await refused(node)
        ended = Item("", {"resourceType": "Condition", "id": found[2][10:]}, method=Method.DELETE)
        (outcome,) = await load(node, replace(submission("gp", key="2"), items=(ended,)))
        assert outcome.rejection is None
        store = Noting(node.store)
        door = Disclosure(replace(node.disclosure.rooms, store=store))  # type: ignore[arg-type]
        ways = (
            lambda id_: door.read(asks(), "Condition", id_),
            lambda id_: door.version(asks(), "Condition", id_, 1),
            lambda id_: door.history(asks(), "Condition", id_, Span()),
        )
        with pytest.raises(NotFoundError):
            await door.read(asks(), "Condition", "unknown")  # from now on the decision is kept
        for way in ways:
            asked = []
            for id_ in (found[1][10:], found[2][10:], "unknown"):
                store.asked.clear()
                with pytest.raises(NotFoundError):
                    await way(id_)
                asked.append(list(store.asked))
            assert asked[0] == asked[1] == asked[2]
            assert 0 < len(asked[0]) <= 2


async def test_what_its_sender_masked_costs_the_same_statements_as_what_is_masked_here(
    tmp_path: Path,
) -> None:
    """Otherwise time would tell who masked it, and so that something is here."""
    sealed = condition("Patient/p") | {"meta": {"security": [{"system": ACT, "code": "SRC"}]}}
    plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan"}
    plan |= {"subject": {"reference": "Patient/p"}}
    here = plan | {"id": "a", "addresses": [{"reference": "Condition/c"}]}
    sent = plan | {"id": "b", "addresses": [MASKED]}
    async with node_in(tmp_path) as node:
        given = submission("gp", patient("Khan", id="p"), sealed | {"id": "c"}, here, sent)
        (outcome,) = await load(node, given)
        assert outcome.rejection is None
        store = Noting(node.store)
        door = Disclosure(replace(node.disclosure.rooms, store=store))  # type: ignore[arg-type]
        await door.read(asks(), "Patient", "p")  # from now on the decision is kept
        asked, shown = [], []
        for id_ in ("a", "b"):
            store.asked.clear()
            shown.append((await door.read(asks(), "CarePlan", id_)).body.replace(b'"a"', b'"b"'))
            asked.append(sorted(store.asked))
        assert asked[0] == asked[1]
        assert b"masked" in shown[0]
        assert shown[0] == shown[1]


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
