"""Parquet: files of an export and tables of a view, read again with DuckDB."""

import json
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from api.export_parts import RESEARCHER, client_of, exported, finished, people
from api.test_tables import CODES, SENT, VALUES, naively, ran, rows
from fhir.path.person import FORM, OBSERVATION, PERSON
from throughcare.api import parquet
from throughcare.app.node import Node
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import columns
from throughcare.kernel import UnprocessableError

Json = Any
PARQUET = "application/vnd.apache.parquet"


def read(content: bytes, folder: Path) -> list[dict[str, Json]]:
    """Return the rows of a file, what is missing left out."""
    place = folder / "file.parquet"
    place.write_bytes(content)
    found = duckdb.read_parquet(str(place))
    names = found.columns
    return [pruned(dict(zip(names, row, strict=True))) for row in found.fetchall()]


def pruned(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: pruned(each) for name, each in value.items() if each is not None}
    return [pruned(each) for each in value] if isinstance(value, list) else value


def as_text(value: Json) -> Json:
    """Return JSON with the digits of its decimals."""
    return json.loads(fhir_bytes.dump(value), parse_float=str)


async def file_of(*resources: Json) -> bytes:
    return await parquet.of_resources([fhir_bytes.dump(each) for each in resources])


async def test_a_file_holds_each_resource_whole(tmp_path: Path) -> None:
    named = {"resourceType": "Patient", "id": "b", "name": [{"given": ["A", None, "C"],
             "_given": [None, {"id": "x"}, None]}], "multipleBirthInteger": 2}  # fmt: skip
    (person, other, nobody) = read(
        await file_of(PERSON, named, {"resourceType": "Patient"}), tmp_path
    )
    expected = as_text(PERSON)
    expected["extension"][1]["valueAge"]["value"] = "52"
    expected["contained"] = [fhir_bytes.dump(each).decode() for each in PERSON["contained"]]
    person["contained"] = json.loads(person["contained"])
    assert [json.dumps(each) for each in person["contained"]] == [
        json.dumps(json.loads(each)) for each in expected["contained"]
    ]
    del person["contained"], expected["contained"]
    assert person == expected
    assert other == named
    assert nobody == {"resourceType": "Patient"}


async def test_columns_have_the_types_of_the_draft(tmp_path: Path) -> None:
    read(await file_of(OBSERVATION), tmp_path)
    told = duckdb.sql(f"DESCRIBE FROM '{tmp_path}/file.parquet'").fetchall()
    types = {row[0]: row[1] for row in told}
    assert types["valueQuantity"].startswith('STRUCT("value" VARCHAR')
    assert types["effectiveDateTime"] == "VARCHAR"
    assert "valueInteger INTEGER" in types["component"].replace('"', "")
    assert (await read_one(OBSERVATION, tmp_path))["valueQuantity"]["value"] == "83.50"
    assert await read_one(FORM, tmp_path) == FORM


async def read_one(resource: Json, folder: Path) -> Json:
    (row,) = read(await file_of(resource), folder)
    return row


@pytest.mark.parametrize(
    "odd",
    [
        {"name": {"family": "one"}},
        {"active": "yes"},
        {"nothing": {"a": 1.50}},
        {"gender": "\0"},
        {"multipleBirthInteger": 10**30},
        {"maritalStatus": {}},
    ],
)
async def test_what_stands_otherwise_than_r4_says_is_json_text(odd: Json, tmp_path: Path) -> None:
    resource = {"resourceType": "Patient", "id": "a", **odd}
    plain = {"resourceType": "Patient", "name": [{"family": "x"}], "active": True}
    first, second = read(await file_of(resource, plain), tmp_path)
    ((name, value),) = odd.items()
    assert json.loads(first[name]) == value
    assert {key: _plain(second[key]) for key in plain} == plain


def _plain(value: Json) -> Json:
    return json.loads(value) if isinstance(value, str) and value[0] in "[{t" else value


