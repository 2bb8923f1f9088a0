"""Copying all content from one store into another, empty one; proved by the canonical hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from throughcare.app.content import reading
from throughcare.app.content.digest import Digest, Summary
from throughcare.app.content.reading import Page, Progress, Rows, ignore
from throughcare.kernel import ConflictError
from throughcare.record import Records
from throughcare.record.moving import Current, Moving, Past
from throughcare.store.protocol import Reader, Transaction


async def copy(source: Records, target: Records, progress: Progress = ignore) -> Summary:
    """Copy everything and return what was copied, once the target holds the same.

    The copy is of one state of the source. Raises ConflictError if the target is in use, or if it
    does not hold the same afterwards.
    """
    await refuse_used(target)
    moving, writing = source.moving(), target.moving()
    digest = Digest()
    async with source.store.whole() as reader:
        async for page in reading.pages(reader, moving):
            await put(target, writing, page)
            reading.add(digest, page)
            progress(reading.size(page))
    await prove(target, digest.summary())
    return digest.summary()


async def refuse_used(target: Records) -> None:
    """Raise ConflictError unless the store is as empty as a new one."""
    async with target.store.whole() as reader:
        ((used,),) = await reader.rows("content.is_used")
    if used:
        message = (
            "The target is in use, or what an interrupted copy left. A copy is made into a new "
            "node alone: take it away, or name another."
        )
        raise ConflictError(message)


async def put(target: Records, writing: Moving, page: Page) -> None:
    """Write a page; on return it is on disk."""
    await target.store.transact(_Putting(writing, page).work)


async def prove(target: Records, wanted: Summary) -> None:
    """Raise ConflictError, with what differs, unless the store holds exactly what is `wanted`."""
    async with target.store.whole() as reader:
        found = await reading.summary(reader, target.moving())
    if found.hash != wanted.hash:
        kinds = ", ".join(wanted.differs(found))
        message = f"The copy is not the same: {kinds} differ. Do not use it; copy again."
        raise ConflictError(message)


@dataclass(frozen=True, slots=True)
class _Putting:
    moving: Moving
    page: Page

    async def work(self, tx: Transaction) -> None:
        page = self.page
        if isinstance(page, Rows):
            rows = [dict(zip(page.table.columns, row, strict=True)) for row in page.rows]
            await tx.run_many(f"content.put_{page.table.name}", rows)
        elif isinstance(page[0], Current):
            await self.moving.put_current(tx, cast("Sequence[Current]", page))
        else:
            await self.moving.put_past(tx, cast("Sequence[Past]", page))


async def hash_of(reader: Reader, records: Records) -> Summary:
    """Return the canonical hash of what `reader` sees."""
    return await reading.summary(reader, records.moving())
