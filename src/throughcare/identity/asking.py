"""Two records as somebody who decides is shown them: how they stand, and what to beware of."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final

from throughcare.identity import contradicting, pairs
from throughcare.identity.compare import Demographics, Rule, Score, Weights
from throughcare.identity.compare.alike import DIFFERENT
from throughcare.identity.compare.dates import BirthLevel
from throughcare.identity.region import listed
from throughcare.identity.reviewing import later_of, moment, records_of, review, source_record
from throughcare.kernel import NotFoundError
from throughcare.model.person import Pair, Review, Ruled, SourceRecord, Standing
from throughcare.store.protocol import Reader, Row

NUMBERS: Final = "Their NHS numbers differ."
BIRTH: Final = "Their dates of birth differ."
SEX: Final = "One is recorded as male, the other as female."
TWINS: Final = "They may be twins: one date of birth, one home, another first name."
NAMESAKES: Final = "They may be relatives who are called alike."
DEATH: Final = "One is recorded as having died, the other is not."
RESTRICTED: Final = "Where one of them lives is restricted: home and telephone are not shown."
ONE_SOURCE: Final = "One source keeps them as two. Ask there before you link them."

_TWINS: Final = frozenset({Rule.TWINS, Rule.MISSPELT, Rule.NEWBORN, Rule.CALLED_OTHERWISE})


async def pair(
    reader: Reader, ends: tuple[int, int], today: date, weights: Weights, people: int
) -> Pair:
    """Return two records side by side, as they stand `today`.

    Raises NotFoundError for an unknown one.
    """
    rows = await reader.rows("identity.doubt_between", one=ends[0], other=ends[1])
    left, right = (int(str(end)) for end in rows[0][:2]) if rows else ends
    records = await records_of(reader, (left, right))
    if left not in records or right not in records or left == right:
        message = "There is no such pair of records. Look at the list again."
        raise NotFoundError(message)
    (score,) = await pairs.compared(reader, [(left, right)], weights, people)
    there = await pairs.known(reader, (left, right))
    ruled = await contradicting.between(reader, (left, right))
    both = records[left], records[right]
    shown = review(
        both,
        score,
        weights,
        reasons=(Rule[str(rows[0][3])].value,) if rows else (score.rule,),
        raised=_since(rows, ruled),
        later=later_of(rows[0]) if rows else None,
    )
    sides = await _sides(reader, both)
    is_one = both[0].person == both[1].person
    one, other = ([there.of(end)] if is_one else there.mates(end) for end in (left, right))
    warned = cautions(score, one, other, one_source=_in_one_source(sides))
    return Pair(
        shown, _standing(shown if rows else None, today, ruled, both), ruled, sides, tuple(warned)
    )


def cautions(
    score: Score, left: Sequence[Demographics], right: Sequence[Demographics], *, one_source: bool
) -> Iterator[str]:
    """Yield what speaks against one person, of whom these are the records on each side; pure."""
    if _disjoint((each.number for each in left), (each.number for each in right)):
        yield NUMBERS
    if _disjoint((each.born for each in left), (each.born for each in right)):
        yield BIRTH
    if _disjoint((each.sex for each in left), (each.sex for each in right)):
        yield SEX
    if score.rule in _TWINS or _has_siblings_number(score):
        yield TWINS
    if score.rule == Rule.NAMESAKES:
        yield NAMESAKES
    if len({any(each.deceased for each in side) for side in (left, right)}) > 1:
        yield DEATH
    if any(each.restricted for each in (*left, *right)):
        yield RESTRICTED
    if one_source:
        yield ONE_SOURCE


def _disjoint(left: Iterable[object], right: Iterable[object]) -> bool:
    """Tell whether both sides say something, and nothing in common."""
    one, other = ({value for value in side if value} for side in (left, right))
    return bool(one and other and one.isdisjoint(other))


def _has_siblings_number(score: Score) -> bool:
    """Tell whether somebody may have been sent with the number of a twin."""
    level = {each.field: each.level for each in score.comparisons}
    born = level["date of birth"] == BirthLevel.EQUAL
    return score.rule == Rule.NUMBER_DETAILS and born and level["given"] == DIFFERENT


def _standing(
    asked: Review | None,
    today: date,
    ruled: Ruled | None,
    both: tuple[SourceRecord, SourceRecord],
) -> Standing:
    if asked is not None:
        return Standing.WAITING if asked.waits(today) else Standing.LATER
    if ruled is not None:
        return Standing.LINKED if ruled.same else Standing.APART
    return Standing.ONE if both[0].person == both[1].person else Standing.TWO


def _since(rows: Sequence[Row], ruled: Ruled | None) -> datetime:
    if rows:
        return moment(rows[0][4])
    return ruled.at if ruled else moment(0)


async def _sides(
    reader: Reader, both: tuple[SourceRecord, SourceRecord]
) -> tuple[tuple[SourceRecord, ...], tuple[SourceRecord, ...]]:
    wanted = listed(each.subject for each in both)
    rows = await reader.rows("identity.records_of_persons", subjects=wanted)
    found = [source_record(row) for row in rows]
    left, right = (tuple(each for each in found if each.person == end.person) for end in both)
    return left, right


def _in_one_source(
    sides: tuple[tuple[SourceRecord, ...], tuple[SourceRecord, ...]],
) -> bool:
    """Tell whether two persons have records of one source."""
    left, right = ({each.source for each in side} for side in sides)
    return sides[0] != sides[1] and not left.isdisjoint(right)
