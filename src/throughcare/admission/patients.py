"""What no client does to a Patient that is stored: move it to another person."""

from collections.abc import Collection
from typing import Final

from throughcare.admission.rooms import Rooms
from throughcare.kernel import ConflictError
from throughcare.model.entry import Stored
from throughcare.store.protocol import Transaction

_MOVES: Final = (
    "By this change the Patient would be taken for another person's, and what its person decided "
    "would no longer bind it. Moving a record to another person is for a match reviewer: leave "
    "identifier, name, birthDate and gender as they are, and ask one."
)


async def mates(rooms: Rooms, tx: Transaction, current: Stored) -> Collection[int]:
    """Return the source records of the person whose Patient this is; none while it waits."""
    found: set[int] = set()
    for person in await rooms.persons.persons_of(tx, [current.subject]):
        found.update(await rooms.persons.subjects_of(tx, person))
    return found


async def check_unmoved(
    rooms: Rooms, tx: Transaction, current: Stored, before: Collection[int], place: str
) -> None:
    """Raise ConflictError where other records are its person's than those `before`."""
    if await mates(rooms, tx, current) != before:
        raise ConflictError(_MOVES, place=place or None)
