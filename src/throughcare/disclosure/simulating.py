"""What another profile would open and close on the record as it is: figures, and no content.

Every request of `contacts` is decided twice for everybody, by the profile in force and by the other
one, with their real directives, grants and opt-outs, as the door decides a look; every entry is
then asked of both.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from throughcare.consent import saying
from throughcare.consent.cells import asked_alike
from throughcare.consent.profile import Profile
from throughcare.disclosure.contexts import Contexts
from throughcare.disclosure.gates import Gates
from throughcare.disclosure.rules import Fixed
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)
from throughcare.record import Records
from throughcare.record.gate import Seen, allows
from throughcare.store.protocol import Reader

AT_ONCE: Final = 100
"""Source records that are read together."""
BOUND: Final = frozenset({Role.PATIENT, Role.PROXY})
"""Their own record, or that of one person: not counted over everybody."""
UNASKED: Final = frozenset({Purpose.ETREAT, Purpose.BTG})
"""Purposes of who can't ask first."""

Progress = Callable[[int, int], None]
"""Called with how many source records of how many are done."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A usual way in which a reader comes to a record."""

    words: str
    relationship: Relationship
    permission: Permission


ASKED: Final = Contact("relationship, permission given", Relationship.YES, Permission.GIVEN)
NOT_ASKED: Final = Contact("relationship, not asked", Relationship.YES, Permission.NOT_ASKED)
STRANGER: Final = Contact("no relationship", Relationship.NO, Permission.NOT_ASKED)
UNABLE: Final = Contact("can't be asked", Relationship.NO, Permission.UNABLE)


@dataclass(slots=True)
class Effect:
    """What the other profile does for one role and purpose in one contact."""

    role: Role
    purpose: Purpose
    contact: str
    opened: int = 0
    closed: int = 0
    opened_to: set[int] = field(default_factory=set)
    closed_to: set[int] = field(default_factory=set)
    """Persons, by the number of each; they are counted and not told."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What was counted."""

    effects: tuple[Effect, ...]
    """Those that open or close anything."""
    entries: int
    persons: int
    recorders: tuple[str, ...] = ()
    """Who records Consents that open a record from then on, or no more: in sentences."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """One request under both profiles."""

    effect: Effect
    before: Gate
    after: Gate

    def count(self, seen: Sequence[Seen], persons: Mapping[int, int]) -> None:
        for entry in seen:
            shown, would = allows(self.before, entry), allows(self.after, entry)
            person = persons.get(entry.subject)
            if shown == would or person is None:
                continue
            if would:
                self.effect.opened += 1
                self.effect.opened_to.add(person)
            else:
                self.effect.closed += 1
                self.effect.closed_to.add(person)


class Simulating:
    """Counts what a change of the profile would do, in one snapshot of the record."""

    def __init__(self, records: Records) -> None:
        """Read what decisions look at from `records`."""
        self._records = records

    async def simulate(
        self,
        reader: Reader,
        old: Profile,
        new: Profile,
        request: Request,
        progress: Progress,
    ) -> Simulated:
        """Return what `new` opens and closes beside `old`, as of the time of `request`."""
        rows = await reader.rows("disclosure.persons_of_all")
        persons = {int(subject or 0): int(person or 0) for subject, person in rows}
        known = Contexts(self._records)
        gates = [Gates(self._records, known, Fixed(one)) for one in (old, new)]
        pairs = [
            _Pair(effect, *[(await one.ground(reader, asked)).gate for one in gates])
            for effect, asked in contacts(old, new, request)
        ]
        everything = await self._everything(reader)
        done = entries = 0
        listed = sorted(persons)
        for start in range(0, len(listed), AT_ONCE):
            subjects = listed[start : start + AT_ONCE]
            seen = await self._records.seen_of(reader, subjects, everything)
            for pair in pairs:
                pair.count(seen, persons)
            done, entries = done + len(subjects), entries + len(seen)
            progress(done, len(persons))
        effects = (pair.effect for pair in pairs)
        kept = tuple(each for each in effects if each.opened or each.closed)
        said = tuple(saying.recorders(old, new))
        return Simulated(kept, entries, len(set(persons.values())), said)

    async def _everything(self, reader: Reader) -> Gate:
        classes = await self._records.classes(reader)
        return Gate({}, Residual((Clause(frozenset(classes)),)))


def contacts(old: Profile, new: Profile, request: Request) -> Iterator[tuple[Effect, Request]]:
    """Yield each request that is decided: of every role that the two profiles treat differently."""
    for role in Role:
        if role in BOUND or asked_alike(old, new, role):
            continue
        for purpose in Purpose:
            if purpose in old.view(role).purposes | new.view(role).purposes:
                usual = (UNABLE,) if purpose in UNASKED else (ASKED, NOT_ASKED, STRANGER)
                for contact in usual:
                    reason = Reason("simulated", "cannot-be-asked") if contact is UNABLE else None
                    yield (
                        Effect(role, purpose, contact.words),
                        Request(
                            Actor("simulated", role, "", client="simulated"),
                            purpose,
                            request.at,
                            contact.relationship,
                            contact.permission,
                            reason,
                        ),
                    )


def together(effects: Sequence[Effect]) -> list[tuple[list[Role], Effect]]:
    """Return effects with equal figures for equal persons once, with all of their roles."""
    found: dict[tuple[object, ...], list[Effect]] = defaultdict(list)
    for each in effects:
        figures = (each.purpose, each.contact, each.opened, each.closed)
        people = (frozenset(each.opened_to), frozenset(each.closed_to))
        found[(*figures, *people)].append(each)
    return [([each.role for each in same], same[0]) for same in found.values()]
