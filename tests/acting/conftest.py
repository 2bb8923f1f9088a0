"""Every node of these tests, on both engines."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.engines import drop, dsns, on_every_engine
from throughcare.app.folder import create


@pytest.fixture(params=on_every_engine, autouse=True)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[None]:
    """Let the node that a test makes in its folder keep its record in this engine."""
    if request.param != "sqlite":
        create(tmp_path / "node").keep_dsns(await dsns(request.param, tmp_path))
    yield
    await drop(request.param, tmp_path)
