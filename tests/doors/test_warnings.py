"""Warnings by section: where something is kept back is told, and no more (scenario 24)."""

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
from throughcare.consent.profile import default_text, parse
from throughcare.fhir import query
from throughcare.model.request import Permission

pytestmark = pytest.mark.parametrize("engine", on_every_engine, indirect=True)

BY_SECTION = default_text().replace('warnings = "always"', 'warnings = "per-section"')
SENTENCE = parse(BY_SECTION).sentence


async def came(node: Node, family: str, *labels: str) -> str:
    """Load somebody with an ordinary condition, and one more for each label; return the Patient."""
    who = f"urn:{family}:{family}"
    more = [
        condition(who, "428763004") | {"meta": {"security": [{"system": ACT, "code": label}]}}
        for label in labels
    ]
    ill = condition(who, "38341003")
    (outcome,) = await load(node, submission(family, patient(family), ill, *more))
    return names(outcome)[0].partition("/")[2]


async def warning(node: Node, id_: str, permission: Permission = Permission.GIVEN) -> str:
    answer = await node.operations.wholes.everything(asks(permission=permission), id_)
    return answer.warning


async def test_a_section_with_something_kept_back_is_named_and_no_other(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        some, none = await came(node, "Khan", "STD"), await came(node, "Abbott")
        assert await warning(node, some) == await warning(node, none) == SENTENCE
        await profiles.use(node, BY_SECTION, "")
        assert await warning(node, some) == f"{SENTENCE} Kept back: condition."
        assert await warning(node, none) == ""
        answers = [await node.operations.wholes.everything(asks(), each) for each in (some, none)]
        assert [len(each.entries) for each in answers] == [2, 2]
        assert [each.total for each in answers] == [2, 2]


async def test_what_a_source_keeps_to_itself_is_in_no_warning(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        kept = await came(node, "Khan", "SRC")
        await profiles.use(node, BY_SECTION, "")
        assert await warning(node, kept) == ""


async def test_pages_warn_by_section_too(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        id_ = await came(node, "Khan", "STD")
        await profiles.use(node, BY_SECTION, "")
        async with node.store.whole() as reader:
            stored = await node.records.current(reader, "Patient", id_)
            assert stored is not None
            (person,) = await node.persons.persons_of(reader, [stored.subject])
            public = await node.persons.public_id(reader, person)
        summary = await node.people.emergency(asks(), public)
        timeline = await node.timelines.page(asks(), public)
        assert summary.warning == timeline.warning == f"{SENTENCE} Kept back: condition."


async def said(node: Node, type_: str, **asked: str) -> str:
    found = await node.disclosure.search(asks(), query.parse(type_, list(asked.items())))
    return found.warning


async def test_a_search_of_one_record_warns_by_the_kinds_of_its_types(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        some, none = await came(node, "Khan", "STD"), await came(node, "Abbott")
        await profiles.use(node, BY_SECTION, "")
        kept = f"{SENTENCE} Kept back: condition."
        for value in (some, f"Patient/{some}"):
            assert await said(node, "Condition", patient=value) == kept
        assert await said(node, "Condition", patient=none) == ""
        assert await said(node, "Observation", patient=some) == ""
        # Nothing else that is asked changes it, or it would answer that.
        for code in ("15628003", "428763004", "38341003"):
            assert await said(node, "Condition", patient=some, code=code) == kept
            assert await said(node, "Condition", patient=none, code=code) == ""


async def test_a_search_that_is_not_of_one_record_one_sees_says_the_same_of_all(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        some, none = await came(node, "Khan", "STD"), await came(node, "Abbott")
        no = consent("urn:Ross:Ross")
        (outcome,) = await load(node, submission("Ross", patient("Ross"), no))
        hidden = names(outcome)[0].partition("/")[2]
        await profiles.use(node, BY_SECTION, "")
        assert await said(node, "Condition") == SENTENCE
        assert await said(node, "Condition", patient=f"{some},{none}") == SENTENCE
        assert await said(node, "Condition", patient=hidden) == SENTENCE
        assert await said(node, "Condition", patient="nobody") == SENTENCE


async def matched(node: Node, described: dict[str, Any]) -> tuple[int, str]:
    found = await node.operations.matching.match(asks(), described, certain=False, most=9)
    return len(found.likely), found.warning


async def test_a_match_of_one_person_warns_as_a_search_for_their_patients_does(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        known, other = patient("Khan", "9990000018"), patient("Abbott", birthDate="1931-07-09")
        kept, _ = await loaded(node, "rx", known, condition("urn:rx:Khan"))
        await loaded(node, "gp", known)
        closed = {"meta": {"security": [{"system": ACT, "code": "STD"}]}}
        await loaded(node, "gp", other, condition("urn:gp:Abbott") | closed, key="2")
        single = [{"meaning": "instance", "reference": {"reference": kept}}]
        no = consent("urn:gp:Khan", provision={"type": "deny", "data": single})
        await loaded(node, "gp", known, no, key="3")
        await profiles.use(node, BY_SECTION, "")
        assert await matched(node, known) == (1, f"{SENTENCE} Kept back: demographics.")
        assert await matched(node, other) == (1, "")  # a condition is no Patient
        assert await matched(node, patient("Nobody", birthDate="1900-01-01")) == (0, SENTENCE)


async def loaded(node: Node, source: str, *given: dict[str, Any], key: str = "1") -> list[str]:
    (outcome,) = await load(node, submission(source, *given, key=key))
    return names(outcome)
