"""The scope of a rule: what it matches, and which of two rules is the more specific.

A scope is a box: one set for each dimension, where an empty set or None means everything.
A token such as ``RXX&role:psychiatrist`` stands for both at once.
"""

from datetime import date
from functools import lru_cache

from throughcare.model.directive import Rule
from throughcare.model.entry import EntryClass
from throughcare.model.request import Actor

Interval = tuple[date | None, date | None]

CONFIDENTIAL = frozenset({"R", "V"})
"""Levels of confidentiality above normal (HL7 v3 Confidentiality)."""


def actor_tokens(actor: Actor) -> frozenset[str]:
    """Return every word by which a rule can name this actor."""
    words = {actor.user, actor.organisation, actor.client, f"role:{actor.role.value}"}
    return frozenset(words - {""})


@lru_cache(maxsize=4096)
def labels_of(labels: frozenset[str]) -> frozenset[str]:
    """Return the labels that rules are compared with: without a level above normal, also ``N``."""
    return labels if labels & CONFIDENTIAL else labels | {"N"}


def concerns(rule: Rule, actor: frozenset[str], purpose: str, day: date) -> bool:
    """Tell whether `rule` speaks of a request by this actor, for this purpose, on this day."""
    return (
        (not rule.actors or named(rule.actors, actor))
        and (not rule.purposes or purpose in rule.purposes)
        and (rule.period is None or _covers(rule.period, (day, day)))
    )


def covers_class(rule: Rule, cls: EntryClass) -> bool:
    """Tell whether `rule` can speak of an entry of this class, its date, author and id aside."""
    return (
        (not rule.types or cls.type in rule.types)
        and (not rule.custodians or cls.custodian in rule.custodians)
        and (not rule.labels or named(rule.labels, labels_of(cls.labels)))
    )


def within(inner: Rule, outer: Rule) -> bool:
    """Tell whether all that `inner` can match, `outer` matches too, in every dimension."""
    return (
        (not outer.actors or _tokens_within(inner.actors, outer.actors))
        and (not outer.purposes or _set_within(inner.purposes, outer.purposes))
        and (not outer.labels or _tokens_within(inner.labels, outer.labels))
        and (not outer.types or _set_within(inner.types, outer.types))
        and (not outer.custodians or _set_within(inner.custodians, outer.custodians))
        and (not outer.authors or _set_within(inner.authors, outer.authors))
        and (not outer.instances or _set_within(inner.instances, outer.instances))
        and (outer.period is None or _covers(outer.period, inner.period))
        and (outer.data_period is None or _covers(outer.data_period, inner.data_period))
    )


def narrower(inner: Rule, outer: Rule) -> bool:
    """Tell whether `inner` is strictly more specific than `outer`."""
    return within(inner, outer) and not within(outer, inner)


def drops_permit(deny: Rule, permit: Rule) -> bool:
    """Tell whether `deny` ends `permit`: it is more specific, or contains it and is newer."""
    return narrower(deny, permit) or (within(permit, deny) and deny.recorded > permit.recorded)


def drops_deny(permit: Rule, deny: Rule) -> bool:
    """Tell whether `permit` is an exception to `deny`.

    It is strictly more specific and not older, or equal in scope and newer.
    """
    if not within(permit, deny):
        return False
    if within(deny, permit):
        return permit.recorded > deny.recorded
    return permit.recorded >= deny.recorded


def _parts(token: str) -> frozenset[str]:
    return frozenset(token.split("&"))


def named(tokens: frozenset[str], words: frozenset[str]) -> bool:
    """Tell whether one of `tokens` stands for somebody with these `words`; none is for anybody."""
    if not tokens or not tokens.isdisjoint(words):
        return True
    both = _both(tokens)
    return bool(both) and any(parts <= words for parts in both)


@lru_cache(maxsize=4096)
def _both(tokens: frozenset[str]) -> tuple[frozenset[str], ...]:
    """Return the words of each token that needs more than one."""
    return tuple(_parts(token) for token in tokens if "&" in token)


def _set_within(inner: frozenset[str], outer: frozenset[str]) -> bool:
    """Tell whether words are among `outer`, which says something; no word stands for any."""
    return bool(inner) and inner <= outer


def _tokens_within(inner: frozenset[str], outer: frozenset[str]) -> bool:
    """Tell the same of tokens."""
    return bool(inner) and all(
        any(_parts(wide) <= _parts(narrow) for wide in outer) for narrow in inner
    )


def _covers(outer: Interval | None, inner: Interval | None) -> bool:
    if outer is None or outer == (None, None):
        return True
    if inner is None:
        return False
    starts = outer[0] is None or (inner[0] is not None and inner[0] >= outer[0])
    ends = outer[1] is None or (inner[1] is not None and inner[1] <= outer[1])
    return starts and ends
