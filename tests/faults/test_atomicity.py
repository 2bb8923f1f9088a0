"""A transaction is seen whole or not at all, and pages stay in step while others write."""

from pathlib import Path

import pytest

from faults import atomicity

pytestmark = pytest.mark.server


async def test_no_reader_sees_part_of_a_transaction(tmp_path: Path) -> None:
    found = await atomicity.run(tmp_path, transactions=150, walks=3)
    assert found.faults == []
    assert found.reads > 20
    assert found.values > atomicity.PEOPLE, "readers saw no change"
    assert found.walks == 3
