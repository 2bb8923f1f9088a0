"""The whole table of who may see what, decided under two profiles: pure.

A cell is a role, a purpose, a situation (relationship, permission to view, reason, what the person
has said) and a kind of entry (category, label, whether it is of the critical set). Both profiles
decide each cell by `throughcare.consent.decide.decide`, as a request would have it decided; nothing
here knows what a key means.

Categories that a role sees under both profiles, or under neither, stand for one another, for a
decision asks of a category only whether the role sees it; but for the directory, which is in
nobody's record, and so in no cell. Everything else is tried one by one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import product
from typing import Final

from throughcare.consent.decide import decide
from throughcare.consent.profile import Profile, RoleView
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

PERSON: Final = 1
ORGANISATION: Final = "READER"
CATEGORIES: Final = tuple(each for each in Category if each is not Category.DIRECTORY)
AT: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""No rule of a cell has a period, so any day is as good."""
NO_LABEL: Final = ""
_ASIDE: Final = frozenset(
    {
        *("version", "name", "number", "controllers", "data_protection_officer", "dpia"),
        *("caldicott_guardian", "retention", "removal", "custodians", "validation", "recording"),
        *("existence_disclosed", "warnings", "sentence", "time_box", "notify_after", "offline"),
        *("second_lock", "own_ids", "reviewers", "roles", "break_glass_roles"),
    }
)
"""Keys of a profile that no decision looks at, and the two of which it looks at one role alone.

A key that comes later counts until it is named here too.
"""
_ASIDE_OF_A_ROLE: Final = frozenset({"export"})


class Said(StrEnum):
    """What the person has said beforehand."""

    NOTHING = "nothing"
    AGREED = "agreed"
    """To sharing, without naming anybody."""
    NAMED = "named"
    """To this reader and purpose."""
    OBJECTED = "objected"
    UNREADABLE = "unreadable"
    """A consent that can't be read."""


