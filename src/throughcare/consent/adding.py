"""What is written to a record that has labels: its classes, of the labelled entries alone; pure.

To classify all of a record anew with each write to it would tell, by its time, that it has labels.
Whatever has none passes none on, so most of what is written needs to know of a record no more than
what its labelled entries say, and the classes of those that it names as what it belongs to.

INVARIANT: the classes are those that `labels.classify_record` would give to the whole record with
what is written, and no other entry has another class by it. Where that can't be told of the
labelled entries alone the answer is None, and the whole has to be classified.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Final

from throughcare.consent import belonging, filing, labels, meeting
from throughcare.consent.belonging import Links
from throughcare.consent.categories import is_tagged
from throughcare.consent.labels import Reading, passed_on
from throughcare.consent.meeting import PersonLabels, together
from throughcare.model.entry import Category, EntryClass

Classes = Mapping[str, EntryClass]
"""Classes of entries by ``Type/id``."""

_NONE: Final[frozenset[str]] = frozenset()
_FILE: Final = f"{filing.FILE}/"
_FILED: Final = filing.SPEAKING | frozenset(filing.FOLLOWING)
"""Types of which an entry gives another its kind, or takes it over."""
_TELLING: Final = frozenset({"Composition", *filing.FOLLOWING})
"""Types of which an entry has labels that it does not pass on: those of what stands in it."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """What others have to know of entries that have labels."""

    said: PersonLabels
    holds: frozenset[str]
    """``Type/id`` of what stands in them, or that they point at."""
    held: frozenset[str]
    """Tokens by which they name such."""
    own: frozenset[str]
    """Tokens by which others may name them."""
    names: frozenset[str]
    """``Type/id`` of them."""


@dataclass(frozen=True, slots=True)
class Past:
    """What stands where something is written."""

    cls: EntryClass
    reading: Reading | None
    """None of types for which `needs_reading` is False."""


@dataclass(frozen=True, slots=True)
class Addition:
    """An entry as it is written."""

    reading: Reading
    past: Past | None = None
    """None where nothing stands, or what stood is deleted."""
    _: KW_ONLY
    is_fresh: bool
    """True if its id was given to it just now, so that nothing can name it."""
    is_end: bool = False
    """True if what stands is deleted."""

    @property
    def name(self) -> str:
        """``Type/id``."""
        return self.reading.member.reference


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around additions in the record of one person."""

    labelled: Labelled
    """Of all entries of which `speaks` is true."""
    subjects: Collection[int]
    holders: Classes
    """Those that additions name as what they belong to."""
    files: Classes
    """Those that additions point at."""


NOTHING: Final = Labelled(meeting.NOTHING, _NONE, _NONE, _NONE, _NONE)
"""Of somebody of whom nothing is labelled."""


def is_labelled(cls: EntryClass) -> bool:
    """Tell whether an entry of this class may have or give a label."""
    return bool(cls.labels or cls.episode) or _is_tagged_so(cls)


def _is_tagged_so(cls: EntryClass) -> bool:
    """Tell whether an entry is tagged as demographics: its class has no level of confidentiality.

    It gives one to its codes all the same, and a document to what stands in it.
    """
    return cls.category is Category.DEMOGRAPHICS and cls.type != "Patient"


def speaks(cls: EntryClass) -> bool:
    """Tell whether others may take a label from an entry of this class that they do not name."""
    return is_labelled(cls) and cls.type != filing.FILE


def labelled(reading: Reading) -> Labelled:
    """Return what others have to know of an entry that has labels."""
    own = frozenset(reading.links.own)
    name = frozenset((reading.member.reference,))
    return Labelled(reading.said, _holds(reading), _held(reading), own, name)


def merged(parts: Collection[Labelled]) -> Labelled:
    """Return what others have to know of all these together."""
    return Labelled(
        together(each.said for each in parts),
        _NONE.union(*(each.holds for each in parts)),
        _NONE.union(*(each.held for each in parts)),
        _NONE.union(*(each.own for each in parts)),
        _NONE.union(*(each.names for each in parts)),
    )


def plain(each: Addition, labelled: Labelled) -> EntryClass | None:
    """Return the class of an addition that neither belongs to anything nor holds anything.

    None where there may be more to it: `classes` has to be asked. Most of what is written is such,
    and takes as long whether anything is labelled or nothing.
    """
    links = each.reading.links
    is_apart = links is belonging.NOTHING or links == Links(own=links.own)
    if not (each.is_fresh and is_apart) or each.reading.topic.kind in _FILED:
        return None
    cls = labels.class_of(each.reading, labelled.said)
    if links.own and (is_labelled(cls) or not labelled.held.isdisjoint(links.own)):
        return None
    return cls