async def test_a_file_without_entries_and_one_with_too_many_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(await file_of(), tmp_path) == []
    monkeypatch.setattr(columns, "MOST_COLUMNS", 3)
    with pytest.raises(UnprocessableError, match="NDJSON"):
        await file_of(PERSON)


async def test_an_export_in_parquet_holds_what_one_in_ndjson_holds(
    node: Node, tmp_path: Path
) -> None:
    await people(node, "yes", "nothing", "yes")
    async with client_of(node, RESEARCHER) as client:
        _, lines = await exported(client, "Patient/$export")
        asked = f"Patient/$export?_outputFormat={PARQUET}"
        begun = await client.get(asked, headers={"prefer": "respond-async"})
        manifest = (await finished(client, begun.headers["content-location"])).json()
        for file in manifest["output"]:
            fetched = await client.get(file["url"])
            assert fetched.headers["content-type"] == PARQUET
            assert read(fetched.content, tmp_path) == [json.loads(x) for x in lines[file["type"]]]
            other = file["url"].replace(".parquet", ".ndjson")
            assert (await client.get(other)).status_code == 404
    assert {file["type"] for file in manifest["output"]} == set(lines)


async def test_a_view_on_duckdb_gives_the_same_answer_and_the_same_lines(node: Node) -> None:
    await people(node, "yes", "nothing", "yes")
    engine = {"name": "_engine", "valueCode": "duckdb"}
    limit = {"name": "_limit", "valueInteger": 3}
    async with client_of(node, RESEARCHER) as client:
        for more in ([], [limit]):
            python = await ran(client, CODES, *more)
            assert (await ran(client, CODES, engine, *more)).content == python.content
        assert rows(python) == (await naively(node, RESEARCHER, CODES))[:3]
        wrong = {"resource": "Patient", "select": [{"column": [{"name": "a", "path": "1 + 1"}]}]}
        refused = await ran(client, wrong, engine)
        other = await ran(client, CODES, {"name": "_engine", "valueCode": "spark"})
    assert refused.status_code == 400
    assert "leave out _engine" in refused.json()["issue"][0]["diagnostics"]
    assert other.status_code == 400


async def test_rows_of_what_is_sent_are_the_same_on_duckdb(client: httpx.AsyncClient) -> None:
    sent = [{"name": "resource", "resource": each} for each in SENT]
    view = {**VALUES, "select": [{"column": [
        each for each in VALUES["select"][0]["column"] if each["name"] != "note"  # type: ignore[index]  # JSON
    ]}]}  # fmt: skip
    engine = {"name": "_engine", "valueCode": "duckdb"}
    for form in ("ndjson", "json", "csv"):
        path = f"ViewDefinition/$run?_format={form}"
        python = await ran(client, view, *sent, path=path)
        made = await ran(client, view, engine, *sent, path=path)
        assert made.content == python.content
        assert made.status_code == 200


async def test_a_table_in_parquet_has_the_types_of_its_columns(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    sent = [{"name": "resource", "resource": each} for each in SENT]
    reply = await ran(client, VALUES, *sent, path="ViewDefinition/$run?_format=parquet")
    assert reply.headers["content-type"] == PARQUET
    first, second = read(reply.content, tmp_path)
    assert first == {"value": "1", "note": 'a "b", c\nd', "codes": ["x", "y"], "known": True}
    assert second == {"codes": [], "known": False}
    told = duckdb.sql(f"DESCRIBE FROM '{tmp_path}/file.parquet'").fetchall()
    assert [row[1] for row in told] == ["VARCHAR", "VARCHAR", "VARCHAR[]", "BOOLEAN"]


async def test_a_node_without_duckdb_says_the_way_out_at_once(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    async with client_of(node, RESEARCHER) as client:
        refused = await client.get("Patient/$export?_outputFormat=parquet")
        table = await ran(client, CODES, path="ViewDefinition/$run?_format=parquet")
    for reply in (refused, table):
        assert reply.status_code == 400
        assert "throughcare[bulk]" in reply.json()["issue"][0]["diagnostics"]
