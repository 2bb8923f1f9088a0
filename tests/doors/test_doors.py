"""What the two doors let through, and what they write down about it."""

import json
from pathlib import Path

import pytest

from doors.node_parts import (
    asks,
    condition,
    consent,
    load,
    names,
    node_in,
    patient,
    person_of,
    submission,
)
from store.engines import locked_too
from throughcare.admission import Sight
from throughcare.app.node import Node
from throughcare.consent.choices import SWITCHES
from throughcare.fhir import query
from throughcare.kernel import (
    DeniedError,
    NotFoundError,
    PreconditionFailedError,
    ThroughcareError,
)
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Purpose, Reason, Request, Role
from throughcare.model.submission import Merge, Submission
from throughcare.store.protocol import Row

pytestmark = pytest.mark.parametrize("engine", locked_too, indirect=True)

NUMBER = "9990000018"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
HOME = {
    "meta": {"security": [{"code": "R", "system": CONFIDENTIALITY}]},
    "address": [{"line": ["1 Mill Lane"], "postalCode": "LS1 4AP"}],
    "text": {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml">1 Mill Lane</div>',
    },
}
CANNOT = Reason("unconscious", "cannot-be-asked")


async def total(node: Node, type_: str, **params: str) -> int | None:
    pairs = [(name.replace("__", "."), value) for name, value in params.items()]
    asked = query.parse(type_, [(name.replace("_p", "-p"), value) for name, value in pairs])
    return (await node.disclosure.search(asks(), asked)).total


async def interact(node: Node, request: Request, given: Submission) -> list[str]:
    sight = Sight(*await node.disclosure.sight(request))
    return names(await node.admission.interact(request, given, sight))


async def lines(node: Node, person: int) -> list[AuditEntry]:
    """Return the lines about a person, newest first."""
    await node.journal.settle()
    async with node.store.snapshot() as reader:
        return list(await node.oversight._lines.lines_about(reader, [person]))  # noqa: SLF001


