"""Where a worker's chain ends: what a ledger needs to go on after a stop or a crash."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from throughcare.audit import frame, line, tree
from throughcare.audit.frame import Kind
from throughcare.audit.segment import name_of


@dataclass(slots=True)
class Tail:
    """The end of a worker's chain."""

    segment: int = 0
    """Number of the newest segment; 0 if there is none."""
    end: int = 0
    """Offset after its last whole frame; 0 if not even the header is there."""
    sequence: int = 0
    """Newest entry."""
    block: int = 0
    sealed: int = 0
    """Newest entry under a block."""
    head: bytes = tree.ORIGIN
    unsealed: dict[int, bytes] = field(default_factory=dict)
    """Entries that no block covers yet, by sequence."""
    signed: bytes = b""
    """Payload of the newest checkpoint."""
    torn: line.Recovery | None = None
    """The newest segment holds something after its last whole frame: a crash tore a write, or the
    disk is damaged. It is left as it is and the ledger goes on in a new segment."""


def find(folder: Path, worker: int, numbers: Sequence[int]) -> Tail:
    """Read a worker's newest segments, back to one that holds a block, and return the end.

    What is older isn't looked at: that is the work of `throughcare.audit.verify`.
    """
    tail = Tail()
    for number in numbers[_last_with_block(folder, worker, numbers) :]:
        data = (folder / name_of(worker, number)).read_bytes()
        tail.segment, tail.end = number, 0
        for found in frame.frames(data):
            _take(tail, found)
            tail.end = found.end
        rest = data[tail.end :]
        tail.torn = (
            line.Recovery(number, tail.end, sha256(rest).hexdigest()) if rest.strip(b"\0") else None
        )
    return tail


def _last_with_block(folder: Path, worker: int, numbers: Sequence[int]) -> int:
    """Return the index of the newest segment that holds a block, else 0."""
    for index in range(len(numbers) - 1, 0, -1):
        data = (folder / name_of(worker, numbers[index])).read_bytes()
        if any(found.kind is Kind.BLOCK for found in frame.frames(data)):
            return index
    return 0


def _take(tail: Tail, found: frame.Frame) -> None:
    """Follow one frame. What doesn't decode is passed over here and found by verify."""
    if found.kind is Kind.HEADER:
        if header := line.decode(found.payload, line.Header):
            tail.sequence = max(tail.sequence, header.first - 1)
    elif found.kind is Kind.ENTRY:
        if numbered := line.read_number(found.payload):
            tail.sequence = numbered.sequence
            tail.unsealed[numbered.sequence] = found.payload
    elif found.kind is Kind.BLOCK:
        if block := line.decode(found.payload, line.Block):
            tail.block, tail.sealed, tail.head = block.number, block.last, tree.link(found.payload)
            for sequence in [number for number in tail.unsealed if number <= block.last]:
                del tail.unsealed[sequence]
    elif found.kind is Kind.CHECKPOINT:
        tail.signed = found.payload
