"""What a page reads of the entries that may be seen: chosen after it was decided on all of them.

Three entries of four are on no page. What a page passes over for its content alone is remembered by
that content, so that it is unpacked once and not at each look; and which entries of a record it
reads, by the content of all of them.
"""

from array import array
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import blake2b
from typing import Final

from throughcare.model.entry import Stored
from throughcare.record.glance import Glance, Glanced
from throughcare.store.protocol import Reader
from throughcare.summary import needs as pages
from throughcare.summary.needs import Needs, Picked, is_of_moving, older_measurements
from throughcare.summary.sifting import READ
from throughcare.summary.skimming import is_read
from throughcare.summary.trends import Charts

MOST: Final = 131_072
"""Entries of which it is remembered that a test passes them over: about 20 MB."""
MOST_RECORDS: Final = 4_096
"""Records of which it is remembered which entries a page reads: about 4 MB."""

Choose = Callable[[Reader, Glance], Awaitable[Sequence[Stored]]]
"""Returns those of the visible entries that a page reads, in order; the others are seen, and not
read."""


async def _all(_: Reader, glance: Glance) -> list[Stored]:
    return await glance.opened()


@dataclass(frozen=True, slots=True)
class Reads:
    """What a page reads of the entries that may be seen."""

    types: tuple[str, ...] | None = None
    """The types that it asks for; None for all."""
    choose: Choose = _all
    """What it reads of these."""


EVERYTHING: Final = Reads()


class Told:
    """A test of what entries say, which remembers what it passed over.

    The test is of type and content alone, so that it says the same of the same bytes: what is
    remembered holds for every reader and every node, and an entry that changed is asked about anew.
    """

    def __init__(self, test: Callable[[str, bytes], bool], most: int = MOST) -> None:
        """Ask `test` of type and content; remember at most `most` entries that it does not hold."""
        self._test = test
        self._most = most
        self._passed: dict[int, int] = {}
        """By number of the entry, a hash of the bytes that say nothing, as they are stored."""

    def is_passed(self, entry: Glanced) -> bool:
        """Say whether the test is known not to hold for an entry."""
        known = self._passed.get(entry.place)
        return known is not None and known == hash(entry.packed)

    def holds(self, entry: Glanced, stored: Stored) -> bool:
        """Say whether the test holds for an entry, which is unpacked as `stored`."""
        if self.is_passed(entry):
            return False
        if self._test(stored.type, stored.body):
            return True
        self._passed[entry.place] = hash(entry.packed)
        if len(self._passed) > self._most:
            del self._passed[next(iter(self._passed))]
        return False


TOLD: Final = Told(is_read)
"""Whether the emergency summary may read an entry of a type that it reads at all."""
MOVES: Final = Told(lambda _, body: is_of_moving(body))
"""Whether an entry may say how somebody moves."""


def only(keeps: Callable[[Glanced], bool]) -> Choose:
    """Return a choice of the Patients, and of what `keeps` holds for without its content."""

    async def choose(_: Reader, glance: Glance) -> list[Stored]:
        return await glance.opened([e for e in glance.entries if e.type == "Patient" or keeps(e)])

    return choose


class Chosen:
    """Which of the entries of a record were chosen, by all that a choice looks at.

    That is number, type, category and bytes of every visible entry. A reader who sees others, and
    a record of which one has changed, have another key: what is remembered can't be out of date.
    """

    def __init__(self, most: int = MOST_RECORDS) -> None:
        """Remember the choices of at most `most` records, of whose entries no content is kept."""
        self._most = most
        self._chosen: dict[bytes, tuple[int, ...]] = {}

    @staticmethod
    def key(entries: Sequence[Glanced], asked: str = "") -> bytes:
        """Return what stands for these entries, in their order, and for what else is asked."""
        digest = blake2b(b"".join([each.packed for each in entries]), digest_size=16)
        digest.update(array("q", [len(each.packed) for each in entries]))
        digest.update(array("q", [each.place for each in entries]))
        digest.update("|".join([each.type for each in entries]).encode())
        digest.update("|".join([each.cls.category for each in entries]).encode())
        digest.update(f"|{asked}".encode())
        return digest.digest()

    def known(self, key: bytes) -> tuple[int, ...] | None:
        """Return which of the entries were chosen, as indexes; None if it is not known."""
        return self._chosen.get(key)

    def keep(self, key: bytes, chosen: tuple[int, ...]) -> None:
        """Remember which."""
        self._chosen[key] = chosen
        if len(self._chosen) > self._most:
            del self._chosen[next(iter(self._chosen))]


def needed(needs: Needs) -> Choose:
    """Return a choice of what a page takes by type or category, or for what it says."""
    return _Needed(needs).choose


