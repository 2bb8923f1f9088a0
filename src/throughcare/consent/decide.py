"""The decision: compiled once a request into a predicate over the columns of entries.

Each class of entries is decided by `throughcare.consent.ranks`. Where a rule in force also speaks
of dates, authors or single entries, the class is split by those atoms, and each part is decided.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from throughcare.consent.asked import Asked, Outcome, answer, ask, refused
from throughcare.consent.profile import Profile
from throughcare.consent.ranks import rank
from throughcare.consent.scope import actor_tokens, concerns, covers_class
from throughcare.consent.split import Condition, Part, conditions, parts, unconditional
from throughcare.model.decision import Atom, Clause, Decision, Residual
from throughcare.model.directive import PersonContext, Rule
from throughcare.model.entry import Category, EntryClass
from throughcare.model.request import Request


def decide(
    request: Request,
    context: PersonContext,
    classes: Mapping[int, EntryClass],
    profile: Profile,
) -> Decision:
    """Decide what of one person's record this request may see.

    The residual is exact over `classes`: for every entry, "some clause holds" is the same answer as
    asking the ranks about it. Only where one class would be split into more than
    `throughcare.consent.split.LIMIT` parts, the rest of that class is hidden.
    """
    asked = ask(request, context, profile)
    denial = refused(asked, context.person)
    if denial:
        return answer(asked, context, denial, Residual())
    rules = rules_in_force(request, context)
    builder = _Builder(asked, rules)
    for number, cls in classes.items():
        builder.add(number, cls)
    alert_on = frozenset(builder.alerting)
    return answer(asked, context, ordinary(asked, rules), builder.residual(), alert_on)


def rules_in_force(request: Request, context: PersonContext) -> tuple[Rule, ...]:
    """Return the rules of the person's active directives that concern this request."""
    tokens, day = actor_tokens(request.actor), request.at.date()
    return tuple(
        rule
        for directive in context.directives
        if directive.active
        for rule in directive.rules
        if concerns(rule, tokens, request.purpose, day)
    )


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
    return rank(asked, cls, matched)


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
    """Collects the clauses of a residual, class by class."""

    asked: Asked
    rules: Sequence[Rule]
    visible: dict[Part, set[int]] = field(default_factory=dict)
    masked: set[int] = field(default_factory=set)
    alerting: set[int] = field(default_factory=set)
    _simple: dict[EntryClass, Outcome] = field(default_factory=dict)

    def add(self, number: int, cls: EntryClass) -> None:
        """Decide about the class `number`."""
        bare = replace(cls, critical=False, episode=frozenset(), labels=cls.labels | cls.episode)
        unmasked = bare if cls.episode else None
        rules = [rule for rule in self.rules if covers_class(rule, cls)]
        more = (
            []
            if unmasked is None
            else [rule for rule in self.rules if covers_class(rule, bare) and rule not in rules]
        )
        conditional: list[Condition] = conditions(rules + more, cls.type)
        for part, matched in parts(conditional):
            outcome = rank(self.asked, cls, [rule for rule in matched if rule in rules])
            if not outcome.permit:
                continue
            self.visible.setdefault(part, set()).add(number)
            if outcome.alert:
                self.alerting.add(number)
            if unmasked and not rank(self.asked, unmasked, matched).permit:
                self.masked.add(number)

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
