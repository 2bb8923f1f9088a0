"""Who records what a person decided, where that can open their record; pure.

A Consent that only says no opens nothing, so that everybody who may write takes down a refusal.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from throughcare.consent import directives, toml
from throughcare.consent.acting import is_grant
from throughcare.model.directive import Directive, Rule
from throughcare.model.request import Role

Json = Mapping[str, Any]

USUAL: Final = frozenset({Role.GP, Role.PSYCHIATRIST, Role.SOCIAL_WORKER})
"""Doctors and social workers: one role in every kind of organisation that takes down consent."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The table ``[consents]`` of a locality's profile."""

    recorders: frozenset[Role] = USUAL
    """Roles that record a Consent which opens, or end one that closes."""
    is_written: bool = False
    """Whether the file says so, or `USUAL` holds since it is silent."""


def of(section: toml.Table) -> Recording:
    """Read the table ``[consents]``; without it `USUAL` holds."""
    if section.is_empty:
        return Recording()
    return Recording(section.members("recorders", Role), is_written=True)


def opens(before: Json, after: Json) -> bool:
    """Tell whether a record may be more open with `after` than with `before`; either may be empty.

    A permit in force is new or written anew, or a denial in force is written anew or ended. Rights
    to act for the person are left to the rules for them.
    """
    permits = any(rule.permit and not is_grant(rule) for rule in _rules(after))
    return permits or any(not rule.permit for rule in _rules(before))


def names(after: Json, words: Iterable[str]) -> bool:
    """Tell whether a permit in force names a reader by one of `words`: an account or ODS code.

    Rights to act for the person are left to the rules for them.
    """
    wanted = {word for word in words if word}
    return any(
        not wanted.isdisjoint(token.split("&"))
        for rule in _rules(after)
        if rule.permit and not is_grant(rule)
        for token in rule.actors or ()
    )


def _rules(resource: Json) -> Iterator[Rule]:
    """Yield the rules of a Consent in force; nothing of any other resource."""
    if resource.get("resourceType") != "Consent":
        return
    read: Directive = directives.read(resource, subject=0, version=0)
    if read.active:
        yield from read.rules
