"""An export: the whole node as files that other programs can read, and that make an equal node.

==================== ===========================================================================
``resources/``       current versions, FHIR R4, one file a type, one resource a line (NDJSON)
``history/``         superseded versions, the same way
``versions.ndjson``  of each current version: entry, version, times and class; same order
``history.ndjson``   of each superseded version and deletion the same
``tables/``          persons, links, rulings, users, documents and the rest: one file a table
``packages/``        packages of profiles and codes that were loaded; ``codes/`` code systems
``codelists/``       the locality's own code lists for labels
``audit.ndjson``     the ledger's lines to read; ``ledger/`` is the ledger itself, with its proof
``export.json``      what there is, each file with its SHA-256; the canonical hash. Written last
==================== ===========================================================================
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

import msgspec
import orjson

from throughcare.app.content.digest import Value
from throughcare.app.content.reading import Page, Rows
from throughcare.kernel import ConflictError, NotFoundError
from throughcare.record.moving import Current, Past, class_facts

FILE: Final = "export.json"
FORMAT: Final = 1
CURRENT: Final = ("entry", "type", "id", "version", "seq", "updated")
PAST: Final = ("entry", "version", "updated", "deleted", "date_lo", "date_hi", "author")
CLASS: Final = ("type", "category", "labels", "custodian", "critical", "episode")
"""Names in ``versions.ndjson`` and ``history.ndjson``. ``body`` is the type whose file has it."""
_NEWLINE: Final = b"\n"
_OWN: Final = re.compile(r"(?:[a-z]+/)?[A-Za-z0-9_][A-Za-z0-9._-]*")
"""Paths of an export's files: a name, in a folder at most."""


class Part(msgspec.Struct, frozen=True):
    """A file of the export."""

    path: str
    sha256: str
    size: int


class Export(msgspec.Struct, frozen=True):
    """What an export holds."""

    node: str
    """Fingerprint of the node's key."""
    program: str
    at: datetime
    hash: str
    """Canonical hash of the content."""
    counts: Mapping[str, int]
    parts: tuple[Part, ...]
    format: int = FORMAT


class Lines:
    """Files of an export under way, each opened when it gets its first line."""

    def __init__(self, folder: Path) -> None:
        """Write to `folder`, which is there and empty."""
        self._folder = folder
        self._files: dict[str, BinaryIO] = {}
        self._sums: dict[str, Any] = {}
        self._sizes: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Return the files."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close them."""
        for file in self._files.values():
            file.close()

    def add(self, path: str, line: bytes) -> None:
        """Add a line. Raises ConflictError for one that would be two."""
        if _NEWLINE in line:
            message = "A stored resource holds a line break; run 'throughcare doctor'."
            raise ConflictError(message, place=path)
        self.write(path, line + _NEWLINE)

    def write(self, path: str, content: bytes) -> None:
        """Add bytes to a file."""
        if path not in self._files:
            place = self._folder / path
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.touch(0o600)
            self._files[path] = place.open("wb")
            self._sums[path], self._sizes[path] = hashlib.sha256(), 0
        self._files[path].write(content)
        self._sums[path].update(content)
        self._sizes[path] += len(content)

    def parts(self) -> tuple[Part, ...]:
        """Return what was written."""
        return tuple(
            Part(path, self._sums[path].hexdigest(), self._sizes[path])
            for path in sorted(self._files)
        )


def add(lines: Lines, page: Page) -> None:
    """Write a page of content."""
    if isinstance(page, Rows):
        for row in page.rows:
            values = map(_plain, row)
            named = dict(zip(page.table.columns, values, strict=True))
            lines.add(f"tables/{page.table.name}.ndjson", orjson.dumps(named))
        return
    for version in page:
        _add_version(lines, version)


def _add_version(lines: Lines, version: Current | Past) -> None:
    folder = "resources" if isinstance(version, Current) else "history"
    facts = "versions.ndjson" if isinstance(version, Current) else "history.ndjson"
    type_ = orjson.loads(version.body)["resourceType"] if version.body else None
    names = CURRENT if isinstance(version, Current) else PAST
    named = dict(zip(names, version.facts, strict=True))
    of_class = dict(zip(CLASS, class_facts(version.cls), strict=True))
    lines.add(facts, orjson.dumps({"body": type_, **named, "class": of_class}))
    if type_ is not None:
        lines.add(f"{folder}/{type_}.ndjson", version.body)


def _plain(value: Value) -> object:
    """Return a value as JSON: bytes as their text, or in base64 if they are none."""
    if not isinstance(value, bytes):
        return value
    try:
        return {"text": value.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def value_of(plain: Any) -> Value:  # noqa: ANN401 - JSON
    """Return the value that `_plain` made this of."""
    if not isinstance(plain, dict):
        found: Value = plain
        return found
    if "text" in plain:
        return str(plain["text"]).encode()
    return base64.b64decode(plain["base64"])


def put(folder: Path, export: Export) -> None:
    """Write what the export holds, last of all."""
    path = folder / FILE
    path.touch(0o600)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(export)))


def checked(folder: Path) -> Export:
    """Return what an export holds; each of its files is as it was written.

    Raises NotFoundError if it is none or was interrupted, ConflictError that names what is damaged,
    or if it is newer than this.
    """
    path = folder / FILE
    if not path.is_file():
        message = f"{folder} is no export, or one that was interrupted: it has no {FILE}."
        raise NotFoundError(message)
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Export)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        message = f"{FILE} is damaged. Take this file from another copy, or export again."
        raise ConflictError(message, place=str(path)) from error
    if found.format > FORMAT:
        message = "This export was made by a newer Throughcare; restore it with that one."
        raise ConflictError(message, place=str(path))
    for part in found.parts:
        if not _OWN.fullmatch(part.path):
            # An export may come from anybody: it must not choose what is read or written here.
            message = f"{FILE} names a file outside the export. Do not trust it; nothing was made."
            raise ConflictError(message, place=str(path))
        _check(folder / part.path, part)
    return found


def _check(path: Path, part: Part) -> None:
    if not path.is_file() or _digest(path) != part.sha256:
        message = f"{part.path} of the export is missing or damaged. Take it from another copy."
        raise ConflictError(message, place=str(path))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lines_of(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, without their ends; none if it is absent."""
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                yield line.rstrip(_NEWLINE)
