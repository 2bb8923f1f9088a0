"""$merge and $unmerge: what a reviewer says of two Patients, foreseen, done and taken back."""

import itertools
from typing import Any

import httpx
import orjson
import pytest

from api.export_parts import client_of
from api.test_exports import all_lines
from doors.node_parts import NHS, asks, condition, load, names, patient, person_of, submission
from throughcare.admission.outcome import Outcome
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.audit.lines import Lines
from throughcare.fhir.outcome import Severity
from throughcare.identity import changing
from throughcare.model.extent import Extent
from throughcare.model.person import QueueQuery
from throughcare.model.request import Purpose, Role
from throughcare.model.submission import Merge

REVIEWER = asks(Role.IT_LEAD, Purpose.HOPERAT)
NURSE = asks()
HOSPITAL = "https://hospital.example/number"


async def person(node: Node, source: str, family: str, number: str = "", **more: Any) -> str:  # noqa: ANN401 - JSON
    """Record somebody with a condition; return ``Patient/ID``."""
    url = f"urn:{source}:{family}"
    resources = (patient(family, number, **more), condition(url))
    (outcome,) = await load(node, submission(source, *resources, key=family))
    return next(name for name in names(outcome) if name.startswith("Patient/"))


async def ask(
    node: Node, source: str, target: str, *more: dict[str, Any], does: str = "merge"
) -> httpx.Response:
    sides = [
        {"name": f"{side}-patient", "valueReference": {"reference": reference}}
        for side, reference in (("source", source), ("target", target))
    ]
    return await post(node, *sides, *more, does=does)


async def post(node: Node, *parameters: dict[str, Any], does: str = "merge") -> httpx.Response:
    body = {"resourceType": "Parameters", "parameter": list(parameters)}
    async with client_of(node, REVIEWER) as client:
        return await client.post(f"Patient/${does}", json=body)


def flag(name: str) -> dict[str, Any]:
    return {"name": name, "valueBoolean": True}


def told(reply: httpx.Response, when: str) -> list[list[str]]:
    """Return the local ids of each person that an answer tells of."""
    assert reply.status_code == 200, reply.text
    parts = [each for each in reply.json()["parameter"] if each["name"] == when]
    return [[one["valueIdentifier"]["value"] for one in each["part"]] for each in parts]


async def state(node: Node, patients: list[str]) -> bytes:
    """Return who is whom, what waits, and all that a nurse sees of each record, as bytes."""
    async with node.store.snapshot() as reader:
        people = await node.persons.people(reader)
        queued = await node.persons.reviews(reader, QueueQuery(), node.clock.now().date())
        waiting = [(each.id, each.score) for each in queued.reviews]
    seen = []
    for name in patients:
        answer = await node.operations.wholes.everything(NURSE, name.partition("/")[2], Extent())
        seen.append(sorted(entry.body.decode() for entry in answer.entries))
    return orjson.dumps([sorted(map(repr, people)), sorted(map(repr, waiting)), seen])


async def test_a_merge_is_foreseen_done_and_taken_back(node: Node) -> None:
    moss, rock = await person(node, "gp", "Moss"), await person(node, "hospital", "Rock")
    before = await state(node, [moss, rock])
    foreseen = await ask(node, rock, moss, flag("preview"))
    assert told(foreseen, "before") == [["gp-Moss"], ["hospital-Rock"]]
    assert told(foreseen, "after") == [["gp-Moss", "hospital-Rock"]]
    assert await state(node, [moss, rock]) == before
    done = await ask(node, rock, moss)
    assert told(done, "after") == told(foreseen, "after")
    assert await person_of(node, moss) == await person_of(node, rock)
    back = await ask(node, rock, moss, does="unmerge")
    assert told(back, "after") == [["gp-Moss"], ["hospital-Rock"]]
    assert await state(node, [moss, rock]) == before
    assert (await ask(node, rock, moss, does="unmerge")).status_code == 404


async def test_every_merge_taken_back_leaves_what_was_byte_for_byte(node: Node) -> None:
    patients = [
        await person(node, "gp", "Moss", "9990000018"),
        await person(node, "hospital", "Moss", "9990000018"),
        await person(node, "hospital", "Rock", "9990000026"),
        await person(node, "social", "Moss", address=[{"postalCode": "BD9 6RJ"}]),
        await person(node, "ambulance", "Mossop", birthDate="1961-05-04"),
    ]
    merged = submission("hospital", key="A40", merge=Merge("hospital-Moss", "hospital-Rock"))
    for feed in ((), (merged,)):
        await load(node, *feed)
        before = await state(node, patients)
        for (one, other), apart in itertools.product(
            itertools.combinations(patients, 2), (False, True)
        ):
            does = "unmerge" if apart else "merge"
            more = (flag("keep-apart"),) if apart else ()
            assert (await ask(node, one, other, *more, does=does)).status_code == 200
            assert (await ask(node, one, other, does="unmerge")).status_code == 200
            assert await state(node, patients) == before


