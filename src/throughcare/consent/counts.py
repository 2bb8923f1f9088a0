"""Disclosure control: what of a count of people leaves the node; pure.

Anonymised output is not bound by opt-outs because it is about nobody. These rules make it so:
a count of 1 to 7 is not shown, any other is rounded to the nearest 5, and no cell can be taken
from the others. Every figure about people, also one that a measure will work out, goes through
`shown` or `table`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from throughcare.consent.asked import SECONDARY
from throughcare.consent.profile import Profile
from throughcare.model.decision import Clause, Residual
from throughcare.model.entry import Category, EntryClass
from throughcare.model.request import Request

FEW: Final = 7
"""Most people of whom no figure is shown, but for none at all."""
STEP: Final = 5
HIDDEN: Final = "*"
_LIMITED: Final = frozenset({"SRC", "LOCATION"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as it may leave: a rounded count, or None where it is hidden."""

    total: int | None
    cells: Mapping[str, int | None]


def shown(count: int) -> int | None:
    """Return `count` (0 or more) as it may be shown; None for 1 to 7.

    >>> [shown(count) for count in (0, 1, 7, 8, 12, 13)]
    [0, None, None, 10, 10, 15]
    """
    if 0 < count <= FEW:
        return None
    return (2 * count + STEP) // (2 * STEP) * STEP


def table(cells: Mapping[str, int]) -> Shown:
    """Return disjoint `cells` and their total as they may be shown together.

    A cell that alone is hidden could be taken from total and neighbours: the next smallest that
    has anybody in it is hidden with it.
    """
    seen = {name: shown(count) for name, count in cells.items()}
    hidden = [name for name, count in seen.items() if count is None]
    others = [name for name in cells if cells[name] > FEW]
    if len(hidden) == 1 and others:
        seen[min(others, key=lambda name: (cells[name], name))] = None
    return Shown(shown(sum(cells.values())), seen)


def refusal(request: Request, profile: Profile) -> str:
    """Return why this request may not have people counted, with the way out; "" if it may."""
    role = request.actor.role
    if request.purpose not in SECONDARY:
        named = ", ".join(sorted(purpose.value for purpose in SECONDARY))
        return f"People are not counted for {request.purpose.value}. Ask for one of {named}."
    if not profile.view(role).counts or request.purpose not in profile.view(role).purposes:
        return (
            f"The role {role.value} may not have people counted for {request.purpose.value} here. "
            "The locality's profile says which roles may."
        )
    return ""


def counted(classes: Mapping[int, EntryClass], profile: Profile) -> Residual:
    """Return the entries by which people are counted, whoever they are about.

    What the law closes, or its source keeps to itself, counts nobody.
    """
    closed = _LIMITED | {law.label for law in profile.law}
    numbers = frozenset(
        number
        for number, cls in classes.items()
        if cls.category is not Category.DIRECTORY and not cls.labels & closed
    )
    return Residual((Clause(numbers),) if numbers else ())
