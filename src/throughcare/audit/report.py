"""What a verification found, ready to print."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What kind of tampering or damage a finding points to."""

    CHANGE = "change"
    """Bytes differ from what was sealed."""
    DELETION = "deletion"
    ORDER = "reordering"
    TRUNCATION = "truncation"
    """The chain ends before something that was signed."""
    REHASH = "re-hashing"
    """The chain agrees with itself and not with what was signed."""
    ROLLBACK = "rollback"
    """The whole ledger is older than a checkpoint that somebody else holds."""
    TORN = "torn end"
    """The newest segment ends in something that is no entry: a process was killed while it wrote,
    which starting the node once notes, or the last entry was changed."""
    SIGNATURE = "signature"
    DAMAGE = "damage"
    """Bytes where none belong, or a file that can't be read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, with its place, the rule it breaks, and what to do."""

    fault: Fault
    file: str
    offset: int
    rule: str
    remedy: str = "Keep the folder as it is, restore the ledger from a copy and compare the two."

    def __str__(self) -> str:
        """Return one line for people."""
        return f"{self.file}, byte {self.offset}: {self.fault}: {self.rule} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Report:
    """The result of `throughcare.audit.verify.verify`."""

    entries: int
    blocks: int
    checkpoints: int
    """Good signatures met on the chain."""
    unsealed: int
    """Whole entries after the newest block: a running node, or one that was killed."""
    unsigned: int
    """Entries after the newest checkpoint: only the chain protects these as yet."""
    findings: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()
    """What is odd and no fault, in sentences."""

    @property
    def ok(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.findings

    def lines(self) -> Iterator[str]:
        """Yield the report for people, line by line."""
        yield (
            f"{self.entries} entries, {self.blocks} blocks, {self.checkpoints} checkpoints;"
            f" {self.unsigned} entries since the last checkpoint, {self.unsealed} not sealed"
        )
        yield from self.remarks
        yield from (str(finding) for finding in self.findings)
        faults = len(self.findings)
        yield "The ledger is whole." if self.ok else f"The ledger is NOT whole: {faults} faults."

    def __str__(self) -> str:
        """Return the report as text."""
        return "\n".join(self.lines())
