"""What each page reads of a record, so that nothing is read whole that is on no page; pure.

INVARIANT: a page made of what it needs is the page made of everything that may be seen. Needs may
name too much, never too little; what can't be told in passing is read.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, islice
from typing import Final

import msgspec

from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.entry import Category, Stored
from throughcare.model.submission import Json
from throughcare.summary import concepts, own, resident, trends
from throughcare.summary.charted import charted
from throughcare.summary.dates import When
from throughcare.summary.dating import dated
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.measurements import last_of_each
from throughcare.summary.sifting import DOCUMENTS, sift
from throughcare.summary.timeline import NO_LINES
from throughcare.summary.trends import Charts

Test = Callable[[Mapping[str, Json]], bool]


@dataclass(frozen=True, slots=True)
class Needs:
    """What a page takes whatever it says, and which tests of what it says choose among the rest."""

    types: frozenset[str] = frozenset()
    categories: frozenset[Category] = frozenset()
    moving: frozenset[str] = frozenset()
    """Types of which is taken what may say how somebody moves."""
    last_measured: bool = False
    """Of measurements it shows the last of each kind alone."""


SUMMARY: Final = Needs(categories=frozenset({Category.PLAN}), last_measured=True)
"""The emergency summary takes what tells besides: `skimming.is_read`. Each page below takes the
same, too."""
ARRIVAL: Final = Needs(DOCUMENTS, SUMMARY.categories, last_measured=True)
NETWORK: Final = Needs(
    frozenset({"Appointment", "Flag", "Procedure", "RiskAssessment", "ServiceRequest", "Task"}),
    SUMMARY.categories | {Category.SOCIAL_CARE, Category.CARE_NOTE, Category.INCIDENT},
)
RESIDENT: Final = Needs(
    frozenset({"DocumentReference", "MedicationAdministration"}),
    SUMMARY.categories | {Category.CARE_NOTE, Category.ABOUT_ME, Category.DIET},
    frozenset({"Observation"}),
)


class _Named(msgspec.Struct, gc=False):
    code: msgspec.Raw = msgspec.Raw()
    title: msgspec.Raw = msgspec.Raw()


_read_name: Final = msgspec.json.Decoder(_Named)


def is_of_moving(body: bytes) -> bool:
    """Say whether a stored entry may be named as something about how a person moves."""
    try:
        found = _read_name.decode(body)
    except msgspec.DecodeError:  # of another shape than most
        return True
    return _may_name_moving(bytes(found.code)) or _may_name_moving(bytes(found.title))


@lru_cache(maxsize=4096)
def _may_name_moving(raw: bytes) -> bool:
    return b"\\" in raw or resident.is_of_moving(raw.decode(errors="replace"))


def older_measurements(read: Mapping[int, Stored]) -> Iterator[int]:
    """Yield the keys of those that no section takes, since a newer measurement stands for them.

    One of the same record: which of them are one person's is not known here.
    """
    of: defaultdict[int, dict[str, tuple[int, SummaryEntry]]] = defaultdict(dict)
    for key, stored in read.items():
        if stored.type == "Observation":
            resource = fhir_bytes.read_again(stored.body)
            entry = SummaryEntry(stored.type, stored.id, "", "", stored.updated, resource)
            of[stored.subject][entry.reference] = key, entry
    for observed in of.values():
        sifted = sift(entry for _, entry in observed.values())
        taken = {each.reference for each in chain(sifted.told, last_of_each(sifted.measured))}
        measured = (each.reference for each in sifted.measured)
        yield from (observed[each][0] for each in measured if each not in taken)


@dataclass(frozen=True, slots=True)
class Picked:
    """What a page reads of a record, and what it says of all of it."""

    entries: Sequence[Stored]
    """In the order of the record."""
    years: tuple[tuple[int, int], ...] = ()
    """As `timeline.years`, of everything that may be seen."""
    charts: Charts | None = None
    """Which charts a page of all of them shows."""


class _Dated(msgspec.Struct, frozen=True, gc=False):
    """An entry with its date, before it is read."""

    entry: Stored
    when: When | None

    @property
    def recency(self) -> tuple[int, int, int, str, str]:
        """Sort key of `concepts.recency`."""
        return concepts.place(self.when, f"{self.entry.type}/{self.entry.id}")


def of_overview(
    seen: Sequence[Stored], tells: Collection[int], looked: datetime | None, first: int | None
) -> Picked:
    """Return what the overview reads: what tells, what came since `looked`, and what it draws.

    `tells` are the places of what the emergency summary reads. With `first` it draws every kind
    of result from this place on.
    """
    held = [_Dated(entry, dated(entry.body)) for entry in seen]
    observed = _in_order(each for each in held if each.entry.type == "Observation")
    newest = list(_newest_of_each_code(observed, trends.is_result))
    charts, shown = None, _drawn(observed, newest)
    if first is not None:
        charts, places = charted([(each.when, each.entry.body) for each in observed], first)
        shown = (observed[place] for place in places)
    drawn = {id(each.entry) for each in chain(newest, shown)}
    entries = [
        entry
        for place, entry in enumerate(seen)
        if place in tells or id(entry) in drawn or (looked is not None and entry.updated > looked)
    ]
    lines = (each.when for each in held if each.entry.type not in NO_LINES)
    counted = Counter(when.year for when in lines if when)
    return Picked(entries, tuple(sorted(counted.items(), reverse=True)), charts)


def _drawn(observed: Sequence[_Dated], newest: Sequence[_Dated]) -> Iterator[_Dated]:
    """Yield all values of the kinds that an overview draws, which `newest` of each code tells."""
    out = trends.keys_out_of_range(fhir_bytes.read_again(each.entry.body) for each in newest)
    for each in observed:
        body = each.entry.body
        if b'"component"' in body or trends.is_drawn(_concept(_code_of(body)), out):
            yield each


def of_own_record(seen: Sequence[Stored], tells: Collection[int], today: date) -> Picked:
    """Return what a person's own page reads: what tells, what is new, results, letters, answers."""
    held = _in_order(
        _Dated(entry, dated(entry.body))
        for entry in seen
        if entry.type not in own.QUIET and entry.type not in NO_LINES
    )
    letters = (each for each in held if each.entry.cls.category is Category.LETTER)
    results = [each for each in held if own.is_of_results(each.entry.type, each.entry.cls.category)]
    shown = [
        *islice(own.recent(((each, each.when) for each in held), today), own.MOST_NEW),
        *islice(letters, own.MOST_LETTERS),
        *_newest_of_each_code(results, own.is_result),
    ]
    wanted = {id(each.entry) for each in shown}
    return Picked(
        [
            entry
            for place, entry in enumerate(seen)
            if place in tells or id(entry) in wanted or entry.type in own.TAKEN
        ]
    )