@dataclass(frozen=True, slots=True, order=True)
class Situation:
    """How a reader comes to somebody's record."""

    relationship: Relationship
    permission: Permission
    reason: str
    """Coded reason; "" for none."""
    said: Said


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """A kind of entry."""

    category: Category
    label: str
    critical: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A cell that one profile opens and the other closes."""

    role: Role
    purpose: Purpose
    opens: bool
    """True: the newer profile opens it; False: it closes it."""
    kind: Kind
    situation: Situation


Seen = Mapping[Situation, frozenset[Kind]]
"""The kinds that a role sees for a purpose, by situation."""


def changes(old: Profile, new: Profile) -> Iterator[Change]:
    """Yield every cell that the two profiles decide differently, by role and purpose."""
    for role, purpose in product(Role, Purpose):
        if not asked_alike(old, new, role):
            yield from changes_for(old, new, role, purpose)


def asked_alike(old: Profile, new: Profile, role: Role) -> bool:
    """Tell whether two profiles are the same but for what no decision about `role` looks at."""
    return _deciding(old, role) == _deciding(new, role)


def _deciding(profile: Profile, role: Role) -> list[object]:
    """Return what of a profile decisions about `role` look at."""
    view = profile.view(role)
    looked_at = [*_values(profile, _ASIDE), *_values(view, _ASIDE_OF_A_ROLE)]
    return [*looked_at, profile.break_glass_roles & {role}]


def _values(one: Profile | RoleView, aside: Collection[str]) -> list[object]:
    return [getattr(one, each.name) for each in fields(one) if each.name not in aside]


def changes_for(old: Profile, new: Profile, role: Role, purpose: Purpose) -> Iterator[Change]:
    """Yield every cell of one role and purpose that the two profiles decide differently."""
    if purpose not in old.view(role).purposes | new.view(role).purposes:
        return
    before, after = (seen(one, role, purpose, (old, new)) for one in (old, new))
    for situation, kinds in before.items():
        for kind in sorted(kinds - after[situation]):
            yield Change(role, purpose, opens=False, kind=kind, situation=situation)
        for kind in sorted(after[situation] - kinds):
            yield Change(role, purpose, opens=True, kind=kind, situation=situation)


def seen(profile: Profile, role: Role, purpose: Purpose, of: tuple[Profile, Profile]) -> Seen:
    """Return what `profile` shows to `role` for `purpose`, over the labels and reasons of `of`."""
    groups = _categories(role, of)
    kinds = [Kind(*each) for each in product(groups, labels(of), (False, True))]
    classes = {number: _class(kind) for number, kind in enumerate(kinds)}
    found: dict[Situation, frozenset[Kind]] = {}
    known: dict[frozenset[int], frozenset[Kind]] = {}
    for situation in situations(of):
        request, context = asked(role, purpose, situation)
        clauses = decide(request, context, classes, profile).residual.clauses
        numbers = frozenset[int]().union(*(clause.classes for clause in clauses))
        if numbers not in known:
            known[numbers] = _kinds([kinds[number] for number in numbers], groups)
        found[situation] = known[numbers]
    return found


def _kinds(
    standing: Iterable[Kind], groups: Mapping[Category, Iterable[Category]]
) -> frozenset[Kind]:
    """Return all kinds that those `standing` for their group stand for."""
    return frozenset(
        replace(kind, category=category) for kind in standing for category in groups[kind.category]
    )


def _categories(role: Role, of: tuple[Profile, Profile]) -> dict[Category, list[Category]]:
    """Return the categories by the first one that is seen by the same of the two profiles."""
    first: dict[tuple[bool, ...], Category] = {}
    groups: dict[Category, list[Category]] = {}
    for category in CATEGORIES:
        by = tuple(category in one.view(role).categories for one in of)
        groups.setdefault(first.setdefault(by, category), []).append(category)
    return groups


def labels(of: tuple[Profile, Profile]) -> list[str]:
    """Return no label, and each label that one of the profiles speaks of."""
    named = (one.sensitive | one.beyond_cap | {law.label for law in one.law} for one in of)
    return [NO_LABEL, *sorted(frozenset[str]().union(*named))]


def situations(of: tuple[Profile, Profile]) -> list[Situation]:
    """Return every situation, over the coded reasons that a law of the profiles excepts."""
    coded = {reason for one in of for law in one.law for reason in law.except_reasons}
    reasons = ["", *sorted(coded | {"other"})]
    return [Situation(*each) for each in product(Relationship, Permission, reasons, Said)]


def asked(role: Role, purpose: Purpose, situation: Situation) -> tuple[Request, PersonContext]:
    """Return the request of a cell, and what is known of the person."""
    bound = PERSON if role in {Role.PATIENT, Role.PROXY} else None
    organisation = "" if bound else ORGANISATION
    reason = Reason("in words", situation.reason) if situation.reason else None
    actor = Actor("reader", role, organisation, person=bound)
    request = Request(actor, purpose, AT, situation.relationship, situation.permission, reason)
    rules = _rules(situation.said, purpose)
    directive = Directive("Consent/1", PERSON, 1, AT, active=True, rules=rules)
    return request, PersonContext(PERSON, (directive,) if rules else ())


def _rules(said: Said, purpose: Purpose) -> tuple[Rule, ...]:
    rule = Rule(id="Consent/1", permit=said in {Said.AGREED, Said.NAMED}, recorded=AT)
    if said is Said.NOTHING:
        return ()
    if said is Said.NAMED:
        named = frozenset({ORGANISATION, "reader"})
        return (replace(rule, actors=named, purposes=frozenset({purpose.value})),)
    return (replace(rule, system=said is Said.UNREADABLE),)


def _class(kind: Kind) -> EntryClass:
    labelled = frozenset({kind.label}) if kind.label else frozenset[str]()
    return EntryClass("Basic", kind.category, labelled, "HOLDER", critical=kind.critical)
