"""Records that a release before gave other keys: how they are found, and get those of this one."""

from dataclasses import dataclass
from typing import Final

from throughcare.identity.compare import (
    Demographics,
    former_keys,
    former_name_keys,
    keys,
    name_keys,
)
from throughcare.identity.region import decode
from throughcare.store.protocol import Reader, Transaction

TOGETHER: Final = 100
"""Records that get their keys in one transaction."""
ALL: Final = (1 << 63) - 1
"""How far records have the keys of this release once all of them do."""


@dataclass(slots=True)
class Keying:
    """Whether all records have the keys of this release, which they then have for good."""

    is_done: bool = False
    """Whether that is known."""

    async def look(self, reader: Reader) -> None:
        """Ask, until they have."""
        if not self.is_done:
            self.note(await reached(reader))

    def note(self, reached: int) -> None:
        """Take notice of how far they have."""
        self.is_done = reached == ALL

    def keys(self, person: Demographics) -> frozenset[int]:
        """Return the keys by which all are found who share one with `person`."""
        return keys(person) if self.is_done else keys(person) | former_keys(person)

    def name_keys(self, person: Demographics) -> frozenset[int]:
        """Return those of them that need name and date of birth alone."""
        found = name_keys(person)
        return found if self.is_done else found | former_name_keys(person)


async def reached(reader: Reader) -> int:
    """Return the subject up to which all records have the keys of this release."""
    rows = await reader.rows("identity.keyed")
    return int(str(rows[0][0]))


def kept(person: Demographics, subject: int, reached: int) -> frozenset[int]:
    """Return the keys to store for a record that says `person`.

    The former ones too, while a program of the release before may ask for them.
    """
    return keys(person) if subject <= reached else keys(person) | former_keys(person)


async def rekey(tx: Transaction) -> int | None:
    """Give the next records the keys of this release, and no others; None after the last.

    Returns the subject up to which it came.
    """
    after = await reached(tx)
    if after == ALL:
        return None
    rows = await tx.rows("identity.demographics_after", after=after, most=TOGETHER)
    gone: set[tuple[int, int]] = set()
    wanted: set[tuple[int, int]] = set()
    last = after
    for subject, body in rows:
        last, known = int(str(subject)), decode(body)
        new = keys(known)
        wanted |= {(h, last) for h in new}
        gone |= {(h, last) for h in former_keys(known) - new}
    for statement, some in (("drop_key", gone), ("add_key", wanted)):
        if some:
            pairs = [{"h": h, "subject": subject} for h, subject in sorted(some)]
            await tx.run_many(f"identity.{statement}", pairs)
    done = last if len(rows) == TOGETHER else ALL
    await tx.run("identity.reach_keyed", reached=done)
    return last
