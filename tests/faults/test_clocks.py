"""Order comes from counters: a clock that jumps changes no order."""

from pathlib import Path

import pytest

from faults import clocks

pytestmark = pytest.mark.server


async def test_a_clock_that_jumps_two_hours_changes_no_order(tmp_path: Path) -> None:
    found = await clocks.run(tmp_path)
    assert found.faults == []
    assert found.times != sorted(found.times), "the clock did not jump back"
