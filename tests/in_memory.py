"""Where tests keep what need not outlive the machine: in memory, where it has some to give."""

import os
import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - a file system, of which a folder of our own is made
_ENOUGH = 2 * 1024**3
"""Bytes that a worker may take: a cluster, its replica and the nodes of a test take a third."""


def memory() -> Path | None:
    """Return a folder in memory, if the machine has one and enough of it."""
    is_usable = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)
    return _MEMORY if is_usable and shutil.disk_usage(_MEMORY).free > _ENOUGH else None
