"""Reading all content of a store, page by page, in one state."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from throughcare.app.content.digest import Digest, Summary, Value
from throughcare.app.content.tables import LOWEST, TABLES, Table
from throughcare.record.moving import Current, Moving, Past, class_facts
from throughcare.store.protocol import Reader, Row

TOGETHER: Final = 500
"""Rows that are read, and written, together."""

Progress = Callable[[int], None]
"""Told how many more facts are done."""


def ignore(_more: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table."""

    table: Table
    rows: Sequence[Row]


Page = Rows | Sequence[Current] | Sequence[Past]


async def pages(reader: Reader, moving: Moving) -> AsyncIterator[Page]:
    """Yield everything that a copy needs, tables first."""
    for table in TABLES:
        async for rows in _of_table(reader, table):
            yield rows
    after = LOWEST
    while current := await moving.current(reader, after, TOGETHER):
        yield current
        after = current[-1].entry
    place = (LOWEST, LOWEST)
    while past := await moving.past(reader, place, TOGETHER):
        yield past
        place = (past[-1].entry, past[-1].version)


async def _of_table(reader: Reader, table: Table) -> AsyncIterator[Rows]:
    key: dict[str, Value] = dict(table.key)
    places = [table.columns.index(name) for name in key]
    while rows := await reader.rows(f"content.read_{table.name}", **key, limit=TOGETHER):
        yield Rows(table, rows)
        key = {name: rows[-1][place] for name, place in zip(key, places, strict=True)}


async def summary(reader: Reader, moving: Moving, progress: Progress = ignore) -> Summary:
    """Return the canonical hash of a store's content."""
    digest = Digest()
    async for page in pages(reader, moving):
        add(digest, page)
        progress(size(page))
    return digest.summary()


def add(digest: Digest, page: Page) -> None:
    """Add the facts of a page."""
    if isinstance(page, Rows):
        if page.table.is_content:
            digest.add(page.table.name, page.rows)
        return
    kind = "current" if isinstance(page[0], Current) else "past"
    digest.add(kind, [_fact(one) for one in page])


def size(page: Page) -> int:
    """Return how many facts a page holds."""
    return len(page.rows) if isinstance(page, Rows) else len(page)


def _fact(version: Current | Past) -> tuple[Value, ...]:
    return (*version.facts, *class_facts(version.cls), version.body)
