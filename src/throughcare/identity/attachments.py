"""Consents and letters: no people of their own; they follow the one with their NHS number."""

from collections.abc import Iterable, Sequence

from throughcare.identity.compare import Demographics, dates
from throughcare.identity.membership import REVIEW
from throughcare.identity.region import decode, encode, listed
from throughcare.store.protocol import Reader, Row, Transaction

_FITTING = dates.COMPATIBLE | {dates.BirthLevel.MISSING}


async def numbered(tx: Transaction, source: str, local_id: str) -> int:
    """Return the subject of an attachment; a new one is given its own."""
    key = {"source": source, "local_id": local_id, "kind": "attachment"}
    rows = await tx.rows("identity.subject", **key)
    rows = rows or await tx.rows("identity.add_next_subject", **key)
    return int(str(rows[0][0]))


async def keep(tx: Transaction, subject: int, demographics: Demographics) -> None:
    """Store what an attachment says about its person. It waits until `settle`."""
    await tx.run(
        "identity.put_attachment",
        subject=subject,
        number=demographics.number,
        body=encode(demographics),
    )


async def concerned(
    reader: Reader, numbers: Iterable[str], persons: Iterable[int]
) -> Sequence[Row]:
    """Return the attachments that have one of `numbers` or lie with one of `persons`."""
    return await reader.rows(
        "identity.attachments_concerned",
        numbers=listed(set(numbers) - {""}),
        persons=listed(persons),
    )


async def settle(
    tx: Transaction, rows: Sequence[Row], at: int
) -> tuple[dict[int, int], dict[int, int]]:
    """Try again the attachments that `concerned` returned.

    Returns who each of them belonged to before and belongs to now; those that wait are in neither.
    """
    before: dict[int, int] = {}
    after: dict[int, int] = {}
    for subject, number, body, person in rows:
        attachment = int(str(subject))
        was = None if person is None else int(str(person))
        now = await _person_of(tx, str(number), decode(body), was)
        if was is not None:
            before[attachment] = was
        if now is not None:
            after[attachment] = now
        if was == now:
            continue
        if was is not None:
            await tx.run("identity.unlink", subject=attachment, at=at)
        if now is not None:
            await tx.run("identity.link", subject=attachment, person=now, at=at)
    return before, after


async def _person_of(
    tx: Transaction, number: str, attachment: Demographics, was: int | None
) -> int | None:
    """Return the one person with this number whose birth date does not speak against it.

    Somebody in review counts only where nobody else has the number. With several it stays where it
    `was`: a refusal must not lapse because somebody else turns out to carry the same number.
    """
    if not number:
        return None
    sure: set[int] = set()
    provisional: set[int] = set()
    for person, state, body in await tx.rows("identity.persons_with_number", number=number):
        if dates.level(attachment.born, decode(body).born) in _FITTING:
            (provisional if state == REVIEW else sure).add(int(str(person)))
    found = sure or provisional
    if was in found:
        return was
    return found.pop() if len(found) == 1 else None
