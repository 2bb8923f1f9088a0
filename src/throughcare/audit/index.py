"""The index of lines, as it is read from the ledger: where it speaks of whom.

A stretch is a part of one segment, from the first line about a person to the end of the last. So
many lines about one person that stand together cost one row, and lines about many people cost what
they did. Which lines of a stretch are theirs is read from the ledger itself.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from throughcare.audit import line, scan
from throughcare.audit.frame import Frame, Kind
from throughcare.audit.line import Outline
from throughcare.audit.notices import OWED
from throughcare.audit.scan import Marks, Part
from throughcare.audit.segment import Place
from throughcare.audit.watch import watches
from throughcare.model.audit import AuditEntry
from throughcare.store.protocol import Value

LONGEST: Final = 1 << 15
"""Bytes of a stretch, about 80 lines: they are read in a tenth of a millisecond."""

Params = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Unindexed:
    """What the ledger holds after some marks, as rows of the index."""

    stretches: list[Params]
    watched: list[Params]
    """Lines that a privacy officer looks through."""
    owing: list[AuditEntry]
    """Lines whose notices are still to be written."""
    reached: Marks


def after(folder: Path, marks: Marks) -> Unindexed:
    """Return what the ledger in `folder` holds after `marks`, of all its workers."""
    reached = dict(marks)
    found = Unindexed([], [], [], reached)
    for part in scan.parts(folder, marks, LONGEST):
        reached[part.start.worker] = Place(part.start.worker, part.start.segment, part.until)
        by_person: dict[int, Params] = {}
        for one in part.frames:
            if one.kind is Kind.ENTRY:
                outline = line.read_outline(one.payload)
                for person in outline.entry.persons:
                    if person not in by_person:
                        row = _row(part, outline.sequence, one)
                        by_person[person] = row | {"person": person}
                    by_person[person]["until"] = one.end
                _watch(found, part, outline, one)
        found.stretches.extend(by_person.values())
    return found


def _row(part: Part, sequence: int, one: Frame) -> Params:
    start = part.start
    return {
        "worker": start.worker,
        "sequence": sequence,
        "segment": start.segment,
        "place": one.place,
    }


def _watch(found: Unindexed, part: Part, outline: Outline, one: Frame) -> None:
    """Note what the privacy officer looks through, and what is owed."""
    for kind in watches(outline.entry):
        found.watched.append(_row(part, outline.sequence, one) | {"kind": kind.value})
    if OWED in outline.entry.obligations:
        found.owing.append(line.read_line(one.payload).entry)
