"""Links to the next page, which end when what the asker may see of somebody on the page changes.

A page that follows is decided anew, so that nothing withdrawn is on it. The client that holds the
first page is told to begin again: 410. What changes for others alone ends no link.
"""

import base64
import binascii
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from throughcare.consent.basis import mark
from throughcare.disclosure.gates import Ground
from throughcare.kernel import BadInputError, GoneError
from throughcare.model.request import Actor, Purpose
from throughcare.record import Records
from throughcare.store.protocol import Reader

MOST: Final = 32
"""Persons that a link remembers. A page about more is about nobody in particular: who withdraws is
on no further page of it, and the link stays good."""
_ABOUT: Final = b"page link"
_MARK: Final = 8
"""Bytes that say what decisions stood on."""


class Following:
    """Makes links and follows them."""

    def __init__(self, records: Records) -> None:
        """Seal with the key of the pages of `records`."""
        self._records = records

    async def link(self, reader: Reader, ground: Ground, place: str, persons: Iterable[int]) -> str:
        """Return the text of a link to `place`, with a page that spoke of `persons`; "" of ""."""
        if not place:
            return ""
        met = sorted(set(persons))
        about = met if len(met) <= MOST else []
        content = orjson.dumps([_mark(ground, about), about, place])
        sealed = AESSIV(await self._records.page_key(reader)).encrypt(content, _context(ground))
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    async def place(self, reader: Reader, ground: Ground, link: str) -> str:
        """Return the place that a link leads to; "" of "".

        Raises GoneError where the decision about one of its persons stands on something else since
        it was made, BadInputError where this node did not make it.
        """
        if not link:
            return ""
        try:
            sealed = base64.b64decode(link + "=" * (-len(link) % 4), b"-_", validate=True)
            key = await self._records.page_key(reader)
            marked, persons, place = orjson.loads(AESSIV(key).decrypt(sealed, _context(ground)))
        except (InvalidTag, binascii.Error, ValueError) as cause:
            message = (
                "This page link does not belong to this search. "
                "Follow the links as they were given, or search again."
            )
            raise BadInputError(message, place="page") from cause
        if _mark(ground, persons) != marked:
            message = "Who may see this has changed since the page was made. Search again."
            raise GoneError(message)
        return str(place)


@lru_cache(maxsize=1024)
def asker(actor: Actor, purpose: Purpose) -> str:
    """Return for whom a page link is good: whoever asks in this role, for this purpose."""
    return f"{actor!r} {purpose!r}"


def _context(ground: Ground) -> list[bytes]:
    """Return what a link is sealed with: it opens for nobody but who was given it."""
    return [_ABOUT, asker(ground.request.actor, ground.request.purpose).encode()]


def _mark(ground: Ground, persons: Iterable[int]) -> str:
    """Return what the decisions about `persons` stand on, in one short text."""
    profile, known = ground.profile, ground.known
    marks = (mark(ground.request, known.context(person), profile) for person in persons)
    return blake2b("".join(marks).encode(), digest_size=_MARK).hexdigest()
