"""Walking one worker's chain from its first byte, checking each rule on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
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
    if torn is not None and not _is_noted(result, torn, data):
        return
    end = 0
    for found in frame.frames(data):
        result.offset = found.place
        if (found.kind is Kind.HEADER) != (found.place == 0):
            result.find(Fault.DAMAGE, "A header stands at the start of a segment, only there.")
        elif found.kind is Kind.HEADER:
            _header(result, number, found)
        elif found.kind is Kind.RECOVERY:
            if torn is None:
                result.find(Fault.CHANGE, "A crash is noted here that left nothing behind.")
            torn = None
        else:
            _CHECKS[found.kind](result, found)
        end = found.end
        if result.findings:
            return
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
        result.find(Fault.TORN, _AFTER_THE_END, offset=end)
    else:
        result.torn = (number, end, sha256(rest).hexdigest())


def _is_noted(result: Walk, torn: tuple[int, int, str], data: bytes) -> bool:
    """Tell whether this segment notes the torn end of the one before; else that is a fault."""
    second = next(islice(frame.frames(data), 1, None), None)
    noted = line.decode(second.payload, line.Recovery) if second else None
    here, result.file = result.file, name_of(result.worker, torn[0])
    if noted is None or torn != (noted.segment, noted.end, noted.digest):
        result.find(Fault.CHANGE, _AFTER_THE_END, offset=torn[1])
        return False
    where = f"{result.file}, byte {noted.end}"
    result.remarks.append(f"{where}: a write was torn by a crash, as was noted then.")
    result.file = here
    return True


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
    if checkpoint is None or checkpoint.worker != result.worker:
        result.find(Fault.CHANGE, "The checkpoint here can't be read as this worker's.")
    elif checkpoint.block != result.block:
        fault = Fault.DELETION if checkpoint.block > result.block else Fault.ORDER
        rule = f"The checkpoint here is over block {checkpoint.block} and stands after"
        result.find(fault, f"{rule} block {result.block}.")
    else:
        result.signed.append((found.payload, result.file, found.place))


_CHECKS: Mapping[Kind, Callable[[Walk, Frame], None]] = {
    Kind.ENTRY: _entry,
    Kind.BLOCK: _block,
    Kind.CHECKPOINT: _checkpoint,
}
