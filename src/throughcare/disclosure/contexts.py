"""What consent needs to know of people: their directives, kept until the consent epoch moves."""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from throughcare.consent import (
    bearings,
    directory,
    filing,
    register,
    snapshots,
)
from throughcare.consent.acting import accounts, is_grant
from throughcare.consent.together import together
from throughcare.disclosure import files
from throughcare.disclosure.facts import (
    TYPES,
    Bound,
    Facts,
    Names,
    Read,
    facts_of,
    with_told,
)
from throughcare.disclosure.files import Files
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.directive import PersonContext, Told
from throughcare.model.permit import LegalPermit
from throughcare.record import Records, past
from throughcare.store.protocol import Reader

NOBODY: Final = 0
"""Subject of what is no person's: entries of readers among it."""


@dataclass(frozen=True, slots=True)
class Known:
    """People of whom there is something to know, as of one consent epoch of the node."""

    newest: int = -1
    people: Mapping[int, PersonContext] = field(default_factory=dict)
    """By person: everyone with a Consent, a restriction or a change of link."""
    subjects: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """All subjects of each of `people`."""
    restricted_subjects: frozenset[int] = frozenset()
    """All subjects of restricted people."""
    waiting: tuple[int, ...] = ()
    """Subjects that are nobody's yet: seen by nobody."""
    acted_for: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """By account: the people for whom it holds a grant, whatever comes of it today."""
    permits: tuple[LegalPermit, ...] = ()
    """The register of legal permits, but for those that were ended."""
    files: Mapping[int, Files] = field(default_factory=dict)
    """By person: files that are decided by what points at them."""
    turns: tuple[datetime, ...] = ()
    """When a permit begins or ends, or what other nodes told is stale, rising: decisions end there.
    """
    told: frozenset[int] = frozenset()
    """Persons of whom other nodes told."""

    def believed(self, believes: Callable[[Told], bool]) -> "Known":
        """Return the same, what nobody believes any more as stale."""
        people = {
            person: replace(context, directives=kept)
            for person, context in ((one, self.people[one]) for one in self.told)
            if (kept := snapshots.believed(context.directives, believes)) != context.directives
        }
        return replace(self, people={**self.people, **people}) if people else self

    def next_turn(self, at: datetime) -> datetime | None:
        """Return when a decision that is made at this moment is to be made anew, if ever."""
        place = bisect_right(self.turns, at)
        return self.turns[place] if place < len(self.turns) else None

    def context(self, person: int) -> PersonContext:
        """Return the context of `person`: of the register alone where nothing else is known."""
        return self.people.get(person) or PersonContext(person, permits=self.permits)

    def is_special(self, context: PersonContext) -> bool:
        """Tell whether decisions about this person may differ from those about all others."""
        plain = PersonContext(context.person, permits=self.permits, epoch=context.epoch)
        named = (permit.persons or () for permit in self.permits)
        return context != plain or any(context.person in persons for persons in named)


