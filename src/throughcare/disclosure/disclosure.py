"""The door out for FHIR: read, history, search and the whole record of a person."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, NoReturn

from msgspec import structs

from throughcare.audit.ledger import Ledger
from throughcare.consent import explain
from throughcare.consent.acting import CLOSED
from throughcare.consent.locality import Locality
from throughcare.consent.profile import Profile
from throughcare.disclosure.answer import Answer
from throughcare.disclosure.calling import Calling
from throughcare.disclosure.contexts import Contexts
from throughcare.disclosure.existence import unseen
from throughcare.disclosure.following import Following, asker
from throughcare.disclosure.gates import Gates, Ground
from throughcare.disclosure.history import page, within
from throughcare.disclosure.lines import Lines, Look, acted_for
from throughcare.disclosure.links import persons, siblings
from throughcare.disclosure.masking import Masking, classes_of
from throughcare.disclosure.rules import Rules
from throughcare.disclosure.warnings import PER_SECTION, patient_of, sections, warning
from throughcare.fhir.histories import Span
from throughcare.fhir.terms import Criterion, Query, parameters
from throughcare.kernel import (
    DeniedError,
    GoneError,
    Ids,
    NotFoundError,
)
from throughcare.model.decision import Decision, Gate, Obligation, Residual
from throughcare.model.entry import EntryClass, Stored
from throughcare.model.request import Request, Role
from throughcare.record import Records
from throughcare.record.entries import Absent, Candidate
from throughcare.record.gate import allows
from throughcare.record.owners import Owners
from throughcare.store.protocol import Reader, Store

LOCATING: Final = ("address", "telecom", "phone", "email", "general-practitioner", "organization")
"""Words in the search parameters that speak of where a person is (uk.md, restricted people)."""

Redacts = Callable[[Reader, Stored], Awaitable[bool]]
"""Tells whether somebody is shown an entry with parts left out."""

Seeks = Callable[[Query], Gate]
"""Tells within what a condition is looked up."""

Holds = Callable[[Reader], Awaitable[bool]]
"""Tells whether a decision stands on what a reader sees, and on nothing older."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the way out works with; handed in by `app`, once."""

    store: Store
    records: Records
    ledger: Ledger
    rules: Locality
    ids: Ids

    @property
    def profile(self) -> Profile:
        """Return the newest profile that this process has seen."""
        return self.rules.now