async def test_no_search_tells_where_a_restricted_person_lives(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        given = submission("gp", patient("Khan", NUMBER, **HOME), condition("urn:gp:Khan", "1"))
        await load(node, given)
        assert await total(node, "Patient", family="Khan") == 1
        assert await total(node, "Patient", family="Khan", address_postalcode="LS1 4AP") == 0
        assert await total(node, "Patient", address="Mill") == 0
        assert await total(node, "Condition", patient__address_postalcode="LS1 4AP") == 0
        shown = await node.disclosure.search(asks(), query.parse("Patient", [("family", "Khan")]))
        assert b"Mill Lane" not in shown.entries[0].body


async def test_a_link_to_what_is_hidden_finds_nothing(tmp_path: Path) -> None:
    plan = {
        "resourceType": "CarePlan",
        "id": "plan",
        "status": "active",
        "intent": "plan",
        "subject": {"reference": "Patient/p"},
        "addresses": [{"reference": "Condition/hidden"}],
    }
    hidden = {**condition("Patient/p", "86406008"), "id": "hidden"}
    seen = {**condition("Patient/p", "195967001"), "id": "seen"}
    async with node_in(tmp_path) as node:
        await load(node, submission("gp", patient("Khan", id="p"), hidden, seen, plan))
        assert await total(node, "CarePlan") == 1
        assert await total(node, "CarePlan", condition="Condition/hidden") == 0
        assert await total(node, "CarePlan", condition="Condition/hidden,Condition/seen") == 0
        assert await total(node, "CarePlan", condition="Condition/unknown") == 0
        plan["addresses"] = [{"reference": "Condition/hidden"}, {"reference": "Condition/seen"}]
        await load(node, submission("gp", plan, key="2"))
        assert await total(node, "CarePlan", condition="Condition/hidden") == 0
        assert await total(node, "CarePlan", condition="Condition/hidden,Condition/seen") == 1


async def test_a_redacted_copy_is_not_taken_back_in_a_bundle_either(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        home = patient("Khan", NUMBER, **HOME)
        (made,) = await load(node, submission("gp", home))
        (name,) = names(made)
        bare = patient("Khan", NUMBER) | {"id": name.partition("/")[2]}
        with pytest.raises(PreconditionFailedError):
            await interact(node, asks(), submission("api-RXX", bare))


async def test_an_emergency_that_shows_a_sensitive_critical_entry_alerts(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        active = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
        allergy = {
            "resourceType": "AllergyIntolerance",
            "clinicalStatus": {"coding": [{"system": active, "code": "active"}]},
            "patient": {"reference": "urn:gp:Khan"},
            "meta": {"security": [{"system": ACT_CODE, "code": "STD"}]},
        }
        (made,) = await load(node, submission("gp", patient("Khan", NUMBER), allergy))
        name = names(made)[1]
        asked = asks(Role.PARAMEDIC, Purpose.ETREAT, reason=CANNOT)
        await node.disclosure.read(asked, *name.split("/"))
        person = await person_of(node, name)
        (notice,) = await node.oversight.notices_about(person)
        assert notice.kind == "alert"


async def test_a_write_names_what_it_wrote_and_a_refused_one_is_audited_too(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        (made,) = await load(node, submission("gp", patient("Khan", NUMBER) | {"id": "1"}))
        person = await person_of(node, names(made)[0])
        written = submission("api", condition("Patient/1"), key="2")
        (name,) = await interact(node, asks(), written)
        assert (await lines(node, person))[0].what == name
        await node.journal.settle()
        refused = asks(Role.RECEPTIONIST)
        with pytest.raises(DeniedError):
            await interact(node, refused, submission("api", condition("Patient/1"), key="3"))
        async with node.store.snapshot() as reader:
            rows = await reader.rows("audit.pending")
        assert any("deny" in str(body) and "POST Condition" in str(body) for _, body in rows)


async def test_a_switch_works_after_the_person_was_merged(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        first = submission("rx", patient("Khan"), condition("urn:rx:Khan", "38341003"))
        second = submission("rx", patient("Abbott"), key="2")
        one, other = await load(node, first, second)
        numbers = [await person_of(node, names(each)[0]) for each in (one, other)]
        await load(node, submission("rx", key="3", merge=Merge("rx-Khan", "rx-Abbott")))
        survivor = await person_of(node, names(one)[0])
        (retired,) = set(numbers) - {survivor}
        me = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=retired)
        key = next(key for key, switch in SWITCHES.items() if not switch.labels)
        await node.admission.switch(me, key, share=False)
        with pytest.raises(NotFoundError):
            await node.disclosure.read(asks(), *names(one)[1].split("/"))
        await node.admission.switch(me, key, share=True)
        await node.disclosure.read(asks(), *names(one)[1].split("/"))


@pytest.mark.parametrize("role", [Role.NURSE, Role.GP])
async def test_staff_cannot_delete_a_consent_nor_widen_what_they_see_by_one_unnoticed(
    tmp_path: Path, role: Role
) -> None:
    async with node_in(tmp_path) as node:
        no = consent("urn:gp:Khan")
        (made,) = await load(node, submission("gp", patient("Khan", NUMBER), no))
        patient_name, consent_name = names(made)
        person = await person_of(node, patient_name)
        yes = consent(patient_name, provision={"type": "permit"})
        try:
            await interact(node, asks(role), submission("api", yes))
        except ThroughcareError:
            return
        kinds = {notice.kind for notice in await node.oversight.notices_about(person)}
        assert kinds == {"alert", "notice"}
        assert consent_name.startswith("Consent/")


async def test_an_unchanged_update_writes_its_audit_line_and_nothing_else(tmp_path: Path) -> None:
    async def tally() -> list[Row]:
        async with node.store.snapshot() as reader:
            tables = ("received", "audit_pending", "hist", "outbox")
            return [
                row
                for table in tables
                for row in await reader.query(f"SELECT count(*) FROM {table}", ())  # noqa: S608
            ]

    async with node_in(tmp_path) as node:
        (name,) = await interact(node, asks(), submission("RXX", patient("Khan", NUMBER)))
        stored = await node.disclosure.read(asks(), *name.split("/"))
        await node.journal.settle()
        before, sequence = await tally(), node.ledger.health().sequence
        same = submission("RXX", json.loads(stored.body), key="2")
        assert await interact(node, asks(), same) == [name]
        assert await tally() == before
        assert node.ledger.health().sequence == sequence + 1
        (line, *_) = await lines(node, await person_of(node, name))
        assert (line.action, line.what) == ("write", name)
        other = submission("RXY", json.loads(stored.body), key="3")  # of another custodian
        await interact(node, asks(organisation="RXY"), other)
        assert (await node.disclosure.read(asks(), *name.split("/"))).version == 2
