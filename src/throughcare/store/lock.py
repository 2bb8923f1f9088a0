"""Locks: what a statement may see of the record, said to the database; pure.

A gate goes into the query, where somebody can forget it. A lock goes to the database beside the
query, and an engine that keeps it (PostgreSQL, where the node asks for it) withholds every entry
that the lock does not name, whatever the query says. It is coarser than a gate: it knows subjects
and classes of entries, not dates or authors.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Classes = bytes
"""A set of class numbers: bit n of it (n % 8, from the lowest, of byte n // 8) stands for n."""


@dataclass(frozen=True, slots=True)
class Lock:
    """Classes of entries that may be seen, by subject."""

    subjects: Mapping[int, Classes] = field(default_factory=dict, hash=False)
    others: Classes = b""
    """What may be seen of every other subject."""
    settings: tuple[str, ...] = field(init=False, compare=False)
    """What the database is told, in the order of `SETTINGS`; empty texts let nothing be seen."""

    def __post_init__(self) -> None:
        """Say it for the database, once."""
        object.__setattr__(self, "settings", _settings(self.subjects, self.others))


SETTINGS = (
    "throughcare.subjects",
    "throughcare.places",
    "throughcare.classes",
    "throughcare.width",
)
"""Subjects by rising number; the bit at which the classes of each begin; all classes, those of
other subjects first; bits that each set of classes takes."""


def classes(numbers: Iterable[int]) -> Classes:
    """Return the set of these class numbers.

    >>> classes([1, 9]).hex()
    '0202'
    """
    found = sorted(set(numbers))
    bits = bytearray(found[-1] // 8 + 1 if found else 0)
    for number in found:
        bits[number // 8] |= 1 << number % 8
    return bytes(bits)


def _settings(subjects: Mapping[int, Classes], others: Classes) -> tuple[str, ...]:
    if not subjects and not others:
        return ("",) * len(SETTINGS)
    sets = list(dict.fromkeys((others, *subjects.values())))
    width = max(map(len, sets))
    begins = {one: at * width * 8 for at, one in enumerate(sets)}
    listed = sorted(subjects)
    return (
        f"{{{','.join(map(str, listed))}}}",
        f"{{{','.join(str(begins[subjects[subject]]) for subject in listed)}}}",
        "\\x" + b"".join(one.ljust(width, b"\0") for one in sets).hex(),
        str(width * 8),
    )


NOTHING = Lock()
"""The lock that everything begins under."""


def union(locks: Iterable[Lock]) -> Lock | None:
    """Return the lock of statements that run as one; None if they can't.

    They can if no two of them see the same subject in different ways: so what one sees of a subject
    is never more than what its own lock says.
    """
    found: dict[int, Classes] = {}
    listed = list({lock.settings: lock for lock in locks}.values())
    if len(listed) == 1:
        return listed[0]
    for lock in listed:
        if lock.others or not lock.subjects:
            return None
        for subject, seen in lock.subjects.items():
            if found.setdefault(subject, seen) != seen:
                return None
    return Lock(found)
