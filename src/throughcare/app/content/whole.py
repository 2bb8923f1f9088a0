"""Whole nodes: exported, made of an export, and copied from folder to folder."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from throughcare import __version__
from throughcare.actors import keys
from throughcare.app import knowledge, operator, storing
from throughcare.app.backup import manifest as manifests
from throughcare.app.backup.files import node_files
from throughcare.app.backup.restoring import give_key, refuse_occupied
from throughcare.app.backup.resuming import past, resume
from throughcare.app.content import arrival, copying, export, reading
from throughcare.app.content.digest import Digest, Summary
from throughcare.app.content.export import Export
from throughcare.app.content.reading import Progress
from throughcare.app.folder import Folder
from throughcare.app.node import Node, opened
from throughcare.app.system import RandomIds, SystemClock
from throughcare.audit import scan
from throughcare.audit.segment import is_in_use
from throughcare.audit.verify import verify
from throughcare.kernel import ConflictError
from throughcare.record import Records
from throughcare.store.protocol import Store

COPIED: Final = (
    "keys/",
    "ledger/",
    f"{knowledge.FOLDER}/",
    f"{knowledge.CODES}/",
    f"{knowledge.LISTS}/",
)
"""Folders of an export that are a node's own as they are."""
RULES: Final = "locality.toml"
"""Written last: a folder without it is no node."""


async def leave(node: Node, target: Path, progress: Progress, *, with_keys: bool = False) -> Export:
    """Export an open node to a new folder; its line is in the ledger before the first byte."""
    refuse_occupied(target)
    await operator.note(node, "export")
    digest = Digest()
    with export.Lines(target) as lines:
        async with node.store.whole() as reader:
            at = node.clock.now()
            async for page in reading.pages(reader, node.records.moving()):
                export.add(lines, page)
                reading.add(digest, page)
                progress(reading.size(page))
        for path, content in node_files(node.folder, with_keys=with_keys):
            lines.write(path, content)
        for found in scan.every(node.folder.ledger):
            lines.add("audit.ndjson", msgspec.json.encode(found.entry))
        parts = lines.parts()
    summary = digest.summary()
    fingerprint = keys.fingerprint(keys.load_public(node.folder.keys))
    counts = {kind: total.count for kind, total in summary.totals.items()}
    made = Export(fingerprint, __version__, at, summary.hash, counts, parts)
    export.put(target, made)
    return made


async def arrive(
    source: Path,
    root: Path,
    progress: Progress,
    *,
    dsns: Sequence[str] = (),
    key: Path | None = None,
) -> Export:
    """Make a node in `root`, absent or empty, of an export; it is equal, by the canonical hash.

    Raises as `export.checked`; ConflictError if what was made is not the same: it is no node then.
    """
    found = export.checked(source)
    refuse_occupied(root)
    made = Folder(root)
    for part in found.parts:
        if part.path.startswith(COPIED):
            manifests.write(root / part.path, (source / part.path).read_bytes())
    give_key(made, key, found.node)
    async with _new_store(made, dsns) as store:
        records = Records(store, SystemClock())
        await copying.refuse_used(records)
        for page in arrival.pages(source):
            await copying.put(records, records.moving(), page)
            progress(reading.size(page))
        async with store.whole() as reader:
            summary = await copying.hash_of(reader, records)
        if summary.hash != found.hash:
            message = "The node is not the same as the export says. Take another copy of it."
            raise ConflictError(message, place=str(source))
        await _finish(made, store, "the whole node, from an export")
    manifests.write(made.locality, (source / RULES).read_bytes())
    return found


async def copy(
    source: Folder, root: Path, progress: Progress, *, dsns: Sequence[str] = ()
) -> Summary:
    """Copy a node that nobody serves to `root`, absent or empty, into a store of either engine.

    It is the same node, with the same key: from then on only one of the two may be served. Raises
    ConflictError if the node is being served, or if the copy is not the same: it is no node then.
    """
    _refuse_served(source)
    refuse_occupied(root)
    made = Folder(root)
    async with _new_store(made, dsns) as store:
        async with opened(source) as node:
            await operator.note(node, "copy")
            copied = await copying.copy(node.records, Records(store, node.clock), progress)
        for path, content in node_files(source, with_keys=True):
            if path != RULES:
                manifests.write(root / path, content)
        await _finish(made, store, "the whole node, from another folder")
    manifests.write(made.locality, source.locality.read_bytes())
    return copied


@contextlib.asynccontextmanager
async def _new_store(made: Folder, dsns: Sequence[str]) -> AsyncIterator[Store]:
    """Open the store of a node that is being made."""
    if dsns:
        made.keep_dsns(dsns)
    store = await storing.open_store(made, SystemClock())
    try:
        yield store
    finally:
        await store.close()


async def _finish(made: Folder, store: Store, what: str) -> None:
    """Check the ledger that was copied, and make the store fit to go on."""
    report = verify(made.ledger)
    if not report.ok:
        message = f"The ledger that was copied is not whole: {report.findings[0]}"
        raise ConflictError(message)
    clock, ids = SystemClock(), RandomIds()
    await resume(store, operator.line(clock, ids, "restore", what), past(made, clock.now()), ids)


def _refuse_served(source: Folder) -> None:
    if is_in_use(source.ledger):
        message = (
            f"The node in {source.root} is being served: what is written from now on would not be "
            "in the copy. Stop it first."
        )
        raise ConflictError(message)