def _in_order(held: Iterable[_Dated]) -> list[_Dated]:
    """Return entries by date, newest first, undated last, as `concepts.newest_first` does."""
    return sorted(held, key=lambda each: each.recency, reverse=True)


def _newest_of_each_code(observed: Iterable[_Dated], holds: Test) -> Iterator[_Dated]:
    """Yield the first observation of each code for which `holds` does.

    Two that state their code in the same bytes are of one kind, whatever makes a kind.
    """
    met: set[bytes] = set()
    for each in observed:
        code = _code_of(each.entry.body)
        if code not in met and holds(fhir_bytes.read_again(each.entry.body)):
            met.add(code)
            yield each


class _Coded(msgspec.Struct, gc=False):
    code: msgspec.Raw = msgspec.Raw()


_read_code: Final = msgspec.json.Decoder(_Coded)


def _code_of(body: bytes) -> bytes:
    """Return what stands under ``code``, as its bytes; none where it has none."""
    try:
        return bytes(_read_code.decode(body).code)
    except msgspec.DecodeError:  # half a character is none to this reader
        code = fhir_bytes.read_again(body).get("code")
        return b"" if code is None else fhir_bytes.dump(code)


@lru_cache(maxsize=4096)
def _concept(raw: bytes) -> Mapping[str, Json]:
    """Return the concept of such bytes, as `concepts.first` does; one stands in many entries."""
    return concepts.first(fhir_bytes.read_again(b'{"code":' + (raw or b"null") + b"}"), "code")
