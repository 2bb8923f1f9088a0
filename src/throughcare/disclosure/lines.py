"""Audit lines and notices: what every look leaves behind before anything is handed out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import structs

from throughcare.audit.ledger import Ledger
from throughcare.audit.notices import notices, owing
from throughcare.consent import looks
from throughcare.consent.locality import Locality
from throughcare.kernel import FullError, Ids
from throughcare.model.audit import AuditEntry
from throughcare.model.decision import Decision, Obligation, Residual
from throughcare.model.request import Actor, Purpose, Reason, Request, Role
from throughcare.store.protocol import Store, Transaction

TOLD: Final = frozenset({Obligation.ALERT, Obligation.NOTIFY})
"""Obligations that leave a notice."""
UNDECIDED: Final = Decision(
    permitted=False, rank=-1, because=(), policy_version="", epoch=0, residual=Residual()
)
"""Stands where nothing was decided about anybody."""
UNKNOWN: Final = datetime.min.replace(tzinfo=UTC)


class Look(msgspec.Struct, frozen=True):
    """What is written about one disclosure or refusal."""

    action: str
    what: str
    decisions: Mapping[int, Decision]
    """By person concerned."""
    seen: int
    permitted: bool = False
    persons: tuple[int, ...] = ()
    """Persons concerned, where nothing was decided about them."""


class Lines:
    """Writes audit lines and notices."""

    def __init__(self, ledger: Ledger, store: Store, ids: Ids, rules: Locality) -> None:
        """Append lines to `ledger`, keep notices in `store`; `rules` label sensitive looks."""
        self._rules = rules
        self._ledger = ledger
        self._store = store
        self._ids = ids

    async def write(self, request: Request, look: Look) -> None:
        """Write `look`; only when this has returned may anything be handed out.

        Who is to be told of it is told before, or as soon as a full disk has room again.
        Raises the ledger's error if the line can't be written: the look is then refused.
        """
        entry = line(self._ids.new(), request, look, looks.labels(request, self._rules.now.proxies))
        if entry.obligations and look.permitted and not TOLD.isdisjoint(entry.obligations):
            entry = await self._told(entry, look.decisions)
        await self._ledger.keep(entry)

    async def _told(self, entry: AuditEntry, decisions: Mapping[int, Decision]) -> AuditEntry:
        """Write the notices; return the line, which owes them if the disk is full."""
        obliged = {
            person: decision
            for person, decision in decisions.items()
            if not decision.obligations.isdisjoint(TOLD)
        }

        async def work(tx: Transaction) -> None:
            for person, decision in obliged.items():
                for notice in notices(entry, person, decision.obligations):
                    await tx.run("admission.add_notice", **notice)

        try:
            await self._store.transact(work)
        except FullError:
            return owing(entry)
        return entry


def line(id_: str, request: Request, look: Look, labels: tuple[str, ...] = ()) -> AuditEntry:
    """Return the audit line of `look`."""
    decisions = look.decisions.values()
    first = next(iter(decisions), UNDECIDED)
    epoch, obliged = first.epoch, first.obligations
    if len(decisions) > 1:
        epoch = max(decision.epoch for decision in decisions)
        obliged = obliged.union(*(decision.obligations for decision in decisions))
    outcome = "permit" if look.permitted else "deny"
    return structs.replace(
        _common(
            look.action,
            outcome,
            request.actor,
            request.purpose,
            request.reason,
            first.rank,
            first.because,
            first.policy_version,
        ),
        id=id_,
        at=request.at,
        persons=tuple(look.decisions) or look.persons or acted_for(request),
        what=look.what,
        epoch=epoch,
        labels=labels,
        obligations=_words(obliged) if obliged else (),
        seen=look.seen,
    )


@lru_cache(maxsize=1024)
def _common(  # noqa: PLR0913, PLR0917 - one by one, or each look would build tuples of them
    action: str,
    outcome: str,
    actor: Actor,
    purpose: Purpose,
    reason: Reason | None,
    rank: int,
    because: tuple[str, ...],
    policy_version: str,
) -> AuditEntry:
    """Return what is alike in many lines of one reader; all else is still to be filled in."""
    return AuditEntry(
        "",
        UNKNOWN,
        action,
        outcome,
        actor.user,
        actor.role.value,
        actor.organisation,
        purpose.value,
        rank=rank,
        because=because,
        reason=reason.text if reason else "",
        policy_version=policy_version,
    )


def acted_for(request: Request) -> tuple[int, ...]:
    """Return whom a proxy asks for: every line of theirs is about that person."""
    actor = request.actor
    return (actor.person,) if actor.role is Role.PROXY and actor.person is not None else ()


@lru_cache(maxsize=64)
def _words(obligations: frozenset[Obligation]) -> tuple[str, ...]:
    return tuple(sorted(obligation.value for obligation in obligations))
