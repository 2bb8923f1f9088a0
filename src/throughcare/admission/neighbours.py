"""What of a record bears on the labels of what is written to it, read in few statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from throughcare.consent import adding, labels
from throughcare.consent.adding import Addition, Around, Past
from throughcare.consent.labels import Json, Member, Reading
from throughcare.consent.lists import Lists
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.entry import EntryClass, Stored
from throughcare.record import Records
from throughcare.record.labelled import Labelled
from throughcare.store.protocol import Transaction

KEPT: Final = 4096
"""Labelled entries of which what others have to know is kept at hand."""
SMALL: Final = 4096
"""Bytes of one of which it is, at most, as it is stored."""


@dataclass(frozen=True, slots=True)
class Written:
    """An entry that is about to be written."""

    subject: int
    reference: str
    """``Type/id``."""
    resource: Json
    body: bytes
    """The text of `resource`."""
    past: Stored | None = None
    """What stands under its name."""
    is_fresh: bool = False
    """True if its id was given to it just now, so that nothing can name it."""
    is_end: bool = False
    """True if what stands is deleted by it."""


Pairs = Sequence[tuple[Written, Reading]]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The record of one person, before something is written to it."""

    records: Records
    tx: Transaction
    lists: Lists
    record: Labelled

    async def classes(self, theirs: Pairs, written: Pairs) -> dict[str, EntryClass] | None:
        """Return the classes of what is written to it, by ``Type/id``.

        None if all of the record has to be classified (see `adding`). `written` is all that is
        written together, `theirs` what of it is this person's.
        """
        own = {entry.reference for entry, _ in theirs}
        kept = {entry.reference for entry, _ in theirs if not entry.is_end}
        above = {name for _, reading in theirs for name in reading.links.above}
        files = {name for _, reading in theirs for name in reading.links.files} - own
        is_apart = len({entry.subject for entry, _ in theirs}) > 1
        if (
            is_apart
            or any(_moves(entry) for entry, _ in theirs)
            or not above.isdisjoint({entry.reference for entry, _ in written} - own)
        ):
            return None
        standing = await self._current(above - kept | files)
        if any(
            name in above and each.subject not in self.record.subjects for name, each in standing
        ):
            return None
        classes = {name: each.cls for name, each in standing}
        around = Around(
            await self._labelled(),
            self.record.subjects,
            {name: cls for name, cls in classes.items() if name in above},
            {name: cls for name, cls in classes.items() if name in files},
        )
        return adding.classes([self._addition(*pair) for pair in theirs], around)

    def _addition(self, entry: Written, reading: Reading) -> Addition:
        past = None
        if entry.past is not None and not entry.past.deleted:
            needed = adding.needs_reading(reading) and not adding.is_labelled(entry.past.cls)
            before = labels.read(member(entry.past, entry.subject), self.lists) if needed else None
            past = Past(entry.past.cls, before)
        return Addition(reading, past, is_fresh=entry.is_fresh, is_end=entry.is_end)

    async def _current(self, names: Iterable[str]) -> list[tuple[str, Stored]]:
        wanted = {(kind, id_) for kind, _, id_ in (name.partition("/") for name in names)}
        found = await self.records.current_among(self.tx, wanted) if wanted else {}
        return [(f"{each.type}/{each.id}", each) for each in found.values() if not each.deleted]

    async def _labelled(self) -> list[adding.Labelled]:
        """Return what has to be known of its labelled entries, most of them not unpacked again."""
        found = self.record.entries
        speaking = [each for each in found.entries if adding.speaks(each.cls)]
        known = [_KEPT.get((self.lists.version, each.packed)) for each in speaking]
        fresh = [each for each, told in zip(speaking, known, strict=True) if told is None]
        told = [each for each in known if each is not None]
        if fresh:
            for each, stored in zip(fresh, await found.opened(fresh), strict=True):
                said = adding.labelled(labels.read(member(stored, stored.subject), self.lists))
                told.append(said)
                _keep((self.lists.version, each.packed), said)
        return told


_KEPT: Final[dict[tuple[str, bytes], adding.Labelled]] = {}
"""By the version of the lists, and by an entry as it is stored."""


def _keep(key: tuple[str, bytes], said: adding.Labelled) -> None:
    if len(key[1]) <= SMALL:
        _KEPT[key] = said
        if len(_KEPT) > KEPT:
            del _KEPT[next(iter(_KEPT))]


def _moves(entry: Written) -> bool:
    """Tell whether an entry comes out of another record."""
    past = entry.past
    return past is not None and not past.deleted and past.subject != entry.subject


def member(stored: Stored, whose: int) -> Member:
    """Return a stored entry, for labelling."""
    return Member(
        f"{stored.type}/{stored.id}",
        fhir_bytes.read_again(stored.body),
        stored.cls.custodian,
        fhir_bytes.codes(stored.body),
        whose,
    )
