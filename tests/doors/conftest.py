"""Every node of these tests, on each engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.cluster import cluster, database_of
from store.engines import dsn, on_every_engine
from throughcare.app.folder import create


@pytest.fixture(params=on_every_engine, autouse=True)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[None]:
    """Let the node that a test makes in its folder keep its record in this engine."""
    if request.param != "postgres":
        yield
        return
    create(tmp_path / "node").keep_dsn(await dsn(tmp_path))
    yield
    await cluster().drop(database_of(tmp_path))
