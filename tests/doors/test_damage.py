"""What a submission is told where the store, and not the submission, is at fault."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from doors.node_parts import load, node_in, patient, submission
from throughcare.kernel import DamagedError
from throughcare.store.sqlite.connection import PAGE_BYTES, open_writing


async def test_a_damaged_store_is_no_fault_of_what_is_sent(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await load(node, submission("gp", patient("Moss", "9990000018")))
    store = tmp_path / "node" / "store.sqlite"
    if not store.exists():
        pytest.skip("PostgreSQL looks after the pages of its own files")
    open_writing(store).close()  # moves the log into the file
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'received'"
        ((page,),) = connection.execute(sql)
    with store.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES + 100)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes((byte[0] ^ 1,)))
    async with node_in(tmp_path) as node:
        with pytest.raises(DamagedError, match="damaged"):
            await load(node, submission("gp", patient("Hill", "9990000026"), key="2"))
