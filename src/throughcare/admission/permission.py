"""What a client that writes may change of what is stored. A feed changes its own, and is not asked.

Whatever the client may not see is answered like what is not there: see ADR 0059.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from throughcare.admission import acting, owner
from throughcare.admission.patients import Patients, check_age
from throughcare.admission.prepared import NOTHING_TO_DELETE
from throughcare.admission.rooms import Rooms
from throughcare.admission.sight import Sight
from throughcare.admission.versions import NOT_YOURS, at, check_new, check_version
from throughcare.kernel import DeniedError, NotFoundError, PreconditionFailedError
from throughcare.model.entry import Stored
from throughcare.model.submission import Item, Method
from throughcare.record.gate import allows
from throughcare.store.protocol import Transaction

Json = Mapping[str, Any]
Name = tuple[str, str]
"""Type and id."""
Unseen = frozenset[Name]

_REDACTED: Final = (
    "You were shown this resource with parts left out, so your copy can't replace it. "
    "Ask its custodian to make the change."
)
_OF_ANOTHER: Final = (
    "Another organisation keeps this, and what is in nobody's record is changed and deleted by "
    "its own alone. Ask that organisation, or send yours without an id."
)
_TAKEN_BACK: Final = frozenset({"Consent", *owner.COLLECTIVE})
"""Types that whoever recorded an entry may replace unseen."""
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

    async def standing(self, wanted: Mapping[Name, Method]) -> tuple[Mapping[Name, Stored], Unseen]:
        """Return what stands under the names of what is written, and which this client can't see.

        What it can't see is not read, so that it takes as long as what never was. But who recorded
        a refusal that hides itself, or keeps a list, must be able to replace it.
        """
        records, gate = self.rooms.records, await self.sight.now(self.tx)
        found: dict[Name, Stored] = {}
        unseen: set[Name] = set()
        for name, method in wanted.items():
            there = await records.standing(self.tx, *name)
            is_shown = allows(gate, there.seen)
            if not there.is_here:
                continue
            stored = None
            if is_shown or (name[0] in _TAKEN_BACK and method is not Method.PATCH):
                stored = await records.current(self.tx, *name)
            if not is_shown:
                unseen.add(name)
            if stored is not None and (is_shown or stored.cls.custodian == self.custodian):
                found[name] = stored
        return found, frozenset(unseen)

    async def check(self, item: Item, current: Stored | None, *, is_unseen: bool) -> None:
        """Refuse a change of what the client may not see, may not name, or saw in part.

        Raises PreconditionFailedError, NotFoundError or DeniedError.
        """
        if item.method is Method.DELETE and (current is None or is_unseen):
            check_version(item, None)
            raise NotFoundError(NOTHING_TO_DELETE)
        if is_unseen:
            if current is not None:
                return
            check_version(item, None)
            raise PreconditionFailedError(NOT_YOURS)
        if current is None:
            check_new(item, self.rooms.profile.ids_of(self.custodian))
            return
        if current.subject == owner.NOBODY:
            self._check_own(item, current)
        if not current.deleted and item.method is not Method.DELETE:
            await self._check_whole(current)

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

    def _check_own(self, item: Item, current: Stored) -> None:
        """Refuse a change of what is in nobody's record, where another organisation keeps it."""
        is_again = item.method is Method.DELETE and current.deleted
        if current.cls.custodian != self.custodian and not is_again:
            raise DeniedError(_OF_ANOTHER, place=at(item) or None)


def check_deletion(item: Item, name: str) -> None:
    """Refuse that a client deletes a Consent. Raises DeniedError."""
    if item.method is Method.DELETE and name.startswith("Consent/"):
        raise DeniedError(_NEVER_DELETED)
