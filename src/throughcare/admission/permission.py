"""What a client that writes may change of what is stored. A feed changes its own, and is not asked.

Whatever the client may not see is answered like what is not there: see ADR 0059.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from throughcare.admission import acting, owner
from throughcare.admission.naming import NOTHING_TO_CHANGE
from throughcare.admission.patients import Patients, check_age
from throughcare.admission.prepared import NOTHING_TO_DELETE
from throughcare.admission.rooms import Rooms
from throughcare.admission.sight import Sight
from throughcare.admission.versions import NOT_YOURS, at, check_new, check_version
from throughcare.kernel import DeniedError, NotFoundError, PreconditionFailedError
from throughcare.model.entry import Stored
from throughcare.model.submission import Item, Method
from throughcare.store.protocol import Transaction

Json = Mapping[str, Any]

_REDACTED: Final = (
    "You were shown this resource with parts left out, so your copy can't replace it. "
    "Ask its custodian to make the change."
)
_OF_ANOTHER: Final = (
    "Another organisation keeps this, and what is in nobody's record is changed and deleted by "
    "its own alone. Ask that organisation, or send yours without an id."
)
_NEVER_DELETED: Final = "A Consent is never deleted. Send it with status inactive to end it."


@dataclass(frozen=True, slots=True)
class Permission:
    """Judges the changes of one client, within one transaction."""

    rooms: Rooms
    tx: Transaction
    sight: Sight
    custodian: str
    role: str
    user: str
    day: date

    async def check(self, item: Item, current: Stored | None) -> None:
        """Refuse a change of what the client may not see, may not name, or saw in part.

        Raises PreconditionFailedError, NotFoundError or DeniedError.
        """
        if current is None:
            check_new(item, self.rooms.profile.ids_of(self.custodian))
            return
        gate = await self.sight.now(self.tx)
        seen = await self.rooms.records.read(self.tx, current.type, current.id, gate)
        if seen is None:
            self._check_unseen(item, current)
        elif current.subject == owner.NOBODY:
            self._check_own(item, current)
        if seen is not None and not seen.deleted and item.method is not Method.DELETE:
            await self._check_whole(seen)

    async def check_acting(self, subject: int, before: Json, after: Json) -> None:
        """Refuse grants, findings, holds and birth dates that are not for this client to say.

        Raises DeniedError.
        """
        acting.check_role(self.role, self.rooms.profile, before, after)
        acting.check_account(self.user, after)
        check_age(self.role, self.rooms.profile.proxies, self.day, before, after)
        await Patients(self.rooms, self.tx).check_own(self.user, subject, before, after)

    async def _check_whole(self, seen: Stored) -> None:
        if self.sight.redacts is not None and await self.sight.redacts(self.tx, seen):
            raise PreconditionFailedError(_REDACTED)

    def _check_unseen(self, item: Item, current: Stored) -> None:
        """Answer a change of what is hidden as one of an id that nothing has."""
        if item.method is Method.PATCH:
            raise NotFoundError(NOTHING_TO_CHANGE, place=at(item) or None)
        if item.method is Method.DELETE:
            check_version(item, None)
            raise NotFoundError(NOTHING_TO_DELETE)
        if (
            current.type in {"Consent", *owner.COLLECTIVE}
            and current.cls.custodian == self.custodian
        ):
            return  # who recorded a refusal that hides itself must be able to take it back
        check_version(item, None)
        raise PreconditionFailedError(NOT_YOURS)

    def _check_own(self, item: Item, current: Stored) -> None:
        """Refuse a change of what is in nobody's record, where another organisation keeps it."""
        is_again = item.method is Method.DELETE and current.deleted
        if current.cls.custodian != self.custodian and not is_again:
            raise DeniedError(_OF_ANOTHER, place=at(item) or None)


def check_deletion(item: Item, name: str) -> None:
    """Refuse that a client deletes a Consent. Raises DeniedError."""
    if item.method is Method.DELETE and name.startswith("Consent/"):
        raise DeniedError(_NEVER_DELETED)
