"""Legitimate relationships, and the permission to view that people gave or refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from throughcare.actors.times import from_store, to_store
from throughcare.model.request import Actor, Permission, Relationship
from throughcare.store.protocol import Reader, Row, Transaction

EVERYONE = ""
"""As a user: everyone of the organisation."""


@dataclass(frozen=True, slots=True)
class Known:
    """A relationship of an organisation, or of one user in it, with a person."""

    person: int
    organisation: str
    user: str
    ground: str
    """Why: ``registered``, ``referral``, ``admitted``, ``on-call``, ``caseload`` ..."""
    since: datetime
    until: datetime | None


class Relationships:
    """Keeps relationships and permissions. A person may have several numbers after merges."""

    async def establish(self, tx: Transaction, known: Known) -> None:
        """Add the relationship; the same one with the same beginning is replaced.

        Raises ValueError without an organisation: the person themselves needs no relationship.
        """
        if not known.organisation:
            message = "known.organisation: a relationship is that of an organisation"
            raise ValueError(message)
        await tx.run(
            "actors.establish",
            person=known.person,
            organisation=known.organisation,
            user=known.user,
            ground=known.ground,
            since=to_store(known.since),
            until=None if known.until is None else to_store(known.until),
        )

    async def end(
        self, tx: Transaction, person: int, organisation: str, at: datetime, *, user: str = EVERYONE
    ) -> int:
        """End what is in force, and return how many relationships that were."""
        return await tx.run(
            "actors.end_relationship",
            person=person,
            organisation=organisation,
            user=user,
            at=to_store(at),
        )

    async def of_person(self, reader: Reader, persons: Iterable[int]) -> list[Known]:
        """Return all relationships of a person, past ones included, by their beginning."""
        rows = [
            row
            for person in sorted(set(persons))
            for row in await reader.rows("actors.relationships", person=person)
        ]
        return sorted((_known(row) for row in rows), key=lambda known: known.since)

    async def relationship(
        self, reader: Reader, actor: Actor, persons: Iterable[int], at: datetime
    ) -> Relationship:
        """Return whether a relationship of this actor is in force at this time: YES or NO."""
        if not actor.organisation:
            return Relationship.NO
        for known in await self.of_person(reader, persons):
            if (
                known.organisation == actor.organisation
                and known.user in {EVERYONE, actor.user}
                and known.since <= at
                and (known.until is None or at < known.until)
            ):
                return Relationship.YES
        return Relationship.NO

    async def say(  # noqa: PLR0913 - a statement has as many parts
        self,
        tx: Transaction,
        person: int,
        organisation: str,
        said: Permission,
        at: datetime,
        *,
        by: str,
        until: datetime | None = None,
    ) -> None:
        """Record what a person said to an organisation about viewing, for later views too."""
        await tx.run(
            "actors.say",
            person=person,
            organisation=organisation,
            said=said.value,
            at=to_store(at),
            by=by,
            until=None if until is None else to_store(until),
        )

    async def permission(
        self, reader: Reader, organisation: str, persons: Iterable[int], at: datetime
    ) -> Permission:
        """Return what the person said last to this organisation; NOT_ASKED if that has lapsed.

        Of two things said at the same time to merged records, a refusal counts.
        """
        now = to_store(at)
        rows = [
            row
            for person in sorted(set(persons))
            for row in await reader.rows(
                "actors.said", person=person, organisation=organisation, at=now
            )
        ]
        newest = max((int(row[1] or 0) for row in rows), default=0)
        said = {
            Permission(str(word))
            for word, said_at, until in rows
            if said_at == newest and (until is None or int(until) > now)
        }
        strictest = (Permission.REFUSED, Permission.UNABLE, Permission.GIVEN)
        return next((one for one in strictest if one in said), Permission.NOT_ASKED)


def _known(row: Row) -> Known:
    person, organisation, user, ground, since, until = row
    return Known(
        int(person or 0),
        str(organisation),
        str(user),
        str(ground),
        from_store(int(since or 0)),
        None if until is None else from_store(int(until)),
    )
