"""The terminology operations through HTTP."""

from typing import Any

import httpx
import pytest

from doors.node_parts import condition, patient
from throughcare.api import knowing

Json = Any
GENDERS = "http://hl7.org/fhir/ValueSet/administrative-gender"
GENDER = "http://hl7.org/fhir/administrative-gender"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"


def values(reply: httpx.Response) -> dict[str, Json]:
    """Return simple parameters of an answer by name."""
    assert reply.status_code == 200, reply.text
    found = {}
    for each in reply.json()["parameter"]:
        found[each["name"]] = next((v for k, v in each.items() if k.startswith("value")), None)
    return found


async def test_a_value_set_is_expanded_by_its_url_or_as_it_is_sent(
    client: httpx.AsyncClient,
) -> None:
    reply = await client.get("ValueSet/$expand", params={"url": GENDERS, "count": "2"})
    expansion = reply.json()["expansion"]
    assert (expansion["total"], len(expansion["contains"])) == (4, 2)
    own = {
        "resourceType": "ValueSet",
        "status": "active",
        "compose": {"include": [{"system": GENDER, "concept": [{"code": "male"}]}]},
    }
    parameters = {
        "resourceType": "Parameters",
        "parameter": [{"name": "valueSet", "resource": own}],
    }
    for body in (own, parameters):
        sent = (await client.post("ValueSet/$expand", json=body)).json()
        assert [each["code"] for each in sent["expansion"]["contains"]] == ["male"]


async def test_codes_are_validated_by_value_set_and_by_code_system(
    client: httpx.AsyncClient,
) -> None:
    asked = {"url": GENDERS, "system": GENDER, "code": "male"}
    assert values(await client.get("ValueSet/$validate-code", params=asked))["result"] is True
    asked["code"] = "unicorn"
    assert values(await client.get("ValueSet/$validate-code", params=asked))["result"] is False
    concept = {"coding": [{"system": GENDER, "code": "female", "display": "Female"}]}
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "url", "valueUri": GENDERS},
            {"name": "codeableConcept", "valueCodeableConcept": concept},
        ],
    }
    assert values(await client.post("ValueSet/$validate-code", json=body))["result"] is True
    by_system = {"url": GENDER, "code": "male", "display": "Man"}
    said = values(await client.get("CodeSystem/$validate-code", params=by_system))
    assert (said["result"], said["display"]) == (False, "Male")


async def test_codes_are_looked_up_compared_and_translated(client: httpx.AsyncClient) -> None:
    asked = {"system": ROLES, "code": "MTH"}
    assert values(await client.get("CodeSystem/$lookup", params=asked))["display"] == "mother"
    two = {"system": ROLES, "codeA": "PRN", "codeB": "MTH"}
    reply = await client.get("CodeSystem/$subsumes", params=two)
    assert values(reply)["outcome"] == "subsumes"
    map_ = "http://hl7.org/fhir/ConceptMap/cm-administrative-gender-v2"
    translated = await client.get(
        "ConceptMap/$translate", params={"url": map_, "system": GENDER, "code": "male"}
    )
    assert values(translated)["result"] is True


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("ValueSet/$expand?url=urn:gone", 404),
        ("ValueSet/$expand", 404),
        (f"ValueSet/$expand?url={GENDERS}&count=many", 400),
        (f"ValueSet/$validate-code?url={GENDERS}", 400),
        ("CodeSystem/$lookup?system=urn:gone&code=x", 404),
        (f"CodeSystem/$lookup?system={GENDER}&code=unicorn", 404),
        (f"CodeSystem/$subsumes?system={GENDER}&codeA=male", 400),
        ("ConceptMap/$translate?url=urn:gone&code=x", 404),
    ],
)
async def test_a_question_that_can_not_be_answered_says_why(
    client: httpx.AsyncClient, path: str, status: int
) -> None:
    reply = await client.get(path)
    assert reply.status_code == status
    assert reply.json()["resourceType"] == "OperationOutcome"


async def test_a_search_goes_by_value_sets_and_hierarchies(client: httpx.AsyncClient) -> None:
    made = (await client.post("Patient", json=patient("Khan"))).json()
    status = {"coding": [{"system": CLINICAL, "code": "recurrence"}]}
    found = condition(f"Patient/{made['id']}") | {"clinicalStatus": status}
    assert (await client.post("Condition", json=found)).status_code == 201
    for asked, total in (
        ({"clinical-status:in": "http://hl7.org/fhir/ValueSet/condition-clinical"}, 1),
        ({"clinical-status:not-in": "http://hl7.org/fhir/ValueSet/condition-clinical"}, 0),
        ({"clinical-status:below": f"{CLINICAL}|active"}, 1),
        ({"clinical-status:below": f"{CLINICAL}|inactive"}, 0),
        ({"clinical-status:above": f"{CLINICAL}|recurrence"}, 1),
    ):
        assert (await client.get("Condition", params=asked)).json()["total"] == total


