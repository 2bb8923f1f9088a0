"""An update that says what is stored already: found in a snapshot, and nothing is written.

It is the access that it is, so its line goes straight to the ledger: there is no transaction that
it could share.
"""

import msgspec

from throughcare.admission import owner
from throughcare.admission.outcome import Outcome, Result, Written
from throughcare.admission.rooms import Rooms
from throughcare.admission.sight import Sight
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import splicing
from throughcare.model.audit import AuditEntry
from throughcare.model.entry import Stored
from throughcare.model.submission import Item, Method, Submission
from throughcare.store.protocol import Reader


async def unchanged(
    rooms: Rooms, submission: Submission, sight: Sight, audit: AuditEntry
) -> Outcome | None:
    """Return the outcome of an update that changes nothing, its line written; None for any other.

    What needs an answer of its own (a wrong If-Match, a copy with parts left out) is any other.
    """
    item = submission.items[0]
    if len(submission.items) > 1 or item.method is not Method.PUT or item.conditional:
        return None
    async with rooms.store.snapshot() as reader:
        stored = await _current(rooms, reader, item, sight)
        if stored is None or stored.cls.custodian != submission.custodian:
            return None
        if sight.redacts is not None and await sight.redacts(reader, stored):
            return None
        persons = await rooms.persons.persons_of(reader, {stored.subject} - {owner.NOBODY})
    line = msgspec.structs.replace(audit.about(persons, 1), what=f"{stored.type}/{stored.id}")
    await rooms.journal.note(line)
    return Outcome(Result.STORED, written=(Written(item.full_url, stored, created=False),))


async def _current(rooms: Rooms, reader: Reader, item: Item, sight: Sight) -> Stored | None:
    """Return the current version if it is what `item` asks for and says the same."""
    type_, id_ = str(item.resource["resourceType"]), item.resource.get("id")
    if item.raw is None or not isinstance(id_, str):
        return None
    stored = await rooms.records.read(reader, type_, id_, await sight.now(reader))
    if stored is None or stored.deleted or item.if_match not in {None, stored.version}:
        return None
    if item.only_new:
        return None
    text = fhir_bytes.compact(item.raw)
    again = splicing.splice(text, id=id_, version=stored.version, updated=stored.updated)
    return stored if again == stored.body else None
