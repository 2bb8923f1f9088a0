"""The thread that seals, signs and fills the reserve, and those who wait for it."""

import asyncio
import threading
import time
from dataclasses import dataclass
from typing import Protocol

from throughcare.audit.errors import LedgerBrokenError


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, in seconds and entries."""

    seal: float = 0.05
    entries: int = 256
    """Don't wait out the time once so many entries are new."""
    checkpoint: float = 60.0


class Sealable(Protocol):
    """What the thread works on: a ledger."""

    def seal(self) -> None:
        """Seal what is new."""

    def checkpoint(self) -> object:
        """Sign the head."""

    def refill(self) -> None:
        """Fill the reserve."""


class Sealer:
    """Seals soon after each entry; asleep while there are none."""

    def __init__(self, ledger: Sealable, pace: Pace) -> None:
        """Prepare; `start` starts the thread."""
        self._ledger, self._pace = ledger, pace
        self._work, self._hurry, self._stop = threading.Event(), threading.Event(), False
        self._waiting: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._guard = threading.Lock()
        self._reached = 0
        self._thread = threading.Thread(target=self._run, name="ledger-sealer", daemon=True)
        self.fault = ""
        """Why the last round was incomplete, or ""."""

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def nudge(self, waiting: int) -> None:
        """Say that so many entries wait, at each; most times nothing has to be done."""
        if waiting == 1:
            self._work.set()
        if waiting == self._pace.entries:
            self._hurry.set()

    def stop(self) -> None:
        """Stop the thread and wait for its end."""
        self._stop = True
        self._work.set()
        self._hurry.set()
        if self._thread.is_alive():
            self._thread.join()

    def tell(self, sequence: int) -> None:
        """Wake those who wait for entries up to `sequence`."""
        with self._guard:
            self._reached = max(self._reached, sequence)
            ready = [one for one in self._waiting if one[0] <= self._reached]
            self._waiting = [one for one in self._waiting if one[0] > self._reached]
        for _, loop, future in ready:
            loop.call_soon_threadsafe(_resolve, future)

    async def reached(self, sequence: int) -> None:
        """Wait until `tell` has said this sequence or a later one; seals at once."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        with self._guard:
            if self._reached >= sequence:
                return
            mine = (sequence, loop, future)
            self._waiting.append(mine)
        self._work.set()
        self._hurry.set()
        try:
            await future
        finally:
            with self._guard:
                if mine in self._waiting:
                    self._waiting.remove(mine)

    def _run(self) -> None:
        signed_at = time.monotonic()
        unsigned = True
        while not self._stop:
            due = max(0.0, signed_at + self._pace.checkpoint - time.monotonic())
            worked = self._work.wait(due if unsigned else None)
            if worked:
                self._hurry.wait(self._pace.seal)
                unsigned = True
            self._work.clear()
            self._hurry.clear()
            sign = time.monotonic() - signed_at >= self._pace.checkpoint
            if not self._round(sign=sign):
                return
            if sign:
                signed_at, unsigned = time.monotonic(), False

    def _round(self, *, sign: bool) -> bool:
        """Do one round; False if the ledger is broken and no further round makes sense."""
        try:
            self.fault = ""
            self._ledger.seal()
            if sign:
                self._ledger.checkpoint()
            self._ledger.refill()
        except LedgerBrokenError as error:
            self.fault = error.message
            return False
        except OSError as error:
            self.fault = f"the checkpoint can't be kept: {error.strerror}"
        return True


def _resolve(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
