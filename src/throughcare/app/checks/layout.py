"""The layout of the store: is it that of this program, and does anything of it wait."""

from collections import Counter
from typing import Final, cast

from throughcare.app.checks.check import Check, fault, ok, warn
from throughcare.kernel import ConflictError
from throughcare.store import migrate, statements
from throughcare.store.protocol import Reader

_ONE_VERSION: Final = "Start a Throughcare of one version on this node."
_FINISH: Final = "throughcare migrate --finish"


async def check(reader: Reader) -> Check:
    """Compare the layout that `reader` sees with that of this program.

    What is missing in one of several databases is missing; the first migration is in all of them.
    """
    known = migrate.load(statements.LAYOUT / "migrations")
    found = Counter(cast("list[tuple[int, str]]", await reader.rows("operations.layout")))
    everywhere = max(found.values())
    applied = dict(one for one, times in found.items() if times == everywhere)
    try:
        missing = migrate.pending(known, applied)
    except ConflictError as error:
        return fault("layout", error.message, _ONE_VERSION)
    numbers = ", ".join(f"{one.number:04}" for one in missing)
    if not all(one.is_post for one in missing):
        return fault("layout", f"{numbers} of this program is missing", _ONE_VERSION)
    if missing:
        return warn("layout", f"{numbers} waits until no older program is left", _FINISH)
    return ok("layout", f"{known[-1].number:04}, the newest of this program")
