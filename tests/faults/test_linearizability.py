"""Each resource is a register: one order explains what all saw, through kills and pauses."""

from pathlib import Path

import pytest

from faults import linearizability
from faults.linearizability import Plan

pytestmark = pytest.mark.server


async def test_one_order_explains_what_every_client_saw(tmp_path: Path) -> None:
    plan = Plan(3_000, seed=3, workers=2, kill_every=1.0, pause_every=0.2)
    found = await linearizability.run(tmp_path, plan)
    assert found.anomalies == []
    assert found.operations == 3_000
    assert found.kills + found.pauses > 0
