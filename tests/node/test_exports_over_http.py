"""A bulk export of a node that is killed while it works."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from locality_commands import throughcare
from node.conftest import Served, start, stop
from node.test_consent_over_http import PERSON, condition, no_to_mental_health

pytestmark = pytest.mark.server

Process = subprocess.Popen[bytes]


def agreement(patient: str) -> dict[str, Any]:
    actor = {
        "role": {"coding": [{"code": "IRCP"}]},
        "reference": {"identifier": {"value": "RUNI"}},
    }
    permit = {"type": "permit", "actor": [actor], "purpose": [{"code": "HRESCH"}]}
    return no_to_mental_health(patient) | {"provision": permit}


def finished(client: httpx.Client, place: str) -> httpx.Response:
    for _ in range(500):
        reply = client.get(place)
        if reply.status_code != 202:
            return reply
    message = "the export did not come to its end"
    raise TimeoutError(message)


def test_an_export_outlives_the_process_and_is_packed_for_who_takes_it(
    tmp_path: Path, killer: Callable[[Process], None]
) -> None:
    node = tmp_path / "node"
    assert throughcare("init", node).returncode == 0
    process, base = start(node)
    try:
        served = Served(node, base)
        with served.client("gp", "TREAT", "--org", "B99999") as gp:
            patient = f"Patient/{gp.post('Patient', json=PERSON).json()['id']}"
            for _ in range(80):
                made = gp.post("Condition", json=condition(patient, "195967001"))
                assert made.status_code == 201, made.text
            assert gp.post("Consent", json=agreement(patient)).status_code == 201
        with served.client("researcher", "HRESCH", "--org", "RUNI") as researcher:
            begun = researcher.get("Patient/$export", headers={"prefer": "respond-async"})
        assert begun.status_code == 202, begun.text
        killer(process)
        process, again = start(node)
        place = begun.headers["content-location"].replace(base, again)
        with httpx.Client(headers=researcher.headers, timeout=30) as client:
            manifest = finished(client, place).json()
            by_type = {file["type"]: file for file in manifest["output"]}
            assert {type_: file["count"] for type_, file in by_type.items()} == {
                "Patient": 1,
                "Condition": 80,
            }
            url = by_type["Condition"]["url"]
            packed = client.get(url, headers={"accept-encoding": "gzip"})
            plain = client.get(url, headers={"accept-encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert packed.content == plain.content
        assert {json.loads(each)["subject"]["reference"] for each in plain.text.splitlines()} == {
            patient
        }
    finally:
        stop(process)
