"""The review queue in parts: each begins, or ends, at a place that outlasts the pair it is of."""

import math
import re
from datetime import date
from typing import Final, NamedTuple

from throughcare.identity.compare import Rule, Weights
from throughcare.identity.reviewing import compared_rows, later_of, moment, review, size
from throughcare.kernel import BadInputError
from throughcare.model.person import Queued, QueueQuery
from throughcare.store.protocol import Reader, Row

_PLACE: Final = re.compile(
    r"(-?\d{1,4}(?:\.\d{1,20})?(?:e-\d{1,3})?)_(\d{1,18})-(\d{1,18})", re.ASCII
)


class Place(NamedTuple):
    """Where a pair stands, or stood: the order of the queue goes down by these three."""

    total: float
    subject: int
    candidate: int

    @classmethod
    def of(cls, row: Row) -> "Place":
        """Return the place of a row of the queue."""
        subject, candidate, total, *_ = row
        return cls(float(str(total)), int(str(subject)), int(str(candidate)))

    @classmethod
    def read(cls, text: str, name: str) -> "Place":
        """Return the place that `text` says. Raises BadInputError, at `name`, for none."""
        found = _PLACE.fullmatch(text)
        if found is None:
            message = (
                f"{name} is no place in the queue. Take it from the answer before, or leave it out."
            )
            raise BadInputError(message, place=name)
        return cls(float(found[1]), int(found[2]), int(found[3]))

    def __str__(self) -> str:
        """Return it as `read` takes it."""
        return f"{self.total!r}_{self.subject}-{self.candidate}"


BEGINNING: Final = Place(math.inf, 0, 0)


async def part(
    reader: Reader, asked: QueueQuery, today: date, weights: Weights, people: int
) -> Queued:
    """Return the part of the queue that is asked for, as it is on a day. Left is provisional.

    Raises BadInputError for what is no place.
    """
    kept = _Queue(reader, "put_off" if asked.put_off else "queue", today)
    rows: list[Row] = []
    after, before = (
        Place.read(text, name) if text else None
        for text, name in ((asked.after, "after"), (asked.before, "before"))
    )
    if before is not None and after is not None:
        message = "A part begins after a place or ends before one. Give after or before, not both."
        raise BadInputError(message, place="before")
    if before is not None:
        rows = await kept.before(before, asked.most)
    if len(rows) < asked.most:  # nothing is left out between the beginning and the first of them
        rows = await kept.after(after or BEGINNING, asked.most)
    first, last = (Place.of(rows[0]), Place.of(rows[-1])) if rows else (after, None)
    waiting, later = await size(reader, today)
    return Queued(
        reviews=tuple(
            review(
                ends,
                score,
                weights,
                reasons=(Rule[str(row[3])].value,),
                raised=moment(row[4]),
                later=later_of(row),
            )
            for row, ends, score in await compared_rows(reader, rows, weights, people)
        ),
        waiting=waiting,
        later=later,
        previous=str(first) if first and await kept.before(first, 1) else "",
        next=str(last) if last and await kept.after(last, 1) else "",
    )


class _Queue(NamedTuple):
    """One of the two orders of pairs, as it is on a day."""

    reader: Reader
    name: str
    """Of its statements: ``queue`` or ``put_off``."""
    today: date

    async def after(self, place: Place, most: int) -> list[Row]:
        """Return the pairs behind a place, in the order of the queue."""
        return await self._rows("after", place, most)

    async def before(self, place: Place, most: int) -> list[Row]:
        """Return the nearest pairs before a place, in the order of the queue."""
        return (await self._rows("before", place, most))[::-1]

    async def _rows(self, side: str, place: Place, most: int) -> list[Row]:
        today = self.today.isoformat()
        return await self.reader.rows(
            f"identity.{self.name}_{side}", today=today, most=most, **place._asdict()
        )
