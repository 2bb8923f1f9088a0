"""A ViewDefinition run over HTTP: whose rows, in which form, and what is refused."""

import csv
import io
import json
from types import ModuleType
from typing import Any

import httpx
import pytest

from api.export_parts import RESEARCHER, UNIVERSITY, client_of, people, visible
from doors.node_parts import asks, consent, load, person_of, submission
from throughcare.app.node import Node
from throughcare.audit import scan
from throughcare.disclosure.exporting import tables
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import run_view
from throughcare.fhir.tables import sheet
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Purpose, Request, Role

CODES = {
    "resourceType": "ViewDefinition",
    "resource": "Condition",
    "select": [
        {
            "column": [
                {"name": "id", "path": "getResourceKey()"},
                {"name": "person", "path": "subject.reference"},
            ]
        },
        {"forEach": "code.coding", "column": [{"name": "code", "path": "code"}]},
    ],
}
VALUES = {
    "resource": "Observation",
    "select": [
        {
            "column": [
                {"name": "value", "path": "value.ofType(Quantity).value"},
                {"name": "note", "path": "note.text"},
                {"name": "codes", "path": "code.coding.code", "collection": True},
                {"name": "known", "path": "code.exists()"},
            ]
        }
    ],
}
SENT = [
    {
        "resourceType": "Observation",
        "valueQuantity": {"value": 1},
        "note": [{"text": 'a "b", c\nd'}],
        "code": {"coding": [{"code": "x"}, {"code": "y"}]},
    },
    {"resourceType": "Observation"},
    {"resourceType": "Patient"},
]


async def ran(
    client: httpx.AsyncClient,
    view: dict[str, Any],
    *more: dict[str, Any],
    path: str = "ViewDefinition/$run",
    **headers: str,
) -> httpx.Response:
    given = {"name": "viewResource", "resource": view}
    body = {"resourceType": "Parameters", "parameter": [given, *more]}
    return await client.post(path, json=body, headers=headers)


def rows(reply: httpx.Response) -> list[dict[str, Any]]:
    assert reply.status_code == 200, reply.text
    return [json.loads(line) for line in reply.content.splitlines()]


