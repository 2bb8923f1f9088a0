"""What those concerned are told when a right to act changes by a date: before it, and on it.

Pure: the node asks every hour; what it tells once has a key, so that it is told once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from throughcare.consent.acting import accounts, grants_to, turns
from throughcare.consent.proxies import ENDS_AT, Proxies
from throughcare.model.acting import Right
from throughcare.model.directive import PersonContext, Rule

OVERDUE: Final = timedelta(days=365)
"""After so long a change is no news: whoever loads an old register tells nobody of it."""
TO_PROXY: Final = "proxy"
"""Kind of the notices to somebody who acts for a person."""
REVIEW_TASK: Final = "proxy-review"
CAPACITY_TASK: Final = "capacity-review"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One change, told to the person and to whoever acts."""

    key: str
    """Grant, event and day: the same change has the same key."""
    person: int
    account: str
    to_person: str
    to_proxy: str
    """"" where they are not to be told: under a hold their right looks ended."""
    task: str = ""
    """Kind of the task that staff get with it."""


@dataclass(frozen=True, slots=True)
class _Change:
    event: str
    on: date
    warns: bool
    """Told beforehand; the change itself is another event."""
    to_person: str
    to_proxy: str
    task: str = ""


def announcements(
    people: Iterable[PersonContext], proxies: Proxies, day: date
) -> Iterator[Announcement]:
    """Yield what is to be told by `day`, told already or not."""
    for context in people:
        for account in sorted(accounts(context)):
            for rule in grants_to(context, account):
                for change in _changes(rule, context, proxies):
                    if _is_due(change, day, proxies.warned) and _in_period(rule, change.on):
                        yield _announcement(rule, context, account, change)


def _is_due(change: _Change, day: date, warned: timedelta) -> bool:
    if change.warns:
        return change.on - warned <= day < change.on
    return change.on <= day <= change.on + OVERDUE


def _in_period(rule: Rule, day: date) -> bool:
    """Tell whether a grant reaches that day: what has ended by itself changes no more."""
    start, end = rule.period or (None, None)
    return (start is None or start <= day) and (end is None or day <= end)


def _announcement(
    rule: Rule, context: PersonContext, account: str, change: _Change
) -> Announcement:
    kind = "before" if change.warns else "on"
    return Announcement(
        key=f"{rule.id}:{account}:{change.event}:{kind}:{change.on.isoformat()}",
        person=context.person,
        account=account,
        to_person=change.to_person,
        to_proxy="" if context.hold else change.to_proxy,
        task=change.task,
    )


def _changes(rule: Rule, context: PersonContext, proxies: Proxies) -> Iterator[_Change]:
    if rule.right is Right.PARENTAL and context.born is not None:
        yield from _of_age(rule, context.born, proxies)
    elif rule.right in {Right.ATTORNEY, Right.DEPUTY}:
        yield from _of_capacity(context)


def _of_age(rule: Rule, born: date, proxies: Proxies) -> Iterator[_Change]:
    limited, review = turns(born, proxies.limited_from), turns(born, proxies.review_at)
    if limited < review:
        yield from _pair(
            "limited",
            limited,
            "your parent sees your bookings and repeat prescriptions, not your record",
            "you see a child's bookings and repeat prescriptions, not the record",
        )
    reviewed = rule.reviewed is not None and rule.reviewed >= review - proxies.warned
    if not reviewed:
        yield from _pair(
            "review",
            review,
            "your parent sees nothing of your record until somebody has asked you about it",
            "you see nothing of a child's record until your right is reviewed with the child",
            REVIEW_TASK,
        )
    yield from _pair(
        "suspended",
        turns(born, ENDS_AT),
        "your parent sees nothing of your record. You can let somebody act for you",
        "you see nothing of a child's record. At 16 they decide themselves who sees it",
    )


def _of_capacity(context: PersonContext) -> Iterator[_Change]:
    ends = [found.until for found in context.capacity if found.lacking and found.until]
    later = [found for found in context.capacity if not found.lacking]
    if not ends:
        return
    last = max(ends) + timedelta(days=1)
    if any(found.since <= last for found in later):
        return
    yield from _pair(
        "capacity",
        last,
        "you decide yourself again, unless you are assessed before",
        "your right opens nothing, unless the person is assessed before and can't decide",
        CAPACITY_TASK,
    )


def _pair(event: str, on: date, to_person: str, to_proxy: str, task: str = "") -> Iterator[_Change]:
    """Yield a change as it is told beforehand, and when it has come."""
    day = f"{on.day} {on:%B} {on.year}"
    for warns, words in ((True, f"From {day}"), (False, f"Since {day}")):
        yield _Change(
            event,
            on,
            warns,
            f"{words} {to_person}.",
            f"{words} {to_proxy}.",
            task,
        )
