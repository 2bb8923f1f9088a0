"""The decision: compiled once a request into a predicate over the columns of entries.

Each class of entries is decided by `throughcare.consent.ranks`. Where a rule in force also speaks
of dates, authors or single entries, the class is split by those atoms, and each part is decided.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from throughcare.consent.acting import bind
from throughcare.consent.asked import Asked, Outcome, answer, ask, refused
from throughcare.consent.profile import Profile
from throughcare.consent.ranks import rank
from throughcare.consent.scope import actor_tokens, concerns, covers_class
from throughcare.consent.split import Part, conditions, parts, unconditional
from throughcare.consent.verdict import Verdict, weigh
from throughcare.model.decision import Atom, Clause, Decision, Residual
from throughcare.model.directive import PersonContext, Rule
from throughcare.model.entry import Category, EntryClass
from throughcare.model.request import Request

Alike = dict[Hashable, tuple[Residual, frozenset[int]]]
"""What was compiled for one request, profile and classes, by all else that it depends on: people
who said the same at other times share it."""

Weighed = tuple[Part, tuple[Rule, ...], Verdict]
"""A part of a class, the rules that match all of it, and what they come to."""

_START: Final = datetime(1, 1, 1, tzinfo=UTC)


def decide(
    request: Request,
    context: PersonContext,
    classes: Mapping[int, EntryClass],
    profile: Profile,
    alike: Alike | None = None,
) -> Decision:
    """Decide what of one person's record this request may see.

    Whoever decides about many people hands in the same `alike` for all of them; it is good for the
    same request, classes and profile alone.

    The residual is exact over `classes`: for every entry, "some clause holds" is the same answer as
    asking the ranks about it. Only where one class would be split into more than
    `throughcare.consent.split.LIMIT` parts, the rest of that class is hidden.
    """
    asked = ask(request, context, profile)
    denial = refused(asked)
    if denial:
        return answer(asked, context, denial, Residual())
    rules = rules_in_force(asked, context)
    if alike is None or asked.own or asked.proxy:
        residual, alert_on = _compiled(asked, rules, classes)
    else:
        key = (_timeless(rules), asked.restricted, asked.hold, asked.uses)
        if key not in alike:
            alike[key] = _compiled(asked, rules, classes)
        residual, alert_on = alike[key]
    return answer(asked, context, ordinary(asked, rules), residual, alert_on)


def _compiled(
    asked: Asked, rules: Sequence[Rule], classes: Mapping[int, EntryClass]
) -> tuple[Residual, frozenset[int]]:
    """Return what is visible, and the classes whose disclosure calls for an alert."""
    builder = _Builder(asked, rules)
    for cls, numbers in shapes(asked, rules, classes):
        builder.add(cls, numbers)
    return builder.residual(), frozenset(builder.alerting)


def _timeless(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return `rules` without what tells alike ones apart: ids, and when, but for which was first.

    INVARIANT: what is visible depends on neither.
    """
    moments = sorted({rule.recorded for rule in rules})
    order = {moment: _START + timedelta(days=place) for place, moment in enumerate(moments)}
    return tuple(replace(rule, id="", recorded=order[rule.recorded]) for rule in rules)


def shapes(
    asked: Asked, rules: Sequence[Rule], classes: Mapping[int, EntryClass]
) -> Iterable[tuple[EntryClass, list[int]]]:
    """Group the classes that this request can't tell apart, each group with one that stands for it.

    Classes of a kind that the role does not see are left out.
    """
    seen = {id(category) for category in asked.view.categories - {Category.DIRECTORY}}
    typed = any(rule.types or rule.instances for rule in rules)
    by_custodian = any(rule.custodians for rule in rules) or bool(asked.uses.objected)
    organisation = asked.request.actor.organisation
    groups: dict[tuple[object, ...], tuple[EntryClass, list[int]]] = {}
    for number, cls in classes.items():
        kind = id(cls.category)  # members of an enumeration are single, and their hash is slow
        if kind not in seen:
            continue
        custodian = cls.custodian if by_custodian else cls.custodian == organisation
        named = cls.type if typed else ""
        key = (kind, named, cls.labels, cls.critical, cls.episode, custodian)
        group = groups.get(key)
        if group is None:
            groups[key] = (cls, [number])
        else:
            group[1].append(number)
    return groups.values()


def rules_in_force(asked: Asked, context: PersonContext) -> tuple[Rule, ...]:
    """Return the rules of the person's active directives that concern this request.

    Grants to a proxy are among them as far as they open something today.
    """
    request = asked.request
    tokens, day = actor_tokens(request.actor), request.at.date()
    rules = tuple(
        rule
        for directive in context.directives
        if directive.active
        for rule in directive.rules
        if concerns(rule, tokens, request.purpose, day)
    )
    return bind(rules, asked.acting, asked.profile.proxies.limited_to) if asked.proxy else rules


