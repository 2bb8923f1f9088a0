"""The store: is it whole, do search rows say what the bodies say, is anything behind."""

from pathlib import Path
from typing import Final, cast

from throughcare.app.checks import backups
from throughcare.app.checks.check import command, fault, ok, warn
from throughcare.app.folder import Folder
from throughcare.app.node import Node
from throughcare.model.health import Check, Way
from throughcare.store.protocol import Reader
from throughcare.store.sqlite import SqliteStore, damaged_pages, has_checksums

SAMPLE: Final = 200
"""Entries whose search rows are compared with a rebuild each time."""
MOST_PAGES: Final = 20
"""Damaged pages that are named."""
_DAMAGED: Final = "What is damaged can't be shown to anybody, and more may be lost each hour."


async def checks(node: Node) -> tuple[Check, ...]:
    """Look at the store."""
    health = await node.records.check()
    async with node.store.whole() as reader:
        dangling = await _dangling(node, reader)
        sample = await _sample(node, reader)
        rebuilding = bool(await reader.rows("upkeep.place"))
    found = [*health.faults, *dangling]
    whole = (
        fault("store", "; ".join(found), backups.way_back(node.folder, _DAMAGED))
        if found
        else ok("store", f"{health.entries} entries, {health.versions} earlier versions, whole")
    )
    going_on = warn("rebuild", "was begun and did not end", _rebuild(node.folder.root))
    return (whole, sample, *((going_on,) if rebuilding else ()))


def pages(folder: Folder) -> Check:
    """Look at the checksum of every page; PostgreSQL looks at its own when it reads one."""
    if folder.dsns():
        return ok("pages", "are PostgreSQL's own to check")
    if not has_checksums(folder.store):
        found = "carry no checksums: the store was made by an earlier version"
        new = folder.root.with_name(f"{folder.root.name}-new")
        return warn(
            "pages",
            found,
            Way(
                "A bit that flips on the disk is not found before somebody reads it.",
                f"throughcare copy --from {folder.root} --to {new}",
                "Stop the node for it, then serve the copy.",
            ),
        )
    damaged = list(damaged_pages(folder.store))
    if damaged:
        some = ", ".join(map(str, damaged[:MOST_PAGES]))
        found = f"{len(damaged)} of store.sqlite are damaged: {some}"
        return fault("pages", found, backups.way_back(folder, _DAMAGED))
    return ok("pages", "each is as it was written")


def _rebuild(root: Path) -> Way:
    otherwise = "Searches miss entries that are there: somebody may read that there is nothing."
    return Way(otherwise, command(root, "rebuild"))


async def _dangling(node: Node, reader: Reader) -> list[str]:
    """Return what points to nothing. PostgreSQL itself refuses to store that."""
    if not isinstance(node.store, SqliteStore):
        return []
    rows = await reader.query("PRAGMA foreign_key_check", ())
    return [f"A row of {table} points to nothing." for table in sorted({str(r[0]) for r in rows})]


async def _sample(node: Node, reader: Reader) -> Check:
    """Compare other entries each hour of the day. Which ones are wrong is nobody's to read here."""
    last = (await reader.rows("operations.last_entry"))[0][0]
    start = cast("int", last) * node.clock.now().hour // 24
    found = await node.records.upkeep().sample(reader, start - 1, SAMPLE)
    if found.wrong:
        said = f"{len(found.wrong)} of {found.entries} are out of date"
        return fault("search rows", said, _rebuild(node.folder.root))
    return ok("search rows", f"{found.entries} of them are those of a rebuild")
