"""What each kind of reader would see of a record: for the page "who can see my record"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from throughcare.consent.asked import ask
from throughcare.consent.decide import decide, rules_in_force
from throughcare.consent.profile import Profile
from throughcare.consent.ranks import rank
from throughcare.consent.scope import covers_class
from throughcare.consent.split import unconditional
from throughcare.model.directive import PersonContext, Rule
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

_CARE = (Purpose.TREAT, Purpose.CAREMGT, Purpose.ETREAT, Purpose.BTG, Purpose.HRESCH)


@dataclass(frozen=True, slots=True)
class Withheld:
    """A kind of entry that a reader does not see, and what decided that."""

    category: Category
    labels: frozenset[str]
    code: str
    """As `Decision.code`."""
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What readers of one role would see for one purpose, of the entries that there are."""

    role: Role
    purpose: Purpose
    permitted: bool
    code: str
    seen: frozenset[Category]
    """Kinds of which at least some entries are seen."""
    withheld: tuple[Withheld, ...]


def preview(
    context: PersonContext, classes: Mapping[int, EntryClass], profile: Profile, *, at: datetime
) -> tuple[Preview, ...]:
    """Tell the person what each role would see, for each purpose of care and for research.

    `classes` are those of the person's own entries. The reader stands for anyone of that role who
    has a relationship and was given permission, of no named organisation: permissions and
    refusals that name somebody come on top (`exceptions`). Controller's limits are left out, as
    the person is not told of them.
    """
    return tuple(
        _preview(role, purpose, context, classes, profile, at)
        for role, view in profile.roles.items()
        for purpose in _CARE
        if purpose in view.purposes and view.categories
        if purpose is not Purpose.BTG or role in profile.break_glass_roles
    )


def exceptions(context: PersonContext) -> tuple[Rule, ...]:
    """Return the rules in active directives that name somebody, newest first."""
    named = [
        rule
        for directive in context.directives
        if directive.active
        for rule in directive.rules
        if rule.actors
    ]
    return tuple(sorted(named, key=lambda rule: (rule.recorded, rule.id), reverse=True))


def _preview(  # noqa: PLR0913, PLR0917 - a row of a table has that many coordinates
    role: Role,
    purpose: Purpose,
    context: PersonContext,
    classes: Mapping[int, EntryClass],
    profile: Profile,
    at: datetime,
) -> Preview:
    request = Request(
        actor=Actor(user="", role=role, organisation=""),
        purpose=purpose,
        at=at,
        relationship=Relationship.YES,
        permission=Permission.GIVEN,
        reason=Reason("a preview", "cannot-be-asked"),
    )
    decision = decide(request, context, classes, profile)
    visible = {number for clause in decision.residual.clauses for number in clause.classes}
    asked, rules = ask(request, context, profile), rules_in_force(request, context)
    withheld: set[Withheld] = set()
    for number, cls in classes.items():
        if number in visible or cls.category is Category.DIRECTORY:
            continue
        matched = [rule for rule in rules if covers_class(rule, cls) and unconditional(rule)]
        outcome = rank(asked, cls, matched)
        if outcome.rank != 2 and not outcome.permit:  # noqa: PLR2004 - the controller's limits
            withheld.add(Withheld(cls.category, cls.labels, outcome.code, outcome.because))
    return Preview(
        role=role,
        purpose=purpose,
        permitted=decision.permitted,
        code=decision.code,
        seen=frozenset(classes[number].category for number in visible),
        withheld=tuple(sorted(withheld, key=lambda item: (item.category, sorted(item.labels)))),
    )
