"""``throughcare`` with a store that does not wait for the disk: what a recipe must find out."""

import sys

from throughcare.cli import main
from throughcare.store.sqlite import connection

CARELESS = "PRAGMA synchronous=OFF"

if __name__ == "__main__":
    careful = connection._WRITING  # noqa: SLF001 - no setting of the product does this
    connection._WRITING = careful.replace("PRAGMA synchronous=FULL", CARELESS)  # noqa: SLF001
    assert CARELESS in connection._WRITING, "the test would prove nothing"  # noqa: SLF001
    sys.exit(main())
