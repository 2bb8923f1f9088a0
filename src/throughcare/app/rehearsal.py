"""Rehearsals in a process of their own, which is handed rules and bytes and no store.

It can reach no record, since it knows of none; it runs at a lower priority, for seconds, in a
bounded memory, one at a time a serving process. So anybody may try a file.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

import msgspec

from throughcare.app import rehearsed
from throughcare.kernel import OverloadedError, UnprocessableError
from throughcare.model.rehearsal import Rehearsal, Rules

LOWER: Final = 5
"""By how much it gives way to whoever reads records."""
CPU_SECONDS: Final = 10
MEGABYTES: Final = 1024
LONGEST: Final = 60.0
"""Seconds that one may take on a machine that is busy with records."""


class Rehearsing:
    """Implements `throughcare.web.connecting_ports.RehearsalNode`."""

    def __init__(self, root: Path) -> None:
        """Rehearse one file at a time; profiles are those of the packages in `root`."""
        self._root = root
        self._turn = asyncio.Lock()

    async def rehearse(self, name: str, data: bytes, rules: Rules) -> Rehearsal:
        """Return what a file would come to. Raises OverloadedError while another is under way."""
        if self._turn.locked():
            message = "Somebody else's file is being tried. Wait a few seconds and send it again."
            raise OverloadedError(message)
        async with self._turn:
            folder = (str(self._root),) if rules.profiles else ()
            sent = msgspec.json.encode(rules) + b"\n" + data
            return msgspec.json.decode(await _answer(name, sent, folder), type=Rehearsal)


async def _answer(name: str, sent: bytes, folder: tuple[str, ...]) -> bytes:
    """Return what the process said. Raises UnprocessableError where it took too much."""
    pipe = asyncio.subprocess.PIPE
    words = ("-m", rehearsed.__name__, name, str(CPU_SECONDS), str(MEGABYTES), *folder)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdin=pipe, stdout=pipe, env=_environment()
    )
    _give_way(process.pid)
    try:
        async with asyncio.timeout(LONGEST):
            said, _ = await process.communicate(sent)
    except TimeoutError:
        said = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if not said:
        message = (
            f"This file takes more than {CPU_SECONDS} seconds to try. Send one with fewer messages."
        )
        raise UnprocessableError(message)
    return said


def _give_way(process: int) -> None:
    lower = os.getpriority(os.PRIO_PROCESS, process) + LOWER
    os.setpriority(os.PRIO_PROCESS, process, lower)


def _environment() -> dict[str, str]:
    """Return an environment without the settings of the node."""
    return {name: value for name, value in os.environ.items() if "THROUGHCARE" not in name}
