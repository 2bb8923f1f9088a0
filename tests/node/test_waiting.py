"""A server that starts before its database waits for it."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from faults.databases import Database, database
from faults.processes import environment
from locality_commands import throughcare
from node.conftest import free_port, stop
from store import cluster
from store.engines import on_postgres
from throughcare.app import folder, storing
from throughcare.app.system import SystemClock
from throughcare.kernel import BadInputError, OverloadedError

pytestmark = [pytest.mark.server, *on_postgres]


@pytest.fixture
async def db() -> AsyncIterator[Database]:
    async with database() as made:
        yield made


async def node_in(root: Path, db: Database) -> Path:
    made = await asyncio.to_thread(throughcare, "init", root, "--store", await db.make("record"))
    assert made.returncode == 0, made.stderr
    return root


def launch_recovering(db: Database) -> None:
    """Start a server that replays its log until it is told to stop, and turns everybody away."""
    assert db.cluster.binaries is not None
    (db.folder / "data" / "standby.signal").touch()
    settings, port = {"hot_standby": "off"}, int(db.cluster.port)
    db.cluster = cluster.launch(db.folder, db.cluster.binaries, settings, port)


def serve(log: Path, *words: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as errors:
        command = [sys.executable, "-m", "throughcare", "serve", *words]
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=errors, env=environment()
        )


def answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/healthz", timeout=0.5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_server_waits_for_a_database_that_is_down_and_then_recovers(
    tmp_path: Path, db: Database, workers: str
) -> None:
    node = await node_in(tmp_path / "node", db)
    db.crash()
    port, log = free_port(), tmp_path / "serve.log"
    process = serve(log, "--node", str(node), "--port", str(port), "--workers", workers)
    base, data = f"http://127.0.0.1:{port}", db.folder / "data"
    try:
        await until(lambda: "The database is not there yet" in log.read_text())
        launch_recovering(db)
        await until(lambda: "in archive recovery" in db.cluster.program("pg_controldata", data))
        await asyncio.sleep(2)
        assert process.poll() is None
        assert not answers(base)
        db.cluster.program("pg_ctl", "promote", "-D", data)
        await until(lambda: answers(base))
        db.find_postmaster()
    finally:
        stop(process)
    said = log.read_text().splitlines()
    assert len(said) == int(workers)
    assert len(set(said)) == 1


async def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not await asyncio.to_thread(is_so):
        assert time.monotonic() < end
        await asyncio.sleep(0.1)


async def test_the_wait_ends_and_only_what_may_come_is_waited_for(
    tmp_path: Path, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "TRIES", 2)
    node = folder.existing(await node_in(tmp_path / "node", db))
    said: list[str] = []
    db.crash()
    with pytest.raises(OverloadedError, match="can't be reached"):
        await storing.open_store(node, SystemClock(), waiting=said.append)
    assert len(said) == 1
    db.start_again()
    node.keep_dsns([db.cluster.dsn("no_such_database")])
    with pytest.raises(BadInputError, match="does not let this node in"):
        await storing.open_store(node, SystemClock(), waiting=said.append)
    assert len(said) == 1
