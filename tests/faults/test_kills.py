"""What was acknowledged is there after kill -9 of a served node at any moment, whole and found."""

from pathlib import Path

import pytest

from faults import kills
from faults.databases import database
from store.cluster import available

pytestmark = pytest.mark.server
on_postgres = pytest.mark.skipif(bool(available()), reason=available())


async def test_an_import_through_kills_ends_like_one_that_was_left_alone(tmp_path: Path) -> None:
    found = await kills.run(tmp_path, 3, 11, between=(0.3, 1.0), workers=2)
    assert found.faults == []
    assert found.acknowledged > 0
    assert found.interrupted.entries == 4 * found.acknowledged


@on_postgres
async def test_it_does_on_postgres_too_whose_processes_are_killed_as_well(tmp_path: Path) -> None:
    async with database() as where:
        found = await kills.run(tmp_path, 4, 11, between=(0.3, 1.0), database=where)
    assert found.faults == []
    assert found.acknowledged > 0
    assert found.interrupted.entries == 4 * found.acknowledged
