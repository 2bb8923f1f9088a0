"""A full disk refuses writes at once, loses nothing, and hides no look."""

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from faults import disks, full_disk
from faults.disks import SmallDisk
from faults.imports import resources
from faults.processes import new_node, ran
from faults.registers import transaction
from locality_commands import throughcare

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True, scope="module")
def _needs_disks(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip, and say so, where nobody may make a disk."""
    try:
        with disks.small_disk(tmp_path_factory.mktemp("probe"), 1):
            pass
    except disks.NoDiskError as error:
        pytest.skip(f"no small disks here: {error}")


@pytest.mark.parametrize(
    "make_room",
    [lambda disk: disk.ballast.unlink(), lambda disk: disk.enlarge(96)],
    ids=["emptied", "enlarged"],
)
async def test_a_full_disk_refuses_writes_and_goes_on_reading(
    tmp_path: Path, make_room: Callable[[SmallDisk], None]
) -> None:
    found = await full_disk.run(tmp_path, 100, make_room)
    assert found.faults == []
    assert max(found.refusals) < 1.0
    assert found.lines >= found.looks == 100


def test_a_load_onto_a_full_disk_ends_and_says_so(tmp_path: Path) -> None:
    feed = tmp_path / "feed.ndjson"
    bundles = [orjson.dumps(transaction(resources(number))) for number in range(50)]
    feed.write_bytes(b"\n".join(bundles) + b"\n")
    with disks.small_disk(tmp_path, 16) as disk:
        node = new_node(disk.mount / "node")
        disk.fill()
        loaded = throughcare("load", feed, "--node", node, "--quiet")
        assert loaded.returncode == 1
        assert "disk" in loaded.stderr
        assert "full" in loaded.stderr
        disk.ballast.unlink()
        ran(throughcare("load", feed, "--node", node, "--quiet"))
