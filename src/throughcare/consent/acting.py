"""Who acts for a person, in what right, and how far on a given day: decided by dates alone.

Nothing here is switched off by a job: a grant that has lapsed is one that opens nothing on the day
that somebody asks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from throughcare.consent.proxies import ENDS_AT, Proxies
from throughcare.model.acting import CapacityFinding, Right
from throughcare.model.directive import PersonContext, Rule
from throughcare.model.request import Purpose

SCOPE: Final = "scope"
"""Code where a grant is in force that does not open an ordinary entry."""
_DAY: Final = timedelta(days=1)
_FAMILY: Final = Purpose.FAMRQT.value


class State(StrEnum):
    """How far a grant opens the record on one day; the value is the code of the denial."""

    WHOLE = "permit"
    LIMITED = "limited"
    """Bookings and repeats alone."""
    REVIEW = "review"
    """Suspended until somebody has reviewed it with the child."""
    SUSPENDED = "suspended"
    """The child is 16."""
    CAPACITY = "capacity"
    """The person has capacity, or nobody has found otherwise."""
    OUTSIDE = "no-grant"
    """Not begun, or ended."""


CLOSED: Final = frozenset(
    {"hold", State.OUTSIDE.value, State.REVIEW.value, State.SUSPENDED.value, State.CAPACITY.value}
)
"""Codes of decisions that let a proxy see nothing at all."""
_OPEN: Final = frozenset({State.WHOLE, State.LIMITED})
_TOLD: Final = (State.LIMITED, State.REVIEW, State.SUSPENDED, State.CAPACITY)
"""What the proxy is told where nothing opens, the first that applies."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One grant to one proxy, on one day."""

    rule: Rule
    right: Right
    state: State
    until: date | None
    """The last day on which it is so, as far as is known."""

    @property
    def is_open(self) -> bool:
        """Tell whether it opens anything."""
        return self.state in _OPEN


def turns(born: date, years: int) -> date:
    """Return the day on which somebody turns `years`; 1 March for a 29 February that is none."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def names(rule: Rule, user: str) -> bool:
    """Tell whether a rule names this account itself, not just its role."""
    return any(user in token.split("&") for token in rule.actors)


def grants_to(context: PersonContext, user: str) -> Iterator[Rule]:
    """Yield the permits by which `user` acts for the person, whatever the day."""
    for directive in context.directives:
        if directive.active:
            for rule in directive.rules:
                if is_grant(rule) and names(rule, user):
                    yield rule


def ever_acted(context: PersonContext, user: str) -> bool:
    """Tell whether a grant, in force or ended, names `user`."""
    for directive in context.directives:
        if directive.active or directive.ended:
            for rule in directive.rules:
                if rule.permit and is_grant(rule) and names(rule, user):
                    return True
    return False


def accounts(context: PersonContext) -> frozenset[str]:
    """Return every account that a grant in force names, whatever the day."""
    return frozenset(
        word
        for directive in context.directives
        if directive.active
        for rule in directive.rules
        if is_grant(rule)
        for token in rule.actors
        for word in token.split("&")
    )


def is_grant(rule: Rule) -> bool:
    """Tell whether a rule lets somebody act for the person: it names a right, or the purpose."""
    if not rule.permit or not rule.actors:  # asked of every rule of every decision
        return False
    return _FAMILY in rule.purposes or (rule.right is not None and not rule.purposes)


def standings(
    context: PersonContext, user: str, proxies: Proxies, day: date
) -> tuple[Standing, ...]:
    """Return how each grant to `user` stands on `day`; a hold is not asked here."""
    return tuple(standing(rule, context, proxies, day) for rule in grants_to(context, user))


def standing(rule: Rule, context: PersonContext, proxies: Proxies, day: date) -> Standing:
    """Return how one grant stands on `day`."""
    right = rule.right or Right.DELEGATION
    start, end = rule.period or (None, None)
    if (start is not None and day < start) or (end is not None and day > end):
        return Standing(rule, right, State.OUTSIDE, None)
    if right is Right.PARENTAL:
        state, until = _parental(rule, context.born, proxies, day)
    elif right is Right.DELEGATION:
        state, until = State.WHOLE, None
    else:
        found = lacking(context.capacity, day)
        state, until = (State.WHOLE, found.until) if found else (State.CAPACITY, None)
    return Standing(rule, right, state, _earlier(until, end))


def _parental(
    rule: Rule, born: date | None, proxies: Proxies, day: date
) -> tuple[State, date | None]:
    """Return how far parental responsibility goes at the child's age; unknown is too old."""
    if born is None or day >= turns(born, ENDS_AT):
        return State.SUSPENDED, None
    review = turns(born, proxies.review_at)
    if rule.reviewed is not None and rule.reviewed >= review - proxies.warned and day >= review:
        return State.WHOLE, turns(born, ENDS_AT) - _DAY
    if day >= review:
        return State.REVIEW, None
    limited = turns(born, proxies.limited_from)
    if day >= limited:
        return State.LIMITED, review - _DAY
    return State.WHOLE, limited - _DAY


def lacking(findings: Iterable[CapacityFinding], day: date) -> CapacityFinding | None:
    """Return the finding by which the person lacks capacity on `day`, or None.

    The newest finding that covers the day counts; of two of one day, that of capacity.
    """
    covering = [
        found
        for found in findings
        if found.since <= day
        and (day <= found.until if found.until is not None else not found.lacking)
    ]
    newest = max(covering, key=lambda found: (found.since, not found.lacking), default=None)
    return newest if newest is not None and newest.lacking else None


def bind(
    rules: Iterable[Rule], standing_of: Iterable[Standing], limited_to: frozenset[str]
) -> tuple[Rule, ...]:
    """Return `rules` as they bind a proxy: a grant that opens nothing today is left out.

    A limited one keeps `limited_to`. What the person said, yes or no, stays as it is.
    """
    states = {each.rule: each.state for each in standing_of}
    kept: list[Rule] = []
    for rule in rules:
        if rule.right is None or not rule.permit:
            kept.append(rule)
            continue
        state = states.get(rule, State.OUTSIDE)
        narrowed = _limited(rule, limited_to) if state is State.LIMITED else rule
        if state in _OPEN and narrowed is not None:
            kept.append(narrowed)
    return tuple(kept)


def _limited(rule: Rule, types: frozenset[str]) -> Rule | None:
    """Return a grant narrowed to `types`; None if nothing is left of it."""
    left = types & rule.types if rule.types else types
    return replace(rule, types=left) if left else None


def told(standing_of: Iterable[Standing]) -> str:
    """Return the code of the denial that a proxy meets where nothing opens an entry."""
    states = {each.state for each in standing_of}
    if State.WHOLE in states:
        return SCOPE
    return next((state.value for state in _TOLD if state in states), State.OUTSIDE.value)


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)
