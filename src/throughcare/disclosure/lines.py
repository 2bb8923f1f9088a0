"""Audit lines and notices: what every look leaves behind before anything is handed out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from throughcare.audit.ledger import Ledger
from throughcare.audit.notices import notices, owing
from throughcare.kernel import FullError, Ids
from throughcare.model.audit import AuditEntry
from throughcare.model.decision import Decision, Obligation
from throughcare.model.request import Request
from throughcare.store.protocol import Store, Transaction

TOLD: Final = frozenset({Obligation.ALERT, Obligation.NOTIFY})
"""Obligations that leave a notice."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is written about one disclosure or refusal."""

    action: str
    what: str
    decisions: Mapping[int, Decision]
    """By person concerned."""
    seen: int
    permitted: bool
    persons: tuple[int, ...] = ()
    """Persons concerned, where nothing was decided about them."""


class Lines:
    """Writes audit lines and notices."""

    def __init__(self, ledger: Ledger, store: Store, ids: Ids) -> None:
        """Append lines to `ledger`, keep notices in `store`."""
        self._ledger = ledger
        self._store = store
        self._ids = ids

    async def write(self, request: Request, look: Look) -> None:
        """Write `look`; only when this has returned may anything be handed out.

        Who is to be told of it is told before, or as soon as a full disk has room again.
        Raises the ledger's error if the line can't be written: the look is then refused.
        """
        entry = line(ordered_id(request.at, self._ids), request, look)
        obliged = {
            person: decision
            for person, decision in look.decisions.items()
            if look.permitted and not decision.obligations.isdisjoint(TOLD)
        }
        if obliged:
            entry = await self._told(entry, obliged)
        await self._ledger.keep(entry)

    async def _told(self, entry: AuditEntry, obliged: Mapping[int, Decision]) -> AuditEntry:
        """Write the notices; return the line, which owes them if the disk is full."""

        async def work(tx: Transaction) -> None:
            for person, decision in obliged.items():
                for notice in notices(entry, person, decision.obligations):
                    await tx.run("admission.add_notice", **notice)

        try:
            await self._store.transact(work)
        except FullError:
            return owing(entry)
        return entry


def ordered_id(at: datetime, ids: Ids) -> str:
    """Return an id that begins with the time, and ends in 80 bits that nobody can guess.

    So the index of lines grows at its end: half the work of one that grows everywhere.
    """
    return f"{int(at.timestamp() * 1000):012x}{ids.new()[:20]}"


def line(id_: str, request: Request, look: Look) -> AuditEntry:
    """Return the audit line of `look`."""
    decisions = list(look.decisions.values())
    first = decisions[0] if decisions else None
    obliged = frozenset().union(*(decision.obligations for decision in decisions))
    return AuditEntry(
        id=id_,
        at=request.at,
        action=look.action,
        outcome="permit" if look.permitted else "deny",
        user=request.actor.user,
        role=request.actor.role.value,
        organisation=request.actor.organisation,
        purpose=request.purpose.value,
        persons=tuple(look.decisions) or look.persons,
        what=look.what,
        rank=first.rank if first else -1,
        because=first.because if first else (),
        reason=request.reason.text if request.reason else "",
        policy_version=first.policy_version if first else "",
        epoch=max((decision.epoch for decision in decisions), default=0),
        obligations=_words(obliged),
        seen=look.seen,
    )


@lru_cache(maxsize=64)
def _words(obligations: frozenset[Obligation]) -> tuple[str, ...]:
    return tuple(sorted(obligation.value for obligation in obligations))
