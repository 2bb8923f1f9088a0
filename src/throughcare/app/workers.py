"""Several processes behind one listening socket, and the one that looks after them.

Each worker is a ``throughcare serve`` of its own that inherits the socket, so a connection goes to
whichever is free and one that waits is never lost with a process. Each has a lifeline, a pair of
sockets: the worker says over it that it is ready, and stops when its other end closes, so that no
worker outlives its supervisor, however that ended.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from throughcare.app.serving import FINISH_SECONDS
from throughcare.kernel import ThroughcareError

READY: Final = b"r"
CLOSE_SECONDS: Final = FINISH_SECONDS + 30
"""How long a worker may take to stop, its ledger sealed and signed; then it is killed."""
PAUSES: Final = (0.0, 0.5, 1.0, 2.0, 5.0)
"""Seconds before a worker is replaced, by how often it has died in a row before it was ready."""


class WorkerError(ThroughcareError):
    """A worker can't start at all; what it said about why is on the standard error."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be served, with how many processes."""

    node: Path
    listening: socket.socket
    count: int
    environment: Mapping[str, str]
    """That of each worker."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A running worker."""

    process: asyncio.subprocess.Process
    lifeline: socket.socket

    async def is_ready(self) -> bool:
        """Wait until it serves, or has ended without; tell which."""
        heard = await asyncio.get_running_loop().sock_recv(self.lifeline, len(READY))
        return heard == READY

    async def end(self) -> None:
        """Let it finish what is under way, and kill it only if that takes too long."""
        if self.process.returncode is None:
            self.process.terminate()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
        self.lifeline.close()


class Workers:
    """Keeps the workers of a plan alive until it is told to stop."""

    def __init__(self, plan: Plan, say: Callable[[str], None]) -> None:
        """Report through `say`."""
        self._plan = plan
        self._say = say
        self._stopping = asyncio.Event()

    async def serve(self, ready: Callable[[], None]) -> None:
        """Serve until SIGTERM or SIGINT; calls `ready` once every worker serves.

        On return no worker is left. Raises WorkerError if one can't start in the first place.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        numbers = range(1, self._plan.count + 1)
        workers = [await self._start() for _ in numbers]
        up = await asyncio.gather(*(worker.is_ready() for worker in workers))
        if not all(up) and not self._stopping.is_set():
            await asyncio.gather(*(worker.end() for worker in workers))
            message = "A worker did not start. Mend what it said above, then serve again."
            raise WorkerError(message)
        ready()
        await asyncio.gather(*map(self._keep, numbers, workers))

    async def _start(self) -> Worker:
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        handed = (self._plan.listening.fileno(), theirs.fileno())
        words = ("-m", "throughcare", "serve", "--node", str(self._plan.node))
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *words,
                *("--listening", str(handed[0]), "--lifeline", str(handed[1])),
                pass_fds=handed,
                env=dict(self._plan.environment),
                start_new_session=True,  # a Ctrl-C in the terminal is the supervisor's to pass on
            )
        finally:
            theirs.close()
        return Worker(process, ours)

    async def _keep(self, number: int, worker: Worker) -> None:
        """Replace `worker` whenever it dies, until all are to stop."""
        failures = 0
        while not await self._outlives(worker):
            how = _ending(worker.process.returncode)
            self._say(f"Worker {number} (process {worker.process.pid}) {how}; starting another.")
            worker.lifeline.close()
            if await self._stops_within(PAUSES[min(failures, len(PAUSES) - 1)]):
                return
            worker = await self._start()
            if await worker.is_ready():
                failures = 0
                self._say(f"Worker {number} serves again (process {worker.process.pid}).")
            else:
                failures += 1
        await worker.end()

    async def _outlives(self, worker: Worker) -> bool:
        """Wait until all are to stop, or the worker has died; tell which."""
        waits = {
            asyncio.create_task(self._stopping.wait()),
            asyncio.create_task(worker.process.wait()),
        }
        _, waiting = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        return self._stopping.is_set()

    async def _stops_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"


def say_ready(lifeline: int) -> None:
    """Tell the supervisor at the other end of `lifeline` that this worker serves."""
    os.write(lifeline, READY)
