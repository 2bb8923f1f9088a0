"""A node as its keepers meet it: commands, crashes, refused files, and who is told of a look."""

import asyncio
import csv
import io
import json
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from locality_commands import throughcare
from node.conftest import EDITH, GEORGE, Served, start, stop
from throughcare.app import asking, folder
from throughcare.app.node import opened
from throughcare.demo import generate
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Actor, Purpose, Request, Role

pytestmark = pytest.mark.server

NHS = "https://fhir.nhs.uk/Id/nhs-number"
SECTIONS = ("allergies", "plans", "alerts", "medicines", "conditions", "measurements", "contacts")


def emergency(node: Path, number: str, purpose: str, *words: str) -> dict[str, Any]:
    """Return what ``emergency --json`` prints for a paramedic."""
    who = ("--role", "paramedic", "--org", "RX8", "--purpose", purpose, "--json", *words)
    asked = throughcare("emergency", "--node", node, "--nhs", number, *who)
    assert asked.returncode == 0, asked.stderr
    found: dict[str, Any] = json.loads(asked.stdout)
    return found


async def lines_about(node: Path, number: str) -> list[AuditEntry]:
    """Return the ledger's lines about a person, as the person reads them."""
    async with opened(folder.existing(node)) as found:
        person = await asking.person_with(found, number)
        own = Actor("self", Role.PATIENT, "", person=person)
        request = Request(own, Purpose.PATRQT, found.clock.now(), id=found.ids.new())
        looks = await found.oversight.looks(request, await asking.person_id_with(found, number))
        return list(looks.lines)


@pytest.mark.parametrize(("role", "purpose"), [("care-assistant", "BTG"), ("it-lead", "TREAT")])
def test_a_refusal_of_the_role_is_printed_like_any_other(
    demo_node: Path, role: str, purpose: str
) -> None:
    who = ("--role", role, "--purpose", purpose, "--reason", "unconscious", "--json")
    asked = throughcare("emergency", "--node", demo_node, "--nhs", EDITH, *who)
    assert asked.returncode == 0, asked.stderr
    shown = json.loads(asked.stdout)
    assert {"name", "sources", "withheld", *SECTIONS} <= set(shown)
    assert (shown["withheld"]["decision"], shown["withheld"]["rank"]) == ("deny", 0)
    assert shown["withheld"]["text"]
    assert all(shown[name]["state"] == "withheld" for name in SECTIONS)
    assert all(shown[name]["items"] == [] for name in SECTIONS)


def test_a_folder_that_can_not_be_made_is_one_sentence() -> None:
    made = throughcare("init", "/proc/node")
    assert made.returncode == 1
    assert made.stderr.count("\n") == 1
    assert "/proc/node" in made.stderr


def test_the_emergency_command_prints_the_keys_that_others_rely_on(demo_node: Path) -> None:
    shown = emergency(demo_node, EDITH, "ETREAT", "--reason", "unconscious")
    assert {"name", "sources", "withheld", *SECTIONS} <= set(shown)
    assert shown["withheld"] is None
    for name in SECTIONS:
        assert shown[name]["state"]
        assert all(item["text"] for item in shown[name]["items"])
    assert any("dementia" in item["text"] for item in shown["alerts"]["items"])


async def test_a_denial_is_an_answer_and_broken_glass_shows_who_broke_it(demo_node: Path) -> None:
    denied = emergency(demo_node, GEORGE, "ETREAT", "--reason", "unconscious")
    assert {"decision", "rank", "text", "break_glass"} == set(denied["withheld"])
    assert all(denied[name]["items"] == [] for name in SECTIONS)
    why = "found collapsed by a neighbour"
    opened_up = emergency(demo_node, GEORGE, "BTG", "--reason", why, "--user", "crew-7")
    assert opened_up["withheld"] is None
    lines = await lines_about(demo_node, GEORGE)
    assert any((line.user, line.purpose, line.reason) == ("crew-7", "BTG", why) for line in lines)
    assert any(line.purpose == "ETREAT" and line.outcome == "deny" for line in lines)


