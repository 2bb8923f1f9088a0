from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.actor_parts import CountedIds, SetClock
from store.engines import on_every_engine, opened
from throughcare.store.protocol import Store


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def ids() -> CountedIds:
    return CountedIds()


@pytest.fixture(params=on_every_engine)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async for one in opened(request.param, tmp_path):
        yield one
