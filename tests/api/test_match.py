"""$match: whom a description means, for those who may look people up, and nobody who is hidden."""

from typing import Any

import httpx
import pytest

from api.test_exports import all_lines, client_of
from doors.node_parts import NHS, asks, consent, load, names, patient, person_of, submission
from throughcare.app.node import Node
from throughcare.identity import likeness
from throughcare.identity.compare import Score, compare
from throughcare.model.request import Purpose, Request, Role

NURSE = asks()
HOSPITAL = "https://hospital.example/number"
HOME = {"line": ["1 Sea View"], "postalCode": "BD9 6RJ"}
IDA: dict[str, Any] = {
    "resourceType": "Patient",
    "name": [{"family": "Moss", "given": ["Ida"]}],
    "birthDate": "1961-04-05",
    "gender": "female",
}
NUMBERED = IDA | {"identifier": [{"system": NHS, "value": "9990000018"}]}
GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"


async def match(
    node: Node, described: dict[str, Any], *more: dict[str, Any], request: Request = NURSE
) -> httpx.Response:
    parameters = [{"name": "resource", "resource": described}, *more]
    body = {"resourceType": "Parameters", "parameter": parameters}
    async with client_of(node, request) as client:
        return await client.post("Patient/$match", json=body)


def likely(reply: httpx.Response) -> list[tuple[str, str, float]]:
    """Return reference, grade and score of each match."""
    assert reply.status_code == 200, reply.text
    bundle = reply.json()
    assert bundle["type"] == "searchset"
    found = []
    for entry in bundle.get("entry", ()):
        if entry["search"]["mode"] == "match":
            (grade,) = entry["search"]["extension"]
            assert grade["url"] == GRADE
            assert entry["fullUrl"].endswith(f"Patient/{entry['resource']['id']}")
            assert 0 <= entry["search"]["score"] <= 1
            name = f"Patient/{entry['resource']['id']}"
            found.append((name, grade["valueCode"], entry["search"]["score"]))
    assert bundle["total"] == len(found)
    return found


async def ida(node: Node, **more: Any) -> str:  # noqa: ANN401 - JSON
    (outcome,) = await load(node, submission("gp", patient("Moss", "9990000018", **more)))
    return names(outcome)[0]


async def test_a_number_with_its_details_is_certain(node: Node) -> None:
    known = await ida(node)
    await load(node, submission("gp", patient("Stone", "9990000026"), key="2"))
    ((name, grade, score),) = likely(await match(node, NUMBERED))
    assert (name, grade) == (known, "certain")
    assert score > 0.9


async def test_a_number_whose_details_differ_is_only_possible(node: Node) -> None:
    known = await ida(node)
    other = NUMBERED | {"birthDate": "1999-12-31", "name": [{"family": "Rock", "given": ["Olaf"]}]}
    assert [found[:2] for found in likely(await match(node, other))] == [(known, "possible")]
    alone = {"resourceType": "Patient", "identifier": NUMBERED["identifier"]}
    assert [found[:2] for found in likely(await match(node, alone))] == [(known, "probable")]


async def test_the_more_that_agrees_the_higher_the_score(node: Node) -> None:
    known = await ida(node, address=[HOME])
    plain = likely(await match(node, IDA))
    near = likely(await match(node, IDA | {"address": [HOME]}))
    slip = likely(await match(node, IDA | {"birthDate": "1961-05-04"}))
    assert [found[0] for found in (*plain, *near, *slip)] == [known] * 3
    assert near[0][1] == "certain"
    assert slip[0][2] < plain[0][2] < near[0][2]


async def test_nobody_is_found_by_somebody_elses_description(node: Node) -> None:
    await ida(node)
    other = IDA | {"name": [{"family": "Rock", "given": ["Olaf"]}], "birthDate": "1999-12-31"}
    assert likely(await match(node, other)) == []


async def test_an_identifier_of_its_own_source_finds_its_record(node: Node) -> None:
    own = [{"system": HOSPITAL, "value": "A,1|2"}]
    described = {"resourceType": "Patient", "identifier": own}
    resource = patient("Moss") | {"identifier": own}
    (outcome,) = await load(node, submission("hospital", resource))
    assert [found[:2] for found in likely(await match(node, described))] == [
        (names(outcome)[0], "certain")
    ]
    other = described | {"birthDate": "1999-12-31"}
    assert [found[1] for found in likely(await match(node, other))] == ["possible"]
    assert (
        likely(
            await match(
                node,
                {"resourceType": "Patient", "identifier": [{"system": HOSPITAL, "value": "A"}]},
            )
        )
        == []
    )


async def test_a_person_of_several_sources_is_one_match(node: Node) -> None:
    known = await ida(node)
    (outcome,) = await load(node, submission("hospital", patient("Moss", "9990000018")))
    assert await person_of(node, known) == await person_of(node, names(outcome)[0])
    assert len(likely(await match(node, NUMBERED))) == 1


async def test_only_certain_matches_are_one_or_none(node: Node) -> None:
    known = await ida(node, address=[HOME])
    certain = {"name": "onlyCertainMatches", "valueBoolean": True}
    assert [found[0] for found in likely(await match(node, NUMBERED, certain))] == [known]
    other = patient("Moss", "9990000026", address=[{"postalCode": "LS1 4AP"}])
    await load(node, submission("hospital", other))
    assert len(likely(await match(node, IDA))) > 1
    assert likely(await match(node, IDA, certain)) == []
    assert len(likely(await match(node, IDA, {"name": "count", "valueInteger": 1}))) == 1


