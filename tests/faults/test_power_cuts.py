"""What was acknowledged outlives a power cut: it was on the disk before it was promised."""

import sys
from pathlib import Path

import pytest

from faults import careless, disks, power_cuts
from store.cluster import available

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True, scope="module")
def _needs_disks(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip, and say so, where nobody may make a disk."""
    try:
        with disks.loop_disk(tmp_path_factory.mktemp("probe"), 16):
            pass
    except disks.NoDiskError as error:
        pytest.skip(f"no power cuts here: {error}")


async def test_nothing_acknowledged_is_lost_to_a_power_cut(tmp_path: Path) -> None:
    found = await power_cuts.run(tmp_path, rounds=2, seed=5)
    assert found.faults == []
    assert found.acknowledged > 0
    assert found.sealed > 0


@pytest.mark.skipif(bool(available()), reason=available())
async def test_nothing_acknowledged_is_lost_on_postgres() -> None:
    found = await power_cuts.run_on_postgres(rounds=2, seed=5)
    assert found.faults == []
    assert found.acknowledged > 0
    assert found.sealed > 0


async def test_a_store_that_does_not_wait_for_the_disk_is_found_out(tmp_path: Path) -> None:
    command = (sys.executable, str(Path(careless.__file__)))
    found = await power_cuts.run(tmp_path, rounds=3, seed=5, command=command)
    assert any("lost" in fault or "damaged" in fault for fault in found.faults), found
