"""Labels at the door: what is written gets its class, and labels meet the person.

A code that one source labels is labelled in all entries of the person, so a labelled entry, a link
or an unlink can change the class of entries that were there before.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import cast

from throughcare.admission.neighbours import Neighbours, Written, member
from throughcare.admission.rooms import Rooms
from throughcare.consent import adding, filing, labels
from throughcare.consent.adding import Addition
from throughcare.consent.labels import Member, Reading
from throughcare.consent.lists import Lists
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.entry import EntryClass
from throughcare.record.labelled import People
from throughcare.store.protocol import Transaction


class Labelling:
    """Classifies entries within one transaction."""

    def __init__(self, rooms: Rooms, tx: Transaction, custodian: str) -> None:
        """Classify what `custodian` hands in."""
        self._rooms = rooms
        self._tx = tx
        self._custodian = custodian
        self._in_force: Lists | None = None
        self._is_under_way = False
        """Whether the record does not follow the code lists in force yet."""
        self._whole: set[int] = set()
        """Persons all of whose entries have to be classified, by what was written to them here."""
        self._reaching: set[int] = set()
        """Subjects of entries classified here whose labels reach the person's other entries."""

    async def lists(self) -> Lists:
        """Return the code lists that this transaction labels by."""
        if self._in_force is None:
            standing = await self._rooms.lists.standing(self._tx)
            self._is_under_way = standing is not None and not standing.finished
            self._in_force = await self._rooms.lists.of(self._tx, standing)
        return self._in_force

    async def classes(self, entries: Sequence[Written]) -> list[EntryClass]:
        """Return the class of each entry, of the whole record where that can be told right away.

        Else it is by its own labels and those of what it belongs to, and `meet`, in the same
        transaction, adds what all sources say of the person.
        """
        lists = await self.lists()
        readings = [
            labels.read(
                Member(
                    entry.reference,
                    entry.resource,
                    self._custodian,
                    fhir_bytes.codes(entry.body),
                    # What is nobody's meets nothing: each entry stands alone.
                    whose=entry.subject or -place,
                ),
                lists,
            )
            for place, entry in enumerate(entries, start=1)
        ]
        self._reaching |= {
            entry.subject
            for entry, reading in zip(entries, readings, strict=True)
            if entry.subject and reading.reaches_others
        }
        settled = await self._settled(list(zip(entries, readings, strict=True)))
        rest = [reading for reading in readings if reading.member.reference not in settled]
        known = settled
        if rest:
            known |= labels.classify_readings([*rest, *await self._containers(rest)])
        return [known[entry.reference] for entry in entries]

    async def _settled(self, written: Sequence[tuple[Written, Reading]]) -> dict[str, EntryClass]:
        """Return the classes of what is written, as far as it is told by what is labelled.

        Of whom there is something labelled, and it is not told, all entries have to be classified.
        """
        subjects = {entry.subject for entry, _ in written} - {0}
        people = await self._rooms.records.labelled(self._tx, subjects, adding.speaks)
        is_plain = not self._reaching and not self._is_under_way
        settled = await self._plain(written, people) if is_plain else None
        if settled is not None:
            return settled
        settled = {}
        for person, record in people.items():
            theirs = [pair for pair in written if pair[0].subject in record.subjects]
            near = Neighbours(self._rooms.records, self._tx, await self.lists(), record)
            is_wide = self._is_under_way or not record.subjects.isdisjoint(self._reaching)
            found = None if is_wide else await near.classes(theirs, written)
            if found is None:
                self._whole.add(person)
            else:
                settled |= found
        return settled

    async def _plain(
        self, written: Sequence[tuple[Written, Reading]], people: People
    ) -> dict[str, EntryClass] | None:
        """Return the classes of what is written; None if they are not told by that alone."""
        told: dict[int, adding.Labelled] = {}
        for record in people.values():
            near = Neighbours(self._rooms.records, self._tx, await self.lists(), record)
            told |= dict.fromkeys(record.subjects, await near.labelled())
        found: dict[str, EntryClass] = {}
        for entry, reading in written:
            addition = Addition(reading, is_fresh=entry.is_fresh)
            cls = adding.plain(addition, told.get(entry.subject, adding.NOTHING))
            if cls is None:
                return None
            found[entry.reference] = cls
        return found

    async def _containers(self, readings: Sequence[Reading]) -> list[Reading]:
        """Return the stored encounters and episodes that the entries belong to, to any depth.

        Those of another person pass their labels on as well: it may be the same one, not linked.
        """
        known = {reading.member.reference for reading in readings}
        found: list[Reading] = []
        last = readings
        while wanted := {name for each in last for name in each.links.above} - known:
            known |= wanted
            names = {(kind, id_) for kind, _, id_ in (name.partition("/") for name in wanted)}
            stored = await self._rooms.records.current_among(self._tx, names)
            last = [
                labels.read(member(each, each.subject), await self.lists())
                for each in stored.values()
                if not each.deleted
            ]
            found += last
        return found

    async def touched(self) -> set[int]:
        """Return the persons of whom `classes` left work for `meet`.

        They have an entry, now or before, whose labels reach the others. What others of the same
        submission have is nothing to a person.
        """
        for subject in sorted(self._reaching):
            await self._tx.run("admission.mark_labelling", subject=subject)
        persons = self._rooms.persons
        return {*self._whole, *await persons.persons_of(self._tx, sorted(self._reaching))}

    async def meet(self, persons: Iterable[int]) -> None:
        """Classify all entries of `persons` anew, if any of their sources labels a code.

        Also while a relabelling is under way: whom it has passed by may have got a source record
        that it has not come to.
        """
        everyone = sorted(set(persons))
        if not await self._labelling(everyone) and not await self._is_behind(everyone):
            return
        for person in everyone:
            await self.relabel(await self._rooms.persons.subjects_of(self._tx, person))

    async def _labelling(self, persons: Collection[int]) -> set[int]:
        """Return those of `persons` of whom a source record has labels that reach the others."""
        if not persons:
            return set()
        listed = json.dumps(sorted(persons))
        rows = await self._tx.rows("admission.labelling_persons", persons=listed)
        return {cast("int", person) for (person,) in rows}

    async def _is_behind(self, persons: Collection[int]) -> bool:
        """Tell whether the record of `persons` may not follow the code lists in force yet."""
        await self.lists()
        return bool(persons) and self._is_under_way

    async def relabel(self, subjects: Sequence[int]) -> int:
        """Classify all entries of one person's `subjects` anew; return how many have changed."""
        lists = await self.lists()
        entries = await self._rooms.records.unfiltered(self._tx, subjects)
        whose = min(subjects, default=0)
        readings = [
            labels.read(member(entry, whose or -place), lists)
            for place, entry in enumerate(entries, start=1)
        ]
        for subject in {
            entry.subject
            for entry, reading in zip(entries, readings, strict=True)
            if entry.subject and reading.reaches_others
        }:
            await self._tx.run("admission.mark_labelling", subject=subject)
        classes = labels.classify_readings([*readings, *await self._containers(readings)])
        changes = [
            (entry.type, entry.id, classes[f"{entry.type}/{entry.id}"])
            for entry in entries
            if classes[f"{entry.type}/{entry.id}"] != entry.cls
        ]
        if changes:
            await self._rooms.records.relabel(self._tx, changes)
        return len(changes)

    async def relabel_former(self, subjects: Sequence[int]) -> int:
        """Add the labels of the lists to former versions; return how many have changed.

        Never takes one away: what a version inherited when it was written is not known any more.
        """
        judge = partial(_former_class, lists=await self.lists())
        return sum(
            [
                await self._rooms.records.relabel_former(self._tx, subject, judge)
                for subject in subjects
            ]
        )


def _former_class(body: bytes, cls: EntryClass, *, lists: Lists) -> EntryClass:
    """Return the class of a former version: the labels that it has, and those of its content.

    Its kind is that of its content, and never wider than what a file took over from a document.
    """
    member = Member("", fhir_bytes.read_again(body), cls.custodian, fhir_bytes.codes(body))
    (own,) = labels.classify_readings([labels.read(member, lists)]).values()
    kind = own.category
    if cls.type in filing.FOLLOWING:
        kind = filing.narrowest({kind, cls.category})
    return replace(cls, labels=cls.labels | own.labels, category=kind)
