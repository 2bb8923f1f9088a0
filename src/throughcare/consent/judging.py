"""Why one entry is, or is not, shown: the outcome of the ranks for it, not only yes or no.

`throughcare.consent.decide` compiles all entries at once and forgets why. Explanations and
previews need the reason for each, for many readers: the same ranks, asked one by one.

INVARIANT: the outcome permits an entry exactly where the compiled residual shows it.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from throughcare.consent.asked import Asked, Outcome, ask, refused
from throughcare.consent.decide import ordinary, ordinary_class, rules_in_force
from throughcare.consent.profile import Profile
from throughcare.consent.ranks import rank
from throughcare.consent.scope import actor_tokens, covers_class
from throughcare.consent.split import Condition, conditions, unconditional
from throughcare.consent.verdict import weigh
from throughcare.consent.weighing import Weighing
from throughcare.model.decision import Atom
from throughcare.model.directive import PersonContext, Rule
from throughcare.model.entry import EntryClass
from throughcare.model.request import Request

Meets = Callable[[Atom], bool]
"""Tells whether an atom is true of the entry in question."""


@dataclass(slots=True)
class Judge:
    """Decides about single entries of one person, for one request."""

    request: Request
    context: PersonContext
    profile: Profile
    _asked: Asked = field(init=False)
    _rules: tuple[Rule, ...] = field(init=False)
    _whole: Outcome | None = field(init=False)
    _known: dict[Hashable, Outcome] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Decide what holds for the whole record, and find the rules in force."""
        self._asked = ask(self.request, self.context, self.profile)
        self._whole = refused(self._asked)
        self._rules = rules_in_force(self._asked, self.context, actor_tokens(self.request.actor))

    def ordinary(self) -> Outcome:
        """Return the outcome for an ordinary entry, as `Decision.code` speaks of it."""
        if self._whole is not None:
            return self._whole
        cls = ordinary_class(self._asked.view)
        return ordinary(self._asked, Weighing(self._rules), cls)

    @property
    def is_conditional(self) -> bool:
        """Tell whether a rule in force speaks of dates, authors or single entries."""
        return not all(map(unconditional, self._rules))

    def permits(self, cls: EntryClass) -> bool:
        """Tell whether entries of `cls` are shown, where no rule `is_conditional`."""
        return self.of(cls, _never).permit

    def of(self, cls: EntryClass, meets: Meets) -> Outcome:
        """Return the outcome for an entry of `cls` for which `meets` tells each atom."""
        if self._whole is not None:
            return self._whole
        matching = tuple(rule for rule in self._rules if covers_class(rule, cls))
        held = tuple(one.rule for one in conditions(matching, cls.type) if _all_met(one, meets))
        key = (cls, held)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = rank(self._asked, cls, weigh(held))
        return found


def _never(_: Atom) -> bool:
    return False


def _all_met(condition: Condition, meets: Meets) -> bool:
    return all(any(map(meets, group)) for group in condition.groups)
