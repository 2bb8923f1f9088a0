"""What came without its patient is kept and shown to nobody, and whoever sends it is told."""

from pathlib import Path
from typing import Any

import pytest

from api.export_parts import client_of
from doors.node_parts import LOADER, asks, load, patient, submission
from throughcare.app.loading import Loader
from throughcare.app.node import Node
from throughcare.model.request import Role

GP = asks(Role.GP, organisation="B86001")
AS_OUTCOME = {"prefer": "return=OperationOutcome"}
MEDICATION = {"resourceType": "Medication", "id": "m", "code": {"text": "Ramipril 5 mg"}}
ORGANIZATION = {"resourceType": "Organization", "id": "o", "name": "Tower surgery"}
TOLD = "came without its patient: it is kept, and shown to nobody."


def warnings(outcome: dict[str, Any]) -> list[str]:
    return [
        issue["details"]["text"] if "details" in issue else issue["diagnostics"]
        for issue in outcome["issue"]
        if issue["severity"] == "warning"
    ]


@pytest.mark.parametrize("kind", ["Medication", "Substance"])
async def test_a_feed_is_told_of_what_came_without_its_patient(node: Node, kind: str) -> None:
    (outcome,) = await load(node, submission("gp", {**MEDICATION, "resourceType": kind}))
    (remark,) = outcome.remarks
    assert remark.text.startswith(f"This {kind} {TOLD}")


async def test_nothing_is_told_of_what_is_its_patients_or_in_the_directory(node: Node) -> None:
    whole = submission("gp", patient("Reed"), MEDICATION, ORGANIZATION)
    alone = submission("gp", {**ORGANIZATION, "name": "Bow surgery"}, key="2")
    assert [each.remarks for each in await load(node, whole, alone)] == [(), ()]


async def test_it_is_the_patients_once_it_is_sent_in_the_way_that_the_remark_names(
    node: Node,
) -> None:
    alone, whole = (
        submission("gp", MEDICATION),
        submission("gp", patient("Reed"), MEDICATION, key="2"),
    )
    first, again = await load(node, alone, whole)
    assert first.remarks
    assert not again.remarks
    assert len({each.stored.subject for each in again.written}) == 1


async def test_a_load_reports_it_with_the_place_of_the_first(node: Node, tmp_path: Path) -> None:
    file = tmp_path / "medicines.ndjson"
    lines = (f'{{"resourceType":"Medication","id":"m{number}"}}\n' for number in range(3))
    file.write_text("".join(lines), "utf-8")
    report = await Loader(node.admission, LOADER, source="gp").load([file], lambda *_: None)
    ((text, count),) = report.remarks.items()
    assert TOLD in text
    assert count == 3
    assert "medicines.ndjson: line 1" in str(report.places[text])


async def test_a_client_is_told_in_the_outcome_that_it_prefers(node: Node) -> None:
    async with client_of(node, GP) as client:
        made = await client.put("Medication/m", json=MEDICATION, headers=AS_OUTCOME)
        assert made.status_code == 201
        (told,) = warnings(made.json())
        assert TOLD in told
        place = await client.put("Organization/o", json=ORGANIZATION, headers=AS_OUTCOME)
        assert warnings(place.json()) == []


@pytest.mark.parametrize("kind", ["batch", "transaction"])
async def test_a_bundle_is_told_in_the_entry_that_it_is_of(node: Node, kind: str) -> None:
    sent = [ORGANIZATION, MEDICATION]
    entries = [
        {"resource": it, "request": {"method": "PUT", "url": f"{it['resourceType']}/{it['id']}"}}
        for it in sent
    ]
    bundle = {"resourceType": "Bundle", "type": kind, "entry": entries}
    async with client_of(node, GP) as client:
        answer = await client.post("", json=bundle, headers=AS_OUTCOME)
    place, medication = (each["response"]["outcome"] for each in answer.json()["entry"])
    assert warnings(place) == []
    (told,) = warnings(medication)
    assert TOLD in told
