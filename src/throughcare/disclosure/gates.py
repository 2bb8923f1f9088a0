"""One decision for a request: by person, and as the gate that goes into every query."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, partial
from typing import Final

import msgspec

from throughcare.actors import snapshots
from throughcare.consent.decide import Deciding, decide, decide_directory
from throughcare.consent.filing import FILE, without
from throughcare.consent.profile import Profile
from throughcare.consent.uses import supported
from throughcare.disclosure import files, optouts
from throughcare.disclosure.contexts import Contexts, Known
from throughcare.disclosure.files import Files
from throughcare.disclosure.rules import Rules
from throughcare.model.decision import Decision, Gate, Residual
from throughcare.model.directive import Told
from throughcare.model.entry import EntryClass
from throughcare.model.request import Request
from throughcare.record import Records
from throughcare.record.owners import Owners
from throughcare.store.protocol import Reader

KEPT = 512
"""Gates kept: one for each kind of request in use, until consent or classes change."""

_SNAPSHOTS: Final = 1 << 16
"""Signatures remembered of what is held: one takes a tenth of a millisecond to look at."""


def _believes(profile: Profile, told: Told) -> bool:
    """Tell whether a key that `profile` names for a node has signed what it told."""
    peer = profile.nodes.get(told.node)
    return peer is not None and _is_signed(told.text, peer.keys)


_is_signed = lru_cache(_SNAPSHOTS)(snapshots.is_signed)


class Ground(msgspec.Struct, frozen=True):
    """Everything that decisions of one request stand on."""

    request: Request
    known: Known
    classes: Mapping[int, EntryClass]
    gate: Gate
    ordinary: Decision
    """The decision for a person of whom nothing special is known."""
    decided: Mapping[int, Decision]
    """The decision for each person of whom there is."""
    profile: Profile
    cleared: Mapping[int, tuple[int, ...]] = {}
    """Where opt-outs bind: the ordinary persons who have not opted out, with their subjects."""
    of_cleared: Decision | None = None
    """The decision for each of them."""
    owners: Owners | None = None
    """Whose records the request names, where that was looked up before it was decided."""
    until: datetime | None = None
    """When it is to be decided anew, since what another node told is stale; None: never."""

    @property
    def is_open(self) -> bool:
        """False if this role may not ask for this purpose at all."""
        return self.ordinary.permitted or self.ordinary.rank != 0

    def is_over(self, request: Request) -> bool:
        """Tell whether this does not hold any more at the moment of `request`."""
        return self.until is not None and request.at >= self.until

    def of(self, request: Request) -> "Ground":
        """Return the same ground for another request of this kind."""
        return msgspec.structs.replace(self, request=request)

    def decision(self, person: int) -> Decision:
        """Return the decision about `person`."""
        decided = self.decided.get(person)
        if decided is not None:
            return decided
        if self.of_cleared is not None and person in self.cleared:
            return self.of_cleared
        if self.request.actor.person is None:
            return self.ordinary
        return decide(self.request, self.known.context(person), self.classes, self.profile)


class Gates:
    """Compiles decisions, and keeps the compiled ones while they hold."""

    def __init__(self, records: Records, contexts: Contexts, rules: Rules) -> None:
        """Decide by `rules` on what `contexts` knows."""
        self._records = records
        self._contexts = contexts
        self._rules = rules
        self._kept: OrderedDict[Hashable, Ground] = OrderedDict()

    def kept(self, request: Request, epoch: int, newest_class: int) -> Ground | None:
        """Return the ground of `request` if one is kept that stands on this epoch and class.

        None also where finding out needs a query (the actor's own person), or where the answer is
        a refusal, which has a line of its own.
        """
        if request.actor.person is not None:
            return None
        found = self._still((_kind(request), epoch, newest_class), request)
        return found.of(request) if found is not None and found.is_open else None

    def _still(self, key: Hashable, request: Request) -> Ground | None:
        """Return the ground that is kept under `key`, if it holds at the moment of `request`."""
        found = self._kept.get(key)
        return found if found is not None and not found.is_over(request) else None

    async def ground(self, reader: Reader, request: Request) -> Ground:
        """Return the ground of `request` in the snapshot of `reader`.

        An actor who is, or acts for, a person that was merged since is the survivor's.
        """
        if request.actor.person is None:
            ((epoch, newest_class),) = await reader.rows("disclosure.basis")
            key = (_kind(request), int(epoch or 0), int(newest_class or 0))
            kept = self._still(key, request)
            if kept is not None:
                return kept.of(request)
        request = await surviving(reader, request)
        classes = await self._records.classes(reader)
        known = await self._contexts.known(reader)
        key = (_kind(request), known.newest, max(classes, default=0))
        ground = self._still(key, request)
        if ground is None:
            ground = await self._compile(reader, request, known, classes)
            self._kept[key] = ground
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return ground.of(request)

    async def known(self, reader: Reader) -> Known:
        """Return what is known of people in the snapshot of `reader`."""
        return await self._contexts.known(reader)

    async def refresh(self, reader: Reader) -> None:
        """Have this process know the profile in force, though nobody asks it to decide."""
        await self._rules.of(reader, await self._contexts.newest(reader))

    async def holds(self, reader: Reader, ground: Ground) -> bool:
        """Tell whether `ground` stands on the consents and classes that `reader` sees."""
        newest = await self._contexts.newest(reader)
        classes = await self._records.classes(reader)
        return (newest, len(classes)) == (ground.known.newest, len(ground.classes))

    async def _compile(
        self,
        reader: Reader,
        request: Request,
        known: Known,
        classes: Mapping[int, EntryClass],
    ) -> Ground:
        profile = await self._rules.of(reader, known.newest)
        known = known.believed(partial(_believes, profile))
        deciding = Deciding(request, classes, profile)
        ordinary = deciding.about(known.context(0))
        residuals = {0: decide_directory(request, classes, profile)}
        residuals |= dict.fromkeys(known.waiting, Residual())
        bound = request.actor.person
        if bound is not None:
            decided = {bound: deciding.about(known.context(bound))}
            subjects = await _subjects(reader, bound)
            residuals |= dict.fromkeys(subjects, decided[bound].residual)
            gate = Gate(residuals, Residual())
            turn = known.next_turn(request.at)
            ground = Ground(request, known, classes, gate, ordinary, decided, profile, until=turn)
            return _under_documents(ground, {bound: subjects})
        decided = {}
        for person, context in known.people.items():
            if known.is_special(context):
                decided[person] = deciding.about(context)
            else:
                decided[person] = msgspec.structs.replace(ordinary, epoch=context.epoch)
            residuals |= dict.fromkeys(known.subjects[person], decided[person].residual)
        gate = Gate(residuals, ordinary.residual)
        turn = known.next_turn(request.at)
        ground = Ground(request, known, classes, gate, ordinary, decided, profile, until=turn)
        if supported(request, known.permits):
            return await self._under_opt_outs(reader, ground)
        return _under_documents(ground, known.subjects)

    async def _under_opt_outs(self, reader: Reader, ground: Ground) -> Ground:
        """Decide anew about those who have not opted out: all others stay as they were.

        Whoever came since, or whose number changed, is not among them and stays closed. Of whoever
        objected with a practice, files are decided by what points at them.
        """
        outs = await optouts.read(reader, self._records)
        known, decided = ground.known, dict(ground.decided)
        residuals = dict(ground.gate.residuals)
        cleared = {}
        deciding = Deciding(ground.request, ground.classes, ground.profile)
        whole = replace(known.context(0), cleared_until=outs.until)
        of_cleared = deciding.about(whole)
        for person, subjects in outs.cleared.items():
            context = outs.of(known.context(person))
            if context.objected or known.is_special(known.context(person)):
                decided[person] = deciding.about(context)
                residuals |= dict.fromkeys(subjects, decided[person].residual)
            else:
                cleared[person] = subjects
                if person in decided:
                    decided[person] = msgspec.structs.replace(of_cleared, epoch=context.epoch)
                residuals |= dict.fromkeys(subjects, of_cleared.residual)
        decided_anew = msgspec.structs.replace(
            ground,
            gate=Gate(residuals, ground.gate.others),
            decided=decided,
            cleared=cleared,
            of_cleared=of_cleared,
        )
        held = dict(known.files)
        for person in outs.objected.keys() & outs.cleared.keys() - held.keys():
            if _shows_files(decided[person], ground.classes):
                read = await files.read(self._records, reader, outs.cleared[person])
                held[person] = files.of_documents(read)
        everyone = {**outs.cleared, **known.subjects}
        return _under_documents(decided_anew, everyone, held)


def _shows_files(decision: Decision, classes: Mapping[int, EntryClass]) -> bool:
    """Tell whether a decision shows any file at all."""
    shown = {number for clause in decision.residual.clauses for number in clause.classes}
    return any(classes[number].type == FILE for number in shown)


def _under_documents(
    ground: Ground,
    subjects: Mapping[int, Iterable[int]],
    known: Mapping[int, Files] | None = None,
) -> Ground:
    """Return `ground` without the files of which a document that points at them is withheld.

    `known` are the files that are decided so: those of people whose own rules name documents, if
    nothing else is given.
    """
    known = ground.known.files if known is None else known
    if not known:
        return ground
    residuals, decided = dict(ground.gate.residuals), dict(ground.decided)
    for person, held in known.items():
        closed = files.withheld(held, ground.gate) if person in decided else frozenset()
        if closed:
            whole = decided[person]
            residual = without(whole.residual, ground.classes, closed)
            decided[person] = msgspec.structs.replace(whole, residual=residual)
            residuals |= dict.fromkeys(subjects[person], residual)
    gate = Gate(residuals, ground.gate.others)
    return msgspec.structs.replace(ground, gate=gate, decided=decided)


async def surviving(reader: Reader, request: Request) -> Request:
    """Return `request` with the actor's person, if it was merged since, as the survivor."""
    bound = request.actor.person
    if bound is None:
        return request
    rows = await reader.rows("disclosure.survivor", person=bound)
    survivor = int(rows[0][0] or 0) if rows else bound
    if survivor == bound:
        return request
    actor = replace(request.actor, person=survivor)
    return msgspec.structs.replace(request, actor=actor)


async def _subjects(reader: Reader, person: int) -> list[int]:
    rows = await reader.rows("disclosure.subjects_of_persons", persons=f"[{person}]")
    return [int(row[0] or 0) for row in rows]


def _kind(request: Request) -> Hashable:
    """Return what a decision depends on; of the time, the day and whether it is over."""
    reason = request.reason
    reasoned, code = (False, "") if reason is None else (bool(reason.text.strip()), reason.code)
    return (
        request.actor,
        request.purpose,
        request.relationship,
        request.permission,
        reasoned,
        code,
        request.day,
        request.until is not None and request.is_over,
    )
