"""Two records compared for people to read: their weights add up to the score.

Where one of them is a restricted person's, homes and telephones are compared and not shown.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from msgspec import structs

from throughcare.identity.compare import Demographics, Score, Weights, compare
from throughcare.identity.compare.alike import DIFFERENT
from throughcare.identity.compare.fields import EQUAL
from throughcare.identity.region import decode, listed
from throughcare.kernel import NotFoundError
from throughcare.model.person import Comparison
from throughcare.store.protocol import Reader

Pairs = Collection[tuple[int, int]]

NUMBER: Final = "NHS number"
OTHERS_NUMBER: Final = "NHS number of other records"
"""Field of what the numbers of the other records of two persons say."""
NOT_SHOWN: Final = "not shown"
_WHEREABOUTS: Final = frozenset({"postcode", "phone"})


@dataclass
class Known:
    """Source records, with what their persons' other records say."""

    demographics: dict[int, Demographics] = field(default_factory=dict)
    person: dict[int, int] = field(default_factory=dict)
    numbers: dict[int, set[str]] = field(default_factory=dict)
    """NHS numbers that may be relied on, by person."""
    restricted: set[int] = field(default_factory=set)
    """Persons a record of whom says that nobody may learn where they are."""

    def add(self, subject: int, person: int, known: Demographics) -> None:
        """Add a record."""
        self.demographics[subject], self.person[subject] = known, person
        self.numbers.setdefault(person, set()).update({known.number} - {""})
        if known.restricted:
            self.restricted.add(person)

    def of(self, subject: int) -> Demographics:
        """Return what a record says. Raises NotFoundError for an unknown one."""
        if subject not in self.demographics:
            message = "There is no such source record in the person index."
            raise NotFoundError(message)
        return self.demographics[subject]

    def mates(self, subject: int) -> list[Demographics]:
        """Return what all records of the person of `subject` say."""
        own = self.person.get(subject)
        return [self.demographics[each] for each, person in self.person.items() if person == own]


async def known(reader: Reader, subjects: Collection[int]) -> Known:
    """Return records with all others of their persons."""
    found = Known()
    for subject, person, body in await reader.rows(
        "identity.mates_among", subjects=listed(set(subjects))
    ):
        found.add(int(str(subject)), int(str(person)), decode(body))
    return found


async def compared(reader: Reader, pairs: Pairs, weights: Weights, people: int) -> list[Score]:
    """Return how pairs of subjects compare as the index asks about them, in their order.

    Other than of the two records alone, the numbers of their persons' other records count.
    Raises NotFoundError for an unknown subject.
    """
    there = await known(reader, {end for pair in pairs for end in pair})
    return [_of_persons(there, pair, weights, people) for pair in pairs]


def alone(there: Known, pair: tuple[int, int], weights: Weights, people: int) -> Score:
    """Return how two records compare, other records of their persons left aside."""
    left, right = (there.of(end) for end in pair)
    score = compare(left, right, weights, people)
    restricted = {there.person[end] for end in pair} & there.restricted
    return replace(score, comparisons=hidden(score.comparisons)) if restricted else score


def hidden(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Return comparisons without the values that say where somebody is; what they weigh stays."""
    return tuple(
        structs.replace(each, left=NOT_SHOWN, right=NOT_SHOWN)
        if each.field in _WHEREABOUTS
        else each
        for each in comparisons
    )


def _of_persons(there: Known, pair: tuple[int, int], weights: Weights, people: int) -> Score:
    score = alone(there, pair, weights, people)
    one, other = (there.numbers[there.person[end]] for end in pair)
    if one <= other or other <= one or _spoke(score.comparisons):
        return score
    weight = weights.levels[NUMBER][DIFFERENT]
    shown = [", ".join(sorted(each)) for each in (one, other)]
    more = Comparison(OTHERS_NUMBER, shown[0], shown[1], DIFFERENT, weight)
    comparisons = (*score.comparisons[:-1], more, score.comparisons[-1])
    return replace(score, total=score.total + weight, comparisons=comparisons)


def _spoke(comparisons: Sequence[Comparison]) -> bool:
    """Tell whether both records have a number of their own."""
    return any(each.field == NUMBER and each.level in (EQUAL, DIFFERENT) for each in comparisons)
