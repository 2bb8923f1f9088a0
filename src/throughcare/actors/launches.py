"""A launch: another system opens the record of the person on its screen, once, for its user.

The system signs who its user is here, whom they look at and why, with its own key, whose public
half the node was given. What it signs is good for minutes and works once.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from throughcare.actors import jws, secret
from throughcare.actors.times import to_store
from throughcare.kernel import Clock, Ids, UnauthenticatedError
from throughcare.model.request import Role
from throughcare.store.protocol import Transaction

LONGEST_LIFE: Final = timedelta(minutes=5)
LONGEST_TEXT: Final = 2048
"""Characters of a launch."""
_SKEW: Final = timedelta(minutes=1)

Seconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Launch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a system signs. Times are seconds since 1970."""

    iss: Short
    """Name of the system, as the node knows its key."""
    aud: str
    """Id of the node that it is meant for."""
    sub: Short
    """The user's id here."""
    role: Role
    patient: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9.-]{1,64}\Z")]
    """Logical id of any of the person's Patients at the node: opaque, since addresses are kept."""
    reason: Short
    iat: Seconds
    exp: Seconds
    jti: Annotated[str, msgspec.Meta(min_length=16, max_length=200)]
    """Never the same twice."""


def sign(key: Ed25519PrivateKey, launch: Launch) -> str:
    """Return a launch as a system sends it: what its makers have to write in their language."""
    return jws.signed(key, msgspec.json.encode(launch))


class Launches:
    """Reads launches for one node, and lets each work once."""

    def __init__(self, node: str, keys: Mapping[str, Ed25519PublicKey], clock: Clock) -> None:
        """Read launches to the node of this id by the systems whose `keys` it was given."""
        self._node, self._keys, self._clock = node, keys, clock

    def read(self, text: str) -> Launch:
        """Return what a known system signed for this node and this moment.

        Raises UnauthenticatedError, with one and the same sentence, for anything else.
        """
        if len(text) > LONGEST_TEXT:
            raise _refused()
        try:
            said = msgspec.json.decode(jws.payload_of(text), type=Launch)
            jws.verified(text, self._keys[said.iss])
        except (KeyError, ValueError, msgspec.DecodeError) as error:
            raise _refused() from error
        if not self._is_for_now(said):
            raise _refused()
        return said

    def _is_for_now(self, said: Launch) -> bool:
        now = self._clock.now()
        issued, ends = (datetime.fromtimestamp(each, UTC) for each in (said.iat, said.exp))
        is_brief = timedelta(0) < ends - issued <= LONGEST_LIFE
        return said.aud == self._node and is_brief and issued - _SKEW <= now < ends

    async def use(self, tx: Transaction, launch: Launch) -> None:
        """Use a launch up. Of many who use one at once, one succeeds.

        Raises UnauthenticatedError, with the sentence of `read`, if it was used.
        """
        now = self._clock.now()
        await tx.run("actors.drop_expired_launches", now=to_store(now))
        used = await tx.run(
            "actors.use_launch",
            digest=secret.digest(f"{launch.iss}\n{launch.jti}"),
            expires=to_store(datetime.fromtimestamp(launch.exp, UTC)),
        )
        if not used:
            raise _refused()


def made(  # noqa: PLR0913 - each is a claim
    ids: Ids,
    now: datetime,
    *,
    system: str,
    node: str,
    user: str,
    role: Role,
    patient: str,
    reason: str,
) -> Launch:
    """Return a fresh launch that is good for the longest time."""
    issued = int(now.timestamp())
    ends = issued + int(LONGEST_LIFE.total_seconds())
    jti = secret.new(ids)
    return Launch(system, node, user, role, patient, reason, issued, ends, jti)


def _refused() -> UnauthenticatedError:
    message = (
        "This launch was used, has expired or is not known here. Start again from your system."
    )
    return UnauthenticatedError(message)
