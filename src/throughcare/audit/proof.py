"""Proof that one line is in the ledger: from its bytes to a signature of the node.

Whoever holds a line, its proof and the node's public key needs nothing else, and learns nothing of
any other line.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from throughcare.audit import checkpoint, line, scan, tree
from throughcare.audit.checkpoint import Checkpoint
from throughcare.audit.errors import UnsignedError
from throughcare.audit.frame import Frame, Kind
from throughcare.audit.line import Block
from throughcare.audit.scan import Found
from throughcare.audit.segment import name_of, segments


class Proof(msgspec.Struct, frozen=True):
    """An inclusion proof."""

    line: str
    """The line as it stands in the ledger, JSON."""
    path: tuple[str, ...]
    """Hashes from the line to the root of its block, hexadecimal, nearest first."""
    blocks: tuple[str, ...]
    """The line's block and those after it up to the checkpoint's, JSON, oldest first."""
    checkpoint: Checkpoint

    def holds(self, key: Ed25519PublicKey) -> bool:
        """Tell whether the line is in the ledger that the owner of `key` signed."""
        payload = self.line.encode()
        numbered = line.read_number(payload)
        blocks = [line.decode(block.encode(), Block) for block in self.blocks]
        if numbered is None or not blocks or blocks[0] is None:
            return False
        if not self.checkpoint.is_signed_by(key):
            return False
        if self.checkpoint.node != checkpoint.fingerprint(key):
            return False
        try:
            path = [bytes.fromhex(text) for text in self.path]
        except ValueError:
            return False
        first = blocks[0]
        index = numbered.sequence - first.first
        root = tree.root_of(tree.leaf(payload), index, first.count, path)
        return root is not None and root.hex() == first.root and self._leads_to_the_head(blocks)

    def _leads_to_the_head(self, blocks: list[Block | None]) -> bool:
        head = tree.link(self.blocks[0].encode()).hex()
        for block, text in zip(blocks[1:], self.blocks[1:], strict=True):
            if block is None or block.previous != head:
                return False
            head = tree.link(text.encode()).hex()
        return head == self.checkpoint.head


def prove(folder: Path, found: Found) -> Proof:
    """Return the proof of a line. Raises UnsignedError while no checkpoint covers it."""
    numbers = segments(folder).get(found.place.worker, [])
    near = [number for number in numbers if number >= found.place.segment - 1]
    proof = _prove(folder, found, near) or _prove(folder, found, numbers)
    if proof is None:
        message = f"Worker {found.place.worker} has not signed this line yet; ask in a minute."
        raise UnsignedError(message)
    return proof


def _prove(folder: Path, found: Found, numbers: list[int]) -> Proof | None:
    """Collect the proof from these segments; None if they don't hold all of it."""
    leaves: dict[int, bytes] = {}
    blocks: list[bytes] = []
    covering: Block | None = None
    for one in _frames(folder, found.place.worker, numbers):
        if one.kind is Kind.ENTRY and covering is None:
            numbered = line.read_number(one.payload)
            leaves[numbered.sequence if numbered else 0] = one.payload
        elif one.kind is Kind.BLOCK:
            block = line.decode(one.payload, Block)
            if covering is None and block is not None and block.last >= found.sequence:
                covering = block
            if covering is not None:
                blocks.append(one.payload)
        elif one.kind is Kind.CHECKPOINT and covering is not None:
            signed = line.decode(one.payload, Checkpoint)
            if signed is not None and covering.first in leaves:
                return _proof(found.sequence, leaves, covering, blocks, signed)
    return None


def _frames(folder: Path, worker: int, numbers: list[int]) -> Iterator[Frame]:
    for number in numbers:
        yield from scan.frames_after(folder / name_of(worker, number), 0)


def _proof(
    sequence: int,
    leaves: dict[int, bytes],
    covering: Block,
    blocks: list[bytes],
    signed: Checkpoint,
) -> Proof:
    numbers = range(covering.first, covering.last + 1)
    hashes = [tree.leaf(leaves[number]) for number in numbers]
    path = tree.path(hashes, sequence - covering.first)
    return Proof(
        line=leaves[sequence].decode(),
        path=tuple(one.hex() for one in path),
        blocks=tuple(one.decode() for one in blocks),
        checkpoint=signed,
    )
