"""Snapshots of Consents as signed text: compact JWS of the node that issued them (`jws`)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from throughcare.actors import jws
from throughcare.actors.tokens import Seconds
from throughcare.fhir import bytes as fhir_bytes
from throughcare.kernel import BadInputError, UnprocessableError
from throughcare.model.snapshot import LONGEST, Snapshot

MOST: Final = 1 << 18
"""Characters of a snapshot."""
KIND: Final = "consent-snapshot"
_SKEW: Final = timedelta(minutes=5)


class Broken(StrEnum):
    """A rule that a snapshot breaks; they are looked at in this order."""

    SIZE = "size"
    FORM = "form"
    ISSUER = "issuer"
    SIGNATURE = "signature"
    AUDIENCE = "audience"
    LIFETIME = "lifetime"
    ISSUED = "issued"
    EXPIRED = "expired"


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The payload; times are seconds since 1970."""

    kind: Literal["consent-snapshot"]
    iss: str
    aud: str
    sub: str
    epoch: Annotated[int, msgspec.Meta(ge=0, le=(1 << 53) - 1)]
    iat: Seconds
    exp: Seconds
    consents: Annotated[list[dict[str, Any]], msgspec.Meta(max_length=256)]


def signed(key: Ed25519PrivateKey, snapshot: Snapshot) -> str:
    """Return `snapshot`, signed. Raises UnprocessableError where it is too large to be taken."""
    payload = {
        "kind": KIND,
        "iss": snapshot.node,
        "aud": snapshot.audience,
        "sub": snapshot.number,
        "epoch": snapshot.epoch,
        "iat": int(snapshot.issued.timestamp()),
        "exp": int(snapshot.until.timestamp()),
        "consents": [dict(each) for each in snapshot.consents],
    }
    text = jws.signed(key, fhir_bytes.dump(payload))
    if len(text) > MOST:
        raise _refused(Broken.SIZE)
    return text


def unpacked(text: str) -> Snapshot:
    """Return what a text says, whoever signed it. Raises UnprocessableError for what is none."""
    if len(text) > MOST:
        raise _refused(Broken.SIZE)
    try:
        said = fhir_bytes.parse(jws.payload_of(text))
        claims = msgspec.convert(said, Claims)
    except (ValueError, BadInputError) as error:  # a ValidationError of msgspec is a ValueError
        raise _refused(Broken.FORM) from error
    if any(each.get("resourceType") != "Consent" for each in claims.consents):
        raise _refused(Broken.FORM)
    return Snapshot(
        claims.iss,
        claims.aud,
        claims.sub,
        claims.epoch,
        datetime.fromtimestamp(claims.iat, UTC),
        datetime.fromtimestamp(claims.exp, UTC),
        tuple(claims.consents),
    )


def read(text: str, keys: Mapping[str, Sequence[bytes]], own: str, now: datetime) -> Snapshot:
    """Return a snapshot that is good: of a node in `keys`, for this node (`own`), in force.

    `keys` are the raw public keys of the nodes that are believed, by id. Raises
    UnprocessableError, whose place is the first of `RULES` that is broken.
    """
    snapshot = unpacked(text)
    if snapshot.node not in keys:
        raise _refused(Broken.ISSUER)
    if not is_signed(text, keys[snapshot.node]):
        raise _refused(Broken.SIGNATURE)
    if snapshot.audience != own or snapshot.node == own:
        raise _refused(Broken.AUDIENCE)
    lifetime = snapshot.until - snapshot.issued
    if not timedelta(0) < lifetime <= LONGEST:
        raise _refused(Broken.LIFETIME)
    if snapshot.issued > now + _SKEW:
        raise _refused(Broken.ISSUED)
    if snapshot.until <= now:
        raise _refused(Broken.EXPIRED)
    return snapshot


def is_signed(text: str, keys: Sequence[bytes]) -> bool:
    """Tell whether one of `keys`, raw and public, has signed `text`."""
    return any(_is_signed(text, raw) for raw in keys)


def _is_signed(text: str, raw: bytes) -> bool:
    try:
        jws.verified(text, Ed25519PublicKey.from_public_bytes(raw))
    except ValueError:
        return False
    return True


RULES: Final[Mapping[Broken, str]] = {
    Broken.SIZE: f"A snapshot has at most {MOST} characters. Send one person's Consents alone.",
    Broken.FORM: (
        "This is no consent snapshot: compact JWS, EdDSA, with the claims that "
        "docs/consent/snapshots.md lists, each once. Have it issued anew."
    ),
    Broken.ISSUER: (
        "The profile here names no node that this snapshot says it is of. Have the node named "
        "under [nodes], if it is to be believed."
    ),
    Broken.SIGNATURE: (
        "No key that the profile names for this node has signed this text. Have it issued anew, "
        "or the node's new key named."
    ),
    Broken.AUDIENCE: "This snapshot is for another node. Have one issued for this one.",
    Broken.LIFETIME: "A snapshot ends after it was issued, within 24 hours. Have it issued so.",
    Broken.ISSUED: "This snapshot is from the future. Set the clocks right; have it issued anew.",
    Broken.EXPIRED: "This snapshot has expired. Have it issued anew.",
}
"""Why a snapshot is refused: what depends on its text, this node and the clock alone."""


def _refused(rule: Broken) -> UnprocessableError:
    return UnprocessableError(RULES[rule], place=f"snapshot: {rule.value}")
