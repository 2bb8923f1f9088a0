"""The emergency summary as it leaves the screen: on paper, and on a device without a connection.

What is for the screen only is not on it: safeguarding, violence, how a key safe is opened, where
a restricted person is, and who would know. What is shortened says so, and where the rest is.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from throughcare.summary.alerts import safeguards
from throughcare.summary.emergency import NONE, EmergencySummary
from throughcare.summary.facts import Item, Section, State

FIRST: Final = ("allergies", "plans", "alerts")
"""Sections of which nothing is ever left out to fit: they go on a further sheet."""
REST: Final = ("medicines", "conditions", "measurements", "contacts", "discharge")
MOST: Final = (24, 16, 10, 6)
"""How many lines a section of the rest keeps where the whole does not fit on a sheet."""


def for_screen_only(summary: EmergencySummary, *, restricted: bool) -> EmergencySummary:
    """Return `summary` with each item marked that stays off paper and offline copies.

    `restricted` says that nobody may learn from a copy where the person is: no address, and no
    contact, who would be asked.
    """
    contacts = summary.contacts.items
    if restricted:
        contacts = tuple(replace(item, printed=False) for item in contacts)
    return replace(
        summary,
        restricted=restricted,
        conditions=_kept(summary.conditions),
        discharge=_kept(summary.discharge),
        contacts=replace(summary.contacts, items=contacts),
    )


def _kept(section: Section) -> Section:
    items = tuple(
        replace(item, printed=False) if _safeguards(item) else item for item in section.items
    )
    return replace(section, items=items)


def _safeguards(item: Item) -> bool:
    return safeguards(item.text, *item.detail, *(seen.wording for seen in item.sources))


def for_copy(summary: EmergencySummary) -> EmergencySummary:
    """Return `summary` without what is marked for the screen only, in full otherwise."""
    copy = _each(summary, (*FIRST, *REST), _without)
    if not summary.restricted:
        return copy
    return replace(copy, banner=replace(copy.banner, address="", phone=""))


def shorter(summary: EmergencySummary) -> Sequence[EmergencySummary]:
    """Return copies that are ever shorter, to take the first of that fits.

    Each section that is cut says how many lines it lacks. Allergies, plans and alerts are whole.
    """
    return [_each(summary, REST, partial(_cut, most)) for most in MOST]


def _without(name: str, section: Section) -> Section:
    items = tuple(item for item in section.items if item.printed)
    if items or not section.items:
        return replace(section, items=items)
    return Section(State.NOT_RECORDED, (), NONE.get(name, ""))


def _cut(most: int, name: str, section: Section) -> Section:
    left = len(section.items) - most
    if left <= 1:  # the sentence would take as much room as the line
        return section
    more = (
        f"{left} more lines of {name} are not on this sheet. They are on the emergency summary "
        "on the screen."
    )
    return replace(section, items=section.items[:most], more=more)


def _each(
    summary: EmergencySummary,
    names: Sequence[str],
    change: Callable[[str, Section], Section],
) -> EmergencySummary:
    changed: dict[str, Any] = {name: change(name, getattr(summary, name)) for name in names}
    return replace(summary, **changed)
