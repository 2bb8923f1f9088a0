"""Whom the index serves less well, and what growth does to its thresholds. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from throughcare.identity import scoring
from throughcare.identity.batch import Linked
from throughcare.identity.compare import Evidence, Sourced, Verdict, Weights
from throughcare.identity.compare.names import rarity

GROWTH: Final = (1, 10, 100)
"""Sizes, as multiples of the index now, that drift is told for."""
FEWEST: Final = 20
"""True pairs, or records, below which a figure of a group is chance and is not told."""


@dataclass(frozen=True, slots=True)
class Share:
    """How records of one group fare."""

    group: str
    records: int
    linked: float
    """Share of them that are in one person with another record."""
    asked: float
    """Share of them about which somebody is asked."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """How many true pairs of one kind were found."""

    group: str
    pairs: int
    recall: float
    answered: float
    """What it comes to once everybody who is asked about a pair has answered by the truth."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What an index of so many people makes of the same evidence."""

    people: int
    bias: float
    needed: float
    """Weight that a pair needs in order to link."""
    links: int
    """Pairs that link now."""
    lost: int
    """How many of them would not link there."""


def shares(records: Sequence[Sourced], linked: Linked, weights: Weights) -> list[Share]:
    """Return how records fare with and without an NHS number, and by how common a name is."""
    mates = {at: len(group) > 1 for group in linked.persons for at in group}
    asked = {end for doubt in linked.doubts for end in (doubt.edge.left, doubt.edge.right)}
    inside: dict[str, list[int]] = defaultdict(list)
    for at, record in enumerate(records):
        for group in _groups(record, weights):
            inside[group].append(at)
    return [
        Share(
            group,
            len(found),
            sum(mates[at] for at in found) / len(found),
            sum(at in asked for at in found) / len(found),
        )
        for group, found in sorted(inside.items())
        if len(found) >= FEWEST
    ]


def recalls(
    records: Sequence[Sourced], linked: Linked, truth: Sequence[str], groups: Sequence[str] = ()
) -> list[Recalled]:
    """Return the recall of true pairs by NHS numbers at their ends, and within each group."""
    person = [0] * len(truth)
    for number, group in enumerate(linked.persons):
        for at in group:
            person[at] = number
    settled = scoring.answered(person, truth, linked.doubts)
    real: dict[str, list[int]] = defaultdict(list)
    for at, one in enumerate(truth):
        if one:
            real[one].append(at)
    wanted, found, later = Counter[str](), Counter[str](), Counter[str]()
    for members in real.values():
        for left, right in combinations(members, 2):
            for kind in _kinds(records, groups, left, right):
                wanted[kind] += 1
                found[kind] += person[left] == person[right]
                later[kind] += settled[left] == settled[right]
    return [
        Recalled(kind, pairs, found[kind] / pairs, later[kind] / pairs)
        for kind, pairs in sorted(wanted.items())
        if pairs >= FEWEST
    ]


def drift(
    evidence: Mapping[tuple[int, int], Evidence], people: int, weights: Weights
) -> list[Drift]:
    """Return what growth makes of evidence that was gathered in an index of `people` persons."""
    now = [each for each in evidence.values() if each.verdict(people, weights) is Verdict.LINK]
    return [
        Drift(
            people * times,
            weights.bias_at(people * times),
            weights.link_from - weights.bias_at(people * times),
            len(now),
            sum(each.verdict(people * times, weights) is not Verdict.LINK for each in now),
        )
        for times in GROWTH
    ]


def _groups(record: Sourced, weights: Weights) -> Iterator[str]:
    known = record.demographics
    yield f"NHS number {'given' if known.number else 'missing'}"
    for kind in ("given", "family"):
        unknown = weights.unknown_bits[kind]
        names = {getattr(name, kind) for name in known.names} - {""}
        if names:
            listed = any(rarity(kind, name, unknown) < unknown for name in names)
            yield f"{kind} name {'common' if listed else 'seldom or not listed'}"


def _kinds(
    records: Sequence[Sourced], groups: Sequence[str], left: int, right: int
) -> Iterator[str]:
    numbers = sum(bool(records[at].demographics.number) for at in (left, right))
    yield f"NHS number at {('neither end', 'one end', 'both ends')[numbers]}"
    if groups and groups[left] == groups[right]:
        yield f"group {groups[left]}"
