"""A database that restarts costs a 503 and a second try, and nothing is written twice."""

from pathlib import Path

import pytest

from faults import restarts
from faults.databases import database
from store.cluster import available

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(bool(available()), reason=available()),
]


async def test_clients_of_a_restarting_database_see_503_and_write_once(tmp_path: Path) -> None:
    async with database() as where:
        found = await restarts.run(tmp_path, where, restarts=2, every=2.0)
    assert found.faults == []
    assert found.created > 0
    assert found.refused > 0
