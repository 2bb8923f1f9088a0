"""Pairs of records for humans: those that wait, and those that somebody decided."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from throughcare.identity.compare import Rule, Score
from throughcare.identity.region import listed
from throughcare.model.person import (
    Decided,
    Decisions,
    Later,
    QueueFigures,
    Review,
    SourceRecord,
    State,
)
from throughcare.store.protocol import Reader, Row

MOST_DECIDED: Final = 50
"""Decisions that `decided` returns: the newest."""

COUNTED: Final = timedelta(days=30)
"""For how long back decisions are counted."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Explain = Callable[[Reader, int, int], Awaitable[Score]]
"""Compares two subjects field by field."""


async def waiting(reader: Reader, explain: Explain) -> list[Review]:
    """Return what waits for a human, the likeliest first. Left is the provisional side."""
    rows = await reader.rows("identity.doubts")
    records = await records_of(reader, (_number(end) for row in rows for end in row[:2]))
    found = []
    for subject, candidate, total, rule, raised, until, note, who in rows:
        left, right = records[_number(subject)], records[_number(candidate)]
        score = await explain(reader, left.subject, right.subject)
        found.append(
            Review(
                id=f"{left.subject}-{right.subject}",
                left=left,
                right=right,
                score=float(str(total)),
                reasons=(Rule[str(rule)].value,),
                comparisons=score.comparisons,
                raised=moment(raised),
                later=Later(date.fromisoformat(str(until)), str(note), str(who)) if until else None,
            )
        )
    return found


async def figures(reader: Reader, now: datetime) -> QueueFigures:
    """Return how the queue stands at `now`."""
    doubts = await reader.rows("identity.doubts")
    today = now.date().isoformat()
    later = sum(bool(row[5]) and str(row[5]) > today for row in doubts)
    since = int((now - COUNTED).timestamp() * 1_000_000)
    decided = [
        Decisions(str(who), bool(same), _number(count), moment(at))
        for who, same, count, at in await reader.rows("identity.decisions_by", since=since)
    ]
    oldest = min((_number(row[4]) for row in doubts), default=None)
    return QueueFigures(
        len(doubts) - later, later, None if oldest is None else moment(oldest), tuple(decided)
    )


async def decided(reader: Reader, explain: Explain) -> list[Decided]:
    """Return the newest decisions of humans that are in force, newest first."""
    rows = await reader.rows("identity.decided", most=MOST_DECIDED)
    records = await records_of(reader, (_number(end) for row in rows for end in row[:2]))
    found = []
    for one, other, same, who, why, at in rows:
        left, right = records[_number(one)], records[_number(other)]
        score = await explain(reader, left.subject, right.subject)
        review = Review(
            id=f"{left.subject}-{right.subject}",
            left=left,
            right=right,
            score=score.total,
            reasons=(str(why),) if why else (),
            comparisons=score.comparisons,
            raised=moment(at),
        )
        found.append(Decided(review, bool(same), str(who), moment(at)))
    return found


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


def _number(value: object) -> int:
    return int(str(value))


def moment(micros: object) -> datetime:
    """Return microseconds since 1970 as a time."""
    return _EPOCH + timedelta(microseconds=_number(micros))
