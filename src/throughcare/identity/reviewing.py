"""Pairs of records for humans: those that wait, and those that somebody decided."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from throughcare.identity import pairs
from throughcare.identity.compare import Score, Weights
from throughcare.identity.region import listed
from throughcare.model.person import (
    Agreement,
    DayOfDecisions,
    Decided,
    Decisions,
    Later,
    QueueFigures,
    Review,
    SourceRecord,
    State,
    Thresholds,
)
from throughcare.store.protocol import Reader, Row

MOST_DECIDED: Final = 50
"""Decisions that `decided` returns: the newest."""

COUNTED: Final = timedelta(days=30)
"""For how long back decisions are counted."""

MOST_COMPARED: Final = 100
"""Decisions that are held against their score: the newest. Each is a comparison."""

AGES: Final = (("a day", 1), ("a week", 7), ("a month", 30))
"""Names of ages, and below how many days each is."""
LONGER: Final = "longer"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


async def decided(reader: Reader, weights: Weights, people: int) -> list[Decided]:
    """Return the newest decisions of humans that are in force, newest first."""
    rows = await reader.rows("identity.decided", most=MOST_DECIDED)
    return [
        Decided(
            review(
                ends,
                score,
                weights,
                reasons=(str(row[4]),) if row[4] else (),
                raised=moment(row[5]),
            ),
            bool(row[2]),
            str(row[3]),
            moment(row[5]),
        )
        for row, ends, score in await compared_rows(reader, rows, weights, people)
    ]


async def figures(reader: Reader, now: datetime, weights: Weights, people: int) -> QueueFigures:
    """Return how the queue stands at `now`."""
    found, oldest, ages = await _ages(reader, now)
    ((put_off,),) = await reader.rows("identity.put_off_size", today=now.date().isoformat())
    later = _number(put_off)
    since = micros(now - COUNTED)
    rows = await reader.rows("identity.decisions_since", since=since)
    standing = [row for row in rows if row[5] is None]
    newest = standing[-MOST_COMPARED:]
    scores = await pairs.compared(reader, [_ends(row) for row in newest], weights, people)
    return QueueFigures(
        waiting=found - later,
        later=later,
        oldest=oldest,
        ages=ages,
        decided=_by_whom(standing),
        days=_by_day(standing),
        undone=len(rows) - len(standing),
        agreement=_agreement(newest, scores, weights),
    )


async def size(reader: Reader, today: date) -> tuple[int, int]:
    """Return how many pairs wait on a day, and how many are put off beyond it."""
    ((found, later),) = await reader.rows("identity.queue_size", today=today.isoformat())
    return _number(found) - _number(later), _number(later)


def review(  # noqa: PLR0913 - one argument a field
    ends: tuple[SourceRecord, SourceRecord],
    score: Score,
    weights: Weights,
    *,
    reasons: tuple[str, ...],
    raised: datetime,
    later: Later | None = None,
) -> Review:
    """Return two records side by side."""
    left, right = ends
    return Review(
        id=f"{left.subject}-{right.subject}",
        left=left,
        right=right,
        score=score.total,
        reasons=reasons,
        comparisons=score.comparisons,
        thresholds=Thresholds(weights.review_from, weights.link_from),
        raised=raised,
        later=later,
    )


def source_record(row: Row) -> SourceRecord:
    """Return a row of the statement ``source_records`` as what it stands for."""
    source, local_id, subject, person, public_id, state = row
    return SourceRecord(
        source=str(source),
        local_id=str(local_id),
        subject=_number(subject),
        person=_number(person),
        person_id=str(public_id),
        state=State.REVIEW if state == State.REVIEW.value else State.LINKED,
    )


async def records_of(reader: Reader, subjects: Iterable[int]) -> Mapping[int, SourceRecord]:
    """Return source records by their subjects."""
    rows = await reader.rows("identity.source_records_among", subjects=listed(set(subjects)))
    return {record.subject: record for record in map(source_record, rows)}


def moment(micros: object) -> datetime:
    """Return microseconds since 1970 as a time."""
    return _EPOCH + timedelta(microseconds=_number(micros))


def micros(moment: datetime) -> int:
    """Return a time as microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


async def compared_rows(
    reader: Reader, rows: Sequence[Row], weights: Weights, people: int
) -> list[tuple[Row, tuple[SourceRecord, SourceRecord], Score]]:
    """Return rows that begin with two subjects, with their records and how these compare."""
    ends = [_ends(row) for row in rows]
    records = await records_of(reader, (end for pair in ends for end in pair))
    scores = await pairs.compared(reader, ends, weights, people)
    return [
        (row, (records[left], records[right]), score)
        for row, (left, right), score in zip(rows, ends, scores, strict=True)
    ]


def later_of(row: Row) -> Later | None:
    """Return until when the pair of a row of the statement ``doubts`` is put off, if it is."""
    until, note, who = row[5:8]
    return Later(date.fromisoformat(str(until)), str(note), str(who)) if until else None


async def _ages(
    reader: Reader, now: datetime
) -> tuple[int, datetime | None, tuple[tuple[str, int], ...]]:
    """Return how many pairs there are, when the oldest was raised, and how many of which age."""
    first, second, third = (micros(now - timedelta(days=days)) for _, days in AGES)
    ((count, oldest, *younger),) = await reader.rows(
        "identity.queue_ages", first=first, second=second, third=third
    )
    found = _number(count)
    counts = [*map(_number, younger), found]
    names = (*(name for name, _ in AGES), LONGER)
    ages = tuple(
        (name, all_ - less) for name, all_, less in zip(names, counts, [0, *counts], strict=False)
    )
    return found, (None if oldest is None else moment(oldest)), ages


def _by_whom(rows: Iterable[Row]) -> tuple[Decisions, ...]:
    found: dict[tuple[str, bool], list[datetime]] = {}
    for _, _, same, who, at, _ in rows:
        found.setdefault((str(who), bool(same)), []).append(moment(at))
    return tuple(
        Decisions(who, same, len(times), max(times)) for (who, same), times in sorted(found.items())
    )


def _by_day(rows: Iterable[Row]) -> tuple[DayOfDecisions, ...]:
    found: dict[date, list[bool]] = {}
    for _, _, same, _, at, _ in rows:
        found.setdefault(moment(at).date(), []).append(bool(same))
    return tuple(
        DayOfDecisions(day, sum(said), len(said) - sum(said)) for day, said in sorted(found.items())
    )


def _agreement(rows: Sequence[Row], scores: Sequence[Score], weights: Weights) -> Agreement:
    middle = (weights.review_from + weights.link_from) / 2
    agreed = sum(
        bool(row[2]) == (score.total >= middle) for row, score in zip(rows, scores, strict=True)
    )
    return Agreement(len(rows), agreed)


def _ends(row: Row) -> tuple[int, int]:
    return _number(row[0]), _number(row[1])


def _number(value: object) -> int:
    return int(str(value))
