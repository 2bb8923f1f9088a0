"""A served node as its keeper and its enemy see it: started, killed, paused, started again."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGSTOP, SIGTERM, Signals

from locality_commands import throughcare

START_SECONDS = 120.0
"""A busy machine may take long to start Python; a node that hangs is found all the same."""
COMMAND = (sys.executable, "-m", "throughcare")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """Return that of this process, without coverage: what is killed writes none."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    return kept | {"THROUGHCARE_LOG_LEVEL": "warning"} | more


@dataclass
class ServedNode:
    """A node in a folder and the processes that serve it."""

    folder: Path
    command: Sequence[str] = COMMAND
    options: Sequence[str] = ()
    more: dict[str, str] = field(default_factory=dict)
    """Environment beside that of this process."""
    is_kept: bool = False
    """True if it is started again when it can't start yet, as a service manager does: its database
    may still be recovering."""
    port: int = field(default_factory=free_port)
    log: Path = Path()
    """What the server printed, of all its lives; beside the folder unless given."""
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        """Choose the log."""
        if self.log == Path():
            self.log = self.folder.with_suffix(".log")

    async def start(self) -> None:
        """Serve, and return once the node answers."""
        self.process = process = self._spawn()
        async with asyncio.timeout(START_SECONDS):
            while not await self._answers():
                if process.poll() is not None and self.is_kept:
                    self.process = process = self._spawn()
                elif process.poll() is not None:
                    message = f"the node did not start: {self.log.read_text()[-2000:]}"
                    raise RuntimeError(message)
                await asyncio.sleep(0.02)

    def _spawn(self) -> subprocess.Popen[bytes]:
        words = ["serve", "--node", str(self.folder), "--port", str(self.port), *self.options]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*self.command, *words], stdout=log, stderr=log, env=environment(**self.more)
            )

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
            return b" 200 " in await reader.readline()
        except OSError:
            return False
        finally:
            writer.close()

    def members(self) -> list[int]:
        """Return the ids of the processes that serve, the first one first."""
        assert self.process is not None
        found = [self.process.pid]
        for pid in found:
            found += children_of(pid)
        return found

    def kill(self) -> None:
        """End every process as a power cut to it would, and wait until all are gone."""
        assert self.process is not None
        self.signal_one(self.process.pid, SIGSTOP)  # it starts no other worker meanwhile
        members = self.members()
        for pid in members:
            kill_one(pid)
        self.process.wait(timeout=60)
        for pid in members[1:]:
            while is_running(pid):
                time.sleep(0.005)

    def signal_one(self, pid: int, number: Signals) -> None:
        """Send a signal to one process, which may have ended by itself."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    def stop(self) -> None:
        """Ask the node to stop, and wait until it has."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(SIGTERM)
        self.process.wait(timeout=60)


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def title_of(pid: int) -> bytes:
    """Return what a process calls itself; nothing if it has ended."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def kill_one(pid: int) -> None:
    """End a process, which may have ended by itself."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, SIGKILL)


def is_running(pid: int) -> bool:
    """Tell whether a process, of which nothing else is known, still runs: a zombie does not.

    Its first thread may be one while others still wait for the disk, and hold files.
    """
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return any(map(_is_alive, Path(f"/proc/{pid}/task").iterdir()))
    return False


def _is_alive(thread: Path) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return ") Z " not in (thread / "stat").read_text()
    return False


def new_node(folder: Path, *stores: str | None) -> Path:
    """Make a node, with its record in the PostgreSQL databases `stores` if any is given."""
    options = (word for store in stores if store for word in ("--store", store))
    ran(throughcare("init", folder, *options))
    return folder


CLAIMS = ("--org", "B86001", "--hours", "24")


def token(folder: Path, role: str = "gp", purpose: str = "TREAT", *words: str) -> str:
    """Return a bearer token for one day."""
    claims = ("--role", role, "--purpose", purpose, *CLAIMS, *words)
    return ran(throughcare("token", "--node", folder, *claims)).strip()


def ran(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
