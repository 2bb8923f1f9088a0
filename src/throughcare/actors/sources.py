"""Systems that hand over by a key of their own: a random secret, kept as its digest."""

import re
from typing import Final

from throughcare.actors import secret
from throughcare.kernel import BadInputError, Clock, Ids, NotFoundError, UnauthenticatedError
from throughcare.model.source import Source
from throughcare.store.protocol import Reader, Row, Transaction

CLOSED: Final = ""
"""Digest of a source that no key opens."""
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")
_ORGANISATION: Final = re.compile(r"[A-Z0-9]{3,10}")
_OF_CLIENTS: Final = "api"
"""What the names of clients' own sources begin with (`throughcare.api.submissions`)."""


class Sources:
    """Keeps the sources."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        """Take time and chance from outside."""
        self._clock, self._ids = clock, ids

    async def add(self, tx: Transaction, source: Source, by: str) -> str:
        """Add a source and return its key, which can't be had again: only its digest is stored.

        Raises BadInputError for a name or an organisation that is none, or a name that is taken.
        """
        _check(source)
        if await tx.rows("actors.source_taken", source=source.name):
            message = "There is a feed of this name already. Choose another name."
            raise BadInputError(message, place="name")
        key = secret.new(self._ids)
        await tx.run(
            "actors.add_source",
            source=source.name,
            organisation=source.organisation,
            mapping=source.mapping,
            digest=_digest(key),
            made=self._clock.now().isoformat(),
            by=by,
        )
        return key

    async def renew(self, tx: Transaction, name: str) -> str:
        """Return a new key of a source; the one before opens nothing any more.

        Raises NotFoundError for a source that is none.
        """
        key = secret.new(self._ids)
        await self._put(tx, name, _digest(key))
        return key

    async def close(self, tx: Transaction, name: str) -> None:
        """Take the key of a source away. What it handed over stays."""
        await self._put(tx, name, CLOSED)

    async def map(self, tx: Transaction, name: str, mapping: str) -> None:
        """Give a source another column mapping, "" for none.

        Raises NotFoundError for a source that is none.
        """
        if not await tx.run("actors.put_source_mapping", source=name, mapping=mapping):
            raise _unknown()

    async def by_key(self, reader: Reader, key: str) -> Source:
        """Return the source that a key opens. Raises UnauthenticatedError for any other key."""
        rows = await reader.rows("actors.source_of", digest=_digest(key)) if key else []
        if not rows:
            message = (
                "This is no key of a source of this node, or a newer one has taken its place. "
                "Ask whoever runs the node for a new one."
            )
            raise UnauthenticatedError(message)
        return _source(rows[0])

    async def all(self, reader: Reader) -> list[Source]:
        """Return every source by its name."""
        return [_source(row) for row in await reader.rows("actors.sources")]

    async def get(self, reader: Reader, name: str) -> Source:
        """Return a source by its name. Raises NotFoundError for one that is none."""
        found = next((each for each in await self.all(reader) if each.name == name), None)
        if found is None:
            raise _unknown()
        return found

    async def _put(self, tx: Transaction, name: str, digest: str) -> None:
        if not await tx.run("actors.put_source_key", source=name, digest=digest):
            raise _unknown()


def _check(source: Source) -> None:
    if not _NAME.fullmatch(source.name) or source.name.startswith(_OF_CLIENTS):
        message = (
            "The name of a source has 2 to 40 small letters, digits and hyphens, and does not "
            "begin with 'api'. Choose one such as 'high-street-pharmacy'."
        )
        raise BadInputError(message, place="name")
    if not _ORGANISATION.fullmatch(source.organisation):
        message = (
            "The ODS code of an organisation has 3 to 10 capital letters and digits. Correct it: "
            "such as FXX01."
        )
        raise BadInputError(message, place="organisation")


def _digest(key: str) -> str:
    return secret.digest(key).hex()


def _source(row: Row) -> Source:
    name, organisation, mapping, digest = map(str, row)
    return Source(name, organisation, mapping, is_open=digest != CLOSED)


def _unknown() -> NotFoundError:
    return NotFoundError("There is no source of this name. Look at the list of sources.")
