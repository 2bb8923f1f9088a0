"""Every node of these tests, on each engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.engines import LOCKED, drop, dsns, each_kind
from throughcare.app.folder import create


@pytest.fixture(params=each_kind, autouse=True)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[None]:
    """Let the node that a test makes in its folder keep its record in this engine."""
    if request.param != "sqlite":
        node = create(tmp_path / "node")
        node.keep_dsns(await dsns(request.param, tmp_path))
        if request.param in LOCKED:
            with node.locality.open("a", encoding="utf-8") as rules:
                rules.write("\n[store]\nsecond_lock = true\n")
    yield
    await drop(request.param, tmp_path)
