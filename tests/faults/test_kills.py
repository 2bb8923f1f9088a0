"""What was acknowledged is there after kill -9 of a served node at any moment, whole and found."""

from pathlib import Path

import pytest

from faults import kills

pytestmark = pytest.mark.server


async def test_an_import_through_kills_ends_like_one_that_was_left_alone(tmp_path: Path) -> None:
    found = await kills.run(tmp_path, rounds=3, seed=11, between=(0.3, 1.0))
    assert found.faults == []
    assert found.acknowledged > 0
    assert found.interrupted.entries == 4 * found.acknowledged