def needs_reading(reading: Reading) -> bool:
    """Tell whether what an entry replaces has to be read: it may have to do with files."""
    return reading.topic.kind in _FILED or bool(reading.links.files)


def classes(additions: Sequence[Addition], around: Around) -> dict[str, EntryClass] | None:
    """Return the class of each addition that is no end; None where that is not enough.

    Names are distinct, and none but of an end `reaches_others`: for those it never is.
    """
    written = [each for each in additions if not each.is_end]
    if any(_is_wide(each) for each in additions) or _is_held_unclearly(written, around):
        return None
    found = labels.classify_readings(
        [each.reading for each in written],
        dict.fromkeys(around.subjects, around.labelled.said),
        {name: passed_on(cls) for name, cls in around.holders.items()},
    )
    names = {each.name for each in written}
    pointed = {file for each in written for file in each.reading.links.files}
    for each in written:
        cls = found[each.name]
        if _is_called(each, around) or _tells(each.reading.links, around.labelled):
            return None
        if each.is_fresh:
            wide = _reaches(each.reading, cls, around.files, names)
        else:
            wide = is_labelled(cls) or each.name in pointed or _may_be_held(each, around)
        if wide:
            return None
        if each.past is not None and needs_reading(each.reading):
            found[each.name] = each.past.cls  # of the kind that it has by what points at it
    return found


def _is_held_unclearly(written: Collection[Addition], around: Around) -> bool:
    """Tell whether what is written takes labels from an entry that does not say which."""
    if any(is_labelled(cls) and _is_unclear(cls) for cls in around.holders.values()):
        return True
    identified = {one for each in written for one in each.reading.links.identified}
    return not identified.isdisjoint(around.labelled.own)


def _may_be_held(each: Addition, around: Around) -> bool:
    """Tell whether a labelled entry names what was not there."""
    return each.past is None and each.name in around.labelled.holds


def _is_called(each: Addition, around: Around) -> bool:
    """Tell whether a labelled entry holds what is written by an identifier that it has."""
    return not around.labelled.held.isdisjoint(each.reading.links.own)


def _tells(links: Links, labelled: Labelled) -> bool:
    """Tell whether an entry shows what is in a labelled one that it names.

    A file's labels are not at hand.
    """
    if not links.tells:
        return False
    named = labelled.names.union(name for name in links.holds if name.startswith(_FILE))
    return not (named.isdisjoint(links.holds) and labelled.own.isdisjoint(links.held))


def _reaches(reading: Reading, cls: EntryClass, files: Classes, names: Collection[str]) -> bool:
    """Tell whether a fresh entry gives a label or a kind to what is there, `names` aside."""
    outside = _holds(reading).difference(names)
    if is_labelled(cls) and (outside or reading.links.own or _held(reading)):
        return True
    if reading.links.shows:  # the labels of what it holds, which are not at hand
        return True
    return _narrows(reading, outside, files)


def _is_wide(each: Addition) -> bool:
    """Tell whether others may get or lose a label, or a kind, by an addition itself."""
    past, kind = each.past, each.reading.topic.kind
    if past is not None and is_labelled(past.cls):
        return True
    if each.is_end:
        return past is not None and kind in _FILED
    if each.is_fresh or not needs_reading(each.reading):
        return False
    return past is None or past.reading is None or not _is_alike(each.reading, past.reading)


def _is_alike(one: Reading, other: Reading) -> bool:
    """Tell whether two versions say the same of what belongs to what, and of which kind it is."""
    return (
        one.links == other.links
        and labels.alone(one) == labels.alone(other)
        and is_tagged(one.topic) == is_tagged(other.topic)
    )


def _is_unclear(cls: EntryClass) -> bool:
    """Tell whether the labels of this class are not all passed on, or not by it alone."""
    return cls.type in _TELLING or bool(cls.episode) or _is_tagged_so(cls)


def _narrows(reading: Reading, outside: Collection[str], files: Classes) -> bool:
    """Tell whether files that are there are of a narrower kind by a letter that points at them."""
    if reading.topic.kind not in filing.SPEAKING:
        return False
    kinds = [files[name].category for name in outside if name in files]
    return any(filing.narrowest((kind, Category.LETTER)) is not kind for kind in kinds)


def _holds(reading: Reading) -> frozenset[str]:
    links = reading.links
    sections = (entry for held in links.sections for entry in held.entries)
    return frozenset((*links.files, *links.holds, *sections))


def _held(reading: Reading) -> frozenset[str]:
    sections = (token for held in reading.links.sections for token in held.identified)
    return frozenset((*reading.links.held, *sections))
