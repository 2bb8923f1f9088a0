"""One thing looked at, and commands as they are to be typed."""

import shlex
from pathlib import Path

from throughcare.model.health import Check, State, Way


def ok(name: str, found: str) -> Check:
    """Return a check that found nothing amiss."""
    return Check(name, State.OK, found)


def warn(name: str, found: str, way: Way) -> Check:
    """Return a check that somebody should look at."""
    return Check(name, State.WARN, found, way)


def fault(name: str, found: str, way: Way) -> Check:
    """Return a check that found something wrong."""
    return Check(name, State.FAULT, found, way)


def command(root: Path, *words: str | Path) -> str:
    """Return a command of the program for the node in `root`, whole and ready to be typed.

    >>> command(Path("/srv/our ward"), "rebuild")
    "throughcare rebuild --node '/srv/our ward'"
    """
    return shlex.join(("throughcare", *map(str, words), "--node", str(root)))
