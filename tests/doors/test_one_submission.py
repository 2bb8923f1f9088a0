"""What one submission, or one after another, may do to the same resources."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from doors.node_parts import ACT, asks, condition, load, node_in, patient, submission
from store.engines import locked_too
from throughcare.app.node import Node
from throughcare.kernel import NotFoundError
from throughcare.model.submission import Item, Method, Submission

pytestmark = pytest.mark.parametrize("engine", locked_too, indirect=True)

HIV, BLOOD_PRESSURE = "86406008", "38341003"
ABOUT = "Patient/p"
GONE = Item("Condition/x", {"resourceType": "Condition", "id": "x"}, method=Method.DELETE)


def diagnosis(id_: str, code: str = BLOOD_PRESSURE, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {**condition(ABOUT, code), "id": id_, **more}


def contact(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return an encounter that has no type, and so no code of its own."""
    ambulatory = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    return {
        "resourceType": "Encounter",
        "id": "e",
        "status": "finished",
        "class": ambulatory,
        "subject": {"reference": ABOUT},
        **more,
    }


async def is_seen(node: Node, name: str) -> bool:
    try:
        await node.disclosure.read(asks(), *name.split("/"))
    except NotFoundError:
        return False
    return True


def with_deletion(given: Submission, *, first: bool) -> Submission:
    items = (GONE, *given.items) if first else (*given.items, GONE)
    return replace(given, items=items)


async def test_two_entries_that_write_one_resource_are_refused(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await load(node, submission("gp", patient("Khan", id="p"), diagnosis("x"), key="1"))
        twice = submission("gp", diagnosis("x", HIV), diagnosis("x"), key="2")
        ended = submission("gp", diagnosis("x", recordedDate="2020"), key="3")
        for given in (
            twice,
            replace(twice, items=tuple(replace(item, if_match=1) for item in twice.items)),
            with_deletion(ended, first=True),
            with_deletion(ended, first=False),
        ):
            (outcome,) = await load(node, given)
            assert outcome.rejection is not None
            assert "same resource" in outcome.rejection.rule
        assert (await node.disclosure.read(asks(), "Condition", "x")).version == 1


@pytest.mark.parametrize("late", ["label", "encounter"])
async def test_a_label_that_comes_late_reaches_what_belongs_to_an_encounter(
    tmp_path: Path, late: str
) -> None:
    label = {"meta": {"security": [{"system": ACT, "code": "STD"}]}}
    async with node_in(tmp_path) as node:
        await load(node, submission("gp", patient("Khan", id="p"), key="1"))
        if late == "label":
            await load(node, submission("gp", contact(), key="2"))
        inside = diagnosis("x", encounter={"reference": "Encounter/e"})
        await load(node, submission("gp", inside, diagnosis("y"), key="3"))
        assert await is_seen(node, "Condition/x")
        await load(node, submission("gp", contact(**label), key="4"))
        assert not await is_seen(node, "Condition/x")
        assert await is_seen(node, "Condition/y")


async def test_a_label_with_a_space_is_never_taken_for_two(tmp_path: Path) -> None:
    odd = {"meta": {"security": [{"system": "A:other", "code": "a STD"}]}}
    both = [{"system": "A:other", "code": "a"}, {"system": ACT, "code": "STD"}]
    async with node_in(tmp_path) as node:
        await load(node, submission("gp", patient("Khan", id="p"), diagnosis("x", **odd), key="1"))
        sensitive = diagnosis("y", "195967001", meta={"security": both})
        await load(node, submission("gp", sensitive, key="2"))
        assert await is_seen(node, "Condition/x")
        assert not await is_seen(node, "Condition/y")
    async with node_in(tmp_path) as node:
        assert await is_seen(node, "Condition/x")
        assert not await is_seen(node, "Condition/y")
