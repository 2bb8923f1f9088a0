"""What of a record is visible, built up class by class from the outcomes of the ranks."""

from dataclasses import dataclass, field, replace

from throughcare.consent.asked import Asked, Outcome
from throughcare.consent.ranks import directives, limits, rank
from throughcare.consent.shapes import Shapes
from throughcare.consent.split import WHOLE, Part
from throughcare.consent.weighing import Weighing
from throughcare.model.decision import Clause, Residual
from throughcare.model.entry import EntryClass


@dataclass(slots=True)
class Builder:
    """Collects the clauses of a residual, shape by shape. Good for one `build`."""

    asked: Asked
    weighing: Weighing
    shapes: Shapes
    _visible: dict[Part, int] = field(default_factory=dict)
    _masked: int = 0
    _alerting: int = 0

    def build(self) -> tuple[Residual, frozenset[int]]:
        """Return what is visible, and the classes whose disclosure calls for an alert."""
        uses = self.asked.uses
        by_kind = bool(uses.statutes or uses.supports)
        for cls, block in self.shapes.split(self.weighing.rules, uses.objected, by_kind=by_kind):
            if cls.episode:
                self._add_critical(cls, block)
            else:
                self._add(cls, block)
        numbers = self.shapes.numbers
        clauses = tuple(
            Clause(numbers(block), holds, fails) for (holds, fails), block in self._visible.items()
        )
        return Residual(clauses, numbers(self._masked)), numbers(self._alerting)

    def _add(self, cls: EntryClass, block: int) -> None:
        """Decide about the classes of `block`, for which `cls` stands."""
        limit = limits(self.asked, cls)
        if limit:
            self._show(WHOLE, block, limit)
            return
        matched = self.weighing.matched(cls)
        for part, _, verdict in self.weighing.parts(matched, cls.type):
            self._show(part, block, directives(self.asked, cls, verdict))

    def _add_critical(self, cls: EntryClass, block: int) -> None:
        """Decide about critical entries, and whether their episode may be seen with them."""
        asked, weighing = self.asked, self.weighing
        whole = replace(cls, critical=False, episode=frozenset(), labels=cls.labels | cls.episode)
        own, with_episode = weighing.matched(cls), weighing.matched(whole)
        for part, matched, _ in weighing.parts(own | with_episode, cls.type):
            outcome = rank(asked, cls, weighing.verdict(matched & own))
            self._show(part, block, outcome)
            if (
                outcome.permit
                and not rank(asked, whole, weighing.verdict(matched & with_episode)).permit
            ):
                self._masked |= block

    def _show(self, part: Part, block: int, outcome: Outcome) -> None:
        if outcome.permit:
            self._visible[part] = self._visible.get(part, 0) | block
            if outcome.alert:
                self._alerting |= block
