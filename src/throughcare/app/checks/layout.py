"""The layout of the store: is it that of this program, and does anything of it wait."""

from collections import Counter
from pathlib import Path
from typing import cast

from throughcare.app.checks.check import command, fault, ok, warn
from throughcare.kernel import ConflictError
from throughcare.model.health import Check, Way
from throughcare.store import migrate, statements
from throughcare.store.protocol import Reader


async def check(reader: Reader, root: Path) -> Check:
    """Compare the layout that `reader` sees, of the node in `root`, with that of this program.

    What is missing in one of several databases is missing; the first migration is in all of them.
    """
    one_version = Way(
        "Programs of two versions write into one store, and one of them fails.",
        command(root, "migrate"),
        "Stop every program of another version first.",
    )
    finish = Way(
        "What only older programs need goes on taking room and time at each write.",
        command(root, "migrate", "--finish"),
        "Stop the node for it.",
    )
    known = migrate.load(statements.LAYOUT / "migrations")
    found = Counter(cast("list[tuple[int, str]]", await reader.rows("operations.layout")))
    everywhere = max(found.values())
    applied = dict(one for one, times in found.items() if times == everywhere)
    try:
        missing = migrate.pending(known, applied)
    except ConflictError as error:
        return fault("layout", error.message, one_version)
    numbers = ", ".join(f"{one.number:04}" for one in missing)
    if not all(one.is_post for one in missing):
        return fault("layout", f"{numbers} of this program is missing", one_version)
    if missing:
        return warn("layout", f"{numbers} waits until no older program is left", finish)
    return ok("layout", f"{known[-1].number:04}, the newest of this program")