async def test_a_read_over_http_is_a_line_that_the_person_reads(
    served: Served, demo_node: Path
) -> None:
    with served.client("gp", "TREAT", "--org", "B86001", "--user", "dr-line") as client:
        found = client.get("Patient", params={"identifier": f"{NHS}|{EDITH}"}).json()
        patient = found["entry"][0]["resource"]["id"]
        assert client.get(f"Patient/{patient}/$everything").status_code == 200
    lines = [line for line in await lines_about(demo_node, EDITH) if line.user == "dr-line"]
    assert {line.action for line in lines} == {"search", "everything"}
    assert EDITH not in " ".join(line.what for line in lines)
    assert throughcare("audit", "verify", "--node", demo_node).returncode == 0


def test_the_doctor_says_what_it_looked_at(demo_node: Path) -> None:
    seen = throughcare("doctor", "--node", demo_node, "--json")
    assert seen.returncode == 0, seen.stdout
    found = json.loads(seen.stdout)
    assert found["well"] is True
    assert {"store", "disk", "ledger", "feeds"} <= {check["name"] for check in found["checks"]}
    ways = [check for check in found["checks"] if check["state"] != "ok"]
    assert all(way["otherwise"] and (way["command"] or way["words"]) for way in ways)


def test_a_consent_binds_the_next_request_and_its_withdrawal_the_one_after(
    served: Served, gp: httpx.Client
) -> None:
    person = {
        "resourceType": "Patient",
        "identifier": [{"system": NHS, "value": "9990000026"}],
        "name": [{"family": "Switching"}],
        "birthDate": "1950-01-01",
        "gender": "male",
    }
    patient = f"Patient/{gp.post('Patient', json=person).json()['id']}"
    condition = {"resourceType": "Condition", "subject": {"reference": patient}}
    url = f"Condition/{gp.post('Condition', json=condition).json()['id']}"
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": patient},
        "dateTime": "2026-06-01T09:00:00Z",
        "policy": [{"uri": "urn:example:policy"}],
        "provision": {"type": "deny"},
    }
    with served.client("nurse", "TREAT", "--org", "RXX") as nurse:
        assert nurse.get(url).status_code == 200
        made = gp.post("Consent", json=consent)
        assert made.status_code == 201, made.text
        assert nurse.get(url).status_code == 404
        own = ("--person", person_id(served.node, "9990000026"), "--user", "self")
        with served.client("patient", "PATRQT", *own) as self_:
            assert self_.get(url).status_code == 200
            consents = self_.get("Consent", params={"patient": patient}).json()
            assert consents["total"] == 1
        asyncio.run(share_again(served.node, "9990000026"))
        assert nurse.get(url).status_code == 200
        refusal = gp.post("Consent", json=consent | {"dateTime": "2026-06-02T09:00:00Z"}).json()
        assert nurse.get(url).status_code == 404
        where, taken_back = f"Consent/{refusal['id']}", refusal | {"status": "inactive"}
        assert nurse.put(where, json=taken_back).status_code == 412
        assert gp.get(where).status_code == 404
        assert gp.put(where, json=taken_back).status_code == 200
        assert nurse.get(url).status_code == 200


async def share_again(node: Path, number: str) -> None:
    """Switch "my whole record" on again, as the person does on the page, by another process."""
    async with opened(folder.existing(node)) as found:
        person = await asking.person_with(found, number)
        own = Actor("self", Role.PATIENT, "", person=person)
        request = Request(own, Purpose.PATRQT, found.clock.now(), id=found.ids.new())
        await found.admission.switch(request, "all", share=True)


def person_id(node: Path, number: str) -> str:
    """Return the public id of the person with this NHS number."""

    async def ask() -> str:
        async with opened(folder.existing(node)) as found:
            return await asking.person_id_with(found, number)

    return asyncio.run(ask())


