"""Labels at the door: what is written gets its class, and labels meet the person.

A code that one source labels is labelled in all entries of the person, so a labelled entry, a link
or an unlink can change the class of entries that were there before.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from throughcare.admission.rooms import Rooms
from throughcare.consent import labels
from throughcare.consent.labels import Json, Member, Reading
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.entry import EntryClass, Stored
from throughcare.store.protocol import Transaction


@dataclass(frozen=True, slots=True)
class Written:
    """An entry that is about to be written."""

    subject: int
    reference: str
    """``Type/id``."""
    resource: Json
    body: bytes
    """The text of `resource`."""


class Labelling:
    """Classifies entries within one transaction."""

    def __init__(self, rooms: Rooms, tx: Transaction, custodian: str) -> None:
        """Classify what `custodian` hands in."""
        self._rooms = rooms
        self._tx = tx
        self._custodian = custodian
        self._reaching: set[int] = set()
        """Subjects of entries classified here whose labels reach the person's other entries."""

    async def classes(self, entries: Sequence[Written]) -> list[EntryClass]:
        """Return the class of each entry by its own labels and those of what it belongs to.

        What other sources say of the person is added by `meet`, in the same transaction.
        """
        readings = [
            labels.read(
                Member(
                    entry.reference,
                    entry.resource,
                    self._custodian,
                    fhir_bytes.codes(entry.body),
                )
            )
            for entry in entries
        ]
        self._reaching |= {
            entry.subject
            for entry, reading in zip(entries, readings, strict=True)
            if entry.subject and reading.reaches_others
        }
        known = labels.classify_readings([*readings, *await self._containers(readings)])
        return [known[entry.reference] for entry in entries]

    async def _containers(self, readings: Sequence[Reading]) -> list[Reading]:
        """Return the stored encounters and episodes that the entries belong to."""
        here = {reading.member.reference for reading in readings}
        wanted = {
            reference
            for reading in readings
            for reference in reading.containers
            if reference not in here and reference.count("/") == 1
        }
        found = []
        for reference in sorted(wanted):
            stored = await self._rooms.records.current(self._tx, *reference.split("/"))
            if stored is not None and not stored.deleted:
                found.append(labels.read(_member(stored)))
        return found

    async def touched(self, entries: Sequence[Written]) -> set[int]:
        """Return the persons of `entries`, classified before, for whom `meet` has work to do.

        They have an entry, now or before, whose labels reach the others.
        """
        subjects = {entry.subject for entry in entries} - {0}
        for subject in sorted(self._reaching):
            await self._tx.run("admission.mark_labelling", subject=subject)
        persons = await self._rooms.persons.persons_of(self._tx, sorted(subjects))
        return set(persons) if await self._labelling(persons) else set()

    async def meet(self, persons: Iterable[int]) -> None:
        """Classify all entries of `persons` anew, if any of their sources labels a code."""
        everyone = sorted(set(persons))
        if not await self._labelling(everyone):
            return
        for person in everyone:
            await self._relabel(person)

    async def _labelling(self, persons: Collection[int]) -> bool:
        """Tell whether a source record of any of `persons` has labels that reach the others."""
        if not persons:
            return False
        listed = json.dumps(sorted(persons))
        return bool(await self._tx.rows("admission.labelling_persons", persons=listed))

    async def _relabel(self, person: int) -> None:
        subjects = await self._rooms.persons.subjects_of(self._tx, person)
        entries = await self._rooms.records.unfiltered(self._tx, subjects)
        classes = labels.classify_record(map(_member, entries))
        changes = [
            (entry.type, entry.id, classes[f"{entry.type}/{entry.id}"])
            for entry in entries
            if classes[f"{entry.type}/{entry.id}"] != entry.cls
        ]
        if changes:
            await self._rooms.records.relabel(self._tx, changes)


def _member(stored: Stored) -> Member:
    return Member(
        f"{stored.type}/{stored.id}",
        fhir_bytes.read_again(stored.body),
        stored.cls.custodian,
        fhir_bytes.codes(stored.body),
    )
