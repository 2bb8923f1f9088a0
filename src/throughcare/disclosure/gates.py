"""One decision for a request: by person, and as the gate that goes into every query."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import replace

import msgspec

from throughcare.consent.decide import decide, decide_directory
from throughcare.consent.profile import Profile
from throughcare.disclosure.contexts import Contexts, Known
from throughcare.model.decision import Decision, Gate, Residual
from throughcare.model.directive import PersonContext
from throughcare.model.entry import EntryClass
from throughcare.model.request import Request
from throughcare.record import Records
from throughcare.store.protocol import Reader

KEPT = 512
"""Gates kept: one for each kind of request in use, until consent or classes change."""


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

    @property
    def is_open(self) -> bool:
        """False if this role may not ask for this purpose at all."""
        return self.ordinary.permitted or self.ordinary.rank != 0

    def of(self, request: Request) -> "Ground":
        """Return the same ground for another request of this kind."""
        return msgspec.structs.replace(self, request=request)

    def decision(self, person: int) -> Decision:
        """Return the decision about `person`."""
        decided = self.decided.get(person)
        if decided is not None:
            return decided
        if self.request.actor.person is None:
            return self.ordinary
        return decide(self.request, self.known.context(person), self.classes, self.profile)


class Gates:
    """Compiles decisions, and keeps the compiled ones while they hold."""

    def __init__(self, records: Records, contexts: Contexts, profile: Profile) -> None:
        """Decide by `profile` on what `contexts` knows."""
        self._records = records
        self._contexts = contexts
        self._profile = profile
        self._kept: OrderedDict[Hashable, Ground] = OrderedDict()

    def kept(self, request: Request, epoch: int, newest_class: int) -> Ground | None:
        """Return the ground of `request` if one is kept that stands on this epoch and class.

        None also where finding out needs a query (the actor's own person), or where the answer is
        a refusal, which has a line of its own.
        """
        if request.actor.person is not None:
            return None
        found = self._found(request, epoch, newest_class)
        return found.of(request) if found is not None and found.is_open else None

    def _found(self, request: Request, epoch: int, newest_class: int) -> Ground | None:
        return self._kept.get((_kind(request), epoch, newest_class))

    async def ground(self, reader: Reader, request: Request) -> Ground:
        """Return the ground of `request` in the snapshot of `reader`.

        An actor who is, or acts for, a person that was merged since is the survivor's.
        """
        if request.actor.person is None:
            ((epoch, newest_class),) = await reader.rows("disclosure.basis")
            kept = self._found(request, int(epoch or 0), int(newest_class or 0))
            if kept is not None:
                return kept.of(request)
        request = await surviving(reader, request)
        classes = await self._records.classes(reader)
        known = await self._contexts.known(reader)
        key = (_kind(request), known.newest, max(classes, default=0))
        ground = self._kept.get(key)
        if ground is None:
            ground = await self._compile(reader, request, known, classes)
            self._kept[key] = ground
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return ground.of(request)

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
        ordinary = decide(request, PersonContext(0), classes, self._profile)
        residuals = {0: decide_directory(request, classes, self._profile)}
        residuals |= dict.fromkeys(known.waiting, Residual())
        bound = request.actor.person
        if bound is not None:
            decision = decide(request, known.context(bound), classes, self._profile)
            subjects = await _subjects(reader, bound)
            residuals |= dict.fromkeys(subjects, decision.residual)
            gate = Gate(residuals, Residual())
            decided = {bound: decision}
            return Ground(request, known, classes, gate, ordinary, decided, self._profile)
        decided = {}
        for person, context in known.people.items():
            decided[person] = self._decide(request, context, classes, ordinary)
            residuals |= dict.fromkeys(known.subjects[person], decided[person].residual)
        gate = Gate(residuals, ordinary.residual)
        return Ground(request, known, classes, gate, ordinary, decided, self._profile)

    def _decide(
        self,
        request: Request,
        context: PersonContext,
        classes: Mapping[int, EntryClass],
        ordinary: Decision,
    ) -> Decision:
        """Decide about one person; whoever said nothing and is not restricted is like all."""
        if context == PersonContext(context.person, epoch=context.epoch):
            return replace(ordinary, epoch=context.epoch)
        return decide(request, context, classes, self._profile)


async def surviving(reader: Reader, request: Request) -> Request:
    """Return `request` with the actor's person, if it was merged since, as the survivor."""
    bound = request.actor.person
    if bound is None:
        return request
    rows = await reader.rows("disclosure.survivor", person=bound)
    survivor = int(rows[0][0] or 0) if rows else bound
    if survivor == bound:
        return request
    return replace(request, actor=replace(request.actor, person=survivor))


async def _subjects(reader: Reader, person: int) -> list[int]:
    rows = await reader.rows("disclosure.subjects_of_persons", persons=f"[{person}]")
    return [int(row[0] or 0) for row in rows]


def _kind(request: Request) -> Hashable:
    """Return what a decision depends on; of the time, the day and whether it is over."""
    reasoned = bool(request.reason and request.reason.text.strip())
    code = request.reason.code if request.reason else ""
    return (
        request.actor,
        request.purpose,
        request.relationship,
        request.permission,
        reasoned,
        code,
        request.at.date(),
        request.is_over,
    )
