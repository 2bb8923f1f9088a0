"""Histories of a type and of the whole node: the change feed, read backwards."""

import base64
import binascii
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final, Protocol, cast

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.histories import Span
from throughcare.kernel import BadInputError
from throughcare.model.decision import Gate, Residual
from throughcare.model.entry import Stored
from throughcare.record import keys
from throughcare.record.bodies import Bodies
from throughcare.record.locking import held
from throughcare.store.protocol import Reader

STRIDE: Final = 256
"""Changes read at a time."""
CLOCKS_DIFFER: Final = timedelta(days=1)
"""Changes stand in the order of their commits; by their times no two are further out of it."""
LAST: Final = (1 << 63) - 1

Histories = dict[tuple[str, str], list[Stored]]
"""Visible versions by type and id."""


class Versions(Protocol):
    """Returns all versions of a logical id that `gate` allows, newest first."""

    async def history(self, reader: Reader, type_: str, id_: str, gate: Gate) -> list[Stored]:
        """Return the versions; none if the newest may not be seen."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the feed, by the name that it was made under."""

    seq: int
    type: str
    id: str
    version: int


class Feeding:
    """Reads the feed backwards; used by `Records` alone."""

    def __init__(self, versions: Versions, bodies: Bodies) -> None:
        """Decide on what may be seen by `versions`."""
        self._versions = versions
        self._bodies = bodies

    async def page(
        self, reader: Reader, type_: str, span: Span, gate: Gate
    ) -> tuple[list[Stored], str]:
        """Return the newest visible versions of `span`, and where the next page begins or "".

        A version may be seen if the newest one of its resource may be, too. What may not be seen
        leaves no trace: neither in the page nor, since it is sealed, in the place of the next.
        """
        ((key,),) = await reader.rows("record.page_key")
        before = unseal(cast("bytes", key), type_, span) if span.after else LAST
        if not span.count:
            return [], ""  # a page of nothing has none behind it
        found: list[Stored] = []
        last = before
        known: Histories = {}
        async for change in self._changes(reader, type_, before, gate):
            version, replaced_at = await self._seen(reader, change, gate, known)
            if version is None:
                continue
            if span.since is not None and version.updated + CLOCKS_DIFFER < span.since:
                break
            if not span.holds(version.updated, replaced_at.updated if replaced_at else None):
                continue
            if len(found) == span.count:
                return found, seal(cast("bytes", key), type_, last)
            found.append(version)
            last = change.seq
        return found, ""

    async def _seen(
        self, reader: Reader, change: Change, gate: Gate, known: Histories
    ) -> tuple[Stored | None, Stored | None]:
        """Return the version that a change made and the one that replaced it, if there are.

        What is often changed is looked up once: `known` keeps the last few histories.
        """
        name = (change.type, change.id)
        if name not in known:
            if len(known) >= STRIDE:
                known.clear()
            known[name] = await self._versions.history(reader, *name, gate)
        newest_first = known[name]
        if newest_first and newest_first[0].version == change.version:
            return newest_first[0], None
        for newer, older in pairwise(newest_first):
            if older.version == change.version:
                return older, newer
        return None, None

    async def _changes(
        self, reader: Reader, type_: str, before: int, gate: Gate
    ) -> AsyncIterator[Change]:
        """Yield the changes before the one numbered `before`, newest first."""
        number = keys.type_number(type_) if type_ else 0
        own = _subjects(gate)
        reader = held(reader, gate)
        while True:
            rows = await reader.rows(
                "record.changes_before",
                before=before,
                lowest=number,
                highest=number or len(keys.NAMES),
                limit=STRIDE,
            )
            for row in rows:
                before, entry = cast("int", row[0]), cast("int", row[1])
                if own is not None and keys.subject_of(entry) not in own:
                    continue
                name = await self._name(reader, entry, row[2], row[3], cast("int", row[4]))
                if name is not None and type_ in {"", name[0]}:
                    yield Change(before, *name, cast("int", row[4]))
            if len(rows) < STRIDE:
                return

    async def _name(
        self, reader: Reader, entry: int, type_: object, id_: object, version: int
    ) -> tuple[str, str] | None:
        """Return the type and id of a change; of what is no more, as its version says them."""
        if type_ is not None:
            return keys.type_name(cast("int", type_)), str(id_)
        rows = await reader.rows("record.body_of", entry=entry, version=version)
        if not rows or not rows[0][0]:
            return None
        members = fhir_bytes.members(await self._bodies.one(reader, cast("bytes", rows[0][0])))
        return orjson.loads(members["resourceType"]), orjson.loads(members["id"])


def _subjects(gate: Gate) -> frozenset[int] | None:
    """Return the only subjects of which anything may be seen; None if there may be others."""
    if gate.others != Residual():
        return None
    return frozenset(subject for subject, residual in gate.residuals.items() if residual.clauses)


def seal(key: bytes, type_: str, seq: int) -> str:
    """Return the place behind the change numbered `seq` as the opaque text of a link.

    All are equally long: the number of digits would tell how much there is.
    """
    sealed = AESSIV(key).encrypt(b"%019d" % seq, [_about(type_)])
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(key: bytes, type_: str, span: Span) -> int:
    """Return the number of the change that a page follows.

    Raises BadInputError if it was not made for this history by this node.
    """
    try:
        text = span.after + "=" * (-len(span.after) % 4)
        sealed = base64.b64decode(text, b"-_", validate=True)
        return int(AESSIV(key).decrypt(sealed, [_about(type_)]))
    except (InvalidTag, binascii.Error, ValueError) as cause:
        message = (
            "This page link does not belong to this history. "
            "Follow the links as they were given, or ask for the history again."
        )
        raise BadInputError(message, place="page") from cause


def _about(type_: str) -> bytes:
    return f"history {type_}".encode()
