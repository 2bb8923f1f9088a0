"""Who has opted out of uses beyond their care: read only for requests that it binds.

An answer of the national data opt-out is a cache beside the record, and a type 1 objection is an
entry of a GP practice's record.
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from throughcare.consent import objections
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import query
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.model.directive import PersonContext
from throughcare.model.entry import Stored
from throughcare.record import Records
from throughcare.store.protocol import Reader

_AT_ONCE: Final = "1000"


@dataclass(frozen=True, slots=True)
class OptOuts:
    """What is known of opt-outs, as of one snapshot."""

    cleared: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Persons who have not opted out, with all their subjects."""
    until: date | None = None
    """Last day on which that may be relied on."""
    objected: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """By person: the practices with which a type 1 objection stands."""

    def of(self, context: PersonContext) -> PersonContext:
        """Return the context with what is known here."""
        person = context.person
        until = self.until if person in self.cleared else None
        objected = self.objected.get(person, frozenset())
        return replace(context, cleared_until=until, objected=objected)


async def read(reader: Reader, records: Records) -> OptOuts:
    """Return what the snapshot of `reader` holds."""
    subjects: dict[int, list[int]] = defaultdict(list)
    until: date | None = None
    for subject, person, last in await reader.rows("disclosure.cleared_subjects"):
        subjects[int(person or 0)].append(int(subject or 0))
        day = date.fromisoformat(str(last))
        until = day if until is None else min(until, day)
    cleared = {person: tuple(sorted(listed)) for person, listed in subjects.items()}
    return OptOuts(cleared, until, await _objected(reader, records))


async def _objected(reader: Reader, records: Records) -> dict[int, frozenset[str]]:
    """Return the standing objections by person; whose nobody's entries are makes no difference."""
    coded = [entry async for entry in _coded(reader, records)]
    listed = json.dumps(sorted({entry.subject for entry in coded}))
    rows = await reader.rows("disclosure.persons_of_subjects", subjects=listed)
    person_of = {int(subject or 0): int(person or 0) for subject, person in rows}
    by_person: dict[int, list[Stored]] = defaultdict(list)
    for entry in coded:
        by_person[person_of.get(entry.subject, 0)].append(entry)
    found = {
        person: objections.objected(
            (entry.cls.custodian, fhir_bytes.read_again(entry.body)) for entry in entries
        )
        for person, entries in by_person.items()
    }
    return {person: custodians for person, custodians in found.items() if person and custodians}


async def _coded(reader: Reader, records: Records) -> AsyncIterator[Stored]:
    """Yield every entry that carries the code of an objection or of its withdrawal. Ungated."""
    classes = frozenset(await records.classes(reader))
    everything = Gate({}, Residual((Clause(classes),)))
    for type_ in objections.TYPES:
        asked = query.parse(type_, [("code", objections.CODES), ("_count", _AT_ONCE)])
        while True:
            page = await records.search(reader, asked, everything)
            for entry in page.entries:
                yield entry
            if not page.next:
                break
            asked = replace(asked, after=page.next)
