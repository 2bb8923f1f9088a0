"""Walking one worker's chain from its first byte, checking each rule on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from throughcare.audit import frame, line, tree
from throughcare.audit.checkpoint import Checkpoint
from throughcare.audit.frame import Frame, Kind
from throughcare.audit.report import Fault, Finding
from throughcare.audit.segment import is_live, name_of


@dataclass(slots=True)
class Walk:
    """What is known of a worker's chain after the part that was walked."""

    folder: Path
    worker: int
    sequence: int = 0
    sealed: int = 0
    block: int = 0
    head: bytes = tree.ORIGIN
    leaves: dict[int, bytes] = field(default_factory=dict)
    """Hashes of the entries that no block covers yet."""
    heads: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Newest entry and head (hexadecimal) at each block."""
    signed: list[tuple[bytes, str, int]] = field(default_factory=list)
    """Payload, file and offset of each checkpoint in the segments."""
    torn: tuple[int, int, str] | None = None
    """Segment, offset and digest of bytes after the last whole frame of the segment before."""
    findings: list[Finding] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    file: str = ""
    offset: int = 0

    def find(self, fault: Fault, rule: str, *, offset: int | None = None) -> None:
        """Note a fault at this place."""
        place = self.offset if offset is None else offset
        self.findings.append(Finding(fault, self.file, place, rule))


def walk(folder: Path, worker: int, numbers: list[int]) -> Walk:
    """Walk all segments of a worker. Never raises for what it finds in them."""
    result = Walk(folder, worker)
    live = is_live(folder, worker)
    for position, number in enumerate(numbers, 1):
        result.file, result.offset = name_of(worker, number), 0
        if number != position:
            rule = f"Segment {position} is missing; this is segment {number}."
            result.find(Fault.DELETION, rule)
            break
        data = (folder / result.file).read_bytes()
        _segment(result, number, data, last=number == numbers[-1], live=live)
        if result.findings:
            break
    return result


def _segment(result: Walk, number: int, data: bytes, *, last: bool, live: bool) -> None:
    torn, result.torn = result.torn, None
    end = 0
    for found in frame.frames(data):
        result.offset = found.place
        if (found.kind is Kind.HEADER) != (found.place == 0):
            result.find(Fault.DAMAGE, "A header stands at the start of a segment, only there.")
        elif found.kind is Kind.HEADER:
            _header(result, number, found)
        elif found.kind is Kind.RECOVERY:
            torn = _recovery(result, found, torn)
        else:
            _CHECKS[found.kind](result, found)
        end = found.end
        if result.findings:
            return
    if torn is not None:
        result.file, result.offset = name_of(result.worker, torn[0]), torn[1]
        result.find(Fault.DAMAGE, _AFTER_THE_END)
    if not last or not live:
        _after_the_end(result, number, data, end, last=last)


_AFTER_THE_END = (
    "Here no whole entry follows, and yet the rest of the segment is not empty: an entry was"
    " changed, or a crash tore it (then starting the node once notes that)."
)


def _after_the_end(result: Walk, number: int, data: bytes, end: int, *, last: bool) -> None:
    rest = data[end:]
    if not rest.strip(b"\0"):
        if end == 0 and not last:
            result.find(Fault.DELETION, "A segment that others follow is empty.")
        return
    if last:
        result.find(Fault.CHANGE, _AFTER_THE_END, offset=end)
    else:
        result.torn = (number, end, sha256(rest).hexdigest())


def _recovery(
    result: Walk, found: Frame, torn: tuple[int, int, str] | None
) -> tuple[int, int, str] | None:
    """Match the note of a crash with what the segment before was left with."""
    noted = line.decode(found.payload, line.Recovery)
    if noted is None or torn != (noted.segment, noted.end, noted.digest):
        result.find(Fault.CHANGE, "The note of a crash doesn't fit the end of the segment before.")
        return torn
    file = name_of(result.worker, noted.segment)
    result.remarks.append(f"{file}, byte {noted.end}: a write was torn by a crash, as noted then.")
    return None


def _header(result: Walk, number: int, found: Frame) -> None:
    header = line.decode(found.payload, line.Header)
    if header is None or (header.worker, header.segment) != (result.worker, number):
        result.find(Fault.CHANGE, "The header is that of another segment.")
    elif header.first != result.sequence + 1:
        rule = f"Entry {result.sequence + 1} should come next; this segment starts at"
        result.find(Fault.DELETION, f"{rule} {header.first}.")


def _entry(result: Walk, found: Frame) -> None:
    numbered = line.read_number(found.payload)
    expected = result.sequence + 1
    if numbered is None or numbered.worker != result.worker:
        result.find(Fault.CHANGE, f"Entry {expected} can't be read as this worker's.")
    elif numbered.sequence > expected:
        rule = f"Entry {expected} should stand here; it is {numbered.sequence}."
        result.find(Fault.DELETION, rule)
    elif numbered.sequence < expected:
        rule = f"Entry {expected} should stand here; it is {numbered.sequence}."
        result.find(Fault.ORDER, rule)
    else:
        result.sequence = expected
        result.leaves[expected] = tree.leaf(found.payload)


def _block(result: Walk, found: Frame) -> None:
    block = line.decode(found.payload, line.Block)
    if block is None or block.worker != result.worker:
        result.find(Fault.CHANGE, f"Block {result.block + 1} can't be read as this worker's.")
        return
    if (block.number, block.previous) != (result.block + 1, result.head.hex()):
        rule = f"Block {block.number} doesn't follow on block {result.block} before it."
        result.find(Fault.ORDER if block.number <= result.block else Fault.DELETION, rule)
        return
    covered = range(block.first, block.last + 1)
    if block.first != result.sealed + 1 or block.count < 1 or block.last > result.sequence:
        rule = f"Block {block.number} covers entries {block.first} to {block.last}, which are not"
        result.find(Fault.DELETION, f"the ones before it: {rule} all here.")
        return
    root = tree.root([result.leaves.pop(number) for number in covered])
    if root.hex() != block.root:
        rule = f"Entries {block.first} to {block.last} are not those that block {block.number}"
        result.find(Fault.CHANGE, f"{rule} sealed.")
        return
    result.block, result.sealed, result.head = block.number, block.last, tree.link(found.payload)
    result.heads[block.number] = (block.last, result.head.hex())


def _checkpoint(result: Walk, found: Frame) -> None:
    checkpoint = line.decode(found.payload, Checkpoint)
    if checkpoint is None or (checkpoint.worker, checkpoint.block) != (result.worker, result.block):
        result.find(Fault.CHANGE, "The checkpoint here is not that of the block before it.")
    else:
        result.signed.append((found.payload, result.file, found.place))


_CHECKS: Mapping[Kind, Callable[[Walk, Frame], None]] = {
    Kind.ENTRY: _entry,
    Kind.BLOCK: _block,
    Kind.CHECKPOINT: _checkpoint,
}
