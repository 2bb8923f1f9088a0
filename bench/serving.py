"""What the benchmarks of a served node share: a node, a server as a process, calls without one."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from throughcare.app.node import Node
from throughcare.model.request import Actor, Permission, Purpose, Relationship, Request, Role

PATIENCE = 60
"""Seconds for a server to answer for the first time."""


def gp(node: Node) -> Request:
    """Return the request of a GP with relationship and permission."""
    return Request(
        Actor("bench", Role.GP, "B86001"),
        Purpose.TREAT,
        node.clock.now(),
        Relationship.YES,
        Permission.GIVEN,
        id=node.ids.new(),
    )


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs as a process."""

    pid: int
    port: int

    def spent(self) -> float:
        """Return the CPU seconds that all its threads have used, in nanosecond steps."""
        tasks = Path(f"/proc/{self.pid}/task")
        times = (task / "schedstat" for task in tasks.iterdir())
        return sum(int(each.read_text("ascii").split()[0]) for each in times) / 1e9


@contextlib.contextmanager
def server(*words: str) -> Iterator[Server]:
    """Run a Python server as a process; its port is the last of `words`. Ended by its own id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603 - our own commands
        [sys.executable, *words, str(port)], stdout=quiet, stderr=quiet
    )
    try:
        _await(port)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _await(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            time.sleep(0.5)  # what a start leaves behind is not measured
            return
        time.sleep(0.1)
    message = f"nothing listens on port {port}"
    raise TimeoutError(message)


class Client:
    """One connection that is kept, and does next to nothing itself."""

    def __init__(self, server: Server, target: str, token: str) -> None:
        """Prepare a GET of `target`."""
        self._socket = socket.create_connection(("127.0.0.1", server.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = (
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAccept: */*\r\n"
            f"Accept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n"
            f"User-Agent: bench\r\nAuthorization: Bearer {token}\r\n\r\n"
        ).encode()

    def get(self) -> bytes:
        """Send it and return the whole answer; it must be 200."""
        self.ask()
        return self.take()

    def ask(self) -> None:
        """Send it, and wait for nothing."""
        self._socket.sendall(self._request)

    def take(self) -> bytes:
        """Return the whole answer to what was asked; it must be 200."""
        answer = b""
        while True:
            answer += self._socket.recv(1 << 16)
            head, found, body = answer.partition(b"\r\n\r\n")
            if found and len(body) >= _length(head):
                assert head.startswith(b"HTTP/1.1 200 "), head
                return body

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    (length,) = (line[15:] for line in lines if line.startswith(b"content-length:"))
    return int(length)


class Caller:
    """Calls an ASGI application as a server does, without one."""

    def __init__(
        self,
        application: Any,  # noqa: ANN401 - an ASGI callable
        token: str,
        encoding: bytes = b"gzip, deflate",
    ) -> None:
        """Call `application` with this bearer token; take what is packed by `encoding`."""
        self._application = application
        self._headers = [
            (b"host", b"127.0.0.1:8080"),
            (b"accept", b"*/*"),
            (b"accept-encoding", encoding),
            (b"connection", b"keep-alive"),
            (b"user-agent", b"bench"),
            (b"authorization", b"Bearer " + token.encode()),
        ]

    async def __call__(
        self, method: str, path: str, query: str = "", body: bytes = b""
    ) -> tuple[int, bytes]:
        """Return status and body of the answer."""
        status, _, body = await self.whole(method, path, query, body)
        return status, body

    async def whole(
        self,
        method: str,
        path: str,
        query: str = "",
        body: bytes = b"",
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Return status, headers and body of the answer to a call with `headers` besides."""
        sent: list[Mapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "scheme": "http",
            "query_string": query.encode(),
            "headers": [*self._headers, *headers],
        }
        await self._application(scope, receive, send)
        begun, *parts = sent
        return begun["status"], begun["headers"], b"".join(part["body"] for part in parts)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))