class Contexts:
    """Reads directives once for each epoch; one for all requests of a process."""

    def __init__(self, records: Records) -> None:
        """Read Consents and Patients from `records`."""
        self._records = records
        self._known = Known()
        self._facts: dict[int, Facts] = {}
        self._files: dict[tuple[int, ...], tuple[int, Files]] = {}
        """By subjects of a person: the epoch as of which their files were read."""

    async def newest(self, reader: Reader) -> int:
        """Return the consent epoch of the node: it rises with all that bears on decisions."""
        rows = await reader.rows("admission.newest_epoch")
        return int(rows[0][0] or 0)

    async def known(self, reader: Reader) -> Known:
        """Return what is known as of the snapshot of `reader`.

        A withdrawal is in force for every snapshot opened after its commit.
        """
        newest = await self.newest(reader)
        if newest == self._known.newest:
            return self._known
        known, facts = await self._read(reader, newest)
        if newest > self._known.newest:
            self._known, self._facts = known, facts
            self._files = {
                known.subjects[person]: (known.people[person].epoch, held)
                for person, held in known.files.items()
            }
        return known

    async def _read(self, reader: Reader, newest: int) -> tuple[Known, dict[int, Facts]]:
        """Read what `reader` sees.

        INVARIANT: nothing that is shared changes meanwhile, so that what an older snapshot reads
        never ends up under a newer epoch.
        """
        epochs = dict(await _pairs(reader, "admission.epochs"))
        bound = [
            Bound(str(consent), int(subject or 0), int(also or 0))
            for consent, subject, also in await reader.rows("admission.bound_consents")
        ]
        for each in bound:  # what bears on the one record bears on the other
            own = epochs.get(each.also, 0)
            epochs[each.also] = max(own, epochs.get(each.subject, 0))
        facts = await self._read_facts(reader, epochs, bound)
        person_of = dict(await _pairs(reader, "disclosure.persons_of_subjects", subjects=epochs))
        permits = await _permits(reader)
        named = {person for permit in permits for person in permit.persons or ()}
        subjects: dict[int, list[int]] = defaultdict(list)
        for subject, person in await _pairs(
            reader, "disclosure.subjects_of_persons", persons=set(person_of.values()) | named
        ):
            subjects[person].append(subject)
        waiting = await reader.rows("disclosure.subjects_without_person")
        merged = await self._merged(reader, person_of)
        people = {
            person: _context(
                person,
                [facts[one] for one in listed if one in facts],
                permits,
                merged=person in merged,
            )
            for person, listed in subjects.items()
        }
        known = Known(
            newest,
            people,
            {person: tuple(listed) for person, listed in subjects.items()},
            _restricted(people, subjects),
            tuple(int(row[0] or 0) for row in waiting),
            _acted_for(people.values()),
            permits,
            await self._read_files(reader, people.values(), subjects),
            tuple(sorted({turn for fact in facts.values() for turn in fact.turns})),
            frozenset(person_of[one] for one in _told(facts) if one in person_of),
        )
        return known, facts

    async def _read_files(
        self,
        reader: Reader,
        people: Iterable[PersonContext],
        subjects: Mapping[int, Sequence[int]],
    ) -> dict[int, Files]:
        """Return the files of each person whose rules speak of more of a document than labels."""
        found = {}
        for context in people:
            if filing.matters(context.directives):
                listed = tuple(subjects[context.person])
                epoch, held = self._files.get(listed, (-1, files.NONE))
                if epoch != context.epoch:
                    held = await files.read(self._records, reader, listed)
                found[context.person] = held
        return found

    async def _merged(self, reader: Reader, person_of: Mapping[int, int]) -> frozenset[int]:
        """Return the persons of whom somebody, or a source, says that two records are theirs."""
        pairs = await _pairs(reader, "disclosure.said_to_be_one")
        return frozenset(
            person_of[one]
            for one, other in pairs
            if one in person_of and person_of[one] == person_of.get(other)
        )

    async def _read_facts(
        self, reader: Reader, epochs: Mapping[int, int], bound: Sequence[Bound]
    ) -> dict[int, Facts]:
        """Return the facts of each subject that has an epoch; those that are known are kept."""
        entries = epochs.get(NOBODY, 0)
        facts = {}
        for subject, epoch in epochs.items():
            kept = self._facts.get(subject)
            if kept and kept.epoch == (max(epoch, entries) if kept.names_readers else epoch):
                facts[subject] = kept
        changed = sorted(epochs.keys() - facts.keys())
        listed: dict[int, list[Read]] = {subject: [] for subject in changed}
        for stored in await self._records.unfiltered(reader, changed, types=TYPES):
            if not stored.deleted:
                listed[stored.subject].append(Read(stored, fhir_bytes.parse(stored.body)))
        every = [each for found in listed.values() for each in found]
        known = await self._readers(reader, every)
        unassigned = frozenset(each.name for each in bound)
        facts |= {
            subject: facts_of(epochs[subject], entries, found, known, unassigned)
            for subject, found in listed.items()
        }
        told = await reader.rows("admission.snapshots", subjects=json.dumps(changed))
        for number, body, written in told:
            named = int(number or 0)
            facts[named] = with_told(facts[named], named, str(body), str(written))
        for each in bound:
            if each.also in listed:
                facts[each.also] = await self._also(reader, facts[each.also], each)
        return facts

    async def _readers(self, reader: Reader, found: Iterable[Read]) -> Names:
        """Return the names of those whom Consents name by their entries."""
        wanted = directory.named_in(each.resource for each in found)
        versions = await past.versions(self._records, reader, wanted, directory.behind)
        return directory.names(versions)

    async def _also(self, reader: Reader, own: Facts, bound: Bound) -> Facts:
        """Return the facts of a record with what `bound` closes, which may be about it."""
        for stored in await self._records.unfiltered(reader, [bound.subject], types=TYPES):
            each = Read(stored, {} if stored.deleted else fhir_bytes.parse(stored.body))
            if each.name == bound.name and not stored.deleted:
                known = await self._readers(reader, [each])
                said = facts_of(own.epoch, 0, [each], known, frozenset({bound.name}))
                return replace(
                    own,
                    directives=(*own.directives, *said.directives),
                    capacity=(*own.capacity, *said.capacity),
                    hold=own.hold or said.hold,
                )
        return own


