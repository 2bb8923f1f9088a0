"""Each resource is a register: one order explains what all saw, through kills and pauses."""

from pathlib import Path

import pytest

from faults import linearizability
from faults.databases import database
from faults.linearizability import Findings, Plan
from store.cluster import available

pytestmark = pytest.mark.server


def judge(found: Findings, plan: Plan) -> None:
    assert found.anomalies == []
    assert found.operations == plan.operations
    assert found.kills + found.pauses > 0


async def test_one_order_explains_what_every_client_saw(tmp_path: Path) -> None:
    plan = Plan(3_000, seed=3, workers=2, kill_every=1.0, pause_every=0.2)
    judge(await linearizability.run(tmp_path, plan), plan)


@pytest.mark.skipif(bool(available()), reason=available())
@pytest.mark.parametrize("shards", [1, 2])
async def test_one_order_holds_when_processes_of_the_database_die_too(
    tmp_path: Path, shards: int
) -> None:
    plan = Plan(500, seed=5, workers=2, kill_every=2.0, pause_every=0.5, shards=shards)
    async with database() as where:
        judge(await linearizability.run(tmp_path, plan, where), plan)
