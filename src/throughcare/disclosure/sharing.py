"""What a person's choices come to: as they stand, after a change, and where they meet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from throughcare.consent import conflicts, directives, filing, wording
from throughcare.consent.choices import SWITCHES, Switch, closing, is_shared, refusal
from throughcare.disclosure import files
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.existence import UNKNOWN
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.lines import Look
from throughcare.disclosure.previews import Record
from throughcare.identity import PersonIndex
from throughcare.kernel import DeniedError, NotFoundError
from throughcare.model.directive import Directive, PersonContext
from throughcare.model.explanation import Change, Preview
from throughcare.model.health_link import is_link
from throughcare.model.request import Request, Role
from throughcare.record.gate import Seen
from throughcare.store.protocol import Reader

BEARER: Final = "whoever has one of your links"
NEW: Final = "Consent/new"
"""Id of a choice that is not recorded yet."""


@dataclass(frozen=True, slots=True)
class Ended:
    """An earlier "yes" that a newer "no" ended."""

    consent: str
    """Id of the Consent that said it, to keep it by."""
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person's choices stand."""

    person_id: str
    switches: tuple[tuple[Switch, bool], ...]
    """Each with whether it stands at yes."""
    previews: tuple[Preview, ...]
    others: tuple[str, ...]
    """Each rule in force that no switch shows, as a sentence."""
    ended: tuple[Ended, ...]
    unopened: tuple[str, ...]
    """Each "no" that stays under a newer and wider "yes", as a sentence."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What would become of them by one change."""

    switch: Switch
    shared: bool
    """How the switch stands now."""
    changes: tuple[Change, ...]
    ended: tuple[Ended, ...]
    """Exceptions that the change would end: "keep these?"."""


class Sharing:
    """Answers "who can see my record?" for the person themselves."""

    def __init__(self, door: Disclosure, persons: PersonIndex) -> None:
        """Stand on `door`."""
        self._door = door
        self._persons = persons

    async def standing(self, request: Request, person_id: str) -> Standing:
        """Return the choices as they stand. Raises DeniedError to anybody but the person."""
        async with self._door.rooms.store.snapshot() as reader:
            ground, person = await self._own(reader, request, person_id, "sharing")
            context = ground.known.context(person)
            record = await self._record(reader, ground, person, context)
            return _standing(person_id, record.previews(context), context, ground)

    async def ahead(self, request: Request, person_id: str, key: str, *, share: bool) -> Ahead:
        """Return what one change would come to. Raises NotFoundError for no such switch."""
        switch = switch_of(key)
        async with self._door.rooms.store.snapshot() as reader:
            ground, person = await self._own(reader, request, person_id, "sharing")
            context = ground.known.context(person)
            after = changed(context, switch, request, share=share)
            record = await self._record(reader, ground, person, context, after)
            return Ahead(
                switch,
                is_shared(context, switch),
                record.changes(context, after),
                _ended(after.directives, by=NEW),
            )

    async def of_entry(self, request: Request, person_id: str, name: str) -> tuple[Preview, ...]:
        """Return who could see the entry ``Type/id``, and why, to the person alone.

        Raises NotFoundError, audited, for one that the person does not see, or not of theirs.
        """
        async with self._door.rooms.store.snapshot() as reader:
            ground, person = await self._own(reader, request, person_id, "sharing", name)
            rows = await self._seen(reader, ground, person)
            row = next((row for row in rows if f"{row.type}/{row.id}" == name), None)
            if row is None:
                look = Look("sharing", name, {}, 0, permitted=False, persons=(person,))
                await self._door.lines.write(request, look)
                raise NotFoundError(UNKNOWN.format(type=name.partition("/")[0]))
            held = ground.known.files.get(person, files.NONE)
            return Record(ground, rows, held).of_entry(row, ground.known.context(person))

    async def _own(
        self, reader: Reader, request: Request, person_id: str, action: str, what: str = ""
    ) -> tuple[Ground, int]:
        """Return ground and person, if the person asks; the line is written.

        Raises DeniedError to anybody else, whether or not there is such a person.
        """
        person = await self._persons.by_public_id(reader, person_id)
        ground = await self._door.ground(reader, request)
        actor = ground.request.actor
        own = actor.role is Role.PATIENT and person is not None and actor.person == person
        decisions = {} if person is None else {person: ground.decision(person)}
        look = Look(action, what or f"person/{person_id}", decisions, 0, permitted=own)
        await self._door.lines.write(request, look)
        if not own or person is None:
            message = "Only the person sees and sets who can see their record."
            raise DeniedError(message)
        return ground, person

    async def _record(
        self, reader: Reader, ground: Ground, person: int, *contexts: PersonContext
    ) -> Record:
        """Return the record of `person`, to be asked what becomes of it under `contexts`."""
        held = files.NONE
        if any(filing.matters(each.directives) for each in contexts):
            subjects = await self._persons.subjects_of(reader, person)
            held = await files.read(self._door.rooms.records, reader, subjects)
        return Record(ground, await self._seen(reader, ground, person), held)

    async def _seen(self, reader: Reader, ground: Ground, person: int) -> list[Seen]:
        subjects = await self._persons.subjects_of(reader, person)
        return await self._door.rooms.records.seen_of(reader, subjects, ground.gate)


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
    consent = refusal(switch, "", request.at) | {"id": NEW.removeprefix("Consent/")}
    new = directives.read(consent, subject=0, version=1)
    return replace(context, directives=(*kept, new))


def _standing(
    person_id: str, previews: tuple[Preview, ...], context: PersonContext, ground: Ground
) -> Standing:
    switches = tuple((switch, is_shared(context, switch)) for switch in SWITCHES.values())
    shown = {d.id for switch in SWITCHES.values() for d in closing(context.directives, switch)}
    active = [directive for directive in context.directives if directive.active]
    ended = _ended(active)
    nodes = {id_: peer.name for id_, peer in ground.profile.nodes.items()}
    names = {**_names(active), **nodes}
    told = {each.text for each in ended}
    at = ground.request.at
    others = [
        wording.home(each.told, names) for each in active if each.told and at < each.told.until
    ]
    others += [
        wording.told(rule, directive.told, names)
        for directive in active
        if directive.id not in shown
        for rule in directive.rules
        if rule.lasts(at)
    ]
    return Standing(
        person_id,
        switches,
        previews,
        tuple(text for text in dict.fromkeys(others) if text not in told),
        ended,
        tuple(wording.sentence(each.rule, names) for each in conflicts.unopened(active)),
    )


def _ended(found: Iterable[Directive], by: str = "") -> tuple[Ended, ...]:
    given = tuple(each for each in found if each.told is None)  # others' are kept elsewhere
    names = _names(given)
    return tuple(
        Ended(each.consent, wording.sentence(each.rule, names))
        for each in conflicts.ended(given, by)
    )


def _names(found: Iterable[Directive]) -> Mapping[str, str]:
    """Return what those are called whom choices name by an account that nobody signs in to."""
    actors = (actor for directive in found for rule in directive.rules for actor in rule.actors)
    return {actor: BEARER for token in actors for actor in token.split("&") if is_link(actor)}