def _told(facts: Mapping[int, Facts]) -> Iterable[int]:
    """Return the subjects of whom other nodes told."""
    return (one for one, fact in facts.items() if any(each.told for each in fact.directives))


def _restricted(
    people: Mapping[int, PersonContext], subjects: Mapping[int, Sequence[int]]
) -> frozenset[int]:
    """Return all subjects of restricted people."""
    return frozenset(
        subject
        for person, listed in subjects.items()
        if people[person].restricted
        for subject in listed
    )


def _context(
    person: int, facts: Sequence[Facts], permits: tuple[LegalPermit, ...], *, merged: bool
) -> PersonContext:
    """Return the context of a person; what bears on acting only for whom somebody acts."""
    listed = [fact.directives for fact in facts]
    if any(fact.turns for fact in facts):
        listed = snapshots.newest(listed)
    said = together(listed) if merged else tuple(each for one in listed for each in one)
    context = PersonContext(
        person,
        said,
        restricted=any(fact.restricted for fact in facts),
        permits=permits,
        epoch=max((fact.epoch for fact in facts), default=0),
    )
    if not any(is_grant(rule) for directive in said for rule in directive.rules):
        return context
    return replace(
        context,
        born=bearings.earliest(fact.born for fact in facts),
        capacity=tuple(finding for fact in facts for finding in fact.capacity),
        hold=any(fact.hold for fact in facts),
    )


def _acted_for(people: Iterable[PersonContext]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, set[int]] = defaultdict(set)
    for context in people:
        for account in accounts(context):
            found[account].add(context.person)
    return {account: tuple(sorted(persons)) for account, persons in found.items()}


async def _permits(reader: Reader) -> tuple[LegalPermit, ...]:
    """Return the entries of the register that were not ended, of whom they name as they are now."""
    kept = map(register.entry, await reader.rows("admission.permits"))
    entries = [entry for entry in kept if not entry.ended]
    ids = sorted({one for entry in entries for one in entry.items.persons or ()})
    persons = {}
    for one in ids:
        rows = await reader.rows("disclosure.persons_named", ids=json.dumps([one]))
        for (number,) in rows:
            survivors = await reader.rows("disclosure.survivor", person=number)
            persons[one] = int(survivors[0][0] or 0) if survivors else int(number or 0)
    return tuple(entry.permit(persons) for entry in entries)


async def _pairs(reader: Reader, statement: str, **numbers: Iterable[int]) -> list[tuple[int, int]]:
    parameters = {name: json.dumps(sorted(values)) for name, values in numbers.items()}
    rows = await reader.rows(statement, **parameters)
    return [(int(row[0] or 0), int(row[1] or 0)) for row in rows]
