"""Documents and files that came for people whose choices may name a document."""

from collections.abc import Collection, Iterable

from throughcare.admission.prepared import Prepared
from throughcare.admission.rooms import Rooms
from throughcare.consent import belonging, directives, filing
from throughcare.fhir import bytes as fhir_bytes
from throughcare.store.protocol import Transaction


async def refiled(rooms: Rooms, tx: Transaction, prepared: Iterable[Prepared]) -> set[int]:
    """Return the subjects about which is decided anew, since files of theirs lie in other hands.

    A decision that knows of dates, authors, custodians or single entries was compiled with what
    points at each file (`throughcare.consent.filing`).
    """
    subjects = {entry.subject for entry in prepared if entry.subject and _files(entry)}
    found: set[int] = set()
    for person in set(await rooms.persons.persons_of(tx, sorted(subjects))):
        listed = await rooms.persons.subjects_of(tx, person)
        if await _matters(rooms, tx, listed):
            found |= subjects.intersection(listed)
    return found


def _files(entry: Prepared) -> bool:
    """Tell whether an entry points at a file, is one, or may have pointed at one before."""
    type_ = entry.name.partition("/")[0]
    if type_ not in filing.FILING:
        return False
    return type_ == filing.FILE or not entry.is_new or any(belonging.attached(entry.resource))


async def _matters(rooms: Rooms, tx: Transaction, subjects: Collection[int]) -> bool:
    consents = await rooms.records.unfiltered(tx, sorted(subjects), types=("Consent",))
    return filing.matters(
        directives.read(fhir_bytes.read_again(one.body), subject=one.subject, version=one.version)
        for one in consents
        if one.body
    )