def ordinary(asked: Asked, rules: Sequence[Rule]) -> Outcome:
    """Decide about an ordinary entry: a condition without labels, date, author or id.

    For a role that sees no conditions, it is an entry of the first kind that it does see.
    """
    seen = asked.view.categories
    category = Category.CONDITION
    if category not in seen:
        category = min((kind for kind in seen), default=Category.CONDITION)
    cls = EntryClass(type="Condition", category=category)
    matched = [rule for rule in rules if covers_class(rule, cls) and unconditional(rule)]
    return rank(asked, cls, weigh(matched))


def decide_directory(
    request: Request, classes: Mapping[int, EntryClass], profile: Profile
) -> Residual:
    """Decide about directory entries (subject 0): any role with a purpose here sees them.

    What its source keeps to itself (``SRC``, ``LOCATION``) or labels as confidential is seen by
    the custodian's own staff alone.
    """
    if request.purpose not in profile.view(request.actor.role).purposes:
        return Residual()
    organisation = request.actor.organisation
    closed = profile.sensitive | {"SRC", "LOCATION"}
    seen = frozenset(
        number
        for number, cls in classes.items()
        if cls.category is Category.DIRECTORY
        and (not cls.labels & closed or (organisation != "" and organisation == cls.custodian))
    )
    return Residual((Clause(seen),) if seen else ())


@dataclass(slots=True)
class _Builder:
    """Collects the clauses of a residual, shape by shape."""

    asked: Asked
    rules: Sequence[Rule]
    visible: dict[Part, set[int]] = field(default_factory=dict)
    masked: set[int] = field(default_factory=set)
    alerting: set[int] = field(default_factory=set)
    _known: dict[tuple[tuple[int, ...], str], list[Weighed]] = field(default_factory=dict)

    def add(self, cls: EntryClass, numbers: Iterable[int]) -> None:
        """Decide about the classes `numbers`, for which `cls` stands."""
        if cls.episode:
            self._add_critical(cls, numbers)
            return
        matching = tuple(rule for rule in self.rules if covers_class(rule, cls))
        for part, _, verdict in self._parts(matching, cls.type):
            self._show(part, numbers, rank(self.asked, cls, verdict))

    def _add_critical(self, cls: EntryClass, numbers: Iterable[int]) -> None:
        """Decide about a critical entry, and whether its episode may be seen with it."""
        whole = replace(cls, critical=False, episode=frozenset(), labels=cls.labels | cls.episode)
        own = [rule for rule in self.rules if covers_class(rule, cls)]
        with_episode = [rule for rule in self.rules if covers_class(rule, whole)]
        either = tuple(rule for rule in self.rules if rule in own or rule in with_episode)
        for part, matched, _ in self._parts(either, cls.type):
            verdict = weigh([rule for rule in matched if rule in own])
            outcome = rank(self.asked, cls, verdict)
            self._show(part, numbers, outcome)
            verdict = weigh([rule for rule in matched if rule in with_episode])
            if outcome.permit and not rank(self.asked, whole, verdict).permit:
                self.masked.update(numbers)

    def _parts(self, matching: tuple[Rule, ...], resource_type: str) -> list[Weighed]:
        """Return the parts that these rules split a class into; many shapes share them."""
        key = (tuple(map(id, matching)), resource_type)
        known = self._known.get(key)
        if known is None:
            known = [
                (part, matched, weigh(matched))
                for part, matched in parts(conditions(matching, resource_type))
            ]
            self._known[key] = known
        return known

    def _show(self, part: Part, numbers: Iterable[int], outcome: Outcome) -> None:
        if outcome.permit:
            self.visible.setdefault(part, set()).update(numbers)
            if outcome.alert:
                self.alerting.update(numbers)

    def residual(self) -> Residual:
        """Return what is visible."""
        clauses = tuple(
            Clause(frozenset(numbers), holds, fails)
            for (holds, fails), numbers in self.visible.items()
        )
        return Residual(clauses, frozenset(self.masked))


def visible(residual: Residual, number: int, atoms: Iterable[Atom]) -> bool:
    """Tell whether an entry of class `number`, of which exactly `atoms` are true, is visible."""
    true = frozenset(atoms)
    return any(
        number in clause.classes and true.issuperset(clause.holds) and true.isdisjoint(clause.fails)
        for clause in residual.clauses
    )
