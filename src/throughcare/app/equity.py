"""The report on whom the person index serves less well, over a table."""

from dataclasses import dataclass
from pathlib import Path

from throughcare.app import linkage
from throughcare.identity import adapting, batch, equity
from throughcare.identity.compare import Weights
from throughcare.identity.equity import Drift, Recalled, Share


@dataclass(frozen=True, slots=True)
class Report:
    """What a locality should look at before it trusts its thresholds, and each year after."""

    weights: str
    """What the weights are called."""
    learnt_at: int
    """People that they were learnt at."""
    are_drawn: bool
    """Whether they were drawn to the errors of this table first."""
    records: int
    people: int
    shares: tuple[Share, ...]
    recalls: tuple[Recalled, ...]
    """None where the truth is not given."""
    drift: tuple[Drift, ...]


def report(records: Path, truth: Path | None, given: Weights) -> Report:
    """Link a table and tell how each group fares. Raises BadInputError for a wrong table."""
    known = linkage.table(records)
    chosen = adapting.adapted(known, given)
    linked = batch.link(known, chosen)
    people = max(1, len(linked.persons))
    evidence = batch.edges([record.demographics for record in known], chosen)
    person, groups = linkage.truth_of(truth, known) if truth else ([], [])
    return Report(
        weights=chosen.version,
        learnt_at=chosen.learnt_at,
        are_drawn=chosen is not given,
        records=len(known),
        people=people,
        shares=tuple(equity.shares(known, linked, chosen)),
        recalls=tuple(equity.recalls(known, linked, person, groups)) if person else (),
        drift=tuple(equity.drift(evidence, people, chosen)),
    )
