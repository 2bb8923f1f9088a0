"""A file that one process at a time holds; the kernel frees it when that process ends."""

import fcntl
import os
from pathlib import Path


def claimed(path: Path) -> int | None:
    """Return a descriptor that holds the lock on `path`, made if absent; None while another does.

    A process that inherits the descriptor holds it too: it is free once all of them have ended.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
