"""Systems that hand over by a key of their own: who they are, what becomes of what they send."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

import msgspec

from throughcare.admission import handing
from throughcare.admission.outcome import Outcome, Result
from throughcare.admission.rehearsing import REFUSED
from throughcare.app.node import Node
from throughcare.app.senders import Senders, deliveries
from throughcare.consent.strictness import EVERY_OTHER
from throughcare.intake import mappings, read
from throughcare.kernel import BadInputError
from throughcare.model.rehearsal import Finding, Rules
from throughcare.model.request import Actor, Role
from throughcare.model.source import Delivery, Source, Standing
from throughcare.model.submission import Place, Rejection, Remark, Submission
from throughcare.store.protocol import Transaction
from throughcare.summary.words import sentence_case
from throughcare.web.ports import Session

AT_ONCE: Final = 64
"""Submissions under way together: they share commits."""
MOST_FINDINGS: Final = 10
"""Refusals that are kept of a delivery; the others are counted."""
_MEND: Final = "Correct it at its source and send it again."
_ENDING: Final = re.compile(r"\.(?:json|ndjson|xml|hl7|er7|csv|txt)(?:\.gz)?\Z", re.IGNORECASE)
_AGAIN: Final = "Send a message, bundle or table that the page to try files recognises."


class SourcesOf:
    """Implements `throughcare.web.source_ports.SourceNode` for a node."""

    def __init__(self, node: Node) -> None:
        """Take what is handed over to `node`."""
        self._node, self._senders = node, Senders(node)

    async def sources(self, session: Session) -> Sequence[Standing]:
        """Return every source and how it is getting on."""
        return await self._senders.all(session.actor)

    async def add(self, session: Session, source: Source) -> str:
        """Add a source and return its key."""
        return await self._senders.add(session.actor, source)

    async def renew(self, session: Session, name: str) -> tuple[Source, str]:
        """Return a source and a new key of it."""
        return await self._senders.renew(session.actor, name)

    async def close(self, session: Session, name: str) -> None:
        """Take the key of a source away."""
        await self._senders.close(session.actor, name)

    async def standing(self, key: str) -> Standing:
        """Return how the source of a key is getting on."""
        async with self._node.store.snapshot() as reader:
            source = await self._node.sources.by_key(reader, key)
            found = (await deliveries(reader)).get(source.name)
        return replace(found, source=source) if found else Standing(source)

    async def rules(self, session: Session | None, key: str) -> Rules:
        """Return by what a file of whoever asks is tried."""
        profile = self._node.profile
        if key:
            source = (await self.standing(key)).source
            asked = profile.strictness(source.name)
            own = tuple(filter(None, [source.mapping]))
            return Rules(own, asked.faulty, asked.profiles, source.name, source.organisation)
        if session is None or session.actor.role is not Role.IT_LEAD:
            return Rules()
        known = [each.source.mapping for each in await self.sources(session)]
        asked = profile.strictness(EVERY_OTHER)
        return Rules(tuple(filter(None, known)), asked.faulty, asked.profiles)

    async def hand_over(self, key: str, name: str, data: bytes) -> Delivery:
        """Admit what a system sent: each message, bundle or row is stored whole or refused."""
        source = (await self.standing(key)).source
        taking = _Taking(self._node, source)
        delivery = await taking.take(name, data)
        await self._node.store.transact(lambda tx: _keep(tx, source, delivery))
        return delivery

    async def told(self, key: str) -> dict[str, Any]:
        """Return how the source of a key is getting on, as JSON values."""
        standing = await self.standing(key)
        return {
            "source": standing.source.name,
            "organisation": standing.source.organisation,
            "first": standing.first.isoformat() if standing.first else None,
            "last": msgspec.to_builtins(standing.last),
        }


@dataclass(slots=True)
class _Taking:
    """One delivery, while it is taken."""

    node: Node
    source: Source
    counts: Counter[Result] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def _by(self) -> Actor:
        name = self.source.name
        return Actor(f"source:{name}", Role.IT_LEAD, self.source.organisation, client=name)

    async def take(self, name: str, data: bytes) -> Delivery:
        """Admit every unit, in batches that share commits.

        Raises OverloadedError where the node can't take more at the moment: what was stored stays,
        and to send it again adds nothing.
        """
        units = self._units(name, data)
        while batch := tuple(islice(units, AT_ONCE)):
            done = await asyncio.gather(*map(self._one, batch), return_exceptions=True)
            for failure in filter(None, done):
                raise failure
        return Delivery(
            self.node.clock.now(),
            self.counts[Result.STORED],
            self.counts[Result.KNOWN],
            self.counts[Result.REJECTED],
            tuple(self.findings),
        )

    def _units(self, name: str, data: bytes) -> Iterator[Submission | Rejection]:
        """Yield what a file holds. What is no feed at all is one refusal."""
        file = _file(self.source, name)
        try:
            text = handing.as_json(data)
        except BadInputError as error:
            yield Rejection(Place(file, error.place or ""), error.message, _MEND)
            return
        own = mappings([self.source.mapping] if self.source.mapping else [])
        why, found = "There is nothing in it.", False
        for unit in read(file, text, source=self.source.name, mappings=own):
            if isinstance(unit, Remark):
                why = f"{sentence_case(unit.text)}."
                continue
            found = True
            yield handing.own(unit, self.source) if isinstance(unit, Submission) else unit
        if not found:
            yield Rejection(Place(file), why, _AGAIN)

    async def _one(self, unit: Submission | Rejection) -> None:
        if isinstance(unit, Rejection):
            if unit.of_consent:
                await self.node.admission.call_for_help(unit, self._by)
            self._refuse(unit)
            return
        outcome: Outcome = await self.node.admission.admit(unit, self._by)
        refused = outcome.rejection or unit.stands_for
        if refused is not None:
            self._refuse(refused)
        else:
            self.counts[outcome.result] += 1

    def _refuse(self, rejection: Rejection) -> None:
        self.counts[Result.REJECTED] += 1
        if len(self.findings) < MOST_FINDINGS:
            place = rejection.place.at or "the whole file"
            self.findings.append(Finding(REFUSED, place, rejection.rule, rejection.remedy))


def _file(source: Source, name: str) -> str:
    """Return how places call what a source sent: of its own name no more than the ending.

    A name may say whose file it is, and places stand in the ledger and in tasks.
    """
    found = _ENDING.search(name)
    return f"{source.name}{found[0].lower() if found else ''}"


async def _keep(tx: Transaction, source: Source, delivery: Delivery) -> None:
    at = delivery.at.isoformat()
    await tx.run(
        "admission.delivered",
        source=source.name,
        first=at if delivery.taken else None,
        at=at,
        stored=delivery.stored,
        known=delivery.known,
        refused=delivery.refused,
        findings=msgspec.json.encode(delivery.findings).decode(),
    )
