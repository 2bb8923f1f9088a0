"""A node's other files in a backup: rules, packages and codes, public key, ledger.

The private key only if asked for.

Each is compressed and named after its content, so that what did not change is copied once.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import zstandard

from throughcare.actors import keys
from throughcare.app import knowledge
from throughcare.app.backup import manifest as manifests
from throughcare.app.backup.manifest import Piece
from throughcare.app.folder import Folder
from throughcare.audit import checkpoint, frame
from throughcare.audit.segment import name_of, segments


def copied(node: Folder, target: Path, *, with_keys: bool) -> Iterator[Piece]:
    """Copy the files and yield what they are."""
    for path, content in node_files(node, with_keys=with_keys):
        yield _copy(target, path, content)


def node_files(node: Folder, *, with_keys: bool) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of each file. All that the checkpoints sign is then there."""
    yield "locality.toml", node.locality.read_bytes()
    for path in knowledge.files(node.root):
        yield str(path.relative_to(node.root)), path.read_bytes()
    for name in (keys.PUBLIC, keys.PRIVATE) if with_keys else (keys.PUBLIC,):
        yield f"keys/{name}", (node.keys / name).read_bytes()
    signed = node.ledger / checkpoint.FILE
    if signed.exists():
        lines = signed.read_bytes()
        yield f"ledger/{checkpoint.FILE}", lines[: lines.rfind(b"\n") + 1]
    for worker, numbers in segments(node.ledger).items():
        for number in numbers:
            name = name_of(worker, number)
            content = (node.ledger / name).read_bytes()
            yield f"ledger/{name}", _whole_frames(content) if number == numbers[-1] else content


def content_of(folder: Path, piece: Piece) -> bytes:
    """Return the content of a file that was checked."""
    return (
        zstandard.ZstdDecompressor()
        .decompressobj()
        .decompress((folder / piece.stored).read_bytes())
    )


def name_of_chain(chain: str, number: int) -> str:
    """Return what the chain of a base's own records is called."""
    return f"base of {chain} at {number}"


def _copy(target: Path, path: str, content: bytes) -> Piece:
    name = path.rpartition("/")[2]
    stored = f"{hashlib.sha256(content).hexdigest()[:16]}-{name}.zst"
    if not (target / stored).exists():
        manifests.write(target / f".{stored}", zstandard.compress(content))
        (target / f".{stored}").rename(target / stored)
    return manifests.piece_of(target, stored, path)


def _whole_frames(content: bytes) -> bytes:
    """Return a segment without the end of a line that is being written at this moment."""
    end = 0
    for found in frame.frames(content):
        end = found.end
    return content[:end].ljust(len(content), b"\0")