def asked_of(name: str, **value: Json) -> Json:
    """Return a Parameters resource of one parameter."""
    return {"resourceType": "Parameters", "parameter": [{"name": name, **value}]}


LISTING = {"system": GENDER, "concept": [{"code": "male"}]}


@pytest.mark.parametrize(
    "more",
    [
        {"compose": 5},
        {"compose": {"include": 5}},
        {"compose": {"include": [5]}},
        {"compose": {"include": [None]}},
        {"compose": {"include": [{"system": 5}]}},
        {"compose": {"include": [{"system": GENDER, "concept": 5}]}},
        {"compose": {"include": [{"system": GENDER, "concept": [5]}]}},
        {"compose": {"include": [{"system": GENDER, "concept": [{"display": "Man"}]}]}},
        {"compose": {"include": [{"system": GENDER, "filter": [5]}]}},
        {"compose": {"include": [{"valueSet": 5}]}},
        {"compose": {"include": [{"valueSet": [5]}]}},
        {"compose": {"include": [LISTING], "exclude": [5]}},
        {"expansion": 5},
        {"expansion": {"timestamp": "2026-11-26", "contains": [5]}},
        {"expansion": {"timestamp": "2026-11-26", "contains": [{"code": 5}]}},
    ],
    ids=str,
)
@pytest.mark.parametrize("operation", ["$expand", "$validate-code"])
async def test_a_value_set_that_is_none_is_refused(
    client: httpx.AsyncClient, operation: str, more: Json
) -> None:
    own = {"resourceType": "ValueSet", "status": "active", **more}
    body = asked_of("valueSet", resource=own)
    body["parameter"].append({"name": "code", "valueCode": "male"})
    reply = await client.post(f"ValueSet/{operation}", json=body)
    assert reply.status_code == 422, reply.text
    assert reply.json()["issue"][0]["expression"][0].startswith("ValueSet.")


async def test_a_value_set_may_say_by_an_extension_what_is_no_text(
    client: httpx.AsyncClient,
) -> None:
    nothing = {"extension": [{"url": "urn:why", "valueString": "unknown"}]}
    rows = [{"_code": nothing, "display": "Man"}, {"code": "male"}]
    include = [{"system": GENDER, "concept": rows}, {"valueSet": [None], "_valueSet": [nothing]}]
    own = {"resourceType": "ValueSet", "status": "active", "compose": {"include": include}}
    reply = await client.post("ValueSet/$expand", json=asked_of("valueSet", resource=own))
    assert reply.status_code == 200, reply.text
    assert [each["code"] for each in reply.json()["expansion"]["contains"]] == ["male"]


@pytest.mark.parametrize("coding", [5, "x", {}, [5], None])
async def test_a_concept_without_a_list_of_codings_asks_nothing(
    client: httpx.AsyncClient, coding: Json
) -> None:
    body = asked_of("codeableConcept", valueCodeableConcept={"coding": coding})
    body["parameter"].append({"name": "url", "valueUri": GENDERS})
    assert (await client.post("ValueSet/$validate-code", json=body)).status_code == 400


OWN = "http://example.org/CodeSystem/colours"
COLOURS = {
    "resourceType": "CodeSystem",
    "url": OWN,
    "version": "2",
    "status": "active",
    "content": "complete",
    "concept": [{"code": "red", "display": "Red", "concept": [{"code": "scarlet"}]}],
}


def colours(url: str, **include: Json) -> Json:
    return {
        "resourceType": "ValueSet",
        "url": f"http://example.org/ValueSet/{url}",
        "status": "active",
        "compose": {"include": [include]},
    }


