"""How right persons are, where the truth is known. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from throughcare.identity.batch import Linked
from throughcare.identity.cluster import Doubt


@dataclass(frozen=True, slots=True)
class Figures:
    """Scores over pairs of records that are, or were said to be, one person's."""

    records: int
    persons: int
    """True ones."""
    precision: float
    recall: float
    wrong_merges: int
    """Persons found that hold records of two true ones or more."""
    reviews: int
    answered: float
    """Recall once somebody has answered every review rightly."""
    recalls: tuple[tuple[str, float], ...] = ()
    """Recall by group of people, where groups are known, by name."""

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def per_thousand(self) -> float:
        """Reviews for each 1,000 records."""
        return 1000 * self.reviews / max(1, self.records)


def figures(linked: Linked, truth: Sequence[str], groups: Sequence[str] = ()) -> Figures:
    """Score persons against the true person of each record; records of "" are not counted."""
    found = [0] * len(truth)
    for number, group in enumerate(linked.persons):
        for at in group:
            found[at] = number
    counted = [at for at, person in enumerate(truth) if person]
    said, real = Counter(found[at] for at in counted), Counter(truth[at] for at in counted)
    right = Counter((found[at], truth[at]) for at in counted)
    persons_in = Counter(number for number, _ in right)
    settled = answered(found, truth, linked.doubts)
    again = Counter((settled[at], truth[at]) for at in counted)
    wanted = max(1, _pairs(real.values()))
    return Figures(
        records=len(counted),
        persons=len(real),
        precision=_pairs(right.values()) / max(1, _pairs(said.values())),
        recall=_pairs(right.values()) / wanted,
        wrong_merges=sum(count > 1 for count in persons_in.values()),
        reviews=len(linked.doubts),
        answered=_pairs(again.values()) / wanted,
        recalls=tuple(_recalls(found, truth, groups)),
    )


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def answered(found: Sequence[int], truth: Sequence[str], doubts: Iterable[Doubt]) -> list[int]:
    """Return the person of each record once the doubts between records of one are settled."""
    parent = {number: number for number in found}

    def root(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return number

    for doubt in doubts:
        left, right = doubt.edge.left, doubt.edge.right
        if truth[left] == truth[right] != "":
            parent[root(found[left])] = root(found[right])
    return [root(number) for number in found]


def _recalls(
    found: Sequence[int], truth: Sequence[str], groups: Sequence[str]
) -> Iterable[tuple[str, float]]:
    for name in sorted(set(groups)):
        inside = [at for at, group in enumerate(groups) if group == name and truth[at]]
        right = _pairs(Counter((found[at], truth[at]) for at in inside).values())
        wanted = _pairs(Counter(truth[at] for at in inside).values())
        if wanted:
            yield name, right / wanted
