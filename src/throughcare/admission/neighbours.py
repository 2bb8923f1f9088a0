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
"""Records of whose labelled entries what others have to know is kept at hand."""
SMALL: Final = 16384
"""Bytes of the entries of one of which it is, at most, as they are stored."""


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
            await self.labelled(),
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

    async def labelled(self) -> adding.Labelled:
        """Return what has to be known of its labelled entries, most of them not unpacked again."""
        key = self.lists.version, self.record.packed
        told = _KEPT.get(key)
        if told is None:
            read = [
                labels.read(member(stored, stored.subject), self.lists)
                for stored in await self.record.opened()
            ]
            told = adding.merged([adding.labelled(each) for each in read])
            _keep(key, told)
        return told


_KEPT: Final[dict[tuple[str, tuple[bytes, ...]], adding.Labelled]] = {}
"""By the version of the lists, and by the entries as they are stored."""


def _keep(key: tuple[str, tuple[bytes, ...]], told: adding.Labelled) -> None:
    if sum(map(len, key[1])) <= SMALL:
        _KEPT[key] = told
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
