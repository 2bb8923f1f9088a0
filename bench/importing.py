"""Measures a load beside `orjson.loads` of the same bytes, in one run, in CPU time.

``python bench/importing.py FOLDER [BUNDLES]``: FOLDER holds FHIR Bundles, JSON or NDJSON, gzip or
not; files whose names hold ``nformation`` (Synthea's directories) come first, then the first
BUNDLES others. Loads them into new nodes, validated and unvalidated, and prints microseconds a
resource and the ratio; then each stage of the pure work alone, all else (SQLite, naming, the person
index, the event loop), and what part of the raw JSON the database takes, table by table.
"""

import asyncio
import gzip
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import apsw
import orjson
from table import show, title

from throughcare.admission import admission
from throughcare.admission.validity import Examined
from throughcare.app import folder
from throughcare.app.loading import Found, Loader
from throughcare.app.node import opened
from throughcare.consent import labels
from throughcare.consent.lists import shipped
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import index, splicing, validation
from throughcare.identity import PersonIndex
from throughcare.intake import read
from throughcare.model.request import Actor, Role
from throughcare.record import bodies, rows

LOADER = Actor("bench", Role.IT_LEAD, "")
NOW = datetime(2026, 11, 26, tzinfo=UTC)
ROUNDS = 3
SIZEABLE = 0.003
"""Part of the raw JSON from which a table is shown."""
SIZES = """
SELECT m.tbl_name, sum(d.pgsize) FROM dbstat AS d JOIN sqlite_schema AS m ON m.name = d.name
GROUP BY m.tbl_name ORDER BY 2 DESC
"""


@dataclass(frozen=True, slots=True)
class Feed:
    """Files to load, and what is in them."""

    files: tuple[Path, ...]
    documents: tuple[bytes, ...]
    resources: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Bytes of raw JSON."""
        return sum(map(len, self.documents))


def feed(place: Path, most: int) -> Feed:
    """Read the files of a folder."""
    found = sorted(path for path in place.rglob("*") if path.is_file())
    directory = [path for path in found if "nformation" in path.name]
    files = (*directory, *[path for path in found if path not in directory][:most])
    documents: list[bytes] = []
    for path in files:
        data = path.read_bytes()
        text = gzip.decompress(data) if path.suffix == ".gz" else data
        documents += text.splitlines() if ".ndjson" in path.name else [text]
    resources = [entry.resource for text in documents for entry in fhir_bytes.split_bundle(text)]
    return Feed(files, tuple(documents), tuple(resources))


def least(step: Callable[[Any], object], inputs: Iterable[Any]) -> float:
    """Return the CPU seconds of the fastest round of `step` over all inputs."""
    values, rounds = list(inputs), []
    for _ in range(ROUNDS):
        start = time.process_time()
        for value in values:
            step(value)
        rounds.append(time.process_time() - start)
    return min(rounds)


class Placing:
    """Counts what the person index does, and in what CPU time, wherever a node uses it."""

    def __init__(self) -> None:
        """Count from 0."""
        self.records = 0
        self.seconds = 0.0

    def timed(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return `work`, a method of the index, counted. Nothing else runs on its thread."""

        async def counted(*words: object, **more: object) -> object:
            start = time.thread_time()
            try:
                return await work(*words, **more)
            finally:
                self.records += 1
                self.seconds += time.thread_time() - start

        return counted


async def load(node: Path, files: tuple[Path, ...]) -> float:
    """Load files into a new node; return the CPU seconds of it, all threads."""

    def progress(_found: Found, _part: float) -> None:
        """Show nothing."""

    async with opened(folder.create(node)) as running:
        start = time.process_time()
        report = await Loader(running.admission, LOADER, source="bench").load(files, progress)
        took = time.process_time() - start
    assert report.is_clean, report.rejections[0]
    return took


def stages(texts: tuple[bytes, ...], documents: tuple[bytes, ...]) -> dict[str, float]:
    """Return the CPU seconds of each pure stage over all resources."""
    parsed = [fhir_bytes.parse(text) for text in texts]
    compact = [fhir_bytes.compact(text) for text in texts]
    indexes = [index.extract(resource) for resource in parsed]
    names = [f"{each['resourceType']}/{place}" for place, each in enumerate(parsed)]
    lists = shipped()
    packer = bodies.Dictionary(1, b"".join(compact[:: max(1, len(compact) // 60)])[: bodies.SIZE])

    def linked(text: bytes) -> None:
        found = splicing.references(text) or []
        splicing.relink(text, dict.fromkeys(found, "Patient/0123456789abcdef0123456789abcdef"))

    def labelled(pair: tuple[str, Any, bytes]) -> None:
        name, resource, text = pair
        member = labels.Member(name, resource, "bench", fhir_bytes.codes(text))
        labels.classify_readings([labels.read(member, lists)])

    def rowed(pair: tuple[str, Any]) -> None:
        rows.search_rows(1 << 24, pair[0].partition("/")[0], pair[1])

    return {
        "reading Bundles": least(lambda text: list(read("b.json", text)), documents),
        "validating": least(validation.validate, parsed),
        "compacting, links": least(lambda t: linked(fhir_bytes.compact(t)), texts),
        "reading what was linked": least(fhir_bytes.read_again, compact),
        "search values": least(index.extract, parsed),
        "labels": least(labelled, zip(names, parsed, compact, strict=True)),
        "search rows": least(rowed, zip(names, indexes, strict=True)),
        "id and meta": least(
            lambda text: splicing.splice(text, id="a", version=1, updated=NOW), compact
        ),
        "packing": least(packer.packed, compact),
    }


def sizes(store: Path, raw: int) -> None:
    """Print what part of the raw JSON each table takes, its indexes included."""
    connection = apsw.Connection(str(store))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    found = cast("list[tuple[str, int]]", connection.execute(SIZES).fetchall())
    total = sum(size for _, size in found)
    show("database : raw JSON", total / 1e6, raw / 1e6, "<= 0.35", "MB")
    for name, size in found:
        if size > raw * SIZEABLE:
            print(f"  {name:<32}{size / raw:>10.3f}")


async def main(place: Path, most: int) -> None:
    """Measure and print."""
    given = feed(place, most)
    count = len(given.resources)
    limit = least(orjson.loads, given.documents)
    print(f"{len(given.files)} files, {count:,} resources, {given.size / 1e6:.1f} MB of JSON")
    title("a resource, beside orjson.loads")

    def each(what: str, seconds: float, goal: str = "-") -> None:
        show(what, seconds / count * 1e6, limit / count * 1e6, goal)

    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        await load(root / "warm", given.files[:3])
        validated = await load(root / "validated", given.files)
        placing, rebuilding = Placing(), Placing()
        with (
            patch.object(PersonIndex, "place", placing.timed(PersonIndex.place)),
            patch.object(PersonIndex, "rebuild", rebuilding.timed(PersonIndex.rebuild)),
        ):
            await load(root / "placed", given.files)
        with patch.object(admission, "examine", lambda sent, *_: Examined(sent.place)):
            unvalidated = await load(root / "unvalidated", given.files)
        each("load, validated", validated, "<= 10")
        each("load, unvalidated", unvalidated, "<= 3.5")
        pure = stages(given.resources, given.documents)
        for what, seconds in pure.items():
            each(f"  {what}", seconds)
        each(f"  placing {placing.records:,} records", placing.seconds)
        each("  placing them anew at the end", rebuilding.seconds)
        known = sum(pure.values()) + placing.seconds + rebuilding.seconds
        each("  all else", validated - known)
        sizes(root / "validated" / "store.sqlite", given.size)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 30))
