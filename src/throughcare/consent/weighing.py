"""The rules in force for one request, and what each set of them comes to: worked out once a set.

A set of rules is a whole number with a bit for each of them.
"""

from throughcare.consent.scope import covers_class
from throughcare.consent.split import WHOLE, Part, conditions, parts, unconditional
from throughcare.consent.verdict import Verdict, weigh
from throughcare.model.directive import Rule
from throughcare.model.entry import EntryClass

Weighed = tuple[Part, int, Verdict]
"""A part of a class, the rules that match all of it, and what they come to."""


class Weighing:
    """Compares rules that concern the same request."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        """Compare `rules`; their order does not matter."""
        self.rules = rules
        self.conditional = 0
        """Those that also speak of dates, authors or single entries."""
        self._bits = [(1 << place, rule) for place, rule in enumerate(rules)]
        self._everywhere = 0
        self._somewhere: list[tuple[int, Rule]] = []
        for bit, rule in self._bits:
            if rule.labels or rule.types or rule.custodians:
                self._somewhere.append((bit, rule))
            else:
                self._everywhere |= bit
            if not unconditional(rule):
                self.conditional |= bit
        self._verdicts: dict[int, Verdict] = {}
        self._parts: dict[tuple[int, str], list[Weighed]] = {}

    def matched(self, cls: EntryClass) -> int:
        """Return the rules that can speak of entries of `cls`."""
        found = self._everywhere
        for bit, rule in self._somewhere:
            if covers_class(rule, cls):
                found |= bit
        return found

    def verdict(self, matched: int) -> Verdict:
        """Return what rules come to that all match the same entry."""
        found = self._verdicts.get(matched)
        if found is None:
            rules = [rule for bit, rule in self._bits if matched & bit]
            found = self._verdicts[matched] = weigh(rules)
        return found

    def parts(self, matched: int, resource_type: str) -> list[Weighed]:
        """Return the parts that these rules split a class of this type into."""
        conditional = matched & self.conditional
        if not conditional:
            return [(WHOLE, matched, self.verdict(matched))]
        key = (matched, resource_type)
        found = self._parts.get(key)
        if found is None:
            found = self._parts[key] = self._split(matched, conditional, resource_type)
        return found

    def _split(self, matched: int, conditional: int, resource_type: str) -> list[Weighed]:
        bits = {id(rule): bit for bit, rule in self._bits}
        rules = [rule for bit, rule in self._bits if conditional & bit]
        found = []
        for part, held in parts(conditions(rules, resource_type)):
            holding = matched & ~conditional
            for rule in held:
                holding |= bits[id(rule)]
            found.append((part, holding, self.verdict(holding)))
        return found
