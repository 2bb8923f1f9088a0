"""Verifying a ledger folder, offline: nothing is needed but the files and the node's public key.

Detects change, deletion, reordering, truncation, re-hashing and rollback up to the newest
checkpoint; after it, everything but a cut at a block or a chain made anew by somebody who may
write the files. Somebody who holds the node's private key can sign another history: only a
checkpoint that was lodged elsewhere (`witnessed`) shows that.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from throughcare.audit import checkpoint, line
from throughcare.audit.checkpoint import Checkpoint
from throughcare.audit.report import Fault, Finding, Report
from throughcare.audit.segment import is_live, segments
from throughcare.audit.walk import Walk, walk
from throughcare.kernel import NotFoundError

PUBLIC_KEY = Path("keys", "node.public.pem")
"""Where the public key is, beside the ledger folder, if none is given."""


def verify(
    folder: Path,
    public_key: Ed25519PublicKey | None = None,
    *,
    witnessed: Iterable[Checkpoint] = (),
) -> Report:
    """Check every byte of the ledger in `folder` and return what was found.

    `public_key` defaults to that of the node that the folder belongs to; `witnessed` are
    checkpoints that somebody else kept. May run beside a node that writes. Raises NotFoundError
    if there is no ledger or no key.
    """
    if not folder.is_dir():
        message = f"There is no ledger at {folder}; give the node's folder."
        raise NotFoundError(message)
    key = _public_key(folder) if public_key is None else public_key
    lines = checkpoint.kept(folder)  # before the segments, which may grow meanwhile
    found = segments(folder)
    walks = {worker: walk(folder, worker, numbers) for worker, numbers in found.items()}
    findings = [finding for one in walks.values() for finding in one.findings]
    kept, broken = _kept(folder, lines, walks)
    findings += broken
    findings += _signatures(kept, walks, key)
    findings += _witnessed(witnessed, walks, key)
    findings += _reserve(folder)
    remarks = [remark for one in walks.values() for remark in one.remarks]
    return _report(walks, kept, findings, remarks)


def _public_key(folder: Path) -> Ed25519PublicKey:
    path = folder.parent / PUBLIC_KEY
    if not path.exists():
        message = f"There is no public key at {path}; give it with the folder."
        raise NotFoundError(message)
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        message = f"{path} holds no Ed25519 key; give the node's public key."
        raise NotFoundError(message)
    return key


Kept = list[tuple[Checkpoint, bytes, Finding]]
"""A checkpoint, its bytes, and a finding that names its place, to be filled in."""


def _kept(
    folder: Path, lines: Sequence[bytes], walks: dict[int, Walk]
) -> tuple[Kept, list[Finding]]:
    """Read the separate file."""
    kept: Kept = []
    findings = []
    offset = 0
    for payload in lines[:-1]:
        read = line.decode(payload, Checkpoint)
        place = Finding(Fault.SIGNATURE, checkpoint.FILE, offset, "")
        if read is None:
            rule = "This line is no checkpoint."
            findings.append(Finding(Fault.CHANGE, checkpoint.FILE, offset, rule))
        else:
            kept.append((read, payload, place))
        offset += len(payload) + 1
    if lines[-1] and not any(is_live(folder, worker) for worker in walks):
        rule = "The last line is not whole; after a crash, starting the node once repairs it."
        findings.append(Finding(Fault.DAMAGE, checkpoint.FILE, offset, rule))
    return kept, findings


def _signatures(kept: Kept, walks: dict[int, Walk], key: Ed25519PublicKey) -> list[Finding]:
    """Check both places of the checkpoints: signature, and the chain that they speak of."""
    findings = []
    in_file = {payload for _, payload, _ in kept}
    for read, _, place in kept:
        findings += _one(read, walks, key, place)
    for one in walks.values():
        for position, (payload, file, offset) in enumerate(one.signed, 1):
            read_back = line.decode(payload, Checkpoint)
            if read_back is None or payload in in_file:
                continue
            findings += _one(read_back, walks, key, Finding(Fault.SIGNATURE, file, offset, ""))
            if position < len(one.signed):  # the newest may have been cut short by a crash
                rule = "This checkpoint is missing from the file of checkpoints."
                findings.append(Finding(Fault.DELETION, file, offset, rule))
        findings += _unsegmented(kept, one)
    return findings


def _unsegmented(kept: Kept, one: Walk) -> list[Finding]:
    """Checkpoints that stand in the separate file and no longer in the segments."""
    inside = {payload for payload, _, _ in one.signed}
    rule = "This checkpoint is missing from its segment."
    return [
        Finding(Fault.DELETION, place.file, place.offset, rule)
        for read, payload, place in kept
        if read.worker == one.worker
        and payload not in inside
        and not one.findings
        and read.block in one.heads
    ]


def _one(
    read: Checkpoint, walks: dict[int, Walk], key: Ed25519PublicKey, place: Finding
) -> list[Finding]:
    """Check one checkpoint against key and chain."""
    if not read.is_signed_by(key) or read.node != checkpoint.fingerprint(key):
        return [_at(place, Fault.SIGNATURE, "This checkpoint isn't signed with the node's key.")]
    one = walks.get(read.worker)
    signed = f"Entry {read.sequence} of worker {read.worker} was signed"
    if one is None or read.block not in one.heads:
        if one is not None and any(found.fault is not Fault.TORN for found in one.findings):
            return []  # the walk stopped before; it says where
        reached = 0 if one is None else one.sealed
        return [_at(place, Fault.TRUNCATION, f"{signed}; the chain ends at {reached}.")]
    if one.heads[read.block] != (read.sequence, read.head):
        rule = f"{signed} under another head than block {read.block} has now."
        return [_at(place, Fault.REHASH, rule)]
    return []


def _at(place: Finding, fault: Fault, rule: str) -> Finding:
    return Finding(fault, place.file, place.offset, rule)


def _witnessed(
    witnessed: Iterable[Checkpoint], walks: dict[int, Walk], key: Ed25519PublicKey
) -> list[Finding]:
    """Checkpoints from elsewhere: what they say must still be so."""
    place = Finding(Fault.ROLLBACK, "a checkpoint kept elsewhere", 0, "")
    findings = [finding for read in witnessed for finding in _one(read, walks, key, place)]
    return [
        _at(place, Fault.ROLLBACK, finding.rule) if finding.fault is Fault.TRUNCATION else finding
        for finding in findings
    ]


def _reserve(folder: Path) -> list[Finding]:
    """Spares hold nothing."""
    rule = "A spare segment is not empty."
    remedy = "Delete the spare; the node makes a new one."
    return [
        Finding(Fault.DAMAGE, path.name, 0, rule, remedy)
        for path in sorted(folder.glob("w*.spare-[1-9]*"))
        if path.read_bytes().strip(b"\0")
    ]


def _report(
    walks: dict[int, Walk], kept: Kept, findings: list[Finding], remarks: list[str]
) -> Report:
    newest = dict.fromkeys(walks, 0)
    payloads = {payload: read for read, payload, _ in kept}
    for read in payloads.values():
        newest[read.worker] = max(newest.get(read.worker, 0), read.sequence)
    entries = {worker: one.sequence for worker, one in walks.items()}
    return Report(
        entries=sum(entries.values()),
        blocks=sum(one.block for one in walks.values()),
        checkpoints=len(payloads),
        unsealed=sum(one.sequence - one.sealed for one in walks.values()),
        unsigned=sum(max(0, count - newest[worker]) for worker, count in entries.items()),
        findings=tuple(findings),
        remarks=tuple(remarks),
    )