async def stored(client: httpx.AsyncClient, resource: Json) -> str:
    made = await client.post(resource["resourceType"], json=resource)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def listed(reply: httpx.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [each["code"] for each in reply.json()["expansion"].get("contains", [])]


async def test_what_clients_stored_is_answered_too(client: httpx.AsyncClient) -> None:
    whole, reds = colours("all", system=OWN), colours("reds", system=OWN, filter=[
        {"property": "concept", "op": "is-a", "value": "red"}])  # fmt: skip
    upon = colours("upon", valueSet=[reds["url"]])
    missing = await client.get("ValueSet/$expand", params={"url": whole["url"]})
    assert missing.status_code == 404
    ids = [await stored(client, each) for each in (whole, reds, upon)]
    lacking = await client.get(f"ValueSet/{ids[0]}/$expand")
    assert (lacking.status_code, lacking.json()["issue"][0]["expression"]) == (404, [OWN])
    system = await stored(client, COLOURS)
    for each, id_ in zip((whole, reds, upon), ids, strict=True):
        by_url = await client.get("ValueSet/$expand", params={"url": each["url"]})
        by_id = await client.get(f"ValueSet/{id_}/$expand")
        assert listed(by_url) == listed(by_id) == ["red", "scarlet"]
        asked = {"system": OWN, "code": "scarlet"}
        member = await client.get(f"ValueSet/{id_}/$validate-code", params=asked)
        assert values(member)["result"] is True
    for path, params in (
        ("CodeSystem/$validate-code", {"url": OWN, "code": "red"}),
        (f"CodeSystem/{system}/$validate-code", {"code": "red"}),
    ):
        assert values(await client.get(path, params=params))["result"] is True
    look = await client.get("CodeSystem/$lookup", params={"system": OWN, "code": "red"})
    assert values(look)["display"] == "Red"
    two = {"system": OWN, "codeA": "red", "codeB": "scarlet"}
    assert values(await client.get("CodeSystem/$subsumes", params=two))["outcome"] == "subsumes"


async def test_a_new_version_of_what_is_stored_counts_at_once(client: httpx.AsyncClient) -> None:
    id_ = await stored(client, COLOURS)
    set_ = await stored(client, colours("all", system=OWN))
    assert listed(await client.get(f"ValueSet/{set_}/$expand")) == ["red", "scarlet"]
    more = {**COLOURS, "id": id_, "concept": [{"code": "blue"}]}
    assert (await client.put(f"CodeSystem/{id_}", json=more)).status_code == 200
    assert listed(await client.get(f"ValueSet/{set_}/$expand")) == ["blue"]
    await client.delete(f"CodeSystem/{id_}")
    assert (await client.get(f"ValueSet/{set_}/$expand")).status_code == 404


async def test_what_is_stored_never_takes_the_place_of_what_is_loaded(
    client: httpx.AsyncClient,
) -> None:
    await stored(client, {**COLOURS, "url": GENDER})
    await stored(client, {**colours("x", system=OWN), "url": GENDERS})
    expanded = await client.get("ValueSet/$expand", params={"url": GENDERS})
    assert listed(expanded) == ["male", "female", "other", "unknown"]
    asked = {"url": GENDER, "code": "red"}
    assert values(await client.get("CodeSystem/$validate-code", params=asked))["result"] is False


async def test_value_sets_that_need_one_another_in_a_circle_or_without_end_are_refused(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = colours("one", valueSet=["http://example.org/ValueSet/two"])
    two = colours("two", valueSet=["http://example.org/ValueSet/one"])
    id_ = await stored(client, one)
    await stored(client, two)
    assert (await client.get(f"ValueSet/{id_}/$expand")).status_code == 422
    monkeypatch.setattr(knowing, "MOST", 1)
    three = {"system": OWN, "valueSet": [two["url"]]}
    id_ = await stored(client, colours("three", **three))
    refused = await client.get(f"ValueSet/{id_}/$expand")
    assert refused.status_code == 422
    assert "load a package" in refused.json()["issue"][0]["diagnostics"]


async def test_a_stored_translation_is_asked_by_its_url(client: httpx.AsyncClient) -> None:
    map_ = {
        "resourceType": "ConceptMap",
        "url": "http://example.org/ConceptMap/m",
        "status": "active",
        "group": [{"source": OWN, "target": GENDER, "element": [
            {"code": "red", "target": [{"code": "other", "equivalence": "wider"}]}]}],
    }  # fmt: skip
    asked = {"url": map_["url"], "system": OWN, "code": "red"}
    assert (await client.get("ConceptMap/$translate", params=asked)).status_code == 404
    await stored(client, map_)
    assert values(await client.get("ConceptMap/$translate", params=asked))["result"] is True


async def test_a_search_goes_by_value_sets_that_clients_stored(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = (await client.post("Patient", json=patient("Khan"))).json()
    for code in ("scarlet", "green"):
        coded = condition(f"Patient/{made['id']}")
        coded["code"] = {"coding": [{"system": OWN, "code": code}]}
        assert (await client.post("Condition", json=coded)).status_code == 201
    whole = colours("all", system=OWN)
    upon = colours("upon", valueSet=[whole["url"]])
    asked = {"code:in": upon["url"]}
    refused = await client.get("Condition", params=asked)
    assert refused.status_code == 400
    assert "no such value set" in refused.json()["issue"][0]["diagnostics"]
    for each in (whole, upon, COLOURS):
        await stored(client, each)
    for path, name, value, codes in (
        ("Condition", "code:in", upon["url"], {"scarlet"}),
        ("Condition", "code:not-in", upon["url"], {"green"}),
        ("Condition", "_filter", f'code in "{upon["url"]}"', {"scarlet"}),
        ("Patient", "_has:Condition:patient:code:in", upon["url"], {"Khan"}),
    ):
        found = (await client.get(path, params={name: value})).json()
        matches = [it["resource"] for it in found["entry"] if it["search"]["mode"] == "match"]
        said = {
            it["name"][0]["family"] if path == "Patient" else it["code"]["coding"][0]["code"]
            for it in matches
        }
        assert said == codes, name
    monkeypatch.setattr(knowing, "MOST", 1)
    assert (await client.get("Condition", params=asked)).status_code == 422