class Disclosure:
    """Lets out what consent permits, and writes every look down first."""

    def __init__(self, rooms: Rooms) -> None:
        """Stand on `rooms`."""
        self.rooms = rooms
        self.gates = Gates(rooms.records, Contexts(rooms.records), Rules(rooms.rules))
        self.following = Following(rooms.records)
        self.lines = Lines(rooms.ledger, rooms.store, rooms.ids, rooms.rules)
        self.calling = Calling(rooms.store)

    async def read(self, request: Request, type_: str, id_: str) -> Stored:
        """Return the current version. Raises NotFoundError (hidden or unknown) or GoneError."""
        what = f"{type_}/{id_}"
        async with self.rooms.store.snapshot() as reader:
            ground, found = await self._met(reader, request, type_, id_)
            if found is None:
                await self.refuse(reader, ground, "read", what)
            if isinstance(found, Absent):
                gone = await self.rooms.records.read(reader, type_, id_, ground.gate)
                return await self.one(reader, ground, gone, "read", what)
            stored = await self.rooms.records.stored(reader, found, ground.gate)
            masking = Masking(self.rooms.records, reader, ground)
            shown = stored if masking.leaves(stored) else (await masking.clean((stored,)))[0]
            await self.lines.write(
                request, Look("read", what, told(ground, found), 1, permitted=True)
            )
            return shown

    async def version(self, request: Request, type_: str, id_: str, version: int) -> Stored:
        """Return one version. Raises NotFoundError (hidden or unknown) or GoneError."""
        async with self.rooms.store.snapshot() as reader:
            what = f"{type_}/{id_}/_history/{version}"
            ground, newest = await self._met(reader, request, type_, id_)
            if newest is None:
                await self.refuse(reader, ground, "vread", what)
            found = await self.rooms.records.version(reader, type_, id_, version, ground.gate)
            return await self.one(reader, ground, found, "vread", what)

    async def history(self, request: Request, type_: str, id_: str, span: Span) -> Answer:
        """Return visible versions of `span`, newest first, and how many it has.

        Raises NotFoundError where there is no visible version at all.
        """
        async with self.rooms.store.snapshot() as reader:
            ground, newest = await self._met(reader, request, type_, id_)
            if newest is None:
                await self.refuse(reader, ground, "history", f"{type_}/{id_}")
            versions = await self.rooms.records.history(reader, type_, id_, ground.gate)
            asked, next_ = page(versions, span)
            if not versions:
                await self.refuse(reader, ground, "history", f"{type_}/{id_}")
            answer = await self.answer(reader, ground, asked, "history", f"{type_}/{id_}")
            return replace(answer, next=next_, total=len(within(versions, span)))

    async def changes(self, request: Request, type_: str, span: Span) -> Answer:
        """Return visible versions of `span` of a type, of all types if it is "", newest first."""
        async with self.rooms.store.snapshot() as reader:
            ground = await self.ground(reader, request)
            found, next_ = await self.rooms.records.feed(reader, type_, span, ground.gate)
            answer = await self.answer(
                reader, ground, found, "history", f"{type_}/_history".lstrip("/")
            )
            return replace(answer, next=next_)

    async def search(self, request: Request, query: Query) -> Answer:
        """Return one page of what matches and may be seen; totals are of what may be seen."""
        async with self.rooms.store.snapshot() as reader:
            known = await self.rooms.records.owners(reader, query)
            ground = await self._ground_of(reader, request, known)
            gate = unlocated(ground) if asks_location(query) else ground.gate
            after = await self.following.place(reader, ground, query.after)
            by = asker(request.actor, request.purpose)
            page = await self.rooms.records.search(
                reader, replace(query, asker=by, after=after), gate, known=known
            )
            what = f"{query.type}?{','.join(sorted(names(query)))}"
            found = (*page.entries, *page.included)
            answer = await self.answer(reader, ground, found, "search", what)
            count = len(page.entries)
            return Answer(
                answer.entries[:count],
                answer.entries[count:],
                total=page.total,
                next=await self.following.link(reader, ground, page.next, answer.persons),
                warning=await self._warned_of_search(reader, ground, query),
                plan=page.plan,
            )

    async def sight(self, request: Request) -> tuple[Gate, Redacts, Holds, Seeks]:
        """Return what this request may see, for a write that must not touch anything else.

        And the question whether it is shown an entry with parts left out: such a copy is not
        taken back, by whatever way it comes (consent.md, writes). Both are of one snapshot, and
        never of a transaction, since what is decided is kept; so the third is the question
        whether they still hold in a transaction. Raises DeniedError, audited, if this role may
        not ask for this purpose at all.
        """
        async with self.rooms.store.snapshot() as reader:
            ground = await self.ground(reader, request)

        async def redacts(reader: Reader, found: Stored) -> bool:
            cleaned = await Masking(self.rooms.records, reader, ground).clean([found])
            return cleaned[0].body != found.body

        async def holds(reader: Reader) -> bool:
            return await self.gates.holds(reader, ground)

        def seeks(query: Query) -> Gate:
            return unlocated(ground) if asks_location(query) else ground.gate

        return ground.gate, redacts, holds, seeks

    async def refresh(self) -> None:
        """Have this process know the profile in force, though nobody asks it to decide."""
        async with self.rooms.store.snapshot() as reader:
            await self.gates.refresh(reader)

    async def ground(self, reader: Reader, request: Request) -> Ground:
        """Decide. Raises DeniedError, audited, if this role may not ask for this purpose at all."""
        ground = await self.gates.ground(reader, request)
        if not ground.is_open:
            await self.lines.write(request, Look("refused", "", {}, 0, permitted=False))
            message = explain.explain(ground.ordinary, request, ground.profile, "staff")
            raise DeniedError(message)
        for person in acted_for(ground.request):
            await self.calling.for_(ground.request, person, ground.decision(person))
        return ground

    async def _met(
        self, reader: Reader, request: Request, type_: str, id_: str
    ) -> tuple[Ground, Candidate | Absent | None]:
        """Return the ground of a request about one id, and what stands there.

        None for what never was, and after the same steps for what may not be seen, so that time
        does not tell one from the other. What was deleted and may be known of is `Absent`.
        """
        found = await self.rooms.records.standing(reader, type_, id_)
        kept = self.gates.kept(request, found.epoch, found.newest_class)
        ground = kept or await self.ground(reader, request)
        shown = allows(ground.gate, found.seen)
        return ground, found if shown and found.is_here else None

    async def _ground_of(self, reader: Reader, request: Request, known: Owners | None) -> Ground:
        """Decide, as `ground` does, where it may be `known` whose records are asked about."""
        if known is None:
            return await self.ground(reader, request)
        kept = self.gates.kept(request, known.epoch, known.newest_class)
        return structs.replace(kept or await self.ground(reader, request), owners=known)

    async def entitle(self, ground: Ground, person: int, what: str) -> None:
        """Let a proxy go on who may see something of `person` today, and everybody else.

        Raises NotFoundError, audited, without a grant, and in the same words under a hold;
        DeniedError, audited, where a right is suspended.
        """
        request = ground.request
        if request.actor.role is not Role.PROXY:
            return
        decision = ground.decision(person)
        if decision.code not in CLOSED:
            return
        look = Look("refused", what, {person: decision}, 0, permitted=False)
        await self.lines.write(request, look)
        message = explain.explain(decision, request, ground.profile, "staff")
        if message == explain.NO_RIGHT:
            raise NotFoundError(message)
        raise DeniedError(message)

    async def permit(self, request: Request, refusal: str, what: str) -> None:
        """Raise DeniedError, audited, if there is a `refusal` of what is asked for."""
        if refusal:
            await self.lines.write(request, Look("refused", what, {}, 0, permitted=False))
            raise DeniedError(refusal)

    async def answer(
        self, reader: Reader, ground: Ground, found: Sequence[Stored], action: str, what: str
    ) -> Answer:
        """Clean what was `found`, write the look, and only then return it."""
        cleaned = await Masking(self.rooms.records, reader, ground).clean(found)
        decisions = await self.decisions(reader, ground, found)
        look = Look(action, what, decisions, len(found), permitted=True)
        await self.lines.write(ground.request, look)
        return Answer(cleaned, warning=self.warning(ground), persons=tuple(decisions))

    async def decisions(
        self, reader: Reader, ground: Ground, found: Sequence[Stored]
    ) -> dict[int, Decision]:
        """Return the decision about each person that `found` speaks of.

        With an alert where one of the entries calls for it.
        """
        subjects = {entry.subject for entry in found} - {0}
        classes = set(classes_of(found))
        people = None if ground.owners is None else ground.owners.of(subjects)
        if people is None:
            people = await persons(reader, subjects)
        return {person: alerted(ground, ground.decision(person), classes) for person in people}

    async def warned(self, reader: Reader, ground: Ground, subjects: Sequence[int]) -> str:
        """Return what an answer about a whole record, of `subjects`, says of withheld content.

        The locality's sentence, alike for everybody, unless it warns by section.
        """
        said = self.warning(ground)
        if not said or ground.profile.warnings != PER_SECTION:
            return said
        kinds: set[str] = set()
        for person in await persons(reader, set(subjects)):
            kinds |= await sections(self.rooms.records, reader, ground, person, subjects)
        return warning(said, sorted(kinds))

    async def _warned_of_search(self, reader: Reader, ground: Ground, query: Query) -> str:
        """Return what an answer to a search says: by section where it is in one person's record.

        Whose Patient they see; else the same sentence, whoever it is and whether they are here.
        """
        said = self.warning(ground)
        id_ = patient_of(query) if said and ground.profile.warnings == PER_SECTION else ""
        patient = id_ and await self.rooms.records.read(reader, "Patient", id_, ground.gate)
        if not patient or patient.deleted:
            return said
        types = {each.type for each in query.each()}
        return await self.warned_of(reader, ground, patient.subject, types)

    async def warned_of(
        self, reader: Reader, ground: Ground, subject: int, types: Collection[str]
    ) -> str:
        """Return what an answer says that shows entries of `types` of one person, of `subject`."""
        said = self.warning(ground)
        if not said or ground.profile.warnings != PER_SECTION:
            return said
        kinds: set[str] = set()
        subjects = await siblings(reader, {subject})
        for person in await persons(reader, {subject}):
            kinds |= await sections(
                self.rooms.records, reader, ground, person, subjects, types=types
            )
        return warning(said, sorted(kinds))

    def warning(self, ground: Ground) -> str:
        """Return the locality's sentence about withheld content, if it wants one on answers."""
        if Obligation.WARN in ground.ordinary.obligations:
            return ground.profile.sentence
        return ""

    async def refuse(self, reader: Reader, ground: Ground, action: str, what: str) -> NoReturn:
        """Write down that ``Type/id`` was not shown, and raise what the asker is told.

        NotFoundError, or DeniedError where the locality discloses that there is one.
        """
        name = "/".join(what.split("/")[:2])
        error, persons = await unseen(self.rooms.records, reader, ground, name)
        look = Look(action, what, {}, 0, permitted=False, persons=persons)
        await self.lines.write(ground.request, look)
        raise error

    async def one(
        self, reader: Reader, ground: Ground, found: Stored | None, action: str, what: str
    ) -> Stored:
        """Write the look at one entry and return it, cleaned.

        Raises what `refuse` raises where nothing was found, GoneError for a deletion.
        """
        if found is None:
            await self.refuse(reader, ground, action, what)
        answer = await self.answer(reader, ground, [found], action, what)
        if found.deleted:
            message = "This resource was deleted. Its earlier versions are in its history."
            raise GoneError(message)
        return answer.entries[0]


