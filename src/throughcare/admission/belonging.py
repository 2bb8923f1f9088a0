"""Whose record each entry of one submission belongs to, as its transaction finds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from throughcare.admission import owner
from throughcare.admission.naming import Names
from throughcare.admission.sight import Sight
from throughcare.fhir.terms import Index
from throughcare.kernel import ConflictError
from throughcare.model.entry import Stored
from throughcare.model.submission import Place, Remark, Submission
from throughcare.record import Records
from throughcare.store.protocol import Transaction

ASTRAY: Final = (
    "This {} came without its patient: it is kept, and shown to nobody. Send it in one bundle "
    "with its Patient and no other, or contained in the entry that uses it."
)


@dataclass(slots=True)
class Belonging:
    """Finds the subjects of entries."""

    records: Records
    tx: Transaction
    names: Names
    submission: Submission
    subjects: dict[str, int]
    """Subject of each ``Patient/id`` seen so far; it is kept up."""
    remarks: list[Remark]
    """What is odd about whose an entry is; it is kept up."""
    sight: Sight | None = None
    """What a client that writes may see; None for a feed."""
    placed: dict[str, int] = field(default_factory=dict)
    """Subject of each entry that was asked about, by ``Type/id``."""

    async def subject(
        self,
        name: str,
        resource: Mapping[str, Any],
        index: Index,
        current: Stored | None,
        place: str,
    ) -> int:
        """Return the subject that an entry is stored under.

        An entry that nobody will be shown is remarked on. Raises UnprocessableError where nothing
        says whose it is, ConflictError for the id of an entry of another source record.
        """
        found = await self._subject(name, resource, index, current, place)
        self.placed[name] = found
        kind = name.partition("/")[0]
        if found == owner.NOBODY and not owner.is_directory(kind):
            at = Place(self.submission.place.file, place or self.submission.place.at)
            self.remarks.append(Remark(at, ASTRAY.format(kind)))
        return found

    async def _subject(
        self,
        name: str,
        resource: Mapping[str, Any],
        index: Index,
        current: Stored | None,
        place: str,
    ) -> int:
        kind = name.partition("/")[0]
        if name in self.subjects:
            return self.subjects[name]
        if kind == "Patient" and current is not None:
            return current.subject
        subject = owner.owner(
            kind,
            await self._named(kind, resource, index),
            self._sole(),
            personal=bool(owner.compartment_params(kind)),
            place=place,
        )
        if kind in owner.COLLECTIVE:
            return subject  # a release before kept it in the record of its first member
        if current is not None and current.subject not in {subject, owner.NOBODY}:
            message = (
                "This id belongs to an entry of another source record. Send it without the id, "
                "so that it gets one of its own."
            )
            raise ConflictError(message, place=place or None)
        return subject

    async def _named(self, kind: str, resource: Mapping[str, Any], index: Index) -> dict[str, int]:
        """Return the subjects of what an entry says that it is about, by their names."""
        named: dict[str, int] = {}
        for target in owner.patients_named(kind, index):
            subject = await self._of_patient(target)
            if subject is not None:
                named[target] = subject
        context = owner.context(resource)
        subject = await self._of_context(context) if context else None
        return named if subject is None else {**named, context: subject}

    def _sole(self) -> int | None:
        """Return the subject of the only patient of the submission, if there is one."""
        sole = {
            self.subjects[self.names.by_url[patient.full_url]]
            for patient in self.submission.patients
        }
        return sole.pop() if len(sole) == 1 else None

    async def _of_context(self, target: str) -> int | None:
        """Return the subject of an entry, stored or about to be; None for one that is not there.

        For a client, what it may not see is not there either, unless its own organisation keeps
        it. A Patient is: who writes about somebody need not be shown their record (ADR 0012).
        """
        if target in self.placed or target.count("/") != 1:
            return self.placed.get(target)
        kind, id_ = target.split("/")
        if self.sight is None or kind == "Patient":
            return await self.records.subject_of(self.tx, kind, id_)
        stored = await self.records.current(self.tx, kind, id_)
        if stored is None or stored.cls.custodian == self.submission.custodian:
            return stored.subject if stored else None
        seen = await self.records.read(self.tx, kind, id_, await self.sight.now(self.tx))
        return seen.subject if seen else None

    async def _of_patient(self, target: str) -> int | None:
        if target not in self.subjects:
            subject = await self.records.subject_of(self.tx, *target.split("/", 1))
            if subject is None:
                return None
            self.subjects[target] = subject
        return self.subjects[target]
