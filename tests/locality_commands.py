"""The command line as its users run it: as a process."""

import subprocess
import sys
from pathlib import Path


def throughcare(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run ``throughcare`` with `words` and return how it ended."""
    command = [sys.executable, "-m", "throughcare", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
