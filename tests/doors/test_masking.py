"""What is shown says nothing of what is hidden, by whatever name it is called."""

import json
from pathlib import Path
from typing import Any

import pytest

from doors.node_parts import asks, condition, load, node_in, patient, submission

HIDDEN = "4f1f2b9e-8f4b-4d43-9d0f-1c8f0a6a6b11"


def plan(form: str) -> dict[str, Any]:
    return {
        "resourceType": "CarePlan",
        "id": "plan",
        "status": "active",
        "intent": "plan",
        "subject": {"reference": "Patient/p"},
        "title": "a plan",
        "extension": [{"url": "http://a.example/why", "valueUri": form}],
        "supportingInfo": [{"reference": f"https://other.example/fhir/Condition/{HIDDEN}"}],
    }


@pytest.mark.parametrize(
    "form",
    [
        f"./Condition/{HIDDEN}",
        f"https://node.example/fhir/Condition/{HIDDEN}/_history/1#a",
        f"urn:uuid:{HIDDEN}",
        f"urn:uuid:{HIDDEN.upper()}",
    ],
)
async def test_a_hidden_entry_is_masked_by_every_name_that_a_visible_one_calls_it(
    tmp_path: Path, form: str
) -> None:
    hidden = {**condition("Patient/p", "86406008"), "id": HIDDEN}
    seen = {**condition("Patient/p", "195967001"), "id": "seen"}
    async with node_in(tmp_path) as node:
        given = submission("gp", patient("Khan", id="p"), hidden, seen, plan(form))
        await load(node, given)
        shown = json.loads((await node.disclosure.read(asks(), "CarePlan", "plan")).body)
    assert shown["title"] == "a plan"
    assert HIDDEN not in json.dumps(shown).lower()
    assert "extension" not in shown


async def test_an_entry_that_names_visible_ones_alone_stays_as_it_was_sent(tmp_path: Path) -> None:
    given = plan("./Condition/seen")
    given["supportingInfo"] = [{"reference": "https://other.example/fhir/Condition/seen"}]
    seen = {**condition("Patient/p", "195967001"), "id": "seen"}
    async with node_in(tmp_path) as node:
        await load(node, submission("gp", patient("Khan", id="p"), seen, given))
        shown = json.loads((await node.disclosure.read(asks(), "CarePlan", "plan")).body)
    assert {name: shown[name] for name in given} == given
