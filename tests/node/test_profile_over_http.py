"""Another profile on a node that serves: in force at once in all workers, told, gone back from."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from locality_commands import throughcare
from node.conftest import Served, start, stop
from throughcare.consent.profile import default_text

pytestmark = pytest.mark.server

NHS: Final = "https://fhir.nhs.uk/Id/nhs-number"
SAID_YES, SAID_NOTHING = "9990000018", "9990000026"
OPT_IN: Final = (
    default_text().replace('"opt-out"', '"opt-in"').replace("version = 1", "version = 2")
)


def bundle(number: str) -> dict[str, object]:
    url = f"urn:uuid:00000000-0000-4000-8000-00{number}"
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": NHS, "value": number}],
        "name": [
            {"family": f"Khan{number[-2:]}".translate(str.maketrans("0123456789", "abcdefghij"))}
        ],
        "birthDate": "1961-04-05",
    }
    ill = {
        "resourceType": "Condition",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "38341003"}]},
        "subject": {"reference": url},
    }
    entry = [
        {"fullUrl": url, "resource": patient, "request": {"method": "POST", "url": "Patient"}},
        {"resource": ill, "request": {"method": "POST", "url": "Condition"}},
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entry}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve, with two workers, two people of whom one agreed to sharing."""
    folder = tmp_path_factory.mktemp("profile")
    node = folder / "node"
    assert throughcare("init", node).returncode == 0
    for number in (SAID_YES, SAID_NOTHING):
        (folder / f"{number}.json").write_text(json.dumps(bundle(number)), "utf-8")
    rows = f"nhs_number,decision,scope,what,until\n{SAID_YES},permit,provider,RXX,\n"
    (folder / "consents.csv").write_text(rows, "utf-8")
    files = sorted([*folder.glob("*.json"), folder / "consents.csv"])
    loaded = throughcare("load", *files, "--node", node)
    assert loaded.returncode == 0, loaded.stdout
    process, base = start(node, "--workers", "2")
    try:
        yield Served(node, base)
    finally:
        stop(process)


def conditions(client: httpx.Client, number: str) -> int:
    found = client.get("Condition", params={"patient.identifier": f"{NHS}|{number}"})
    assert found.status_code == 200
    return int(found.json()["total"])


def fresh(served: Served, token: str) -> httpx.Client:
    """Return a client of a connection of its own, so that any worker may answer."""
    headers = {"authorization": f"Bearer {token}"}
    return httpx.Client(base_url=f"{served.base}/fhir/", headers=headers, timeout=30)


def test_an_opt_in_profile_binds_all_workers_within_a_second_and_is_gone_back_from(
    served: Served, tmp_path: Path
) -> None:
    token = served.token("nurse", "TREAT", "--org", "RXX")
    file = tmp_path / "optin.toml"
    file.write_text(OPT_IN, "utf-8")
    with fresh(served, token) as client:
        assert conditions(client, SAID_NOTHING) == 1
    done = throughcare("profile", "use", file, "--node", served.node, "--why", "the board")
    assert done.returncode == 0, done.stderr
    time.sleep(1)
    for _ in range(8):
        with fresh(served, token) as client:
            assert conditions(client, SAID_NOTHING) == 0
            assert conditions(client, SAID_YES) == 1
    assert "Closes" in done.stdout
    assert "the person has said nothing" in done.stdout
    before = done.stdout.rsplit("--version ", 1)[1].strip()
    listed = throughcare("profile", "list", "--node", served.node).stdout.splitlines()
    assert listed[1].startswith(before)
    assert listed[0].endswith("the board")
    shown = throughcare("profile", "show", before, "--node", served.node).stdout
    assert shown == default_text()
    back = throughcare("profile", "use", "--version", before, "--node", served.node)
    assert back.returncode == 0, back.stderr
    time.sleep(1)
    for _ in range(8):
        with fresh(served, token) as client:
            assert conditions(client, SAID_NOTHING) == 1
