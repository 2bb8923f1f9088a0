"""The engines that the contract suites run on: each test sees every one of them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from throughcare.store.protocol import Store
from throughcare.store.sqlite import open_store
from throughcare.store.sqlite.engine import LAYOUT

PROBE = Path(__file__).parent / "layout"
Opener = Callable[[Path, Path], Awaitable[Store]]


class TickingClock:
    """One second later each time it is asked."""

    def __init__(self) -> None:
        """Start at nine o'clock."""
        self.time = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Let a second pass and return the time."""
        self.time += timedelta(seconds=1)
        return self.time


async def open_sqlite(folder: Path, layout: Path = LAYOUT) -> Store:
    """Open the SQLite engine on a file in `folder`."""
    return await open_store(folder / "store.sqlite", clock=TickingClock(), layout=layout)


ENGINES: dict[str, Opener] = {"sqlite": open_sqlite}


async def opened(engine: str, folder: Path, layout: Path = LAYOUT) -> AsyncIterator[Store]:
    """Yield an open store and close it afterwards."""
    store = await ENGINES[engine](folder, layout)
    try:
        yield store
    finally:
        await store.close()
