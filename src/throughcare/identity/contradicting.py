"""What was said of records and can't all be true: the rulings that persons do not obey."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from throughcare.identity.cluster import DECIDED, Ruling
from throughcare.identity.region import listed
from throughcare.identity.reviewing import moment, records_of
from throughcare.identity.rulings import Pair
from throughcare.kernel import ConflictError
from throughcare.model.person import Ruled
from throughcare.store.protocol import Reader, Row

CONTRADICTS: Final = (
    "This contradicts what {who} decided on {day} about the pair {id}, and both can't be true. "
    "Look at that pair, and take the decision back first if it is wrong."
)


def unheeded(rulings: Mapping[int, Ruling], persons: Iterable[Collection[int]]) -> tuple[int, ...]:
    """Return the numbers of the rulings that `persons` do not obey, rising.

    One that lies under another of the same two records is left out: that one says why.
    """
    person = {record: number for number, group in enumerate(persons) for record in group}
    top: dict[frozenset[int], int] = {}
    for number, ruling in sorted(rulings.items()):
        if ruling.left in person and ruling.right in person:
            top[frozenset((ruling.left, ruling.right))] = number
    return tuple(
        sorted(
            number
            for number in top.values()
            if (person[rulings[number].left] == person[rulings[number].right])
            != rulings[number].same
        )
    )


async def standing(reader: Reader) -> list[Ruled]:
    """Return the rulings in force that persons as they are do not obey, oldest first."""
    return await _ruled(reader, await reader.rows("identity.contradicted"))


async def told(reader: Reader, numbers: Iterable[int]) -> list[Ruled]:
    """Return rulings by their numbers, oldest first."""
    wanted = listed(numbers)
    return await _ruled(reader, await reader.rows("identity.rulings_among", rulings=wanted))


async def between(reader: Reader, ends: tuple[int, int]) -> Ruled | None:
    """Return what is in force about two records: the newest that was said; None for nothing."""
    keys = [
        str(part)
        for end in ends
        for row in await reader.rows("identity.subject_key", subject=end)
        for part in row
    ]
    rows = await reader.rows("identity.rulings_of_pair", **Pair(*keys).params())
    found = await told(reader, (int(str(rows[0][0])),)) if rows else []
    return found[0] if found else None


def check(found: Iterable[Ruled]) -> None:
    """Raise ConflictError if people said some of `found`, with the way out."""
    for ruled in found:
        if not ruled.by_source:
            day = ruled.at.date().isoformat()
            message = CONTRADICTS.format(who=ruled.who, day=day, id=ruled.id)
            raise ConflictError(message)


async def _ruled(reader: Reader, rows: Collection[Row]) -> list[Ruled]:
    records = await records_of(reader, (int(str(end)) for row in rows for end in row[2:4]))
    return [
        Ruled(
            id=f"{left.subject}-{right.subject}",
            left=left,
            right=right,
            same=bool(row[4]),
            who=str(row[5]),
            why=str(row[6]),
            at=moment(row[7]),
            by_source=row[1] != DECIDED,
        )
        for row in rows
        for left, right in [(records[int(str(row[2]))], records[int(str(row[3]))])]
    ]
