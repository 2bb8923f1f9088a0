"""Why one entry is, or is not, shown: the outcome of the ranks for it, not only yes or no.

`throughcare.consent.decide` compiles all entries at once and forgets why. Explanations and
previews need the reason for each, for many readers: the same ranks, asked one by one.

INVARIANT: the outcome permits an entry exactly where the compiled residual shows it.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from throughcare.consent.asked import Outcome, ask, refused
from throughcare.consent.decide import ordinary, rules_in_force
from throughcare.consent.profile import Profile
from throughcare.consent.ranks import rank
from throughcare.consent.scope import covers_class
from throughcare.consent.split import Condition, conditions
from throughcare.consent.verdict import weigh
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
    _rules: Sequence[Rule] = field(init=False)
    _whole: Outcome | None = field(init=False)
    _known: dict[Hashable, Outcome] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Decide what holds for the whole record, and find the rules in force."""
        asked = ask(self.request, self.context, self.profile)
        self._whole = refused(asked)
        self._rules = rules_in_force(asked, self.context)

    def ordinary(self) -> Outcome:
        """Return the outcome for an ordinary entry, as `Decision.code` speaks of it."""
        if self._whole is not None:
            return self._whole
        return ordinary(ask(self.request, self.context, self.profile), self._rules)

    def of(self, cls: EntryClass, meets: Meets) -> Outcome:
        """Return the outcome for an entry of `cls` for which `meets` tells each atom."""
        if self._whole is not None:
            return self._whole
        matching = tuple(rule for rule in self._rules if covers_class(rule, cls))
        held = tuple(one.rule for one in conditions(matching, cls.type) if _all_met(one, meets))
        key = (cls, held)
        found = self._known.get(key)
        if found is None:
            asked = ask(self.request, self.context, self.profile)
            found = self._known[key] = rank(asked, cls, weigh(held))
        return found


def _all_met(condition: Condition, meets: Meets) -> bool:
    return all(any(map(meets, group)) for group in condition.groups)