async def test_a_hidden_patient_is_as_if_it_were_not_there(node: Node) -> None:
    known = await ida(node)
    assert likely(await match(node, NUMBERED))
    await load(node, submission("consents", consent(known), key="no"))
    hidden = await match(node, NUMBERED)
    never = await match(
        node,
        IDA | {"identifier": [{"system": NHS, "value": "9990000026"}], "birthDate": "1930-01-02"},
    )
    assert likely(hidden) == []
    assert hidden.content == never.content


async def test_a_restricted_person_is_not_found_by_where_they_live(node: Node) -> None:
    confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    label = {"meta": {"security": [{"system": confidentiality, "code": "R"}]}}
    known = await ida(node, address=[HOME], **label)
    reply = await match(node, NUMBERED)
    assert [found[0] for found in likely(reply)] == [known]
    assert "Sea View" not in reply.text
    assert likely(await match(node, NUMBERED | {"address": [HOME]})) == []


@pytest.mark.parametrize(
    "request_",
    [
        asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=1),
        asks(Role.RESEARCHER, Purpose.HRESCH),
        asks(Role.ANALYST, Purpose.HOPERAT),
        asks(Role.IT_LEAD, Purpose.HOPERAT),
        asks(Role.GP, Purpose.HRESCH),
    ],
    ids=lambda each: each.actor.role.value,
)
async def test_who_may_not_look_people_up_is_refused_and_audited(
    node: Node, request_: Request
) -> None:
    await ida(node)
    reply = await match(node, NUMBERED, request=request_)
    assert reply.status_code == 403, reply.text
    lines = [line for line in await all_lines(node) if line.role == request_.actor.role.value]
    assert [line.outcome for line in lines] == ["deny"]


async def test_the_person_reads_who_looked_them_up_and_by_what_but_not_with_what(
    node: Node,
) -> None:
    known = await ida(node)
    await match(node, NUMBERED)
    person = await person_of(node, known)
    async with node.store.snapshot() as reader:
        public = await node.persons.public_id(reader, person)
    own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=person)
    lines = (await node.oversight.looks(own, public)).lines
    (line,) = [line for line in lines if line.action == "match"]
    assert line.what == "Patient/$match?birthDate,gender,identifier,name"


@pytest.mark.parametrize(
    ("described", "status"),
    [
        ({"resourceType": "Patient"}, 422),
        ({"resourceType": "Patient", "birthDate": "1961-04-05"}, 422),
        ({"resourceType": "Patient", "name": [{"family": "Moss"}], "gender": "female"}, 422),
        ({"resourceType": "Patient", "name": "Moss", "birthDate": "1961-04-05"}, 422),
        (NUMBERED | {"shoeSize": 9}, 422),
        ({"resourceType": "Practitioner"}, 400),
        ({"name": "Moss"}, 400),
    ],
)
async def test_what_describes_nobody_is_refused(
    node: Node, described: dict[str, Any], status: int
) -> None:
    await ida(node)
    reply = await match(node, described)
    assert reply.status_code == status, reply.text
    assert reply.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "more",
    [
        {"name": "count", "valueInteger": 0},
        {"name": "onlyCertainMatches", "valueString": "perhaps"},
        {"name": "nonsense", "valueBoolean": True},
    ],
)
async def test_a_parameter_that_match_cannot_heed_is_refused(
    node: Node, more: dict[str, Any]
) -> None:
    assert (await match(node, NUMBERED, more)).status_code == 400


@pytest.mark.parametrize("empty", [{}, {"resource": 5}, {"valueString": "Moss"}])
async def test_a_description_that_is_no_resource_is_refused(
    node: Node, empty: dict[str, Any]
) -> None:
    body = {"resourceType": "Parameters", "parameter": [{"name": "resource", **empty}]}
    async with client_of(node, NURSE) as client:
        assert (await client.post("Patient/$match", json=body)).status_code == 400


async def test_a_birth_date_that_says_nothing_is_named_where_it_leaves_too_little(
    node: Node,
) -> None:
    weak = IDA | {"name": [{"family": "Nobody", "given": ["X"]}], "birthDate": "1901-01-01"}
    for described in (weak, IDA | {"birthDate": "1961"}):
        reply = await match(node, described)
        assert reply.status_code == 422
        (issue,) = reply.json()["issue"]
        assert issue["expression"] == ["Patient.birthDate"]
        assert "Add an identifier with its system." in issue["diagnostics"]


async def test_who_shares_too_much_with_too_many_is_told_that_not_all_were_compared(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await ida(node)
    for source, number in (("hospital", "9990000026"), ("social", "9990000034")):
        other = patient("Moss", number, birthDate="1961-11-30")  # her name and year of birth
        names(*await load(node, submission(source, other)))
    compared: list[object] = []

    def counting(*words: Any) -> Score:  # noqa: ANN401 - as it comes
        compared.append(words[1])
        return compare(*words)

    monkeypatch.setattr(likeness, "compare", counting)
    whole = await match(node, IDA)
    assert len(compared) == 3
    assert "incomplete" not in whole.text
    monkeypatch.setattr(likeness, "MOST_COMPARED", 2)
    crowded = await match(node, IDA)
    assert len(compared) == 3 + 1
    assert [(name, grade) for name, grade, _ in likely(crowded)] == [(known, "certain")]
    told = [each["resource"] for each in crowded.json()["entry"]]
    issues = [issue for each in told for issue in each.get("issue", ())]
    (remark,) = (issue for issue in issues if issue["code"] == "incomplete")
    assert remark["severity"] == "warning"
    assert remark["diagnostics"].startswith("Too many people share parts of this description")
