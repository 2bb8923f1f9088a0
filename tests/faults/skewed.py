"""``throughcare`` on a machine whose clock jumps: by the hours that stand in a file."""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from throughcare.app import node
from throughcare.app.system import SystemClock
from throughcare.cli import main

FILE = "THROUGHCARE_TEST_SKEW"


class SkewedClock(SystemClock):
    """The system's clock, some hours off; the file is read each time."""

    def now(self) -> datetime:
        """Return the time that this machine believes in."""
        return super().now() + timedelta(hours=float(Path(os.environ[FILE]).read_text()))


if __name__ == "__main__":
    node.SystemClock = SkewedClock  # type: ignore[misc]
    sys.exit(main())
