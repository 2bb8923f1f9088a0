"""The manifest: what a backup folder holds, each file with its SHA-256, and itself with one.

It is put in place last and at once. A file that it does not name is no part of the backup; one that
it names and that has changed by a bit is found before anything is made of it.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from throughcare.kernel import ConflictError, NotFoundError
from throughcare.store.durable import sync_folder

FILE: Final = "backup.json"
FORMAT: Final = 1
_CHUNK: Final = 1 << 20
_STORED: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_OF_A_NODE: Final = re.compile(
    r"locality\.toml|(?:keys|ledger|packages|codes|codelists)/[A-Za-z0-9_][A-Za-z0-9._-]*"
)
"""Files of a node that a backup holds: its rules, its keys, its ledger, and what was loaded."""


class Piece(msgspec.Struct, frozen=True):
    """A file of the backup."""

    stored: str
    """Its name in the backup folder."""
    sha256: str
    size: int
    path: str = ""
    """What it is in a node's folder, compressed; "" for pages and commits."""


class Base(msgspec.Struct, frozen=True):
    """The whole store as of one commit, and how far the commits after it were collected."""

    piece: Piece
    chain: str
    number: int
    digest: str
    """Where the chain of commits goes on, hexadecimal."""
    at: datetime
    reached: datetime
    """Everything that was committed up to then is here."""


class Log(msgspec.Struct, frozen=True):
    """Commits, in order."""

    piece: Piece
    chain: str
    after: int
    """Number of the commit before the first."""
    last: int
    digest: str
    """Digest at its end, hexadecimal."""


class Manifest(msgspec.Struct, frozen=True):
    """Everything that one backup folder holds."""

    node: str
    """Fingerprint of the node's key."""
    program: str
    made: datetime
    bases: tuple[Base, ...] = ()
    """Oldest first."""
    logs: tuple[Log, ...] = ()
    files: tuple[Piece, ...] = ()
    format: int = FORMAT

    def pieces(self) -> Iterator[Piece]:
        """Yield every file."""
        yield from (base.piece for base in self.bases)
        yield from (log.piece for log in self.logs)
        yield from self.files

    def end(self, chain: str) -> tuple[int, str]:
        """Return number and digest up to which `chain` was collected; (-1, "") if it was not."""
        ends = [(base.number, base.digest) for base in self.bases if base.chain == chain]
        ends += [(log.last, log.digest) for log in self.logs if log.chain == chain]
        return max(ends, default=(-1, ""))

    def after(self, base: Base) -> list[Log]:
        """Return the commits that follow `base` without a gap, oldest first."""
        found: list[Log] = []
        number = base.number
        for log in self.logs:
            if log.chain == base.chain and log.after == number:
                found.append(log)
                number = log.last
        return found


class _Sealed(msgspec.Struct):
    content: msgspec.Raw
    sha256: str


def read(folder: Path) -> Manifest:
    """Return the manifest of a backup folder.

    Raises NotFoundError if there is none, ConflictError if it is damaged or newer than this.
    """
    path = folder / FILE
    if not path.is_file():
        message = f"{folder} is no backup: it has no {FILE}. Give the folder that holds one."
        raise NotFoundError(message)
    try:
        sealed = msgspec.json.decode(path.read_bytes(), type=_Sealed)
        content = bytes(sealed.content)
        if hashlib.sha256(content).hexdigest() != sealed.sha256:
            raise _damaged(path)
        found = msgspec.json.decode(content, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _damaged(path) from error
    if found.format > FORMAT:
        message = "This backup was made by a newer Throughcare; restore it with that one."
        raise ConflictError(message, place=str(path))
    for piece in found.pieces():
        _refuse_elsewhere(path, piece)
    return found


def _refuse_elsewhere(path: Path, piece: Piece) -> None:
    """Raise ConflictError for a file outside the backup, or none of a node.

    A backup may come from anybody: it must not choose what is read or written here.
    """
    of_a_node = not piece.path or _OF_A_NODE.fullmatch(piece.path)
    if not of_a_node or not _STORED.fullmatch(piece.stored):
        message = (
            "This backup names a file that no backup holds; nothing was made of it. "
            "Do not trust it: take the backup from where you made it."
        )
        raise ConflictError(message, place=str(path))


def put(folder: Path, manifest: Manifest) -> None:
    """Put the manifest in its place, durably and at once."""
    content = msgspec.json.encode(manifest)
    sealed = _Sealed(msgspec.Raw(content), hashlib.sha256(content).hexdigest())
    unfinished = folder / f".{FILE}"
    write(unfinished, msgspec.json.encode(sealed))
    unfinished.rename(folder / FILE)
    sync_folder(folder)


def write(path: Path, *content: bytes) -> None:
    """Write a file that its owner alone can read, and bring it to disk."""
    write_all(path, content)


def write_all(path: Path, content: Iterable[bytes]) -> None:
    """As `write`, piece by piece as they come."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(content)
        file.flush()
        os.fsync(file.fileno())


def piece_of(folder: Path, stored: str, path: str = "") -> Piece:
    """Return the piece that a file of `folder` is."""
    sha256, size = digest_of(folder / stored)
    return Piece(stored, sha256, size, path)


def digest_of(path: Path) -> tuple[str, int]:
    """Return SHA-256, hexadecimal, and length of a file."""
    found, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
            size += len(chunk)
    return found.hexdigest(), size


def check(folder: Path, piece: Piece) -> None:
    """Raise ConflictError, naming the file, unless it is what was written."""
    path = folder / piece.stored
    if not path.is_file():
        message = f"The backup lacks {piece.stored}. Take this file from another copy of it."
        raise ConflictError(message, place=str(path))
    if digest_of(path) != (piece.sha256, piece.size):
        message = (
            f"{piece.stored} of the backup is damaged: its checksum is wrong. Nothing was made of "
            "it. Take this file from another copy, or restore another backup."
        )
        raise ConflictError(message, place=str(path))


def _damaged(path: Path) -> ConflictError:
    message = (
        f"{path.name} is damaged, so nobody can say what the backup holds. Take this file from "
        "another copy of the backup."
    )
    return ConflictError(message, place=str(path))
