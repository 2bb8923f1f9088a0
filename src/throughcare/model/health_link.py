"""A SMART Health Link: what a person hands out so that somebody may read part of their record.

The form of the link is that of HL7's SMART Health Cards and Links, version 1.0.0.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import msgspec

from throughcare.kernel import BadInputError

SCHEME: Final = "shlink:/"
VERSION: Final = 1
LONGEST_LABEL: Final = 80
LONGEST_ADDRESS: Final = 128
LONGEST_LINK: Final = 4096
LONGEST_RECIPIENT: Final = 200
FEWEST_OF_PASSCODE: Final = 6
LONGEST_PASSCODE: Final = 100
MOST_ATTEMPTS: Final = 10
"""Wrong passcodes in the whole life of a link; then it is closed for ever."""
ACCOUNT: Final = "link-"
"""How the account begins that the Consent of a link names."""
NOT_A_LINK: Final = (
    "This is no health link. It begins with shlink:/ or holds #shlink:/; copy the whole of it."
)


def is_link(account: str) -> bool:
    """Tell whether an account is that of a link, for which nobody signs in."""
    return account.startswith(ACCOUNT)


@dataclass(frozen=True, slots=True)
class NewLink:
    """What a person asks for: what is to be seen, by what passcode and until when."""

    label: str
    kinds: frozenset[str]
    """Keys of `throughcare.model.granting`; none for everything but the sensitive set."""
    expires: datetime
    passcode: str = ""
    """Empty for none."""
    direct: bool = False
    """One file by one request, for simple apps; never with a passcode."""


@dataclass(frozen=True, slots=True)
class HealthLink:
    """A link as the node keeps it: neither its address nor its key, which are derived."""

    account: str
    subject: int
    """The source record whose Consent opens it; whose that is today, the index says."""
    label: str
    kinds: frozenset[str]
    direct: bool
    protected: bool
    """It asks for a passcode."""
    attempts: int
    """How often a wrong one may still be given."""
    paused: bool
    made: datetime
    expires: datetime
    ended: bool

    def state(self, now: datetime) -> str:
        """Return ``open``, ``paused``, ``locked``, ``expired`` or ``ended``."""
        if self.ended:
            return "ended"
        if now >= self.expires:
            return "expired"
        if self.attempts <= 0:
            return "locked"
        return "paused" if self.paused else "open"

    @property
    def flags(self) -> str:
        """Return the flags, in the order of the alphabet: what it opens may change (L)."""
        return "L" + ("P" if self.protected else "U" if self.direct else "")


class Payload(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is inside a link. Members that are not known are passed over, as the guide has it."""

    url: str
    key: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")]
    exp: float | None = None
    flag: str = ""
    label: str = ""
    v: int = VERSION


def written(payload: Payload) -> str:
    """Return the link, ``shlink:/...``."""
    body = base64.urlsafe_b64encode(msgspec.json.encode(payload)).rstrip(b"=").decode()
    return f"{SCHEME}{body}"


def read(text: str) -> Payload:
    """Return what is in a link, with or without a viewer before it. Raises BadInputError."""
    _, found, body = text.strip().rpartition(SCHEME)
    if not found or len(text) > LONGEST_LINK or not body.isascii():
        raise BadInputError(NOT_A_LINK, place="link")
    try:
        content = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return msgspec.json.decode(content, type=Payload)
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInputError(NOT_A_LINK, place="link") from error
