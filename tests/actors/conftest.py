from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.actor_parts import CountedIds, SetClock
from throughcare.store.protocol import Store
from throughcare.store.sqlite import open_store


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def ids() -> CountedIds:
    return CountedIds()


@pytest.fixture
async def store(tmp_path: Path, clock: SetClock) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "store.db", clock=clock)
    yield opened
    await opened.close()