class _Needed:
    """What a page takes by type or category, or for what it says."""

    def __init__(self, needs: Needs) -> None:
        self._needs = needs
        tells = dict.fromkeys(READ, (TOLD,))
        moves = {name: (*tells.get(name, ()), MOVES) for name in needs.moving}
        self._tests = {**tells, **moves}
        self._chosen = Chosen()

    async def choose(self, _: Reader, glance: Glance) -> Sequence[Stored]:
        """Return what the page reads."""
        key = Chosen.key(glance.entries)
        known = self._chosen.known(key)
        if known is not None:
            return await glance.opened([glance.entries[at] for at in known])
        found = await self._read(glance)
        self._chosen.keep(key, tuple(found))
        return list(found.values())

    async def _read(self, glance: Glance) -> dict[int, Stored]:
        """Return the same by its index; what is known to say nothing is not unpacked."""
        asked = [(at, each, self._asked(each)) for at, each in enumerate(glance.entries)]
        wanted = [(at, each, by) for at, each, by in asked if by is None or not _passed(each, by)]
        opened = await glance.opened([each for _, each, _ in wanted])
        found: dict[int, Stored] = {}
        told: dict[int, Stored] = {}
        for (at, each, by), stored in zip(wanted, opened, strict=True):
            if by is None:
                found[at] = stored
            elif any(test.holds(each, stored) for test in by):
                found[at] = told[at] = stored
        if self._needs.last_measured:
            for at in older_measurements(told):
                del found[at]
        return found

    def _asked(self, entry: Glanced) -> tuple[Told, ...] | None:
        """Return the tests by one of which an entry is read; None if it is read without any."""
        if entry.type in self._needs.types or entry.cls.category in self._needs.categories:
            return None
        return self._tests.get(entry.type, ())


def _passed(entry: Glanced, by: tuple[Told, ...]) -> bool:
    """Say whether no test is left by which an entry may be read: asked of every entry."""
    for test in by:  # noqa: SIM110 - a generator for each of thousands takes twice as long
        if not test.is_passed(entry):
            return False
    return True


SUMMARY: Final = Reads(tuple(sorted(READ)), needed(pages.SUMMARY))
"""What the emergency summary reads."""
ARRIVAL: Final = Reads(tuple(sorted(READ)), needed(pages.ARRIVAL))
"""What the row of somebody on a board reads: a handover is a document, too."""
NETWORK: Final = Reads(None, needed(pages.NETWORK))
RESIDENT: Final = Reads(None, needed(pages.RESIDENT))


class Picking:
    """What a page reads that looks at dates and newest values of all: kept for one look."""

    def __init__(
        self,
        pick: Callable[[Sequence[Stored], Collection[int]], Picked],
        chosen: Chosen | None = None,
        asked: str = "",
    ) -> None:
        """Have `pick` choose: it is given everything, and the places of what tells.

        A pick of nothing but number, type, category and content of the entries, and of `asked`,
        may be remembered by `chosen`. It MUST NOT tell years or charts.
        """
        self._pick = pick
        self._chosen = chosen
        self._asked = asked
        self.years: tuple[tuple[int, int], ...] | None = None
        """Lines of the timeline by year, of all that may be seen; None before it was read."""
        self.charts: Charts | None = None
        """Which charts a page of all of them shows; None before, and of other pages."""

    @property
    def reads(self) -> Reads:
        """The same, as the door takes it."""
        return Reads(None, self.choose)

    async def choose(self, _: Reader, glance: Glance) -> Sequence[Stored]:
        """Return what the page reads."""
        if self._chosen is None:
            return (await self._picked(glance))[0]
        key = Chosen.key(glance.entries, self._asked)
        known = self._chosen.known(key)
        if known is not None:
            return await glance.opened([glance.entries[at] for at in known])
        picked, opened = await self._picked(glance)
        index = {id(stored): at for at, stored in enumerate(opened)}
        self._chosen.keep(key, tuple(index[id(stored)] for stored in picked))
        return picked

    async def _picked(self, glance: Glance) -> tuple[Sequence[Stored], Sequence[Stored]]:
        """Return what is picked, and all that it is picked from."""
        opened = await glance.opened()
        tells = {
            place
            for place, (each, stored) in enumerate(zip(glance.entries, opened, strict=True))
            if each.cls.category in pages.SUMMARY.categories
            or (each.type in READ and TOLD.holds(each, stored))
        }
        picked = self._pick(opened, tells)
        self.years, self.charts = picked.years, picked.charts
        return picked.entries, opened


OWN: Final = Chosen(1_024)
"""Which entries of a record its person's own page reads."""


def own_record(today: date) -> Reads:
    """Return what a person's own page reads on a day."""
    return Picking(partial(pages.of_own_record, today=today), OWN, today.isoformat()).reads
