"""Audit lines and notices: what every look leaves behind before anything is handed out."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from throughcare.audit.ledger import Ledger
from throughcare.kernel import Ids
from throughcare.model.audit import AuditEntry
from throughcare.model.decision import Decision, Obligation
from throughcare.model.request import Request
from throughcare.store.protocol import Store, Transaction

WINDOW_HOURS: Final = 4
"""Looks of one reader at one person for one reason within these hours give one notice."""


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

        Raises the ledger's error if the line can't be written: the look is then refused.
        """
        obliged = {
            person: decision
            for person, decision in look.decisions.items()
            if decision.obligations & {Obligation.ALERT, Obligation.NOTIFY} and look.permitted
        }
        entry = line(self._ids.new(), request, look)
        if obliged:
            await self._store.transact(_Notices(entry.id, request, obliged).write)
        await self._ledger.keep(entry)


def line(id_: str, request: Request, look: Look) -> AuditEntry:
    """Return the audit line of `look`."""
    decisions = list(look.decisions.values())
    first = decisions[0] if decisions else None
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
        obligations=tuple(
            sorted(
                {obligation.value for decision in decisions for obligation in decision.obligations}
            )
        ),
        seen=look.seen,
    )


@dataclass(frozen=True, slots=True)
class _Notices:
    audit: str
    request: Request
    obliged: Mapping[int, Decision]

    async def write(self, tx: Transaction) -> None:
        for person, decision in self.obliged.items():
            for kind in _kinds(decision):
                await tx.run(
                    "admission.add_notice",
                    notice=self._key(kind, person),
                    kind=kind,
                    person=person,
                    at=self.request.at.isoformat(),
                    audit=self.audit,
                    who=f"{self.request.actor.user} {self.request.actor.organisation}".strip(),
                    text=self._text(),
                )

    def _key(self, kind: str, person: int) -> str:
        actor = self.request.actor
        window = _window(self.request.at)
        parts = (kind, str(person), actor.user, actor.organisation, self.request.purpose, window)
        reason = self.request.reason.text if self.request.reason else ""
        return hashlib.sha256("\n".join((*parts, reason)).encode()).hexdigest()[:32]

    def _text(self) -> str:
        actor = self.request.actor
        reason = self.request.reason.text if self.request.reason else "no reason stated"
        return f"{actor.role.value} looked for {self.request.purpose.value}: {reason}"


def _kinds(decision: Decision) -> Sequence[str]:
    wanted = {Obligation.ALERT: "alert", Obligation.NOTIFY: "notice"}
    return [kind for obligation, kind in wanted.items() if obligation in decision.obligations]


def _window(at: datetime) -> str:
    return f"{at:%Y-%m-%d} {at.hour // WINDOW_HOURS}"
