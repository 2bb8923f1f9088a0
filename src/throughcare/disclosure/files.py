"""What points at the files of a person, for decisions that ask (`throughcare.consent.filing`)."""

from collections.abc import Mapping, Sequence
from typing import Final

from throughcare.consent import filing
from throughcare.consent.asked import Outcome
from throughcare.consent.judging import Judge, Meets
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.model.entry import EntryClass
from throughcare.record import Records
from throughcare.record.gate import Seen, allows, holds
from throughcare.store.protocol import Reader

Files = Mapping[str, tuple[Seen, ...]]
"""By ``Binary/id``: what a decision looks at in each entry that points at it."""
NONE: Final[Files] = {}


async def read(records: Records, reader: Reader, subjects: Sequence[int]) -> Files:
    """Return the files of `subjects` that something points at. Ungated: for decisions."""
    stored = await records.unfiltered(reader, subjects, types=filing.FILING)
    resources = {
        f"{one.type}/{one.id}": fhir_bytes.read_again(one.body) for one in stored if one.body
    }
    pointing = filing.pointing(resources)
    if not pointing:
        return NONE
    everything = Residual((Clause(frozenset(await records.classes(reader))),))
    rows = await records.seen_of(reader, subjects, Gate({}, everything))
    seen = {f"{row.type}/{row.id}": row for row in rows}
    found = {
        file: tuple(seen[name] for name in sorted(names) if name in seen)
        for file, names in pointing.items()
    }
    return {file: rows for file, rows in found.items() if rows}


def of_documents(found: Files) -> Files:
    """Return `found` without the people whose files they are: documents alone, and what is alike.

    A use beyond care may be let see letters, and nobody's name.
    """
    return {
        file: tuple(row for row in rows if row.type in filing.SPEAKING)
        for file, rows in found.items()
    }


def withheld(files: Files, gate: Gate) -> frozenset[str]:
    """Return the files of which something that points at them is withheld by `gate`."""
    return frozenset(
        file for file, rows in files.items() if not all(allows(gate, row) for row in rows)
    )


def judged(judge: Judge, classes: Mapping[int, EntryClass], row: Seen, files: Files) -> Outcome:
    """Return the outcome for one entry: its own, or that of a document which closes a file."""
    outcome = judge.of(classes[row.cls], _of(row))
    if not outcome.permit:
        return outcome
    pointing = files.get(f"{row.type}/{row.id}", ())
    outcomes = (judge.of(classes[each.cls], _of(each)) for each in pointing)
    return next((each for each in outcomes if not each.permit), outcome)


def _of(row: Seen) -> Meets:
    return lambda atom: holds(atom, row)
