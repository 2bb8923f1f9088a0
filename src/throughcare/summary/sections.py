"""Sections of a page: items, or in words why there are none for this reader."""

from collections.abc import Sequence
from typing import Final

from throughcare.model.entry import Category
from throughcare.summary.entry import Answer, SourceStatus
from throughcare.summary.facts import Item, Section, State
from throughcare.summary.sight import Sight

NONE_OF_IT: Final = "Not shown to this role."
NOT_ALL_OF_IT: Final = "This role does not see all that may be recorded here."
NOTHING_CAN_BE_SAID: Final = "A source did not answer: nothing can be said."


def is_missing(sources: Sequence[SourceStatus]) -> bool:
    """Say whether an expected source did not answer."""
    return any(source.answer is Answer.NO_ANSWER for source in sources)


def section(
    sight: Sight, items: Sequence[Item], none: str, kinds: frozenset[Category], title: str = ""
) -> Section:
    """Return `items` under `title`; without any, why: not for this role, no answer, or `none`.

    `kinds` are those of entry that the section draws on. What an empty one says depends on the role
    alone, never on what is recorded and hidden.
    """
    if items:
        return Section(State.LISTED, tuple(items), title)
    if not kinds <= sight.kinds:
        return Section(State.WITHHELD, (), NOT_ALL_OF_IT if kinds & sight.kinds else NONE_OF_IT)
    if is_missing(sight.sources):
        return Section(State.UNAVAILABLE, (), NOTHING_CAN_BE_SAID)
    return Section(State.NOT_RECORDED, (), none)
