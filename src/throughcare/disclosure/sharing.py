"""What a person's choices come to: the switches as they stand, and what each reader would see."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from throughcare.consent.choices import SWITCHES, Switch, closing, is_shared
from throughcare.consent.decide import decide
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.lines import Look
from throughcare.disclosure.people import NO_PERSON
from throughcare.identity import PersonIndex
from throughcare.kernel import DeniedError, NotFoundError
from throughcare.model.directive import Directive, PersonContext, Rule
from throughcare.model.entry import Category, EntryClass
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)

READERS: Final = (
    ("An ambulance crew in an emergency", Role.PARAMEDIC, Purpose.ETREAT, Permission.UNABLE),
    ("A hospital nurse who asked you", Role.NURSE, Purpose.TREAT, Permission.GIVEN),
    ("Your GP practice", Role.GP, Purpose.TREAT, Permission.GIVEN),
    ("A social worker", Role.SOCIAL_WORKER, Purpose.CAREMGT, Permission.GIVEN),
    ("A care assistant", Role.CARE_ASSISTANT, Purpose.CAREMGT, Permission.GIVEN),
    ("A receptionist", Role.RECEPTIONIST, Purpose.TREAT, Permission.GIVEN),
    ("A researcher", Role.RESEARCHER, Purpose.HRESCH, Permission.NOT_ASKED),
)

KINDS: Final = {
    "allergies": EntryClass("AllergyIntolerance", Category.ALLERGY, critical=True),
    "emergency plans": EntryClass("CarePlan", Category.PLAN, critical=True),
    "conditions": EntryClass("Condition", Category.CONDITION),
    "dementia": EntryClass("Condition", Category.FUNCTIONAL, frozenset({"COGN"}), critical=True),
    "mental health": EntryClass("Condition", Category.CONDITION, frozenset({"PSY"})),
    "sexual health": EntryClass("Condition", Category.CONDITION, frozenset({"STD", "SEX"})),
    "medicines": EntryClass("MedicationRequest", Category.MEDICINE),
    "test results": EntryClass("Observation", Category.TEST_RESULT),
    "GP consultations": EntryClass("Encounter", Category.CONSULTATION),
    "letters": EntryClass("DocumentReference", Category.LETTER),
    "social care": EntryClass("EpisodeOfCare", Category.SOCIAL_CARE),
    "name and address": EntryClass("Patient", Category.DEMOGRAPHICS),
}
"""Kinds of entry, as a person would name them, each by a class that stands for it."""

_UNABLE: Final = Reason("cannot be asked", "cannot-be-asked")


@dataclass(frozen=True, slots=True)
class Preview:
    """What one kind of reader would see."""

    reader: str
    sees: tuple[str, ...]
    not_sees: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person's switches stand."""

    person_id: str
    switches: tuple[tuple[Switch, bool], ...]
    """Each with whether it stands at yes."""
    previews: tuple[Preview, ...]
    others: int
    """Directives in force that no switch shows."""


class Sharing:
    """Answers "who can see my record?" for the person themselves."""

    def __init__(self, door: Disclosure, persons: PersonIndex) -> None:
        """Stand on `door`."""
        self._door = door
        self._persons = persons

    async def standing(self, request: Request, person_id: str) -> Standing:
        """Return the switches as they stand. Raises DeniedError to anybody but the person."""
        async with self._door.rooms.store.snapshot() as reader:
            person = await self._persons.by_public_id(reader, person_id)
            if person is None:
                raise NotFoundError(NO_PERSON)
            ground = await self._door.ground(reader, request)
            actor = ground.request.actor
            own = actor.role is Role.PATIENT and actor.person == person
            decision = ground.decision(person)
            look = Look("sharing", f"person/{person_id}", {person: decision}, 0, permitted=own)
            await self._door.lines.write(request, look)
            if not own:
                message = "Only the person sees and sets who can see their record."
                raise DeniedError(message)
            return _standing(person_id, ground, ground.known.context(person))

    async def after(self, request: Request, person_id: str, key: str, *, share: bool) -> Standing:
        """Return how they would stand after one change. Raises NotFoundError for no such switch."""
        switch = switch_of(key)
        await self.standing(request, person_id)
        async with self._door.rooms.store.snapshot() as reader:
            person = await self._persons.by_public_id(reader, person_id) or 0
            ground = await self._door.ground(reader, request)
            context = changed(ground.known.context(person), switch, request, share=share)
            return _standing(person_id, ground, context)


def switch_of(key: str) -> Switch:
    """Return the switch with this key. Raises NotFoundError."""
    if key not in SWITCHES:
        message = "There is no such choice. Go back to who can see."
        raise NotFoundError(message)
    return SWITCHES[key]


def changed(
    context: PersonContext, switch: Switch, request: Request, *, share: bool
) -> PersonContext:
    """Return the context as it would be with the switch at yes or at no."""
    ended = {directive.id for directive in closing(context.directives, switch)}
    kept = tuple(d for d in context.directives if d.id not in ended)
    if share:
        return replace(context, directives=kept)
    rule = Rule(id="Consent/new", permit=False, recorded=request.at, labels=switch.labels)
    new = Directive("Consent/new", 0, 1, request.at, active=True, rules=(rule,))
    return replace(context, directives=(*kept, new))


def _standing(person_id: str, ground: Ground, context: PersonContext) -> Standing:
    switches = tuple((switch, is_shared(context, switch)) for switch in SWITCHES.values())
    shown = {d.id for switch in SWITCHES.values() for d in closing(context.directives, switch)}
    others = [d for d in context.directives if d.active and d.id not in shown]
    return Standing(person_id, switches, tuple(_previews(ground, context)), len(others))


def _previews(ground: Ground, context: PersonContext) -> Iterable[Preview]:
    classes = dict(enumerate(KINDS.values()))
    for words, role, purpose, permission in READERS:
        request = Request(
            Actor("preview", role, "preview"),
            purpose,
            ground.request.at,
            Relationship.YES,
            permission,
            _UNABLE if purpose is Purpose.ETREAT else None,
        )
        decision = decide(request, context, classes, ground.profile)
        open_ = {number for clause in decision.residual.clauses for number in clause.classes}
        names = list(KINDS)
        yield Preview(
            words,
            tuple(name for number, name in enumerate(names) if number in open_),
            tuple(name for number, name in enumerate(names) if number not in open_),
        )
