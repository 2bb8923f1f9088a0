"""Bulk export: who may, what is in it, and what a withdrawal does to it."""

import json

import pytest

from api.export_parts import RESEARCHER, UNIVERSITY, client_of, exported, finished, people, visible
from doors.node_parts import (
    asks,
    condition,
    consent,
    load,
    person_of,
    submission,
)
from throughcare.app.node import Node
from throughcare.audit.lines import Filter, Lines
from throughcare.disclosure.exporting import content
from throughcare.disclosure.exporting.shelf import Shelf
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Purpose, Request, Role


async def test_an_export_is_all_that_may_be_seen_in_equal_bytes(node: Node) -> None:
    agreed, _, also = await people(node, "yes", "nothing", "yes")
    async with client_of(node, RESEARCHER) as client:
        manifest, lines = await exported(client, "Patient/$export")
    assert {json.loads(line)["id"] for line in lines["Patient"]} == {
        each.removeprefix("Patient/") for each in (agreed, also)
    }
    assert lines == await visible(node, RESEARCHER)
    assert len(lines["Condition"]) == 4
    assert "Consent" not in lines
    assert manifest["requiresAccessToken"] is True
    assert manifest["request"] == "http://node/fhir/Patient/$export"
    assert sum(file["count"] for file in manifest["output"]) == sum(map(len, lines.values()))


async def test_files_end_at_their_bound_and_together_are_the_whole(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "LINES", 3)
    monkeypatch.setattr(content, "COUNTED_AT_ONCE", 2)
    monkeypatch.setattr(content, "READ_AT_ONCE", 1)
    await people(node, *["yes"] * 5)
    async with client_of(node, RESEARCHER) as client:
        manifest, lines = await exported(client, "Patient/$export?_type=Condition")
    assert [file["count"] for file in manifest["output"]] == [2, 2, 2, 2, 2]
    assert lines == {"Condition": (await visible(node, RESEARCHER))["Condition"]}


@pytest.mark.parametrize(
    ("request_", "rule"),
    [
        (asks(Role.GP), "not for TREAT"),
        (asks(Role.PARAMEDIC, Purpose.ETREAT), "not for ETREAT"),
        (asks(Role.PRIVACY_OFFICER, Purpose.HOPERAT), "role privacy-officer"),
        (asks(Role.ANALYST, Purpose.PUBHLTH), "role analyst"),
        (asks(Role.RESEARCHER, Purpose.HOPERAT), "role researcher"),
    ],
)
async def test_an_export_without_the_right_is_refused_and_audited(
    node: Node, request_: Request, rule: str
) -> None:
    await people(node, "yes")
    for path in ("$export", "Patient/$export", "Group/1/$export"):
        async with client_of(node, request_) as client:
            refused = await client.get(path)
        assert refused.status_code == 403
        assert rule in refused.json()["issue"][0]["diagnostics"]
    lines = [line for line in await all_lines(node) if line.action == "export"]
    assert [line.outcome for line in lines] == ["deny"] * 3
    assert not list(Shelf(node.folder.exports).all())


async def all_lines(node: Node) -> list[AuditEntry]:
    await node.ledger.wait_sealed()
    async with node.store.snapshot() as reader:
        return await Lines(node.folder.ledger).lines(reader, Filter())


async def test_each_look_of_an_export_stands_where_the_person_reads_it(node: Node) -> None:
    (agreed,) = await people(node, "yes")
    async with client_of(node, RESEARCHER) as client:
        await exported(client, "Patient/$export?_type=Condition")
    person = await person_of(node, agreed)
    async with node.store.snapshot() as reader:
        public = await node.persons.public_id(reader, person)
    own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=person)
    looks = await node.oversight.looks(own, public)
    (line,) = [line for line in looks.lines if line.action == "export"]
    assert (line.what, line.seen, line.purpose) == ("Condition/$export", 2, "HRESCH")


async def test_who_withdraws_before_a_file_is_fetched_is_not_in_it(node: Node) -> None:
    """Scenario 39."""
    agreed, stays = await people(node, "yes", "yes")
    async with client_of(node, RESEARCHER) as client:
        begun = await client.get("Patient/$export?_type=Condition")
        manifest = (await finished(client, begun.headers["content-location"])).json()
        (file,) = manifest["output"]
        assert file["count"] == 4
        no = consent(agreed, dateTime="2026-11-24T11:00:00Z")
        await load(node, submission("gp2", no))
        fetched = [json.loads(each) for each in (await client.get(file["url"])).text.splitlines()]
    assert {each["subject"]["reference"] for each in fetched} == {stays}


