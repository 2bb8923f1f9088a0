"""One-time sign-in links: a random secret, kept as its digest, that works once and not for long."""

from dataclasses import dataclass
from datetime import timedelta

from throughcare.actors import secret
from throughcare.actors.times import to_store
from throughcare.kernel import BadInputError, Clock, Ids, UnauthenticatedError
from throughcare.model.request import Role
from throughcare.store.protocol import Reader, Transaction

SHORTEST = timedelta(minutes=15)
LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a link was for."""

    user: str
    role: Role
    """The role that it was made for; its user works in it unless they choose another post."""


class Links:
    """Makes and redeems links."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        """Take time and chance from outside."""
        self._clock, self._ids = clock, ids

    async def make(
        self, tx: Transaction, user: str, role: Role, *, lifetime: timedelta = SHORTEST
    ) -> str:
        """Return the secret of a new link for this user in this role: letters and digits.

        It can't be had again: only its digest is stored. Raises BadInputError unless the lifetime
        is within 15 minutes and 24 hours.
        """
        if not SHORTEST <= lifetime <= LONGEST:
            message = "A sign-in link lives 15 minutes to 24 hours; choose a time between."
            raise BadInputError(message)
        made = secret.new(self._ids)
        await tx.run(
            "actors.make_link",
            digest=secret.digest(made),
            user=user,
            role=role.value,
            expires=to_store(self._clock.now() + lifetime),
        )
        return made

    async def leads_to(self, reader: Reader, given: str) -> Redeemed | None:
        """Return what a link is for, without using it up; None if it is not good now."""
        now = to_store(self._clock.now())
        found = await reader.rows("actors.link", digest=secret.digest(given), now=now)
        return Redeemed(str(found[0][0]), Role(str(found[0][1]))) if found else None

    async def redeem(self, tx: Transaction, given: str) -> Redeemed:
        """Use a link up and return what it was for.

        Of many who redeem one at once, one succeeds. Raises UnauthenticatedError, with one and the
        same sentence, if it is unknown, used, expired, or its user or role is gone.
        """
        now = to_store(self._clock.now())
        await tx.run("actors.drop_expired_links", now=now)
        digest = secret.digest(given)
        found = await tx.rows("actors.link", digest=digest, now=now)
        used = await tx.run("actors.use_link", digest=digest)
        if not found or not used:
            message = "This sign-in link was used or has expired; ask for a new one."
            raise UnauthenticatedError(message)
        user, role = found[0]
        return Redeemed(str(user), Role(str(role)))
