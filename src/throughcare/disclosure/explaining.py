"""Why somebody may, or may not, see a record or one entry of it: decided, told, and audited.

Staff are told about their own request alone. The person and the privacy officer may also ask what
another reader would see. Nothing is disclosed here, so nobody is alerted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from msgspec import structs

from throughcare.consent import conflicts, explain, finding, wording
from throughcare.consent.decide import decide
from throughcare.consent.judging import Judge
from throughcare.disclosure import files
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.existence import UNKNOWN
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.lines import Look
from throughcare.fhir.nhs import NHS_NUMBER
from throughcare.identity import PersonIndex
from throughcare.kernel import BadInputError, DeniedError, NotFoundError
from throughcare.model.decision import Decision
from throughcare.model.entry import Stored
from throughcare.model.explanation import Audience, Explanation
from throughcare.model.person import PersonQuery
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)
from throughcare.record.entries import Candidate
from throughcare.record.gate import allows
from throughcare.store.protocol import Reader

ACTION: Final = "explain"
ENDS: Final = (
    "An earlier choice no longer holds. {} Ask the person; to keep it, record it again with the "
    "date of today."
)
LEAVES: Final = "An earlier choice still holds. {} Ask the person; to open it, name what it names."
_NO_PATIENT: Final = UNKNOWN.format(type="Patient")


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A reader who does not ask, but might."""

    role: Role
    purpose: Purpose
    organisation: str = ""
    user: str = ""
    relationship: Relationship = Relationship.YES
    permission: Permission = Permission.GIVEN
    reason: Reason | None = None

    def of(self, request: Request, person: int) -> Request:
        """Return the request that this reader would make at the same moment."""
        bound = person if self.role in {Role.PATIENT, Role.PROXY} else None
        actor = Actor(self.user, self.role, self.organisation, "explained", bound)
        return Request(
            actor, self.purpose, request.at, self.relationship, self.permission, self.reason
        )


def audience_of(request: Request, person: int) -> Audience:
    """Return as whom the asker is told of decisions about `person`."""
    actor = request.actor
    if actor.role is Role.PRIVACY_OFFICER:
        return "privacy-officer"
    own = actor.role is Role.PATIENT and actor.person == person
    return "person" if own else "staff"


def told(
    ground: Ground, decision: Decision, request: Request, person: int, names: Mapping[str, str]
) -> Explanation:
    """Return `decision` about `request`, as the asker of `ground` is told of it."""
    audience = audience_of(ground.request, person)
    directives = ground.known.context(person).directives
    nodes = {id_: peer.name for id_, peer in ground.profile.nodes.items()}
    return explain.explanation(
        decision, request, ground.profile, audience, directives=directives, names={**nodes, **names}
    )


