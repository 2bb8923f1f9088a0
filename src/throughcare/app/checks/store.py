"""The store: is it whole, do search rows say what the bodies say, is anything behind."""

from typing import Final, cast

from throughcare.app.checks import layout
from throughcare.app.checks.check import Check, fault, ok, warn
from throughcare.app.folder import Folder
from throughcare.app.node import Node
from throughcare.store.protocol import Reader
from throughcare.store.sqlite import SqliteStore, damaged_pages, has_checksums

SAMPLE: Final = 200
"""Entries whose search rows are compared with a rebuild each time."""
MOST_PAGES: Final = 20
"""Damaged pages that are named."""
_RESTORE: Final = "throughcare restore BACKUP --node NEW (docs/operations/backup.md)"
_REBUILD: Final = "throughcare rebuild"


async def checks(node: Node) -> tuple[Check, ...]:
    """Look at the store."""
    health = await node.records.check()
    async with node.store.whole() as reader:
        dangling = await _dangling(node, reader)
        sample = await _sample(node, reader)
        layout_found = await layout.check(reader)
        rebuilding = bool(await reader.rows("upkeep.place"))
    found = [*health.faults, *dangling]
    whole = (
        fault("store", "; ".join(found), _RESTORE)
        if found
        else ok("store", f"{health.entries} entries, {health.versions} earlier versions, whole")
    )
    going_on = warn("rebuild", "was begun and did not end", _REBUILD)
    return (whole, sample, layout_found, *((going_on,) if rebuilding else ()))


def pages(folder: Folder) -> Check:
    """Look at the checksum of every page; PostgreSQL looks at its own when it reads one."""
    if folder.dsns():
        return ok("pages", "are PostgreSQL's own to check")
    if not has_checksums(folder.store):
        found = "carry no checksums: the store was made by an earlier version"
        return warn("pages", found, "throughcare copy --from NODE --to NEW")
    damaged = list(damaged_pages(folder.store))
    if damaged:
        some = ", ".join(map(str, damaged[:MOST_PAGES]))
        return fault("pages", f"{len(damaged)} of store.sqlite are damaged: {some}", _RESTORE)
    return ok("pages", "each is as it was written")


async def _dangling(node: Node, reader: Reader) -> list[str]:
    """Return what points to nothing. PostgreSQL itself refuses to store that."""
    if not isinstance(node.store, SqliteStore):
        return []
    rows = await reader.query("PRAGMA foreign_key_check", ())
    return [f"A row of {table} points to nothing." for table in sorted({str(r[0]) for r in rows})]


async def _sample(node: Node, reader: Reader) -> Check:
    """Compare other entries each hour of the day."""
    last = (await reader.rows("operations.last_entry"))[0][0]
    start = cast("int", last) * node.clock.now().hour // 24
    found = await node.records.upkeep().sample(reader, start - 1, SAMPLE)
    if found.wrong:
        some = ", ".join(found.wrong[:3])
        return fault("search rows", f"{len(found.wrong)} are out of date, such as {some}", _REBUILD)
    return ok("search rows", f"{found.entries} of them are those of a rebuild")
