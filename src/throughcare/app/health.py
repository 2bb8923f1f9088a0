"""How the node is, to its IT lead and to a monitor: what is quick now, the rest from aside.

What takes long is looked at by a process of its own at the lowest priority, so that nobody at a
bedside waits for it: a ``throughcare doctor``, which leaves what it found in the node's folder.
"""

import asyncio
import os
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from throughcare.app import diagnosis, examination
from throughcare.app.checks.check import command, warn
from throughcare.app.examination import Examination
from throughcare.app.node import Node
from throughcare.kernel import DeniedError
from throughcare.model.health import Health, Way, worst_first
from throughcare.model.request import Actor, Purpose, Request, Role
from throughcare.store.claim import claimed
from throughcare.web.ports import Session

AGAIN: Final = timedelta(minutes=15)
"""How old an examination is before whoever asks has another one made."""
REST: Final = 20
"""After an examination nobody makes another for so many times as long as it took."""
LONGEST: Final = timedelta(hours=1)
"""After which one is given up."""
LOWEST: Final = 19
LOCK: Final = "examining.lock"
"""File in the node's folder that an examination holds a lock on; it is empty."""
LEDGER: Final = frozenset({"ledger", "checkpoint"})
"""Checks of an examination that say whether what is in the ledger can be relied on."""
_UNSEEN: Final = Way("What is amiss in store, ledger, disk or feeds is not seen here.")


class HealthOf:
    """Implements `throughcare.web.health_ports.HealthNode` for a node."""

    def __init__(self, node: Node) -> None:
        """Tell of `node`."""
        self._node = node
        self._aside = Aside(node.folder.root)

    async def health(self, session: Session) -> Health:
        """Return how the node is, worst first."""
        return await self._of(session.actor, Purpose.HOPERAT)

    async def ledger(self, session: Session) -> Health:
        """Return what the last examination found of the ledger."""
        if session.actor.role is not Role.PRIVACY_OFFICER:
            message = "How the ledger is, is for the privacy officer and for who runs this node."
            raise DeniedError(message)
        found = examination.last(self._node.folder)
        if self._is_old(found):
            await self._aside.begin()
        checks = found.checks if found else ()
        return Health(
            worst_first(tuple(check for check in checks if check.name in LEDGER)),
            (),
            found.at if found else None,
            examining=self._aside.is_running,
        )

    async def look_again(self, session: Session) -> None:
        """Have everything looked at anew; that is under way when this returns."""
        only_the_lead(self._node, session.actor, Purpose.HOPERAT)
        await self._aside.begin()

    async def told(self, request: Request) -> dict[str, Any]:
        """Return the same as JSON values, to whoever bears a token of the role."""
        return diagnosis.as_json(await self._of(request.actor, request.purpose))

    def end(self) -> None:
        """Leave off what is under way."""
        self._aside.end()

    async def _of(self, actor: Actor, purpose: Purpose) -> Health:
        only_the_lead(self._node, actor, purpose)
        found = examination.last(self._node.folder)
        if self._is_old(found):
            await self._aside.begin()
        told = await diagnosis.health(self._node, found, examining=self._aside.is_running)
        if not self._aside.has_failed:
            return told
        doctor = command(self._node.folder.root, "doctor")
        failed = warn("examination", "did not come to its end", replace(_UNSEEN, command=doctor))
        return replace(told, checks=worst_first((failed, *told.checks)))

    def _is_old(self, found: Examination | None) -> bool:
        return found is None or self._node.clock.now() - found.at > max(AGAIN, found.took * REST)


def only_the_lead(node: Node, actor: Actor, purpose: Purpose) -> None:
    """Raise DeniedError for whoever is not the IT lead of this locality's profile."""
    purposes = node.profile.view(actor.role).purposes
    if actor.role is not Role.IT_LEAD or purpose not in purposes:
        message = "How the node is, is for its IT lead. Ask the person who runs this node."
        raise DeniedError(message)


class Aside:
    """Examines a node in a process of its own, one at a time whatever worker asks for it.

    The process holds a lock on a file of the node's folder, so that the others see it run. It goes
    on, and keeps what it finds, if the worker that began it dies; it ends itself in time.
    """

    def __init__(self, root: Path) -> None:
        """Examine the node in `root`."""
        self._root = root
        self._lock = root / LOCK
        self._starting = asyncio.Lock()
        self._task: asyncio.Task[int] | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def is_running(self) -> bool:
        """True while an examination is under way, of this worker or another."""
        if self._task is not None and not self._task.done():
            return True
        lock = claimed(self._lock)
        if lock is not None:
            os.close(lock)
        return lock is None

    @property
    def has_failed(self) -> bool:
        """True if the last one was ended before its time. That it found faults is no failure."""
        if self._task is None or not self._task.done() or self._task.cancelled():
            return False
        return self._task.result() not in {0, 1}

    async def begin(self) -> None:
        """Begin an examination, unless one is under way."""
        async with self._starting:
            lock = claimed(self._lock)
            if lock is None:
                return
            try:
                process = await self._started(lock)
            finally:
                os.close(lock)  # the process has it now: it is free again when that ends
            self._process, self._task = process, asyncio.create_task(process.wait())

    async def _started(self, lock: int) -> asyncio.subprocess.Process:
        within = str(int(LONGEST.total_seconds()))
        words = ("-m", "throughcare", "doctor", "--node", str(self._root), "--within", within)
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, stdout=quiet, pass_fds=(lock,)
        )
        os.setpriority(os.PRIO_PROCESS, process.pid, LOWEST)
        return process

    def end(self) -> None:
        """Stop the one that is under way, if any."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
