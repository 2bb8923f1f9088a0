from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.ledger_parts import KEY, SMALL, SetClock
from throughcare.audit.ledger import Ledger


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def ledger(folder: Path, clock: SetClock) -> Iterator[Ledger]:
    with Ledger.open(folder, clock, KEY, sizes=SMALL) as opened:
        yield opened