class Explaining:
    """Explains decisions about one person."""

    def __init__(self, door: Disclosure, persons: PersonIndex) -> None:
        """Stand on `door`."""
        self._door = door
        self._persons = persons

    async def of_patient(
        self, request: Request, patient: str, entry: str = "", other: Hypothesis | None = None
    ) -> Explanation:
        """Explain what the asker, or `other`, may see of the person of Patient `patient`.

        With `entry` (``Type/id``) it is about that entry. Raises NotFoundError, audited, for a
        Patient or entry that is hidden or unknown, DeniedError where the asker may not ask this.
        """
        async with self._door.rooms.store.snapshot() as reader:
            ground = await self._door.ground(reader, request)
            found = await self._visible(reader, ground, f"Patient/{patient}")
            if found.person is None:
                raise NotFoundError(_NO_PATIENT)
            return await self._explain(reader, ground, found.person, entry, other)

    async def of_number(self, request: Request, identifier: str) -> Explanation:
        """Explain the asker's own request about the person with an NHS number, ``system|value``.

        Whoever may look people up may ask this, also where the record is withheld: as on the
        pages, that the person is known is no secret from them (ADR 0012). Raises NotFoundError
        where there is no such person, DeniedError, audited, for who may not look people up.
        """
        system, _, number = identifier.partition("|")
        if system != NHS_NUMBER or not number:
            message = f"Ask by {NHS_NUMBER}|NUMBER, or by the id of a Patient."
            raise BadInputError(message, place="identifier")
        async with self._door.rooms.store.snapshot() as reader:
            ground = await self._door.ground(reader, request)
            what = "Patient/$explain-access?identifier"
            await self._door.permit(request, finding.refusal(request, ground.profile), what)
            found = await self._persons.find(reader, PersonQuery(nhs_number=number))
            if not found.persons:
                await self._door.lines.write(request, Look(ACTION, what, {}, 0, permitted=False))
                raise NotFoundError(_NO_PATIENT)
            return await self._explain(reader, ground, found.persons[0], "", None)

    async def met(self, request: Request, consent: Stored) -> tuple[str, ...]:
        """Return what a Consent that was just written ends, or leaves closed, each a sentence.

        Of earlier Consents those alone that the asker may see: of the others the person is told
        on their page. What is told is a line.
        """
        name = f"{consent.type}/{consent.id}"
        async with self._door.rooms.store.snapshot() as reader:
            ground = await self._door.gates.ground(reader, request)
            if not ground.is_open:  # who may write and not read is told nothing, and not refused
                return ()
            found: list[str] = []
            for person in await self._persons.persons_of(reader, [consent.subject]):
                directives = ground.known.context(person).directives
                told = [
                    text.format(wording.sentence(each.rule, {}))
                    for text, meet in ((ENDS, conflicts.ended), (LEAVES, conflicts.unopened))
                    for each in meet(directives, name)
                    if await self._may_see(reader, ground, each.consent)
                ]
                if told:
                    decision = structs.replace(ground.decision(person), obligations=frozenset())
                    look = Look(ACTION, name, {person: decision}, len(told), permitted=True)
                    await self._door.lines.write(request, look)
                found += told
            return tuple(found)

    async def _may_see(self, reader: Reader, ground: Ground, name: str) -> bool:
        type_, _, id_ = name.partition("/")
        found = await self._door.rooms.records.candidate(reader, type_, id_)
        return found is not None and allows(ground.gate, found.seen)

    async def _explain(
        self,
        reader: Reader,
        ground: Ground,
        person: int,
        entry: str,
        other: Hypothesis | None,
    ) -> Explanation:
        asker = ground.request
        subject = await self._asked(ground, person, other)
        context = ground.known.context(person)
        decision = (
            decide(subject, context, ground.classes, ground.profile)
            if other
            else ground.decision(person)
        )
        what = entry or f"person {subject.actor.role.value} {subject.purpose.value}"
        if entry:
            found = await self._visible(reader, ground, entry)
            if found.person != person:
                await self._refuse(ground, entry)
            judge = Judge(subject, context, ground.profile)
            held = ground.known.files.get(person, files.NONE)
            outcome = files.judged(judge, ground.classes, found.seen, held)
            decision = structs.replace(
                decision,
                permitted=outcome.permit,
                rank=outcome.rank,
                because=outcome.because,
                code=outcome.code,
            )
        decision = structs.replace(decision, obligations=frozenset())
        look = Look(ACTION, what, {person: decision}, 0, permitted=True)
        await self._door.lines.write(asker, look)
        return told(ground, decision, subject, person, {})

    async def _asked(self, ground: Ground, person: int, other: Hypothesis | None) -> Request:
        """Return the request to explain. Raises DeniedError, audited, for another's to staff."""
        if other is None:
            return ground.request
        if audience_of(ground.request, person) == "staff":
            look = Look(ACTION, "another reader", {}, 0, permitted=False, persons=(person,))
            await self._door.lines.write(ground.request, look)
            message = (
                "Only the person and the privacy officer ask what another reader may see. "
                "Leave role and purpose out to ask about your own request."
            )
            raise DeniedError(message)
        return other.of(ground.request, person)

    async def _visible(self, reader: Reader, ground: Ground, name: str) -> Candidate:
        """Return an entry that the asker may see. Raises NotFoundError, audited."""
        type_, _, id_ = name.partition("/")
        found = await self._door.rooms.records.candidate(reader, type_, id_)
        if found is None or not allows(ground.gate, found.seen):
            await self._refuse(ground, name)
        return found

    async def _refuse(self, ground: Ground, name: str) -> NoReturn:
        await self._door.lines.write(ground.request, Look(ACTION, name, {}, 0, permitted=False))
        raise NotFoundError(UNKNOWN.format(type=name.partition("/")[0]))
