"""The writing of one submission, inside its transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from throughcare.admission import acting, owner
from throughcare.admission.belonging import Belonging
from throughcare.admission.consents import Consents
from throughcare.admission.labelling import Labelling
from throughcare.admission.logical import by_identifier
from throughcare.admission.merging import Merging
from throughcare.admission.naming import NOTHING_TO_CHANGE, Namer, Names
from throughcare.admission.neighbours import Written as Entry
from throughcare.admission.outcome import Outcome, Result, Written
from throughcare.admission.parting import Parting
from throughcare.admission.patients import Patients
from throughcare.admission.permission import Permission, Unseen, check_deletion
from throughcare.admission.prepared import (
    Prepared,
    bearing,
    changed,
    deletion,
)
from throughcare.admission.refiling import refiled
from throughcare.admission.rooms import Rooms
from throughcare.admission.sight import Sight
from throughcare.admission.versions import at, check_version
from throughcare.consent import bearings, directory
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import index as fhir_index
from throughcare.fhir import splicing
from throughcare.identity.compare import demographics_of
from throughcare.intake import fold
from throughcare.kernel import (
    ConflictError,
    NotFoundError,
)
from throughcare.model.audit import AuditEntry
from throughcare.model.entry import Stored
from throughcare.model.person import Placement
from throughcare.model.submission import Item, Method, Remark, SourcePatient, Submission
from throughcare.record import NewEntry
from throughcare.store.protocol import Transaction

NAMED = 20
"""Entries that an audit line of a write names; it counts them all."""


@dataclass(slots=True)
class Writing:
    """Everything that is known while one submission is written."""

    rooms: Rooms
    tx: Transaction
    submission: Submission
    scope: str
    now: datetime
    permission: Permission | None = None
    """What a client that writes may see and change. None for a feed, which changes its own."""
    names: Names = field(default_factory=Names)
    current: Mapping[tuple[str, str], Stored] = field(default_factory=dict)
    """What is stored under the names of the items, by (type, id)."""
    unseen: Unseen = frozenset()
    """Those names of which a client that writes may not see what is stored."""
    subjects: dict[str, int] = field(default_factory=dict)
    """Subject of each ``Patient/id`` seen so far."""
    placements: list[Placement] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    """Persons whose record is another one since this submission."""
    remarks: list[Remark] = field(default_factory=list)
    attached: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Patient items that are evidence only (who a letter or consent speaks of) by full url."""

    async def write(self, audit: AuditEntry) -> Outcome:
        """Store the submission and return what came of it."""
        key = {"source": self.submission.source, "key": self.submission.key}
        digest = self.submission.digest
        known = "received_last" if self.submission.last_counts else "received"
        if await self.tx.rows(f"admission.{known}", **key, digest=digest):
            return Outcome(Result.KNOWN)
        asked = partial(self.sight.of, reader=self.tx) if self.sight else None
        namer = Namer(self.rooms.records, self.tx, self.scope, asked)
        self.names = await namer.names(self.submission)
        await self._look()
        await self._check()
        for patient in self.submission.patients:
            await self._place(patient)
        await self._merge(audit)
        prepared = await self._prepare_all(namer)
        written = await self._store(prepared)
        await self._keep_source()
        told = self.sight is not None
        self.remarks += await Consents(self.rooms, self.tx, self.now).see_to(
            self.submission, written, audit, told=told
        )
        await self.tx.run("admission.receive", **key, digest=digest, at=self.now.isoformat())
        await self._record_audit(audit, written)
        return Outcome(
            Result.STORED,
            written=tuple(written),
            placements=tuple(self.placements),
            remarks=self.submission.remarks + tuple(self.remarks),
        )

    @property
    def sight(self) -> Sight | None:
        """Return what the client sees: the rest does not exist for it. None for a feed."""
        return None if self.permission is None else self.permission.sight

    async def _look(self) -> None:
        """Read what is stored under the names of the items, as far as a client may see it.

        Under names that the node gives stands nothing yet: what is seen is not asked for them.
        """
        absent = self.names.absent
        wanted = {
            self._where(it): it.method for it in self.submission.items if it.full_url not in absent
        }
        given = all(method is Method.POST for method in wanted.values())
        if self.permission is None or given:
            self.current = await self.rooms.records.current_among(self.tx, wanted)
        if self.permission is not None and (self.current or not given):
            self.current, self.unseen = await self.permission.standing(wanted)

    def _where(self, item: Item) -> tuple[str, str]:
        """Return the type and id of an item."""
        kind, _, id_ = self.names.of(item).partition("/")
        return kind, id_

    def _is_written(self, item: Item) -> bool:
        """Tell whether an item is to be written: no condition found that there is nothing to do."""
        return item.full_url not in self.names.present and item.full_url not in self.names.absent

    async def _check(self) -> None:
        """Refuse what may not be written, before anything is made of what is stored."""
        for item in filter(self._is_written, self.submission.items):
            current = self.current.get(self._where(item))
            if item.method is Method.PATCH and (current is None or current.deleted):
                raise NotFoundError(NOTHING_TO_CHANGE, place=at(item) or None)
            if self.permission is not None:
                unseen = self._where(item) in self.unseen
                await self.permission.check(item, current, is_unseen=unseen)
            check_version(item, current)

    async def _place(self, patient: SourcePatient) -> None:
        item = self._item(patient.full_url)
        there = self.names.present.get(item.full_url)
        if there is not None:  # nothing of it is written, so it is no evidence either
            self.subjects[self.names.of(item)] = there.subject
            return
        resource = item.resource
        current = None
        if patient.feed:
            current = self.current.get(self._where(item))
            resource = self._current_form(item, current)
        else:
            self.attached[item.full_url] = item.resource
        source, local_id = await self._key(patient, current)
        # A feed says anew whose it is, a client doesn't.
        stays = current.subject if self.sight is not None and current is not None else None
        mates = await self._patients.mates(stays) if stays is not None else ()
        placement = await self.rooms.persons.place(
            self.tx,
            source,
            local_id,
            "record" if patient.feed else "attachment",
            demographics_of(resource),
        )
        if self.sight is not None:
            await self._patients.check_unmoved(placement, mates, at(item))
        self.subjects[self.names.of(item)] = placement.subject
        self.placements.append(placement)
        self.changed.update(placement.moved)
        if current is None and placement.person:
            # INVARIANT: a consent that waited for this new person is in force from here on.
            found = await self.rooms.persons.subjects_of(self.tx, placement.person)
            self.changed.update({placement.person} if len(found) > 1 else ())
        elif current is not None and current.deleted and placement.person:
            # INVARIANT: what was told of its former number binds no record that has another.
            self.changed.add(placement.person)

    @property
    def _patients(self) -> Patients:
        return Patients(self.rooms, self.tx)

    async def _key(self, patient: SourcePatient, current: Stored | None) -> tuple[str, str]:
        """Return the source and local id of a Patient: of one that is stored, those it has.

        So that an update never takes a Patient away from the record that hangs on it. Raises
        ConflictError where a feed has the id of another feed's Patient.
        """
        source = self.submission.source
        if current is None or not patient.feed:
            return source, patient.local_id
        rows = await self.tx.rows(
            "disclosure.sources_of_subjects", subjects=json.dumps([current.subject])
        )
        _, owner_source, local_id, _ = rows[0]
        if self.sight is None and owner_source != source:
            message = (
                "This Patient has the id of one that another feed brought. Send it without the "
                "id, by POST, so that it gets one of its own."
            )
            raise ConflictError(message)
        return str(owner_source), str(local_id)

    async def _merge(self, audit: AuditEntry) -> None:
        if self.submission.merge is not None:
            merging = Merging(self.rooms, self.tx, self.submission, self.now)
            persons, remarks = await merging.obey(audit.user)
            self.changed.update(persons)
            self.remarks += remarks

    def _current_form(self, item: Item, current: Stored | None) -> Mapping[str, Any]:
        """Return the resource as it will be stored: FOLD combines it with what is there."""
        if item.method is Method.FOLD:
            before = (
                fhir_bytes.read_again(current.body) if current and not current.deleted else None
            )
            at = item.at or self.submission.at
            return fold.fold(before, dict(item.resource), at=at, ended=item.ended)
        resource = item.resource
        if item.change is not None and current is not None:
            resource = changed(item, item.change, current)
        if current and not current.deleted:
            self._check_same_person(item, resource, current)
        return resource

    def _check_same_person(self, item: Item, resource: Mapping[str, Any], current: Stored) -> None:
        if resource["resourceType"] != "Patient":
            return
        before = demographics_of(fhir_bytes.read_again(current.body)).nhs_number
        after = demographics_of(resource).nhs_number
        if before and after and before != after:
            message = (
                "This Patient has the key of one that is stored with another NHS number. "
                "If the feed comes from another system, load it with --source and another name."
            )
            raise ConflictError(message, place=str(item.place.at) if item.place else None)

    async def _prepare_all(self, namer: Namer) -> list[Prepared]:
        prepared = []
        submission, records = self.submission, self.rooms.records
        belonging = Belonging(
            records, self.tx, self.names, submission, self.subjects, self.remarks, self.sight
        )
        for item in sorted(submission.items, key=owner.comes_last):
            if item.full_url in self.attached or not self._is_written(item):
                continue
            prepared.append(await self._prepare(item, namer, belonging))
        return prepared

    async def _prepare(self, item: Item, namer: Namer, belonging: Belonging) -> Prepared:
        name = self.names.of(item)
        current = self.current.get(self._where(item))
        if self.permission is not None:
            check_deletion(item, name)
        before = bearing(current)
        if item.method is Method.DELETE:
            gone = deletion(item, name, current)
            if self.permission is not None:
                await self.permission.check_acting(gone.subject, before, {})
            return replace(gone, before=before)
        resource = by_identifier(self._current_form(item, current), self.attached)
        if item.raw is not None and item.method is not Method.FOLD:
            text = fhir_bytes.compact(item.raw)
        else:
            text = fhir_bytes.dump(resource)
        links = await namer.links(resource, text, self.names, at(item))
        body = splicing.relink(text, links)
        final = fhir_bytes.read_again(body)
        index = fhir_index.extract(final)
        subject = await belonging.subject(name, final, index, current, at(item))
        acting.check(final)
        if self.permission is not None:
            await self.permission.check_acting(subject, before, final)
        is_new = current is None or current.deleted
        return Prepared(item, name, final, body, index, subject, is_new=is_new, before=before)

    async def _store(self, prepared: Sequence[Prepared]) -> list[Written]:
        labelling = Labelling(self.rooms, self.tx, self.submission.custodian)
        classes = await labelling.classes([self._entry(each) for each in prepared])
        stored = await self.rooms.records.put(
            self.tx,
            [
                NewEntry(
                    subject=entry.subject,
                    type=entry.name.partition("/")[0],
                    id=entry.name.partition("/")[2],
                    body=entry.body,
                    index=entry.index,
                    cls=entry.ended or cls,
                    updated=self.now,
                    deleted=entry.ended is not None,
                )
                for entry, cls in zip(prepared, classes, strict=True)
            ],
        )
        if self.changed:
            await Parting(self.rooms, self.tx, self.now).follow()
        await self._raise_epochs(prepared)
        await labelling.meet(await labelling.touched() | self.changed)
        found = {
            url: Written(url, there, created=False) for url, there in self.names.present.items()
        }
        for entry, version in zip(prepared, stored, strict=True):
            url = entry.item.full_url
            found[url] = Written(url, version, created=entry.is_new)
        # R4, 3.1.0.11.2: the answer has one entry for each of the request, in its order.
        return [found[item.full_url] for item in self.submission.items if item.full_url in found]

    def _entry(self, prepared: Prepared) -> Entry:
        """Return what is to be labelled. The id that a client's POST makes is its request's own."""
        past = self.current.get(self._where(prepared.item))
        is_made = self.permission is not None and prepared.item.method is Method.POST
        return Entry(
            prepared.subject,
            prepared.name,
            prepared.resource,
            prepared.body,
            past,
            is_fresh=is_made and past is None,
            is_end=prepared.ended is not None,
        )

    async def _raise_epochs(self, prepared: Sequence[Prepared]) -> None:
        """Make every process decide anew about those whose consents or record changed."""
        subjects = {entry.subject for entry in prepared if entry.bears_on_consent}
        subjects |= {place.subject for place in self.placements if not place.person}
        if await self._renames_readers(prepared):
            subjects.add(owner.NOBODY)
        subjects |= await refiled(self.rooms, self.tx, prepared)
        acted_for = [entry.subject for entry in prepared if bearings.grants(entry.resource)]
        # Whose birth date matters: that of any source.
        persons = {*self.changed, *await self.rooms.persons.persons_of(self.tx, acted_for)}
        for person in persons - {owner.NOBODY}:
            subjects |= set(await self.rooms.persons.subjects_of(self.tx, person))
        for subject in sorted(subjects):
            await self.tx.run("admission.raise_epoch", subject=subject)

    async def _renames_readers(self, prepared: Sequence[Prepared]) -> bool:
        """Tell whether a Consent may name others by what is written; so will what stands behind."""
        bearing = [entry for entry in prepared if entry.bears_on_readers]
        asked = json.dumps(sorted({"*", *(entry.name for entry in bearing)}))
        if not bearing or not await self.tx.rows("admission.named_readers", names=asked):
            return False
        for name in sorted({name for each in bearing for name in directory.behind(each.resource)}):
            await self.tx.run("admission.name_reader", name=name)
        return True

    async def _keep_source(self) -> None:
        if not self.submission.original:
            return
        subject = self.placements[0].subject if self.placements else owner.NOBODY
        await self.tx.run(
            "admission.keep_source",
            source=self.submission.source,
            key=self.submission.key,
            digest=self.submission.digest,
            subject=subject,
            media_type=self.submission.media_type,
            body=self.submission.original,
        )

    async def _record_audit(self, audit: AuditEntry, written: Sequence[Written]) -> None:
        subjects = {item.stored.subject for item in written} | set(self.subjects.values())
        persons = await self.rooms.persons.persons_of(self.tx, sorted(subjects - {owner.NOBODY}))
        touched = sorted(f"{item.stored.type}/{item.stored.id}" for item in written)
        what = audit.what or " ".join(touched[:NAMED])
        line = msgspec.structs.replace(audit.about(tuple(persons), len(written)), what=what)
        await self.rooms.journal.record(self.tx, line)

    def _item(self, full_url: str) -> Item:
        return next(item for item in self.submission.items if item.full_url == full_url)
