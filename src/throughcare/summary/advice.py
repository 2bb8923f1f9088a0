"""The first screen of the summary: names of alerts first, what to do about them below.

A line beside each alert pushes the next one down, and the last off the first screen of a phone. So
where there are lines, or many alerts, the names of all stand together, and each follows whole.
"""

from dataclasses import dataclass
from typing import Final

from throughcare.summary.emergency import EmergencySummary
from throughcare.summary.facts import Item

MANY: Final = 4
"""Alerts that stand whole on the first screen of a phone, each with who says so."""


@dataclass(frozen=True, slots=True)
class Below:
    """What stands below the names."""

    first: tuple[Item, ...]
    """Allergies and plans that have a line of what to do."""
    by: str
    """Who says every line, and where it stands; "" if several do, so that each says it."""


def below(summary: EmergencySummary) -> Below | None:
    """Return what stands below the names of alerts; None where few alerts stand whole above."""
    alerts = summary.alerts.items
    first = tuple(
        item for each in (summary.allergies, summary.plans) for item in each.items if item.do
    )
    lines = [item.do for item in (*first, *alerts) if item.do]
    if not lines and len(alerts) <= MANY:
        return None
    said = {f"{line.author} · {line.source}" for line in lines}
    return Below(first, said.pop() if len(said) == 1 else "")
