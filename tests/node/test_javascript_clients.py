"""Clients in JavaScript drive a served node, where Node and they are installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from node.conftest import Served

pytestmark = pytest.mark.server

FOLDER = Path(__file__).parent / "javascript"
CLIENTS = {"kit": "fhir-kit-client", "smart": "fhirclient", "medplum": "@medplum/core"}


@pytest.mark.parametrize("script", CLIENTS)
def test_a_client_creates_reads_searches_updates_patches_pages_and_deletes(
    served: Served, script: str
) -> None:
    program = shutil.which("node")
    if program is None:
        pytest.skip("Node is not installed: the clients in JavaScript were not tried")
    if not (FOLDER / "node_modules" / CLIENTS[script]).exists():
        pytest.skip(f"{CLIENTS[script]} is not installed: tools/set_up.py test installs it")
    token = served.token("gp", "TREAT", "--org", "B86001")
    command = [program, f"{script}.mjs", f"{served.base}/fhir", token]
    done = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
