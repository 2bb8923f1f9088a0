"""Backup and recovery of a node on PostgreSQL: the commands of the page, typed in as they stand."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.operated import deliver
from house.test_documents import steps
from locality_commands import throughcare
from store import cluster
from store.cluster import Cluster, no_replica
from throughcare.app.folder import Folder
from throughcare.app.node import opened

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "backup.md"
BLOCK = re.compile(
    r"^<!-- run as (PostgreSQL|the node) -->\n+```console\n(.*?)^```", re.MULTILINE | re.DOTALL
)
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(bool(no_replica()), reason=no_replica()),
]


@dataclass
class Keeper:
    """Whoever looks after the server: types what the page shows, as the user it says."""

    server: Cluster
    folder: Path
    """Where the server's user and the node's may both write."""
    node: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know what the names on the page stand for."""
        assert self.server.folder is not None
        assert self.server.binaries is not None
        paths = [self.server.binaries / "bin", Path(sys.executable).parent, "/usr/bin", "/bin"]
        self.environment = {
            "PATH": ":".join(map(str, paths)),
            "PGHOST": str(self.server.folder),
            "PGPORT": self.server.port,
            "PGUSER": "postgres",
            "PGDATA": str(self.server.folder / "data"),
            "BACKUP": str(self.folder / "backup"),
            "NEW": str(self.folder / "restored"),
            "LC_ALL": "C.UTF-8",
        }

    def follow(self, number: int) -> str:
        """Type the commands of a block of the page; return what the last of them said."""
        who, block = BLOCK.findall(PAGE.read_text("utf-8"))[number]
        given: dict[str, Any] = cluster.somebody() if who == "PostgreSQL" else {}
        said = ""
        for command, expected in steps(block):
            with (self.folder / f"{who}.log").open("w+") as log:
                done = subprocess.run(
                    ["/bin/bash", "-c", command],
                    stdout=log,
                    stderr=log,
                    cwd=self.folder if who == "PostgreSQL" else self.node.parent,
                    env=self.environment,
                    timeout=120,
                    check=False,
                    **given,
                )
                log.seek(0)
                said = log.read()
            assert done.returncode == 0, f"$ {command}\n{said}{self._logs()}"
            assert expected.strip() in {"...", ""} or expected == said, f"$ {command}\n{said}"
        return said

    def _logs(self) -> str:
        texts = [path.read_text()[-2000:] for path in (self.folder / "backup").glob("*.log")]
        return "\n".join(texts)

    async def now(self) -> str:
        """Return the server's time."""
        connection = await asyncpg.connect(self.server.admin)
        try:
            return str(await connection.fetchval("SELECT now()::text"))
        finally:
            await connection.close()


@asynccontextmanager
async def kept(node: Path) -> AsyncIterator[Keeper]:
    """Start a server with the database ``record``, and end what the page has made of it."""
    server = await asyncio.to_thread(cluster.start)
    await server.make("record")
    assert server.folder is not None
    keeper = Keeper(server, server.folder, node)
    configuration = server.folder / "data" / "postgresql.auto.conf"
    with configuration.open("a") as lines:  # a server that is not ours has these in its files
        lines.write(f"port = {server.port}\nunix_socket_directories = '{server.folder}'\n")
        lines.write("listen_addresses = '127.0.0.1'\nmax_prepared_transactions = 32\n")
        lines.write("max_connections = 200\n")
    try:
        yield keeper
    finally:
        for data in (keeper.environment["NEW"], keeper.environment["PGDATA"]):
            if (Path(data) / "postmaster.pid").exists():
                server.program("pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
        server.stop()


async def hash_of(node: Path) -> str:
    done = await asyncio.to_thread(throughcare, "doctor", "--node", node, "--hash")
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_the_commands_of_the_page_bring_a_node_back_to_a_moment(tmp_path: Path) -> None:
    node = tmp_path / "ward-p"
    async with kept(node) as keeper:
        address = keeper.server.dsn("record")
        made = await asyncio.to_thread(throughcare, "init", node, "--store", address)
        assert made.returncode == 0, made.stderr
        await asyncio.to_thread(keeper.follow, 0)
        await fill(node, range(4))
        await asyncio.to_thread(keeper.follow, 1)
        await fill(node, range(4, 8))
        wanted = await hash_of(node)
        keeper.environment["TIME"] = await keeper.now()
        await fill(node, range(8, 12))
        assert await hash_of(node) != wanted
        await asyncio.to_thread(keeper.follow, 2)
        assert await hash_of(node) == wanted
        assert await asyncio.to_thread(keeper.follow, 3) == "The ledger is whole.\n"
        await fill(node, range(8, 12))
        done = await asyncio.to_thread(throughcare, "doctor", "--node", node)
        assert done.returncode == 0, done.stdout


async def fill(node: Path, numbers: range) -> None:
    async with opened(Folder(node)) as one:
        for number in numbers:
            await deliver(one, number)


async def test_a_node_goes_on_only_where_a_database_was_brought_back(tmp_path: Path) -> None:
    node = tmp_path / "ward"
    assert (await asyncio.to_thread(throughcare, "init", node)).returncode == 0
    done = await asyncio.to_thread(
        throughcare, "resume", "--node", node, "--at", "2026-11-24 09:30:00+00"
    )
    assert (done.returncode, "throughcare restore" in done.stderr) == (1, True)
    done = await asyncio.to_thread(throughcare, "resume", "--node", node, "--at", "yesterday")
    assert (done.returncode, "no time with its zone" in done.stderr) == (2, True)
