"""One bit that flips is found and named, and never becomes a fact."""

import contextlib
import json
import re
from pathlib import Path

import pytest

from faults import bit_rot
from faults.processes import ran
from locality_commands import throughcare
from throughcare.kernel import DamagedError
from throughcare.store.sqlite import connection

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a node with records, for tests that put back what they change."""
    return bit_rot.loaded(tmp_path_factory.mktemp("rot"))


async def test_no_answer_is_wrong_for_a_bit_that_flipped_in_the_store(tmp_path: Path) -> None:
    found = await bit_rot.of_store(tmp_path, flips=40, seed=1)
    assert found.faults == []
    assert found.refused > 0
    assert found.refused + found.unread == found.flips


async def test_without_checksums_a_person_would_not_be_found(
    node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, question = node / "store.sqlite", "Patient?family=Family7"
    right = await bit_rot.answers(node)
    places = [found.start() * 8 for found in re.finditer(b"family7", store.read_bytes())]
    refused = wrong = 0
    for place in places:
        with bit_rot.flipped(store, place):
            try:
                assert await bit_rot.answers(node) == right
            except DamagedError:
                refused += 1
            with monkeypatch.context() as careless, contextlib.suppress(DamagedError):
                careless.setattr(connection, "file_system", lambda: "unix")
                wrong += (await bit_rot.answers(node))[question] != right[question]
    assert refused
    assert wrong


def test_a_bit_that_flipped_in_the_ledger_is_found_and_named(node: Path) -> None:
    found = bit_rot.of_ledger(node, flips=60, seed=1)
    assert found.faults == []


async def test_a_bit_that_flipped_in_a_backup_is_found_or_harmless(
    node: Path, tmp_path: Path
) -> None:
    found = await bit_rot.of_backup(tmp_path, node, flips=8, seed=1)
    assert found.faults == []
    assert found.refused > 0


def test_the_doctor_names_the_page(node: Path) -> None:
    store = node / "store.sqlite"
    page = store.stat().st_size // bit_rot.PAGE // 2
    with bit_rot.flipped(store, page * bit_rot.PAGE * 8 + 999):
        seen = throughcare("doctor", "--node", node, "--json")
    assert seen.returncode == 1
    checks = {check["name"]: check for check in json.loads(seen.stdout)["checks"]}
    assert checks["pages"]["state"] == "fault"
    assert checks["pages"]["found"] == f"1 of store.sqlite are damaged: {page + 1}"
    assert "restore" in checks["pages"]["command"]
    ran(throughcare("doctor", "--node", node))
