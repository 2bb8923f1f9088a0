"""Whose records a search names, looked up before anybody has decided: one statement for all of it.

Most searches name a person. Whether their Patient may be seen, which subjects are theirs and what a
decision stands on were four questions of a search, and a fifth was whose its answer is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, cast

from throughcare.fhir.terms import InRecordOf, Query
from throughcare.model.decision import Gate
from throughcare.record import keys
from throughcare.record.criteria import patient_ids
from throughcare.record.gate import Seen, allows
from throughcare.record.sql import listed
from throughcare.store.protocol import Reader

_PATIENT: Final = keys.type_number("Patient")
_SUBJECT: Final = 6
_PERSON: Final = 7
"""Places in a row of the statement owners."""


@dataclass(frozen=True, slots=True)
class Owners:
    """The people that Patients named by a search are source records of, as of one snapshot.

    Ungated: of a Patient that may not be seen, a search MUST NOT use the subjects.
    """

    epoch: int
    """Consent epoch of the node."""
    newest_class: int
    subjects: Mapping[str, Collection[int]]
    """All subjects of each person, by ``Patient/id``."""
    seen: Mapping[str, Seen]
    """What is decided on, by ``Patient/id``; of current Patients alone."""
    ended: frozenset[str]
    """Patients that were deleted: what is decided on has to be asked for."""
    persons: Mapping[int, int]
    """The person of each subject that has one."""

    def told(self, texts: Collection[str]) -> set[str]:
        """Return those of `texts` of which this tells whether they may be seen."""
        return {text for text in texts if text in self.subjects} - self.ended

    def hidden(self, gate: Gate) -> frozenset[str]:
        """Return the Patients, as ``Patient/id``, that may not be seen; deleted ones left out."""
        return frozenset(name for name, row in self.seen.items() if not allows(gate, row))

    def scope(self, criterion: InRecordOf) -> frozenset[int] | None:
        """Return the subjects that a criterion stays within; None if it names others."""
        if not all(name in self.subjects for name in criterion.patients):
            return None
        return frozenset(s for name in criterion.patients for s in self.subjects[name])

    def of(self, subjects: Collection[int]) -> list[int] | None:
        """Return the persons that `subjects` belong to, each once; None if some are others'."""
        found = {self.persons.get(subject) for subject in subjects}
        return None if None in found else sorted(cast("set[int]", found))


async def owners(reader: Reader, query: Query) -> Owners | None:
    """Return whose records `query` names; None if it names none, or not so simply.

    None also where entries lie in several databases.
    """
    named = {one for each in query.each() for one in each.where if isinstance(one, InRecordOf)}
    if len(named) != 1 or reader.spread:
        return None
    (criterion,) = named
    ids = patient_ids(criterion)
    if len(ids) < len(criterion.patients) or any(id_.endswith(".") for id_ in ids):
        return None  # a full stop may end a name, or the sentence that it stands in
    rows = await reader.rows("record.owners", ids=listed(ids), type=_PATIENT)
    persons = {row[_SUBJECT]: row[_PERSON] for row in rows if row[_SUBJECT] is not None}
    subjects: dict[str, Collection[int]] = {}
    seen: dict[str, Seen] = {}
    ended: set[str] = set()
    for id_, entry, *facts in {row[0]: row[:_SUBJECT] for row in rows}.values():
        name = f"Patient/{id_!s}"
        subjects[name] = ()
        if entry is None:
            continue
        own = cast("int", entry) >> keys.PLACES
        theirs = {row[_SUBJECT] for row in rows if row[0] == id_}
        subjects[name] = cast("set[int]", (theirs | {own}) - {None, 0})
        if facts[0] is None:
            ended.add(name)
        else:
            seen[name] = Seen(own, "Patient", str(id_), *cast("list[int]", facts))
    epoch, newest = cast("tuple[int, int]", rows[0][-2:])
    known = cast("dict[int, int]", persons)
    return Owners(epoch, newest or 0, subjects, seen, frozenset(ended), known)