async def test_an_export_shows_the_moment_that_it_was_asked_for(node: Node) -> None:
    (agreed,) = await people(node, "yes")
    async with client_of(node, RESEARCHER) as client:
        begun = await client.get("Patient/$export?_type=Condition")
        manifest = (await finished(client, begun.headers["content-location"])).json()
        before = (await visible(node, RESEARCHER))["Condition"]
        changed = json.loads(before[0])
        changed["note"] = [{"text": "later"}]
        del changed["meta"]
        gp = client_of(node, asks(Role.GP, organisation="GP"))
        assert (await gp.put(f"Condition/{changed['id']}", json=changed)).status_code == 200
        assert (await gp.post("Condition", json=condition(agreed, "44054006"))).status_code == 201
        (file,) = manifest["output"]
        assert sorted((await client.get(file["url"])).content.splitlines()) == sorted(before)
        since = manifest["transactionTime"]
        _, lines = await exported(client, f"Patient/$export?_type=Condition&_since={since}")
    assert len(lines["Condition"]) == 2
    assert not set(lines["Condition"]) & set(before)


async def test_a_type_filter_narrows_as_its_search_does(node: Node) -> None:
    await people(node, "yes", "yes")
    async with client_of(node, RESEARCHER) as client:
        asked = "Patient/$export?_typeFilter=Condition%3Fcode%3D195967001"
        manifest, lines = await exported(client, asked)
        found = (await client.get("Condition?code=195967001")).json()
        two = f"{asked}&_typeFilter=Condition%3Fcode%3D38341003&_type=Condition"
        _, either = await exported(client, two)
    assert {json.loads(line)["id"] for line in lines["Condition"]} == {
        each["resource"]["id"] for each in found["entry"] if each["search"]["mode"] == "match"
    }
    assert len(lines["Patient"]) == 2
    assert len(either["Condition"]) == 4
    assert all("count" not in file for file in manifest["output"] if file["type"] == "Condition")


@pytest.mark.parametrize(
    "asked",
    [
        "_outputFormat=text/csv",
        "_type=Nonsense",
        "_since=yesterday",
        "_typeFilter=Condition%3Fnonsense%3D1",
        "_typeFilter=Condition%3Fcode%3D1&_type=Patient",
        "_elements=id&organizeOutputBy=Patient",
        "includeAssociatedData=x",
    ],
)
async def test_what_an_export_cannot_heed_is_refused(node: Node, asked: str) -> None:
    async with client_of(node, RESEARCHER) as client:
        refused = await client.get(f"Patient/$export?{asked}")
    assert refused.status_code == 400
    assert refused.json()["resourceType"] == "OperationOutcome"


async def test_a_group_is_its_members_whole_for_the_organisation_that_wrote_it(node: Node) -> None:
    first, second, _ = await people(node, "yes", "nothing", "yes")
    members = [{"entity": {"reference": each}} for each in (first, second)]
    group = {"resourceType": "Group", "type": "person", "actual": True, "member": members}
    other = asks(Role.RESEARCHER, Purpose.HRESCH, organisation="ROTHER")
    writer = asks(Role.GP, organisation=UNIVERSITY)
    async with client_of(node, writer) as client:
        made = await client.post("Group", json=group)
        listless = await client.post("Group", json=group | {"type": "device"})
        assert listless.status_code == 201, listless.text
    assert made.status_code == 201, made.text
    async with client_of(node, RESEARCHER) as client, client_of(node, other) as stranger:
        asked = f"Group/{made.json()['id']}/$export"
        _, lines = await exported(client, asked)
        hidden, unknown = await stranger.get(asked), await stranger.get("Group/nobody/$export")
        none = await client.get(f"Group/{listless.json()['id']}/$export")
    assert [f"Patient/{json.loads(each)['id']}" for each in lines["Patient"]] == [first]
    assert len(lines["Condition"]) == 2
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.content == unknown.content
    assert none.status_code == 422


async def test_a_person_exports_their_own_record_and_no_other(node: Node) -> None:
    mine, _ = await people(node, "nothing", "nothing")
    own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=await person_of(node, mine))
    async with client_of(node, own) as client:
        manifest, lines = await exported(client, "Patient/$export")
    assert [f"Patient/{json.loads(each)['id']}" for each in lines["Patient"]] == [mine]
    assert len(lines["Condition"]) == 2
    assert manifest["error"] == []


async def test_what_a_purpose_leaves_out_is_said(node: Node) -> None:
    await people(node, "yes")
    async with client_of(node, RESEARCHER) as client:
        manifest, _ = await exported(client, "Patient/$export")
        (file,) = manifest["error"]
        said = json.loads((await client.get(file["url"])).content)
    assert said["issue"][0]["code"] == "suppressed"
    assert "register of legal permits" in said["issue"][0]["diagnostics"]
