"""A record room on each engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from record.rooms import Room
from store.engines import locked_too, opened


@pytest.fixture(params=locked_too)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async for store in opened(request.param, tmp_path):
        yield Room(store)
