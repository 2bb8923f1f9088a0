"""How like a description each person of the index is: for somebody who asks by description."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from throughcare.identity.compare import (
    Demographics,
    Rule,
    Score,
    Verdict,
    Weights,
    alike,
    compare,
    dates,
)
from throughcare.identity.crowding import rarest
from throughcare.identity.keying import Keying
from throughcare.identity.region import decode, listed
from throughcare.store.protocol import Reader

_WRITTEN_OTHERWISE: Final = frozenset(
    {Rule.MISSPELT, Rule.SLIP, Rule.NAMELESS, Rule.CALLED_OTHERWISE}
)
"""Rules of one home whose links are likely, and not certain to whoever asks by description."""
MOST_COMPARED: Final = 1_000
"""Records that one description is compared with, each with each of its keys: who shares a common
name and a year of birth with half a town would be compared with all of them."""


class Grade(StrEnum):
    """Codes of FHIR's value set match-grade; nobody is returned who is certainly not meant."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Likeness:
    """A source record that may be of whoever is described."""

    person: int
    subject: int
    score: float
    """Between 0 and 1, rising with the odds that the weights give; 0.5 are even odds."""
    grade: Grade


@dataclass(frozen=True, slots=True)
class Likenesses:
    """Who may be described, the likeliest first."""

    found: tuple[Likeness, ...]
    is_whole: bool
    """Whether all were compared who share a key with the description."""


async def likenesses(  # noqa: PLR0913 - what is asked, and what it is asked with
    reader: Reader,
    wanted: Demographics,
    named: Iterable[int],
    weights: Weights,
    people: int,
    *,
    keying: Keying,
) -> Likenesses:
    """Return the source records that `wanted` may describe.

    `named` are subjects whose own identifier was given: each of them is certain where nothing that
    is known speaks against it. At most `MOST_COMPARED` others are compared: those who share the
    rarest keys.
    """
    given = frozenset(named)
    await keying.look(reader)
    asked = await rarest(reader, keying.keys(wanted), MOST_COMPARED)
    rows = await reader.rows("identity.with_keys", keys=listed(asked.keys))
    rows += await reader.rows("identity.demographics_among", subjects=listed(given))
    found: dict[int, Likeness] = {}
    for person, subject, body in rows:
        number = int(str(subject))
        score = compare(wanted, decode(body), weights, people)
        grade = _grade(score, weights, named=number in given)
        if grade is not None:
            found[number] = Likeness(int(str(person)), number, _between_0_and_1(score), grade)
    order = list(Grade)
    likeliest = sorted(
        found.values(), key=lambda each: (order.index(each.grade), -each.score, each.subject)
    )
    return Likenesses(tuple(likeliest), asked.is_whole)


def _grade(score: Score, weights: Weights, *, named: bool) -> Grade | None:
    """Return how sure it is; None for somebody else."""
    against = _speaks_against(score)
    if named:
        return Grade.POSSIBLE if against else Grade.CERTAIN
    if score.verdict is Verdict.APART:
        return None
    if score.verdict is Verdict.LINK and score.rule not in _WRITTEN_OTHERWISE:
        return Grade.CERTAIN
    if score.rule == Rule.NUMBER_DETAILS.value:
        return Grade.POSSIBLE if against else Grade.PROBABLE
    middle = (weights.link_from + weights.review_from) / 2
    return Grade.PROBABLE if score.total >= middle and not against else Grade.POSSIBLE


def _speaks_against(score: Score) -> bool:
    """Tell whether a field that both have differs."""
    level = {each.field: each.level for each in score.comparisons}
    told = ("given", "family", "sex", "NHS number")
    fits = dates.COMPATIBLE | {dates.BirthLevel.MISSING}
    return level["date of birth"] not in fits or any(
        level[each] == alike.DIFFERENT for each in told
    )


def _between_0_and_1(score: Score) -> float:
    """Return the log-odds of a comparison, squeezed; a fourth of them, to tell sure from surer."""
    return round(1 / (1 + math.exp(-score.total / 4)), 4)
