"""A served node over demo people: a process of its own, reached over loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from locality_commands import throughcare

PEOPLE = "60"
EDITH = "9996188108"
GEORGE = "9996749983"


@dataclass(frozen=True)
class Served:
    """A node that answers at `base`."""

    node: Path
    base: str

    def token(self, role: str, purpose: str, *words: str) -> str:
        """Return a token of these claims."""
        made = throughcare(
            "token", "--node", self.node, "--role", role, "--purpose", purpose, *words
        )
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def client(self, role: str, purpose: str, *words: str) -> httpx.Client:
        """Return a client of the FHIR interface with a token of these claims."""
        headers = {"authorization": f"Bearer {self.token(role, purpose, *words)}"}
        return httpx.Client(base_url=f"{self.base}/fhir/", headers=headers, timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(node: Path, *words: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start ``serve`` and return the process and its address, once it answers.

    What it says on the standard error goes to ``serve.log`` in the node's folder.
    """
    port = free_port()
    command = [sys.executable, "-m", "throughcare", "serve", "--node", str(node)]
    with (node / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), *words], stdout=subprocess.DEVNULL, stderr=log
        )
    base = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            if httpx.get(f"{base}/healthz").status_code == httpx.codes.OK:
                return process, base
        except httpx.TransportError:
            time.sleep(0.1)
    process.kill()
    process.wait()
    message = "the node did not answer within 30 s"
    raise TimeoutError(message)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)


@pytest.fixture(scope="session")
def demo_node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a node with demo people."""
    node = tmp_path_factory.mktemp("demo") / "node"
    made = throughcare("demo", "--node", node, "--people", PEOPLE, "--no-serve")
    assert made.returncode == 0, made.stderr
    return node


@pytest.fixture(scope="session")
def served(demo_node: Path) -> Iterator[Served]:
    """Serve the demo node until the last test that asks."""
    process, base = start(demo_node)
    try:
        yield Served(demo_node, base)
    finally:
        stop(process)


@pytest.fixture(scope="session")
def gp(served: Served) -> Iterator[httpx.Client]:
    """Return a client of Edith's GP practice."""
    with served.client("gp", "TREAT", "--org", "B86001") as client:
        yield client


@pytest.fixture
def killer() -> Callable[[subprocess.Popen[bytes]], None]:
    """Return how to end a process as a power cut to it would."""

    def kill(process: subprocess.Popen[bytes]) -> None:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=30)

    return kill
