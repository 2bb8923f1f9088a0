"""Other code lists on a served node: killed in the middle, nothing is half done."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from doors.test_relabelling import LETTERS, LIST, PLAIN
from locality_commands import throughcare
from node.conftest import Served, start, stop
from throughcare.admission.relabelling import TOGETHER
from throughcare.app.knowledge import LISTS

pytestmark = pytest.mark.server

PEOPLE = 3 * TOGETHER


def family(number: int) -> str:
    return f"x{number * 7919 % 10007:05d}{number:03d}".translate(LETTERS)


def entry(number: int) -> list[dict[str, object]]:
    url = f"urn:uuid:00000000-0000-4000-8000-{number:012d}"
    patient = {
        "resourceType": "Patient",
        "name": [{"family": family(number), "given": ["Ida"]}],
        "birthDate": f"{1920 + number}-0{1 + number % 9}-11",
    }
    condition = {
        "resourceType": "Condition",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": PLAIN}]},
        "subject": {"reference": url},
    }
    request = {"method": "POST", "url": "Patient"}
    return [
        {"fullUrl": url, "resource": patient, "request": request},
        {"resource": condition, "request": {"method": "POST", "url": "Condition"}},
    ]


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Served]:
    """Serve a node with PEOPLE, each with the same condition."""
    node = tmp_path / "node"
    assert throughcare("init", node).returncode == 0
    for number in range(PEOPLE):
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entry(number)}
        (tmp_path / f"{number}.json").write_text(json.dumps(bundle), "utf-8")
    files = sorted(tmp_path.glob("*.json"))
    loaded = throughcare("load", *files, "--node", node)
    assert loaded.returncode == 0, loaded.stdout
    process, base = start(node, "--workers", "2")
    try:
        yield Served(node, base)
    finally:
        stop(process)


def count(client: httpx.Client) -> int:
    return int(client.get("Condition", params={"_summary": "count"}).json()["total"])


def test_a_relabelling_that_is_killed_goes_on_and_a_server_writes_by_the_new_lists_at_once(
    full: Served, killer: Callable[[subprocess.Popen[bytes]], None]
) -> None:
    with full.client("nurse", "TREAT", "--org", "RXX") as nurse:
        assert count(nurse) == PEOPLE
        (full.node / LISTS).mkdir()
        (full.node / LISTS / "own.csv").write_text(LIST, "utf-8")
        command = [sys.executable, "-m", "throughcare", "relabel", "--node", str(full.node)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while count(nurse) == PEOPLE and process.poll() is None:
            time.sleep(0.01)
        killer(process)
        left = count(nurse)
        assert left % TOGETHER == 0
        assert left < PEOPLE
        assert {count(nurse) for _ in range(8)} == {left}  # both workers say so
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entry(PEOPLE + 1)}
        written = nurse.post("", json=bundle)
        assert written.status_code == httpx.codes.OK, written.text
        assert count(nurse) == left
        again = throughcare("relabel", "--node", full.node, "--quiet")
        assert again.returncode == 0, again.stderr
        assert f"{left} entries" in again.stdout
        assert count(nurse) == 0
