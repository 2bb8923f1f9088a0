"""What consent needs to know of people: their directives, kept until the consent epoch moves."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from throughcare.consent import directives, labels
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.directive import Directive, PersonContext
from throughcare.record import Records
from throughcare.store.protocol import Reader


@dataclass(frozen=True, slots=True)
class Facts:
    """What one subject brings to its person's decisions."""

    epoch: int
    directives: tuple[Directive, ...] = ()
    restricted: bool = False


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

    def context(self, person: int) -> PersonContext:
        """Return the context of `person`: an empty one where nothing special is known."""
        return self.people.get(person) or PersonContext(person)


class Contexts:
    """Reads directives once for each epoch; one for all requests of a process."""

    def __init__(self, records: Records) -> None:
        """Read Consents and Patients from `records`."""
        self._records = records
        self._known = Known()
        self._facts: dict[int, Facts] = {}

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
        return known

    async def _read(self, reader: Reader, newest: int) -> tuple[Known, dict[int, Facts]]:
        """Read what `reader` sees.

        INVARIANT: nothing that is shared changes meanwhile, so that what an older snapshot reads
        never ends up under a newer epoch.
        """
        epochs = dict(await _pairs(reader, "admission.epochs"))
        facts = await self._read_facts(reader, epochs)
        person_of = dict(await _pairs(reader, "disclosure.persons_of_subjects", subjects=epochs))
        subjects: dict[int, list[int]] = defaultdict(list)
        for subject, person in await _pairs(
            reader, "disclosure.subjects_of_persons", persons=set(person_of.values())
        ):
            subjects[person].append(subject)
        waiting = await reader.rows("disclosure.subjects_without_person")
        people = {
            person: _context(person, [facts[one] for one in listed if one in facts])
            for person, listed in subjects.items()
        }
        known = Known(
            newest,
            people,
            {person: tuple(listed) for person, listed in subjects.items()},
            frozenset(
                subject
                for person, listed in subjects.items()
                if people[person].restricted
                for subject in listed
            ),
            tuple(int(row[0] or 0) for row in waiting),
        )
        return known, facts

    async def _read_facts(self, reader: Reader, epochs: Mapping[int, int]) -> dict[int, Facts]:
        """Return the facts of each subject that has an epoch; those that are known are kept."""
        kept = self._facts
        facts = {
            subject: kept[subject]
            for subject, epoch in epochs.items()
            if subject in kept and kept[subject].epoch == epoch
        }
        changed = sorted(epochs.keys() - facts.keys())
        listed: dict[int, list[Directive]] = {subject: [] for subject in changed}
        restricted = set()
        for stored in await self._records.unfiltered(reader, changed, types=["Consent", "Patient"]):
            resource = fhir_bytes.parse(stored.body)
            if stored.type == "Patient":
                if labels.restricted(resource):
                    restricted.add(stored.subject)
                continue
            listed[stored.subject].append(
                directives.read(resource, subject=stored.subject, version=stored.version)
            )
        for subject, found in listed.items():
            facts[subject] = Facts(epochs[subject], tuple(found), subject in restricted)
        return facts


def _context(person: int, facts: Sequence[Facts]) -> PersonContext:
    return PersonContext(
        person,
        tuple(directive for fact in facts for directive in fact.directives),
        restricted=any(fact.restricted for fact in facts),
        epoch=max((fact.epoch for fact in facts), default=0),
    )


async def _pairs(reader: Reader, statement: str, **numbers: Iterable[int]) -> list[tuple[int, int]]:
    parameters = {name: json.dumps(sorted(values)) for name, values in numbers.items()}
    rows = await reader.rows(statement, **parameters)
    return [(int(row[0] or 0), int(row[1] or 0)) for row in rows]