async def test_what_evidence_linked_can_be_parted_and_stays_so(node: Node) -> None:
    moss = await person(node, "gp", "Moss", "9990000018")
    other = await person(node, "hospital", "Moss", "9990000018")
    assert await person_of(node, moss) == await person_of(node, other)
    assert (await ask(node, moss, other, does="unmerge")).status_code == 404
    parted = await ask(node, moss, other, flag("keep-apart"), does="unmerge")
    assert told(parted, "after") == [["gp-Moss"], ["hospital-Moss"]]
    newer = patient("Moss", "9990000018", address=[{"postalCode": "BD9 6RJ"}])
    (outcome,) = await load(node, submission("hospital", newer, key="later"))
    assert names(outcome) == [other]
    assert await person_of(node, moss) != await person_of(node, other)


def texts(outcomes: list[Outcome]) -> str:
    return " ".join(remark.text for outcome in outcomes for remark in outcome.remarks)


async def test_no_feed_undoes_what_a_reviewer_decided(node: Node) -> None:
    moss, rock = await person(node, "hospital", "Moss"), await person(node, "hospital", "Rock")
    merged = Merge("hospital-Moss", "hospital-Rock")
    await ask(node, moss, rock, flag("keep-apart"), does="unmerge")
    refused = await load(node, submission("hospital", key="A40", merge=merged))
    assert "no feed undoes that" in texts(refused)
    assert await person_of(node, moss) != await person_of(node, rock)
    async with node.store.snapshot() as reader:
        (task,) = await reader.rows("admission.tasks")
    assert task[1] == "contradicted-decision"
    await ask(node, moss, rock, does="unmerge")
    await load(node, submission("hospital", key="again", merge=merged))
    assert await person_of(node, moss) == await person_of(node, rock)


async def test_a_feed_that_contradicts_a_decision_by_way_of_a_third_record_becomes_a_task(
    node: Node,
) -> None:
    moss, rock, hill = [await person(node, "hospital", each) for each in ("Moss", "Rock", "Hill")]
    await ask(node, moss, hill, flag("keep-apart"), does="unmerge")
    merges = [Merge("hospital-Moss", "hospital-Rock"), Merge("hospital-Rock", "hospital-Hill")]
    sent = [submission("hospital", key=merge.retired, merge=merge) for merge in merges]
    assert "no feed undoes that" in texts(await load(node, *sent))
    assert await person_of(node, moss) == await person_of(node, rock)
    assert await person_of(node, hill) != await person_of(node, rock)
    async with node.store.snapshot() as reader:
        (task,) = await reader.rows("admission.tasks")
    assert task[1] == "contradicted-decision"


async def test_under_a_decision_what_the_source_said_still_stands(node: Node) -> None:
    moss, rock = await person(node, "hospital", "Moss"), await person(node, "hospital", "Rock")
    merge = Merge("hospital-Moss", "hospital-Rock")
    await load(node, submission("hospital", key="A40", merge=merge))
    await ask(node, moss, rock, flag("keep-apart"), does="unmerge")
    assert await person_of(node, moss) != await person_of(node, rock)
    await ask(node, moss, rock, does="unmerge")
    assert await person_of(node, moss) == await person_of(node, rock)


async def test_patients_may_be_named_by_identifiers(node: Node) -> None:
    own = [{"system": HOSPITAL, "value": "A,1|2"}]
    await person(node, "hospital", "Rock", identifier=own)
    await person(node, "gp", "Moss", "9990000018")
    number = {"system": NHS, "value": "9990000018"}
    named = [
        {"name": "source-patient-identifier", "valueIdentifier": own[0]},
        {"name": "target-patient-identifier", "valueIdentifier": number},
    ]
    assert told(await post(node, *named), "after") == [["hospital-Rock", "gp-Moss"]]
    await person(node, "social", "Moss", "9990000018")
    several = await post(node, *named)
    assert refused(several) == ("target-patient-identifier", "2 Patients have")
    named[1]["valueIdentifier"] = number | {"value": "9990000026"}
    none = await post(node, *named)
    assert refused(none) == ("target-patient-identifier", "No Patient here")


def refused(reply: httpx.Response) -> tuple[str, str]:
    """Return the place that is named, and the first three words about it."""
    assert reply.status_code == 422, reply.text
    (issue,) = reply.json()["issue"]
    return issue["expression"][0], " ".join(issue["diagnostics"].split()[:3])


