"""Reading an export back, page by page, in the order in which a store writes it."""

from collections.abc import Iterator
from itertools import islice, starmap
from pathlib import Path
from typing import Any, TypeVar, cast

import orjson

from throughcare.app.content import export
from throughcare.app.content.reading import TOGETHER, Page, Rows
from throughcare.app.content.tables import TABLES
from throughcare.model.entry import EntryClass
from throughcare.record.moving import (
    ClassFacts,
    Current,
    CurrentFacts,
    Past,
    PastFacts,
    class_of,
)

T = TypeVar("T")
Named = dict[str, Any]
"""A line of the export."""


def pages(folder: Path) -> Iterator[Page]:
    """Yield everything that an export holds, which was checked."""
    for table in TABLES:
        named = map(orjson.loads, export.lines_of(folder / "tables" / f"{table.name}.ndjson"))
        rows = (tuple(export.value_of(row[name]) for name in table.columns) for row in named)
        for page in _together(rows):
            yield Rows(table, page)
    current = _versions(folder, "versions.ndjson", "resources")
    yield from _together(starmap(_current, current))
    past = _versions(folder, "history.ndjson", "history")
    yield from _together(starmap(_past, past))


def _versions(folder: Path, facts: str, bodies: str) -> Iterator[tuple[Named, bytes]]:
    """Yield what is known of each version, with its body from the file of its type."""
    files: dict[str, Iterator[bytes]] = {}
    for line in export.lines_of(folder / facts):
        found: Named = orjson.loads(line)
        type_ = found["body"]
        if type_ is None:
            yield found, b""
        else:
            path = folder / bodies / f"{type_}.ndjson"
            yield found, next(files.setdefault(type_, export.lines_of(path)))


def _current(named: Named, body: bytes) -> Current:
    facts = cast("CurrentFacts", tuple(named[name] for name in export.CURRENT))
    return Current(*facts, _class(named), body)


def _past(named: Named, body: bytes) -> Past:
    facts = cast("PastFacts", tuple(named[name] for name in export.PAST))
    return Past(*facts, _class(named), body)


def _class(named: Named) -> EntryClass:
    return class_of(cast("ClassFacts", tuple(named["class"][name] for name in export.CLASS)))


def _together(items: Iterator[T]) -> Iterator[list[T]]:
    while page := list(islice(items, TOGETHER)):
        yield page
