"""Choices of one person that meet: which exceptions a newer "no" ends, which "no" a "yes" leaves.

Rank 5 compares by scope and date (`throughcare.consent.scope`). That is predictable, and not always
what the person meant: so whoever records a choice is shown what it ends, and asked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from throughcare.consent.scope import within
from throughcare.model.directive import Directive, Rule


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rules that meet, of different Consents."""

    rule: Rule
    """The earlier choice."""
    consent: str
    """Id of the Consent that holds it: ``Consent/id``."""
    by: Rule
    """The later choice."""


def ended(directives: Iterable[Directive], by: str = "") -> tuple[Conflict, ...]:
    """Return each "yes" that a newer "no" of the same or a wider scope ends.

    With `by`, those alone that the Consent of this id ends. To keep one, it is said again: it is
    then as new as the "no", and an exception to it.
    """
    return tuple(_met(directives, permit=True, by=by))


def unopened(directives: Iterable[Directive], by: str = "") -> tuple[Conflict, ...]:
    """Return each "no" that stays though a newer "yes" of a wider scope contains it.

    To open it, the "yes" has to name it.
    """
    found = _met(directives, permit=False, by=by)
    return tuple(each for each in found if not within(each.by, each.rule))


def _met(directives: Iterable[Directive], *, permit: bool, by: str) -> Iterator[Conflict]:
    """Yield each rule of one kind with the newest later one of the other that contains it."""
    rules = [
        (directive.id, rule)
        for directive in directives
        if directive.active
        for rule in directive.rules
        if not rule.system
    ]
    for consent, rule in rules:
        if rule.permit is not permit:
            continue
        later = [
            other
            for name, other in rules
            if other.permit is not permit
            and name != consent
            and by in {"", name}
            and other.recorded > rule.recorded
            and within(rule, other)
        ]
        if later:
            yield Conflict(rule, consent, max(later, key=lambda other: other.recorded))
