"""Loads go wrong in every way that files do, and lose nothing by it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from locality_commands import throughcare
from throughcare.app.demonstration import TODAY
from throughcare.demo import generate

pytestmark = pytest.mark.server


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    """Return a folder with the feeds of 40 people."""
    folder = tmp_path / "feeds"
    for name, content in generate(today=TODAY, people=40).files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def counts(node: Path) -> dict[str, int]:
    report = throughcare("doctor", "--node", node, "--json")
    found: dict[str, int] = json.loads(report.stdout)["entries"]
    return found


def people(node: Path) -> str:
    listed = throughcare("people", "--node", node, "--csv").stdout
    rows = [line.split(",") for line in listed.splitlines()[1:]]
    groups: dict[str, list[str]] = {}
    for source, local_id, person, state in rows:
        groups.setdefault(person, []).append(f"{source} {local_id} {state}")
    return "\n".join(sorted(" ".join(sorted(members)) for members in groups.values()))


def test_a_load_that_is_killed_ends_like_one_that_was_not(feeds: Path, tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for node in (whole, broken):
        assert throughcare("init", node).returncode == 0
    command = [sys.executable, "-m", "throughcare", "load", str(feeds), "--node", str(broken)]
    for seconds in (1.2, 1.6, 2.0):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    for node in (broken, whole):
        loaded = throughcare("load", feeds, "--node", node, "--quiet")
        assert loaded.returncode == 0, loaded.stdout
    assert counts(broken) == counts(whole)
    assert people(broken) == people(whole)


def test_files_that_wait_for_one_another_in_a_row_are_all_stored(tmp_path: Path) -> None:
    def transaction(*resources: dict[str, object]) -> str:
        entries = [
            {
                "fullUrl": f"urn:uuid:00000000-0000-4000-8000-00000000000{number}",
                "resource": resource,
                "request": {"method": "POST", "url": resource["resourceType"]},
            }
            for number, resource in enumerate(resources)
        ]
        return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})

    folder, node = tmp_path / "feeds", tmp_path / "node"
    folder.mkdir()
    patient = {"resourceType": "Patient", "name": [{"family": "Okafor"}], "birthDate": "1947-08-26"}
    weight = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Weight"},
        "subject": {"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"},
        "performer": [{"reference": "PractitionerRole?identifier=urn:r|1"}],
    }
    role = {
        "resourceType": "PractitionerRole",
        "identifier": [{"system": "urn:r", "value": "1"}],
        "organization": {"reference": "Organization?identifier=urn:o|9"},
    }
    organization = {
        "resourceType": "Organization",
        "identifier": [{"system": "urn:o", "value": "9"}],
        "name": "Mill Lane Surgery",
    }
    (folder / "1.json").write_text(transaction(patient, weight), "utf-8")
    (folder / "2.json").write_text(transaction(role), "utf-8")
    (folder / "3.json").write_text(transaction(organization), "utf-8")
    throughcare("init", node)
    loaded = throughcare("load", folder, "--node", node, "--quiet")
    assert loaded.returncode == 0, loaded.stdout
    assert counts(node).keys() >= {"Observation", "PractitionerRole", "Organization"}


def test_a_file_that_can_not_be_read_costs_only_itself(tmp_path: Path) -> None:
    folder, node = tmp_path / "feeds", tmp_path / "node"
    folder.mkdir()
    patient = {"resourceType": "Patient", "name": [{"family": "Okafor"}]}
    (folder / "a.json").symlink_to(tmp_path / "nowhere")
    (folder / "b.json").write_text(json.dumps(patient), "utf-8")
    (folder / "loop").symlink_to(folder)
    throughcare("init", node)
    loaded = throughcare("load", folder, "--node", node, "--quiet")
    assert loaded.returncode == 1
    assert "refused a.json: The file can't be read: No such file or directory." in loaded.stdout
    assert counts(node) == {"Patient": 1}


def test_every_rejection_is_listed_however_many(tmp_path: Path) -> None:
    folder, node = tmp_path / "feeds", tmp_path / "node"
    folder.mkdir()
    (folder / "bad.ndjson").write_text('{"resourceType":"Patient"\n' * 70, "utf-8")
    throughcare("init", node)
    loaded = throughcare("load", folder, "--node", node, "--quiet")
    assert loaded.returncode == 1
    refused = [line for line in loaded.stdout.splitlines() if line.startswith("refused bad.ndjson")]
    assert [line.split(":")[1].split(",")[0] for line in refused] == [
        f" line {number}" for number in range(1, 71)
    ]


def test_what_is_rejected_names_file_place_rule_and_remedy_and_costs_only_itself(
    feeds: Path, tmp_path: Path
) -> None:
    clean, dirty = tmp_path / "clean", tmp_path / "dirty"
    for node in (clean, dirty):
        throughcare("init", node)
    throughcare("load", feeds, "--node", clean, "--quiet")
    gp = feeds / "gp.ndjson"
    lines = gp.read_bytes().splitlines()
    bundle = json.loads(lines[0])
    bundle["entry"][0]["resource"]["birthDate"] = "19500-01-01"
    gp.write_bytes(b"\n".join([json.dumps(bundle).encode(), b'{"resourceType": "Bun', *lines]))
    hospital = feeds / "hospital.hl7"
    hospital.write_bytes(hospital.read_bytes() + b"\r\n\r\nMSH|^~\\&|PAS|RXX|||2026||ADT^A01\r")
    loaded = throughcare("load", feeds, "--node", dirty, "--quiet")
    assert loaded.returncode == 1
    refused = [line for line in loaded.stdout.splitlines() if line.startswith("refused")]
    assert len(refused) == 3, refused
    said = "\n".join(refused)
    assert "gp.ndjson: line 1, entry[0]" in said
    assert "birthDate" in said
    assert "gp.ndjson: line 2" in said
    assert "hospital.hl7: message" in said
    assert "segment MSH, field 10" in said
    assert counts(dirty) == counts(clean)


def test_what_is_no_feed_is_listed_as_such_and_changes_nothing(tmp_path: Path) -> None:
    node, folder = tmp_path / "node", tmp_path / "files"
    folder.mkdir()
    (folder / "notes.csv").write_text("colour,shape\nred,round\n", "utf-8")
    (folder / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    throughcare("init", node)
    loaded = throughcare("load", folder, "--node", node, "--quiet")
    assert loaded.returncode == 0
    assert "no feed notes.csv" in loaded.stdout
    assert "no feed photo.png" in loaded.stdout
    assert counts(node) == {}


def test_a_folder_that_is_no_node_says_how_to_make_one(tmp_path: Path) -> None:
    asked = throughcare("people", "--node", tmp_path / "nothing")
    assert asked.returncode == 1
    assert "throughcare init" in asked.stderr
