"""What a page reads of the entries that may be seen: chosen after it was decided on all of them.

Three entries of four are on no page. What a page passes over for its content alone is remembered by
that content, so that it is unpacked once and not at each look.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from throughcare.model.entry import Stored
from throughcare.record.glance import Glance, Glanced
from throughcare.store.protocol import Reader
from throughcare.summary import needs as pages
from throughcare.summary.needs import Needs, Picked, is_of_moving
from throughcare.summary.sifting import READ
from throughcare.summary.skimming import is_read
from throughcare.summary.trends import Charts

MOST: Final = 131_072
"""Entries of which it is remembered that a test passes them over: about 20 MB."""

Choose = Callable[[Reader, Glance], Awaitable[Sequence[Stored]]]
"""Returns those of the visible entries that a page reads, in order; the others are seen, and not
read."""


async def _all(_: Reader, glance: Glance) -> list[Stored]:
    return await glance.opened()


@dataclass(frozen=True, slots=True)
class Reads:
    """What a page reads of the entries that may be seen."""

    types: Sequence[str] | None = None
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


def needed(needs: Needs) -> Choose:
    """Return a choice of what a page takes by type or category, or for what it says."""
    tells = dict.fromkeys(READ, (TOLD,))
    tests = {**tells, **{name: (*tells.get(name, ()), MOVES) for name in needs.moving}}

    def asked(entry: Glanced) -> tuple[Told, ...] | None:
        """Return the tests by one of which an entry is read; None if it is read without any."""
        if entry.type in needs.types or entry.cls.category in needs.categories:
            return None
        return tests.get(entry.type, ())

    def passed(entry: Glanced, by: tuple[Told, ...]) -> bool:
        """Say whether no test is left by which an entry may be read: asked of every entry."""
        for test in by:  # noqa: SIM110 - a generator for each of thousands takes twice as long
            if not test.is_passed(entry):
                return False
        return True

    async def choose(_: Reader, glance: Glance) -> list[Stored]:
        wanted = []
        for each in glance.entries:
            by = asked(each)
            if by is None or not passed(each, by):
                wanted.append((each, by))
        opened = await glance.opened([each for each, _ in wanted])
        return [
            stored
            for (each, by), stored in zip(wanted, opened, strict=True)
            if by is None or any(test.holds(each, stored) for test in by)
        ]

    return choose


SUMMARY: Final = Reads(tuple(sorted(READ)), needed(pages.SUMMARY))
"""What the emergency summary reads."""
ARRIVAL: Final = Reads(tuple(sorted(READ)), needed(pages.ARRIVAL))
"""What the row of somebody on a board reads: a handover is a document, too."""
NETWORK: Final = Reads(None, needed(pages.NETWORK))
RESIDENT: Final = Reads(None, needed(pages.RESIDENT))


class Picking:
    """What a page reads that looks at dates and newest values of all: kept for one look."""

    def __init__(self, pick: Callable[[Sequence[Stored], Collection[int]], Picked]) -> None:
        """Have `pick` choose: it is given everything, and the places of what tells."""
        self._pick = pick
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
        opened = await glance.opened()
        tells = {
            place
            for place, (each, stored) in enumerate(zip(glance.entries, opened, strict=True))
            if each.cls.category in pages.SUMMARY.categories
            or (each.type in READ and TOLD.holds(each, stored))
        }
        picked = self._pick(opened, tells)
        self.years, self.charts = picked.years, picked.charts
        return picked.entries
