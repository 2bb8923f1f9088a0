"""A record room on each engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from record.rooms import Room
from store.engines import opened, plain_and_full


@pytest.fixture(params=plain_and_full)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async for store in opened(request.param, tmp_path):
        yield Room(store)
