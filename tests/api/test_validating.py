"""``$validate``, of a body and of what is stored."""

import httpx
import orjson
import pytest

from doors.node_parts import patient
from throughcare.app.gateway import gateway
from throughcare.app.node import Node

VITAL_SIGNS = "http://hl7.org/fhir/StructureDefinition/vitalsigns"
WEIGHT = {"resourceType": "Observation", "status": "final", "code": {"text": "Weight"}}


async def places(reply: httpx.Response) -> list[str]:
    """Return where the outcome finds errors."""
    assert reply.status_code == 200
    issues = reply.json()["issue"]
    assert reply.json()["resourceType"] == "OperationOutcome"
    return [each["expression"][0] for each in issues if each["severity"] in {"error", "fatal"}]


async def test_a_body_is_validated_and_not_stored(client: httpx.AsyncClient) -> None:
    wrong = {**patient("Khan"), "gender": "unicorn"}
    assert await places(await client.post("Patient/$validate", json=wrong)) == ["Patient.gender"]
    assert await places(await client.post("Patient/$validate", json=patient("Khan"))) == []
    found = await client.get("Patient", params={"name": "Khan"})
    assert found.json()["total"] == 0


async def test_a_resource_may_come_in_parameters_with_its_profile(
    client: httpx.AsyncClient,
) -> None:
    parameters = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "resource", "resource": WEIGHT},
            {"name": "profile", "valueUri": VITAL_SIGNS},
            {"name": "mode", "valueCode": "create"},
        ],
    }
    assert await places(await client.post("Observation/$validate", json=WEIGHT)) == []
    found = await places(await client.post("Observation/$validate", json=parameters))
    assert "Observation.category" in found
    by_query = await client.post(
        "Observation/$validate", params={"profile": VITAL_SIGNS}, json=WEIGHT
    )
    assert await places(by_query) == found


async def test_what_is_stored_is_validated_as_its_reader_sees_it(
    client: httpx.AsyncClient,
) -> None:
    stored = (await client.post("Patient", json=patient("Khan"))).json()
    path = f"Patient/{stored['id']}/$validate"
    assert await places(await client.get(path)) == []
    assert await places(await client.get(path, params={"mode": "delete"})) == []
    assert await places(await client.get(path, params={"profile": "urn:gone"})) == ["Patient"]
    assert (await client.get("Patient/gone/$validate")).status_code == 404
    update = {"mode": "update"}
    assert await places(await client.post(path, params=update, json=stored)) == []
    other = {**stored, "id": "other"}
    assert await places(await client.post(path, params=update, json=other)) == ["Patient.id"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("Patient/$validate?mode=guess", patient("Khan"), 400),
        ("Patient/$validate?mode=update", patient("Khan"), 400),
        ("Patient/$validate", {"resourceType": "Parameters", "parameter": []}, 400),
        ("Patient/$validate", {"resourceType": "Parameters", "parameter": [5]}, 400),
        ("Patient/$validate", {"resourceType": "Parameters", "parameter": [{"name": "x"}]}, 400),
        ("Dragon/$validate", patient("Khan"), 404),
    ],
)
async def test_a_question_that_is_none_is_refused(
    client: httpx.AsyncClient, path: str, body: object, status: int
) -> None:
    assert (await client.post(path, json=body)).status_code == status


@pytest.mark.parametrize("value", [{"valueInteger": 4}, {"valueCoding": {"code": "x"}}])
async def test_a_profile_that_is_no_text_is_refused(
    client: httpx.AsyncClient, value: dict[str, object]
) -> None:
    parameters = [{"name": "profile", **value}, {"name": "resource", "resource": patient("Khan")}]
    body = {"resourceType": "Parameters", "parameter": parameters}
    assert (await client.post("Patient/$validate", json=body)).status_code == 400


async def test_another_type_than_the_path_says_is_an_error(client: httpx.AsyncClient) -> None:
    assert await places(await client.post("Patient/$validate", json=WEIGHT)) == ["resourceType"]


async def test_nobody_validates_without_a_token(node: Node) -> None:
    transport = httpx.ASGITransport(gateway(node))
    async with httpx.AsyncClient(transport=transport, base_url="http://node/fhir/") as stranger:
        reply = await stranger.post("Patient/$validate", json=patient("Khan"))
    assert reply.status_code == 401


async def test_the_statement_names_the_operation_for_every_type(client: httpx.AsyncClient) -> None:
    statement = orjson.loads((await client.get("metadata")).content)
    for described in statement["rest"][0]["resource"]:
        names = [each["name"] for each in described["operation"]]
        assert names.count("validate") == 1