def told(ground: Ground, found: Candidate) -> dict[int, Decision]:
    """Return the decision about the person of `found`, with an alert if it calls for one."""
    if found.person is None:
        return {}
    decision = ground.decision(found.person)
    if found.seen.cls in decision.alert_on:
        decision = structs.replace(decision, obligations=decision.obligations | {Obligation.ALERT})
    return {found.person: decision}


def alerted(ground: Ground, decision: Decision, shown: Collection[EntryClass]) -> Decision:
    """Return `decision` with an alert if one of the classes `shown` calls for it."""
    if not any(ground.classes[number] in shown for number in decision.alert_on):
        return decision
    return structs.replace(decision, obligations=decision.obligations | {Obligation.ALERT})


def asks_location(query: Query) -> bool:
    """Tell whether a search, or its order, could tell where somebody lives or who their GP is."""
    if _speaks(query.self_link.lower()) or any(_speaks(each.param) for each in query.includes):
        return True
    # What a compartment asks stands in no link.
    return any(_locates(criterion) for one in query.each() for criterion in one.where)


@lru_cache(maxsize=4096)
def _locates(criterion: Criterion) -> bool:
    return any(map(_speaks, parameters((criterion,))))


def _speaks(text: str) -> bool:
    return any(word in text for word in LOCATING)


def unlocated(ground: Ground) -> Gate:
    """Return the gate for such a search: a restricted person is not there at all (PDS does so)."""
    if ground.request.actor.role is Role.PATIENT:
        return ground.gate
    hidden = dict.fromkeys(ground.known.restricted_subjects, Residual())
    return replace(ground.gate, residuals={**ground.gate.residuals, **hidden})


def names(query: Query) -> set[str]:
    """Return the parameters of a search, never their values."""
    return {part.partition("=")[0] for part in query.self_link.split("&") if part}