@pytest.mark.parametrize("does", ["merge", "unmerge"])
async def test_nobody_but_a_match_reviewer_merges_and_the_refusal_is_a_line(
    node: Node, does: str
) -> None:
    moss, rock = await person(node, "gp", "Moss"), await person(node, "hospital", "Rock")
    sides = [
        {"name": f"{side}-patient", "valueReference": {"reference": name}}
        for side, name in (("source", moss), ("target", rock))
    ]
    body = {"resourceType": "Parameters", "parameter": [*sides, flag("preview")]}
    for parameters in (sides, [*sides, flag("preview")]):
        async with client_of(node, NURSE) as client:
            reply = await client.post(f"Patient/${does}", json=body | {"parameter": parameters})
        assert reply.status_code == 403
    denied = [line for line in await all_lines(node) if line.outcome == "deny"]
    assert [line.action for line in denied] == [does] * 2


async def test_a_decision_is_in_the_ledger_about_both_with_its_reason(node: Node) -> None:
    moss, rock = await person(node, "gp", "Moss"), await person(node, "hospital", "Rock")
    persons = {await person_of(node, moss), await person_of(node, rock)}
    reply = await ask(node, rock, moss, {"name": "reason", "valueString": "seen at the desk"})
    assert reply.status_code == 200, reply.text
    async with node.store.snapshot() as reader:
        lines = await Lines(node.folder.ledger).lines_about(reader, persons)
    (line,) = [line for line in lines if line.action == "merge"]
    assert set(line.persons) == persons
    assert line.reason == "seen at the desk"


async def test_the_feed_of_changes_has_the_records_before_and_after(node: Node) -> None:
    moss, rock = await person(node, "gp", "Moss"), await person(node, "hospital", "Rock")
    await ask(node, rock, moss)
    await ask(node, rock, moss, does="unmerge")
    headers = {"authorization": f"Bearer {node.issue(REVIEWER, hours=1)}"}
    transport = httpx.ASGITransport(gateway(node))
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        found = (await client.get("/api/reviews/changes", headers=headers)).json()
        rest = await client.get(f"/api/reviews/changes?after={found[0]['number']}", headers=headers)
        wrong = await client.get("/api/reviews/changes?after=-1", headers=headers)
    assert rest.json() == found[1:]
    assert wrong.status_code == 400
    assert [each["kind"] for each in found] == ["decide", "undo"]
    assert [len(each["before"]) for each in found] == [2, 1]
    assert found[0]["before"] == found[1]["after"]
    assert found[0]["after"] == found[1]["before"]
    assert found[0]["after"][0]["records"] == [
        {"source": "gp", "local_id": "gp-Moss"},
        {"source": "hospital", "local_id": "hospital-Rock"},
    ]


async def test_what_a_feed_links_and_unlinks_is_in_the_feed_of_changes_too(node: Node) -> None:
    moss, _ = await person(node, "hospital", "Moss"), await person(node, "hospital", "Rock")
    numbers = "hospital-Moss", "hospital-Rock"
    for key, undo in (("A40", False), ("A37", True)):
        await load(node, submission("hospital", key=key, merge=Merge(*numbers, undo=undo)))
    async with node.store.snapshot() as reader:
        told = await changing.after(reader, 0)
    assert [each.kind for each in told] == ["merge", "unmerge"]
    assert (told[0].before, told[0].after) == (told[1].after, told[1].before)
    assert await person_of(node, moss)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ([{"name": "result-patient", "resource": {"resourceType": "Patient"}}], 422),
        ([flag("delete-source")], 422),
        ([flag("nonsense")], 400),
        ([{"name": "source-patient", "valueReference": {"reference": "Patient/x"}}], 400),
        ([{"name": "source-patient-identifier", "valueIdentifier": {"value": "1"}}], 400),
    ],
)
async def test_what_a_merge_can_not_heed_is_refused(
    node: Node, more: list[dict[str, Any]], status: int
) -> None:
    moss, rock = await person(node, "gp", "Moss"), await person(node, "hospital", "Rock")
    reply = await ask(node, rock, moss, *more)
    assert reply.status_code == status, reply.text
    assert reply.json()["issue"][0]["severity"] == Severity.ERROR


async def test_one_patient_twice_and_one_that_is_not_there_are_refused(node: Node) -> None:
    moss = await person(node, "gp", "Moss")
    assert (await ask(node, moss, moss)).status_code == 422
    assert (await ask(node, moss, "Patient/none")).status_code == 404
    assert (await ask(node, moss, "Person/none")).status_code == 400