async def naively(node: Node, request: Request, view: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of all that may be seen."""
    found = await visible(node, request)
    everything = [fhir_bytes.parse(body) for bodies in found.values() for body in bodies]
    return list(run_view(view, everything))


async def runs(node: Node) -> list[AuditEntry]:
    """Return the lines of runs, oldest first."""
    await node.ledger.wait_sealed()
    lines = [found.entry for found in scan.after(node.folder.ledger, {})]
    return [line for line in lines if line.what.endswith("$run")]


async def test_rows_are_those_of_what_may_be_seen_and_each_run_is_written_down(node: Node) -> None:
    agreed, hidden, also = await people(node, "yes", "nothing", "yes")
    async with client_of(node, RESEARCHER) as client:
        reply = await ran(client, CODES)
        again = await ran(client, CODES, path="$viewdefinition-run")
    assert reply.headers["content-type"] == "application/x-ndjson"
    assert rows(reply) == await naively(node, RESEARCHER, CODES)
    assert {row["person"] for row in rows(reply)} == {agreed, also}
    assert hidden not in reply.text
    assert again.content == reply.content
    told = {await person_of(node, each) for each in (agreed, also)}
    lines = await runs(node)
    assert [(line.action, line.outcome, line.what, line.seen) for line in lines] == [
        ("export", "permit", "Condition/$run", 4)
    ] * 2
    assert all(set(line.persons) == told for line in lines)


async def test_who_withdraws_gives_no_row_from_then_on(node: Node) -> None:
    agreed, stays = await people(node, "yes", "yes")
    async with client_of(node, RESEARCHER) as client:
        assert {row["person"] for row in rows(await ran(client, CODES))} == {agreed, stays}
        await load(node, submission("gp2", consent(agreed, dateTime="2026-11-24T11:00:00Z")))
        assert {row["person"] for row in rows(await ran(client, CODES))} == {stays}
        gone = {"name": "patient", "valueReference": {"reference": agreed}}
        assert rows(await ran(client, CODES, gone)) == []


async def test_a_view_of_many_steps_gives_the_same_rows(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "READ_AT_ONCE", 1)
    await people(node, *["yes"] * 4)
    async with client_of(node, RESEARCHER) as client:
        assert rows(await ran(client, CODES)) == await naively(node, RESEARCHER, CODES)
        three = rows(await ran(client, CODES, {"name": "_limit", "valueInteger": 3}))
    assert three == (await naively(node, RESEARCHER, CODES))[:3]
    _, limited = await runs(node)
    assert (limited.seen, len(limited.persons)) == (3, 2)


async def test_patient_group_and_since_narrow(node: Node) -> None:
    agreed, also, third = await people(node, "yes", "yes", "yes")
    group = {
        "resourceType": "Group",
        "type": "person",
        "actual": True,
        "member": [{"entity": {"reference": each}} for each in (agreed, also)],
    }
    custodian = asks(Role.GP, organisation=UNIVERSITY)
    async with client_of(node, custodian) as writer:
        made = (await writer.post("Group", json=group)).headers["location"]
    of_group = {"name": "group", "valueReference": {"reference": f"Group/{made.split('/')[-3]}"}}
    async with client_of(node, RESEARCHER) as client:
        one = rows(await ran(client, CODES, {"name": "patient", "valueString": third}))
        two = rows(await ran(client, CODES, of_group))
        both = rows(await ran(client, CODES, of_group, {"name": "patient", "valueString": also}))
        later = {"name": "_since", "valueInstant": "2999-01-01T00:00:00Z"}
        none = rows(await ran(client, CODES, later))
        unknown = {"name": "group", "valueString": "Group/unknown"}
        assert (await ran(client, CODES, unknown)).status_code == 404
    assert {row["person"] for row in one} == {third}
    assert {row["person"] for row in two} == {agreed, also}
    assert {row["person"] for row in both} == {also}
    assert none == []


async def test_a_person_runs_a_view_over_their_own_record_alone(node: Node) -> None:
    mine, other = await people(node, "nothing", "yes")
    person = await person_of(node, mine)
    own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=person)
    async with client_of(node, own) as client:
        assert {row["person"] for row in rows(await ran(client, CODES))} == {mine}
        reply = await ran(client, CODES, {"name": "patient", "valueString": other})
        assert rows(reply) == []


@pytest.mark.parametrize(
    ("request_", "rule"),
    [
        (asks(Role.GP), "not for TREAT"),
        (asks(Role.PARAMEDIC, Purpose.ETREAT), "not for ETREAT"),
        (asks(Role.ANALYST, Purpose.PUBHLTH), "role analyst"),
        (asks(Role.RESEARCHER, Purpose.HOPERAT), "role researcher"),
    ],
)
async def test_a_run_without_the_right_to_export_is_refused_and_audited(
    node: Node, request_: Request, rule: str
) -> None:
    await people(node, "yes")
    async with client_of(node, request_) as client:
        refused = await ran(client, CODES)
        assert refused.status_code == 403
        assert rule in refused.json()["issue"][0]["diagnostics"]
        assert rows(await ran(client, VALUES, {"name": "resource", "resource": SENT[1]}))
    assert [(line.outcome, line.what) for line in await runs(node)] == [("deny", "Condition/$run")]


@pytest.mark.parametrize("named", ["ndjson", "json", "csv"])
@pytest.mark.parametrize("by", ["address", "parameter", "accept"])
async def test_rows_of_what_is_sent_come_in_each_form(
    client: httpx.AsyncClient, named: str, by: str
) -> None:
    media = {"ndjson": "application/x-ndjson", "json": "application/json", "csv": "text/csv"}
    more: list[dict[str, Any]] = [{"name": "resource", "resource": each} for each in SENT]
    headers, path = {}, "ViewDefinition/$run"
    if by == "address":
        path += f"?_format={named}"
    elif by == "parameter":
        more.append({"name": "_format", "valueCode": named})
    else:
        headers["accept"] = f"{media[named]}, */*;q=0.1"
    reply = await ran(client, VALUES, *more, path=path, **headers)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == media[named]
    expected = list(run_view(VALUES, SENT))
    if named == "csv":
        read = csv.reader(io.StringIO(reply.text, newline=""))
        assert list(read) == [
            ["value", "note", "codes", "known"],
            ["1", 'a "b", c\nd', '["x","y"]', "true"],
            ["", "", "[]", "false"],
        ]
    else:
        assert (reply.json() if named == "json" else rows(reply)) == expected
    assert "OperationOutcome" not in reply.text


async def test_a_decimal_keeps_its_digits_and_a_header_can_be_left_out(
    client: httpx.AsyncClient,
) -> None:
    body = (
        b'{"resourceType":"Parameters","parameter":[{"name":"header","valueBoolean":false},'
        b'{"name":"resource","resource":{"resourceType":"Observation",'
        b'"valueQuantity":{"value":1.10}}},{"name":"viewResource","resource":%s}]}'
    ) % json.dumps(VALUES).encode()
    reply = await client.post(
        "ViewDefinition/$run?_format=csv",
        content=body,
        headers={"content-type": "application/fhir+json"},
    )
    assert reply.text == "1.10,,[],false\r\n"


@pytest.mark.parametrize(
    ("view", "status", "place"),
    [
        ({"resource": "Patient"}, 400, "select"),
        ({"resource": "Nobody", "select": [{"column": []}]}, 400, "select[0]"),
        (
            {"resource": "Nobody", "select": [{"column": [{"name": "a", "path": "id"}]}]},
            400,
            "resource",
        ),
        (
            {"resource": "Patient", "select": [{"column": [{"name": "a", "path": "a..b"}]}]},
            400,
            "select[0].column[0].path",
        ),
        (
            {
                "resource": "Observation",
                "select": [{"column": [{"name": "a", "path": "note.text | code.coding.code"}]}],
            },
            422,
            "a",
        ),
    ],
)
async def test_what_is_wrong_with_a_view_is_said_with_its_place(
    client: httpx.AsyncClient, view: dict[str, Any], status: int, place: str
) -> None:
    reply = await ran(client, view, {"name": "resource", "resource": SENT[0]}, accept="text/csv")
    assert (reply.status_code, reply.json()["issue"][0]["expression"]) == (status, [place])


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"name": "viewReference", "valueReference": {"reference": "ViewDefinition/1"}}, 400),
        ({"name": "source", "valueString": "elsewhere"}, 400),
        ({"name": "patient", "valueReference": {"identifier": {"system": "x"}}}, 400),
        ({"name": "patient", "valueString": ""}, 400),
        ({"name": "group", "valueString": ""}, 400),
        ({"name": "other", "resource": {"resourceType": "Patient"}}, 400),
        ({"name": "resource", "valueString": "x"}, 400),
        ({"name": "viewResource", "resource": CODES}, 400),
        ({"name": "_limit", "valueInteger": 0}, 400),
        ({"name": "_since", "valueString": "yesterday"}, 400),
        ({"name": "header", "valueString": "perhaps"}, 400),
        ({"name": "_format", "valueCode": "fhir"}, 406),
        ({"name": "_engine", "valueCode": "spark"}, 400),
    ],
)
async def test_a_parameter_that_is_not_read_is_refused(
    node: Node, more: dict[str, Any], status: int
) -> None:
    async with client_of(node, RESEARCHER) as client:
        reply = await ran(client, CODES, more)
    assert reply.status_code == status
    assert reply.json()["resourceType"] == "OperationOutcome"


async def test_what_narrows_is_refused_beside_what_is_sent(client: httpx.AsyncClient) -> None:
    sent = {"name": "resource", "resource": SENT[0]}
    reply = await ran(client, VALUES, sent, {"name": "patient", "valueString": "Patient/1"})
    assert (reply.status_code, reply.json()["issue"][0]["expression"]) == (400, ["patient"])


@pytest.mark.parametrize(
    ("module", "bound", "least"),
    [
        (tables, "MOST_ENTRIES", 2),
        (tables, "LONGEST_SECONDS", -1.0),
        (sheet, "MOST_ROWS", 2),
        (sheet, "MOST_BYTES", 100),
    ],
)
async def test_a_table_beyond_its_bounds_is_refused_and_its_look_written_down(
    node: Node, monkeypatch: pytest.MonkeyPatch, module: ModuleType, bound: str, least: float
) -> None:
    await people(node, "yes", "yes")
    monkeypatch.setattr(module, bound, least)
    async with client_of(node, RESEARCHER) as client:
        reply = await ran(client, CODES)
    assert reply.status_code == 422
    assert "_limit" in reply.json()["issue"][0]["diagnostics"]
    (line,) = await runs(node)
    assert line.outcome == "permit"
    assert line.seen == (0 if least < 0 else line.seen)
    assert line.seen < 4


async def test_a_table_stands_in_no_bundle(client: httpx.AsyncClient) -> None:
    body = {"resourceType": "Parameters", "parameter": []}
    entry = {"resource": body, "request": {"method": "POST", "url": "ViewDefinition/$run"}}
    batch = {"resourceType": "Bundle", "type": "batch", "entry": [entry]}
    reply = (await client.post("", json=batch)).json()
    assert reply["entry"][0]["response"]["status"].startswith("400")


async def test_statement_and_description_name_the_run(client: httpx.AsyncClient) -> None:
    (rest,) = (await client.get("metadata")).json()["rest"]
    named = {each["name"] for each in rest["operation"]}
    assert {"run", "viewdefinition-run", "export"} <= named
    described = (await client.get("openapi.json")).json()["paths"]["/ViewDefinition/$run"]
    answer = described["post"]["responses"]["200"]["content"]
    assert set(answer) == {
        "application/x-ndjson",
        "application/json",
        "text/csv",
        "application/vnd.apache.parquet",
    }
