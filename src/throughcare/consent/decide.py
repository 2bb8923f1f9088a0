"""The decision: compiled once a request into a predicate over the columns of entries.

Each class of entries is decided by `throughcare.consent.ranks`. Where a rule in force also speaks
of dates, authors or single entries, the class is split by those atoms, and each part is decided.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Final

from throughcare.consent.acting import bind
from throughcare.consent.asked import Asked, Outcome, answer, ask, refused
from throughcare.consent.building import Builder
from throughcare.consent.categories import is_directory
from throughcare.consent.profile import Profile, RoleView
from throughcare.consent.ranks import rank
from throughcare.consent.scope import actor_tokens, concerns
from throughcare.consent.shapes import Shapes
from throughcare.consent.weighing import Weighing
from throughcare.model.decision import Atom, Clause, Decision, Residual
from throughcare.model.directive import PersonContext, Rule
from throughcare.model.entry import Category, EntryClass
from throughcare.model.request import Request

_UNSAID: Final = frozenset({"id", "recorded", "lasting"})
_SAYS: Final = attrgetter(*(name for name in Rule.__slots__ if name not in _UNSAID))
"""What a rule in force says, without what tells alike ones apart."""
_FEW: Final = 8
"""So many classes are decided as soon as it is found out whether others said the same."""


class Deciding:
    """Decides for one request, by one profile and over one set of classes, about anybody.

    People who said the same at other times share what is compiled.
    """

    def __init__(
        self, request: Request, classes: Mapping[int, EntryClass], profile: Profile
    ) -> None:
        """Decide about entries of these `classes`, by number."""
        self._request, self._profile = request, profile
        self._words = actor_tokens(request.actor)
        view = profile.view(request.actor.role)
        self._ordinary = ordinary_class(view)
        self._shapes = Shapes(classes, view, request.actor.organisation)
        self._shares = len(classes) > _FEW
        self._alike: dict[Hashable, tuple[Residual, frozenset[int]]] = {}

    def about(self, context: PersonContext) -> Decision:
        """Decide what of one person's record this request may see.

        The residual is exact over the classes: for every entry, "some clause holds" is the same
        answer as asking the ranks about it. Only where one class would be split into more than
        `throughcare.consent.split.LIMIT` parts, the rest of that class is hidden.
        """
        asked = ask(self._request, context, self._profile)
        denial = refused(asked)
        if denial:
            return answer(asked, context, denial, Residual())
        weighing = Weighing(rules_in_force(asked, context, self._words))
        residual, alert_on = self._compiled(asked, weighing)
        usual = ordinary(asked, weighing, self._ordinary)
        return answer(asked, context, usual, residual, alert_on)

    def _compiled(self, asked: Asked, weighing: Weighing) -> tuple[Residual, frozenset[int]]:
        """Return what is visible, and the classes whose disclosure calls for an alert.

        Who reads, or asks as a proxy, about one person is refused all others before, so the key
        needs neither.
        """
        if not self._shares:
            return Builder(asked, weighing, self._shapes).build()
        key = (said(weighing.rules), asked.restricted, asked.agent, asked.uses)
        found = self._alike.get(key)
        if found is None:
            found = self._alike[key] = Builder(asked, weighing, self._shapes).build()
        return found


def decide(
    request: Request,
    context: PersonContext,
    classes: Mapping[int, EntryClass],
    profile: Profile,
) -> Decision:
    """Decide about one person alone; see `Deciding.about`."""
    return Deciding(request, classes, profile).about(context)


def said(rules: Sequence[Rule]) -> Hashable:
    """Return what `rules` say, without ids, and of when it was said the order alone.

    INVARIANT: what is visible depends on neither.
    """
    moments = sorted({rule.recorded for rule in rules})
    order = tuple(moments.index(rule.recorded) for rule in rules)
    return tuple(map(_SAYS, rules)), order


def rules_in_force(asked: Asked, context: PersonContext, words: frozenset[str]) -> tuple[Rule, ...]:
    """Return the rules of the person's active directives that concern this request.

    `words` name the actor (`throughcare.consent.scope.actor_tokens`). Grants to a proxy are among
    them as far as they open something today.
    """
    purpose, at = asked.request.purpose, asked.request.at
    day = asked.request.day
    rules = tuple(
        [
            rule
            for directive in context.directives
            if directive.active
            for rule in directive.rules
            if concerns(rule, words, purpose, day) and (rule.lasting is None or rule.lasts(at))
        ]
    )
    return bind(rules, asked.acting, asked.profile.proxies.limited_to) if asked.proxy else rules


def ordinary(asked: Asked, weighing: Weighing, cls: EntryClass) -> Outcome:
    """Decide about an entry of the `ordinary_class`, without date, author or id."""
    matched = weighing.matched(cls) & ~weighing.conditional
    return rank(asked, cls, weighing.verdict(matched))


def ordinary_class(view: RoleView) -> EntryClass:
    """Return the class of an ordinary entry: a condition without labels.

    For a role that sees no conditions, it is an entry of the first kind that it does see.
    """
    seen = view.categories
    category = Category.CONDITION
    if category not in seen:
        category = min(seen, default=category)
    return EntryClass(type="Condition", category=category)


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
        and is_directory(cls.type)
        and (not cls.labels & closed or (organisation != "" and organisation == cls.custodian))
    )
    return Residual((Clause(seen),) if seen else ())


def visible(residual: Residual, number: int, atoms: Iterable[Atom]) -> bool:
    """Tell whether an entry of class `number`, of which exactly `atoms` are true, is visible."""
    true = frozenset(atoms)
    return any(
        number in clause.classes and true.issuperset(clause.holds) and true.isdisjoint(clause.fails)
        for clause in residual.clauses
    )
