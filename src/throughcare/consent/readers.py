"""Kinds of reader: each role of the locality, in every way in which it can come to look.

A person asks "who could see this?" before anybody looks. The answer is decided for each of these,
not described.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from throughcare.consent.profile import Profile
from throughcare.model.directive import Directive
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)


@dataclass(frozen=True, slots=True)
class Way:
    """One way of coming to look: purpose, relationship, and what the person said."""

    words: str
    """When it is so, in plain words: ``when you have said yes``."""
    purpose: Purpose
    relationship: Relationship
    permission: Permission
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """A role in one way, for instance at a service that the person named."""

    name: str
    """In plain words: ``An ambulance crew``."""
    actor: Actor
    way: Way

    def request(self, at: datetime) -> Request:
        """Return what this reader would ask at this moment."""
        way = self.way
        return Request(self.actor, way.purpose, at, way.relationship, way.permission, way.reason)


_UNABLE: Final = Reason("cannot be asked", "cannot-be-asked")
_YES, _NO, _SELF = Relationship.YES, Relationship.NO, Relationship.SELF

WAYS: Final = (
    Way("after you have said yes", Purpose.TREAT, _YES, Permission.GIVEN),
    Way("before they have asked you", Purpose.TREAT, _YES, Permission.NOT_ASKED),
    Way("after you have said no to them", Purpose.TREAT, _YES, Permission.REFUSED),
    Way("if they do not care for you", Purpose.TREAT, _NO, Permission.NOT_ASKED),
    Way("if they only say that they care for you", Purpose.TREAT, _SELF, Permission.NOT_ASKED),
    Way("in an emergency, if you cannot be asked", Purpose.ETREAT, _NO, Permission.UNABLE, _UNABLE),
    Way(
        "in an emergency, after you have said no", Purpose.ETREAT, _YES, Permission.REFUSED, _UNABLE
    ),
    Way("if they break the glass and say why", Purpose.BTG, _NO, Permission.UNABLE, _UNABLE),
    Way("for social care, if they care for you", Purpose.CAREMGT, _YES, Permission.NOT_ASKED),
    Way("for social care, if they do not", Purpose.CAREMGT, _NO, Permission.NOT_ASKED),
    Way("to run the service", Purpose.HOPERAT, _NO, Permission.NOT_ASKED),
    Way("for public health", Purpose.PUBHLTH, _NO, Permission.NOT_ASKED),
    Way("for research", Purpose.HRESCH, _NO, Permission.NOT_ASKED),
)

NAMES: Final = {
    Role.PARAMEDIC: "An ambulance crew",
    Role.NURSE: "A hospital nurse",
    Role.GP: "A GP",
    Role.PSYCHIATRIST: "A psychiatrist",
    Role.PHARMACIST: "A pharmacist",
    Role.SOCIAL_WORKER: "A social worker",
    Role.CARE_ASSISTANT: "A care assistant",
    Role.RECEPTIONIST: "A receptionist",
    Role.PRIVACY_OFFICER: "The privacy officer",
    Role.IT_LEAD: "Who looks after the computers",
    Role.RESEARCHER: "A researcher",
    Role.ANALYST: "Who counts for the service",
}
"""Roles by their name for the person, in the order of the page. Who reads the own record, or acts
for somebody, is not among them: that is told beside."""


_ACTING: Final = frozenset({Purpose.FAMRQT.value})


def readers(profile: Profile, directives: Iterable[Directive]) -> Iterator[Reader]:
    """Yield every kind of reader that the locality knows, then those that the person named."""
    for role, name in NAMES.items():
        yield from _ways(profile, name, Actor("", role, ""))
    for token in sorted(_named(directives)):
        role, places = _of(token)
        name = f"{NAMES[role]} at {' and '.join(places)}"
        yield from _ways(profile, name, Actor(places[-1], role, places[0]))


def _ways(profile: Profile, name: str, actor: Actor) -> Iterator[Reader]:
    purposes = profile.view(actor.role).purposes
    if Purpose.BTG in purposes and actor.role not in profile.break_glass_roles:
        purposes -= {Purpose.BTG}
    for way in WAYS:
        if way.purpose in purposes:
            yield Reader(name, actor, way)


def _named(directives: Iterable[Directive]) -> frozenset[str]:
    """Return the services and people that active choices name; who acts for somebody is none."""
    return frozenset(
        actor
        for directive in directives
        if directive.active
        for rule in directive.rules
        if rule.right is None and rule.purposes != _ACTING
        for actor in rule.actors
        if _places(actor)
    )


def _of(token: str) -> tuple[Role, list[str]]:
    """Return role and places of a token such as ``RXX`` or ``RXX&role:psychiatrist``.

    A service of which no role is named is shown by a nurse, who may come to look in every way.
    """
    parts = token.split("&")
    roles = [role for role in NAMES if f"role:{role.value}" in parts]
    return next(iter(roles), Role.NURSE), _places(token)


def _places(token: str) -> list[str]:
    return [part for part in token.split("&") if not part.startswith("role:")]
