"""Bearer tokens: claims signed with the node's key (`throughcare.actors.jws`)."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from throughcare.actors import jws
from throughcare.actors.keys import fingerprint
from throughcare.actors.times import four_hours
from throughcare.kernel import BadInputError, Clock, Ids, UnauthenticatedError
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)

AUDIENCE = "throughcare-fhir"
LONGEST = 4096
"""Characters of a token."""
_SKEW = timedelta(minutes=5)
_REMEMBERED = 4096


Seconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
"""Since 1970, up to the end of the year 9999."""


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The payload. `iss` is the node's id; times are seconds since 1970."""

    iss: str
    aud: str
    sub: str
    client: str
    role: Role
    org: str
    purpose: Purpose
    relationship: Relationship
    permission: Permission
    iat: Seconds
    exp: Seconds
    jti: str
    person: int | None = None
    reason: str = ""
    reason_code: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token says, and until when."""

    actor: Actor
    purpose: Purpose
    relationship: Relationship
    permission: Permission
    reason: Reason | None
    issued: datetime
    expires: datetime
    id: str
    """The token's own id (``jti``)."""
    until: datetime | None = None
    """When break-glass ends by the time box of today; None for other purposes."""

    def request(self, *, at: datetime, id_: str) -> Request:
        """Return a request under this grant."""
        return Request(
            self.actor,
            self.purpose,
            at,
            self.relationship,
            self.permission,
            self.reason,
            self.until,
            id_,
        )


class Tokens:
    """Issues and reads the tokens of one node."""

    def __init__(
        self,
        key: Ed25519PrivateKey,
        clock: Clock,
        ids: Ids,
        *,
        time_box: Callable[[], timedelta] = four_hours,
    ) -> None:
        """Sign with `key`. Tokens for break-glass end within the `time_box` of the moment."""
        self._key, self._public = key, key.public_key()
        self._clock, self._ids, self._time_box = clock, ids, time_box
        self.node = fingerprint(self._public)
        self._read: OrderedDict[str, Grant] = OrderedDict()

    def issue(self, request: Request, *, lifetime: timedelta = timedelta(hours=4)) -> str:
        """Return a token that makes the claims of `request`, valid from now on.

        Raises BadInputError if the lifetime isn't positive or the claims make the token too long.
        """
        if lifetime <= timedelta(0):
            message = "The lifetime of a token is above 0; give a number of hours."
            raise BadInputError(message)
        if request.purpose is Purpose.BTG:
            lifetime = min(lifetime, self._time_box())
        now = self._clock.now()
        actor, reason = request.actor, request.reason
        claims = Claims(
            iss=self.node,
            aud=AUDIENCE,
            sub=actor.user,
            client=actor.client,
            role=actor.role,
            org=actor.organisation,
            purpose=request.purpose,
            relationship=request.relationship,
            permission=request.permission,
            iat=int(now.timestamp()),
            exp=int((now + lifetime).timestamp()),
            jti=self._ids.new(),
            person=actor.person,
            reason=reason.text if reason else "",
            reason_code=reason.code if reason else "",
        )
        token = jws.signed(self._key, msgspec.json.encode(claims))
        if len(token) > LONGEST:
            message = f"A token has at most {LONGEST} characters; shorten the reason."
            raise BadInputError(message)
        return token

    def read(self, token: str) -> Grant:
        """Return what a token grants now. Raises UnauthenticatedError for any that isn't good."""
        grant = self._read.get(token)
        if grant is None:
            grant = self._verify(token)
            self._read[token] = grant
            if len(self._read) > _REMEMBERED:
                self._read.popitem(last=False)
        else:
            self._read.move_to_end(token)
        now = self._clock.now()
        if now >= grant.expires:
            self._read.pop(token, None)
            message = "The token has expired; get a new one."
            raise UnauthenticatedError(message)
        if grant.issued > now + _SKEW:
            message = "The token is from the future; set the clocks right and get a new one."
            raise UnauthenticatedError(message)
        return grant if grant.purpose is not Purpose.BTG else self._boxed(grant)

    def _boxed(self, grant: Grant) -> Grant:
        """Return a grant of break-glass with its end by the time box of this moment."""
        return replace(grant, until=min(grant.expires, grant.issued + self._time_box()))

    def _verify(self, token: str) -> Grant:
        if len(token) > LONGEST:
            raise _refused()
        try:
            claims = msgspec.json.decode(jws.verified(token, self._public), type=Claims)
        except (ValueError, msgspec.DecodeError) as error:
            raise _refused() from error
        if (claims.iss, claims.aud) != (self.node, AUDIENCE):
            raise _refused()
        return _grant(claims)


def _grant(claims: Claims) -> Grant:
    issued, expires = (datetime.fromtimestamp(each, UTC) for each in (claims.iat, claims.exp))
    return Grant(
        Actor(claims.sub, claims.role, claims.org, claims.client, claims.person),
        claims.purpose,
        claims.relationship,
        claims.permission,
        Reason(claims.reason, claims.reason_code) if claims.reason else None,
        issued,
        expires,
        claims.jti,
    )


def _refused() -> UnauthenticatedError:
    return UnauthenticatedError("This is no token of this node; get one with 'throughcare token'.")
