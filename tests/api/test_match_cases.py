"""$match as IHE PDQm asks for it: the ten cases of transaction ITI-119, in its order."""

from typing import Any

import httpx
import pytest

from api.export_parts import client_of
from api.test_match import HOME, IDA, NUMBERED, NURSE, likely, match
from doors.node_parts import NHS, load, names, patient, submission
from throughcare.app.node import Node
from throughcare.model.submission import Merge

CERTAIN = {"name": "onlyCertainMatches", "valueBoolean": True}
LEEDS = {"line": ["9 Hill Top"], "postalCode": "LS1 4AP"}


async def ida(node: Node, source: str = "gp", number: str = "9990000018", **more: Any) -> str:  # noqa: ANN401 - JSON
    outcomes = await load(node, submission(source, patient("Moss", number, **more), key=number))
    return names(outcomes[0])[0]


async def two_namesakes(node: Node) -> set[str]:
    """Record two people who have name and birth date in common, and nothing else."""
    return {
        await ida(node, address=[HOME]),
        await ida(node, "hospital", "9990000026", address=[LEEDS]),
    }


def issues(reply: httpx.Response) -> list[dict[str, Any]]:
    """Return what is said beside the matches, but for the sentence that every answer has."""
    entries = reply.json().get("entry", [])
    found = [each["resource"] for each in entries if each["search"]["mode"] == "outcome"]
    said = [issue for each in found for issue in each["issue"]]
    assert not {"error", "fatal"} & {issue["severity"] for issue in said}
    return [issue for issue in said if issue["code"] != "suppressed"]


async def test_case_1_one_record_is_returned_with_score_and_grade(node: Node) -> None:
    known = await ida(node)
    reply = await match(node, NUMBERED)
    assert [found[:2] for found in likely(reply)] == [(known, "certain")]
    assert issues(reply) == []
    assert reply.json()["link"] == [{"relation": "self", "url": "http://node/fhir/Patient/$match"}]


async def test_case_1_a_patient_may_be_sent_as_it_is(node: Node) -> None:
    await ida(node)
    wrapped = await match(node, NUMBERED)
    async with client_of(node, NURSE) as client:
        bare = await client.post("Patient/$match", json=NUMBERED)
    assert bare.status_code == 200, bare.text
    assert bare.content == wrapped.content


async def test_case_2_several_records_come_likeliest_first(node: Node) -> None:
    known = await two_namesakes(node)
    found = likely(await match(node, IDA | {"address": [HOME]}))
    assert {name for name, _, _ in found} <= known
    both = likely(await match(node, IDA))
    assert {name for name, _, _ in both} == known
    for each in (found, both):
        assert [score for _, _, score in each] == sorted((s for _, _, s in each), reverse=True)


async def test_case_3_a_certain_one_is_returned_where_only_certain_ones_are_wanted(
    node: Node,
) -> None:
    known = await ida(node)
    found = likely(await match(node, NUMBERED, CERTAIN))
    assert [each[:2] for each in found] == [(known, "certain")]


async def test_case_4_one_that_is_not_certain_is_none(node: Node) -> None:
    await ida(node)
    alone = {"resourceType": "Patient", "identifier": NUMBERED["identifier"]}
    assert [found[1] for found in likely(await match(node, alone))] == ["probable"]
    reply = await match(node, alone, CERTAIN)
    assert likely(reply) == []
    assert issues(reply) == []


async def test_case_5_several_that_may_be_different_people_are_none(node: Node) -> None:
    number = [{"system": "https://hospital.example/number", "value": "7"}]
    for key, source in enumerate(("hospital", "clinic")):
        family = ("Moss", "Rock")[key]
        await load(node, submission(source, patient(family) | {"identifier": number}))
    described = {"resourceType": "Patient", "identifier": number}
    assert [found[1] for found in likely(await match(node, described))] == ["certain"] * 2
    reply = await match(node, described, CERTAIN)
    assert likely(reply) == []
    assert issues(reply) == []


async def test_case_6_count_keeps_the_likeliest_and_says_that_there_are_more(node: Node) -> None:
    await two_namesakes(node)
    every = likely(await match(node, IDA))
    reply = await match(node, IDA, {"name": "count", "valueInteger": 1})
    assert likely(reply) == every[:1]
    assert [(each["severity"], each["code"]) for each in issues(reply)] == [
        ("warning", "incomplete")
    ]


async def test_case_7_nobody_is_an_empty_list_and_no_error(node: Node) -> None:
    reply = await match(node, IDA)
    assert likely(reply) == []
    assert issues(reply) == []


async def test_case_8_a_retired_record_gives_way_to_the_one_that_goes_on(node: Node) -> None:
    retired = await ida(node, "hospital", "9990000018", active=False)
    ((name, _, _),) = likely(await match(node, NUMBERED))
    assert name == retired
    (outcome,) = await load(node, submission("gp", patient("Moss", "9990000018"), key="2"))
    ((name, grade, _),) = likely(await match(node, NUMBERED))
    assert (name, grade) == (names(outcome)[0], "certain")


async def test_case_8_who_was_merged_is_one_person(node: Node) -> None:
    first = submission("hospital", patient("Moss", address=[HOME]))
    second = submission("hospital", patient("Mossop", address=[HOME]), key="2")
    merged = submission("hospital", key="3", merge=Merge("hospital-Mossop", "hospital-Moss"))
    await load(node, first, second)
    before = likely(await match(node, IDA | {"address": [HOME]}))
    await load(node, merged)
    after = likely(await match(node, IDA | {"address": [HOME]}))
    assert len(after) == 1
    assert after[0][2] == max(score for _, _, score in before)


@pytest.mark.parametrize(
    ("described", "status", "code"),
    [
        ({"resourceType": "Patient", "birthDate": "1961-04-05"}, 422, "processing"),
        (IDA | {"gender": "f"}, 422, "processing"),
        ({"resourceType": "Group"}, 400, "invalid"),
    ],
)
async def test_case_9_what_goes_wrong_is_an_outcome_with_its_status(
    node: Node, described: dict[str, Any], status: int, code: str
) -> None:
    reply = await match(node, described)
    assert reply.status_code == status
    (issue,) = reply.json()["issue"]
    assert (issue["severity"], issue["code"]) == ("error", code)


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"identifier": [{"system": NHS, "value": "9990000019"}]}, "Patient.identifier[0].value"),
        ({"birthDate": "1961", "identifier": NUMBERED["identifier"]}, "Patient.birthDate"),
    ],
)
async def test_case_10_what_could_not_be_used_is_said_beside_the_match(
    node: Node, more: dict[str, Any], place: str
) -> None:
    known = await ida(node)
    reply = await match(node, IDA | more)
    assert [name for name, _, _ in likely(reply)] == [known]
    (issue,) = issues(reply)
    assert (issue["severity"], issue["expression"]) == ("warning", [place])
    assert "999000" not in issue["diagnostics"]


async def test_the_answer_comes_in_xml_too(node: Node) -> None:
    await ida(node)
    async with client_of(node, NURSE) as client:
        reply = await client.post(
            "Patient/$match", json=NUMBERED, headers={"accept": "application/fhir+xml"}
        )
    assert reply.status_code == 200
    assert '<valueCode value="certain"/>' in reply.text