def test_what_was_acknowledged_outlives_a_killed_server(
    tmp_path: Path, killer: Callable[[subprocess.Popen[bytes]], None]
) -> None:
    node = tmp_path / "node"
    throughcare("init", node)
    process, base = start(node)
    ids = []
    with Served(node, base).client("gp", "TREAT", "--org", "B86001") as client:
        for year in range(1940, 1965):
            person = {"resourceType": "Patient", "birthDate": str(year)}
            made = client.post("Patient", json=person)
            assert made.status_code == 201
            ids.append(made.json()["id"])
    killer(process)
    process, base = start(node)
    try:
        with Served(node, base).client("gp", "TREAT", "--org", "B86001") as client:
            assert {client.get(f"Patient/{id_}").status_code for id_ in ids} == {200}
            assert client.get("Patient?_summary=count").json()["total"] == len(ids)
    finally:
        stop(process)
    verified = throughcare("audit", "verify", "--node", node)
    assert verified.returncode == 0, verified.stdout


def feeds(root: Path, people: int = 30) -> Path:
    """Write the demo's feeds below `root`."""
    for name, content in generate(today=date(2026, 11, 24), people=people).files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def state_of(node: Path) -> tuple[Mapping[str, int], list[list[tuple[str, str]]]]:
    """Return how many entries of each type a node holds, and which records are one person's."""
    entries = json.loads(throughcare("doctor", "--node", node, "--json").stdout)["entries"]
    persons = defaultdict(list)
    listed = throughcare("people", "--node", node, "--csv").stdout
    for row in csv.DictReader(io.StringIO(listed)):
        persons[row["person_id"]].append((row["source"], row["local_id"]))
    return entries, sorted(sorted(records) for records in persons.values())


def test_an_interrupted_load_ends_like_one_that_was_not(tmp_path: Path) -> None:
    root = feeds(tmp_path / "feeds")
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for node in (whole, broken):
        throughcare("init", node)
    assert throughcare("load", root, "--node", whole, "--quiet").returncode == 0
    command = [sys.executable, "-m", "throughcare", "load", str(root), "--node", str(broken)]
    process = subprocess.Popen(
        [*command, "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    log = next(broken.rglob("store.sqlite"), broken / "store.sqlite").with_name("store.sqlite-wal")
    for _ in range(600):
        if process.poll() is not None or (log.exists() and log.stat().st_size > 300_000):
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=30) == -signal.SIGKILL, "the load ended before it was killed"
    again = throughcare("load", root, "--node", broken, "--quiet")
    assert again.returncode == 0, again.stdout
    assert state_of(broken) == state_of(whole)
    assert throughcare("audit", "verify", "--node", broken).returncode == 0


def test_a_faulty_line_is_named_and_costs_nothing_else(tmp_path: Path) -> None:
    root = feeds(tmp_path / "feeds", people=20)
    node = tmp_path / "node"
    throughcare("init", node)
    gp = root / "gp.ndjson"
    lines = gp.read_text().splitlines()
    broken = lines[3].replace('"birthDate":"', '"birthDate":"13', 1)
    gp.write_text("\n".join([*lines[:3], broken, *lines[4:], '{"resourceType":']) + "\n")
    loaded = throughcare("load", root, "--node", node, "--quiet")
    assert loaded.returncode == 1
    told = [line for line in loaded.stdout.splitlines() if line.startswith("refused")]
    assert len(told) == 2, loaded.stdout
    assert "gp.ndjson: line 4" in told[0]
    assert "Patient.birthDate" in told[0]
    assert "line 21" in told[1]
    listed = throughcare("people", "--node", node, "--csv").stdout
    assert listed.count("\ngp,") == len(lines) - 1


def test_a_port_that_is_taken_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = throughcare("demo", "--node", tmp_path / "node", "--port", str(port))
    assert ran.returncode == 1
    assert f"127.0.0.1:{port}" in ran.stderr
    assert "THROUGHCARE_PORT" in ran.stderr
    assert not (tmp_path / "node").exists()
