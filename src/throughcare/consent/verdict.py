"""Rank 5 by itself: what the rules that match one request and one entry come to."""

from collections.abc import Iterable, Sequence

import msgspec

from throughcare.consent.scope import drops_deny, drops_permit, within
from throughcare.model.directive import Rule


class Verdict(msgspec.Struct, frozen=True):
    """What a set of matching rules says."""

    dissent: tuple[str, ...] = ()
    """Ids of the rules by which the person says no; none where they do not."""
    unreadable: tuple[str, ...] = ()
    """Ids of the system's denials over what it could not read, or does not know any more."""
    stale: bool = False
    """Whether all of them are of what another node told too long ago."""
    permits: tuple[Rule, ...] = ()
    """Permits that no denial drops."""
    grants: tuple[Rule, ...] = ()
    """Permits in a legal right: no word of the person's, so no denial is dropped by them."""


def weigh(rules: Sequence[Rule]) -> Verdict:
    """Compare rules that all match the same request and entry; their order does not matter.

    A denial that stands: no. No denial stands and a permit does: yes. There were rules, and all
    were dropped: no. The system's denials are outside this: nothing drops them, they drop nothing.
    """
    if not rules:
        return Verdict()
    if len(rules) == 1:
        return _alone(rules[0])
    grants = [rule for rule in rules if rule.permit and rule.right is not None]
    own = [
        rule for rule in rules if not rule.system and not (rule.permit and rule.right is not None)
    ]
    no, yes = _standing(own)
    return Verdict(
        dissent=ids(no or ([] if yes else own)),
        unreadable=ids(unread := [rule for rule in rules if rule.system]),
        stale=_are_stale(unread),
        permits=tuple(yes),
        grants=tuple(grants),
    )


def _standing(own: Sequence[Rule]) -> tuple[list[Rule], list[Rule]]:
    """Return the denials and the permits of the person that no other word of theirs drops."""
    denies = [rule for rule in own if not rule.permit]
    permits = [rule for rule in own if rule.permit]
    pairs = [(p, d) for p in permits for d in denies if within(p, d) or within(d, p)]
    if not pairs:
        return denies, permits
    excepted = {id(deny) for permit, deny in pairs if drops_deny(permit, deny)}
    ended = {id(permit) for permit, deny in pairs if drops_permit(deny, permit)}
    return (
        [deny for deny in denies if id(deny) not in excepted],
        [permit for permit in permits if id(permit) not in ended],
    )


def _alone(rule: Rule) -> Verdict:
    """Return what one rule says by itself: most entries are under one, if any."""
    if rule.system:
        return Verdict(unreadable=(rule.id,), stale=_are_stale([rule]))
    if not rule.permit:
        return Verdict(dissent=(rule.id,))
    return Verdict(permits=(rule,)) if rule.right is None else Verdict(grants=(rule,))


def _are_stale(system: Sequence[Rule]) -> bool:
    """Tell whether the system denies since what it was told is old, and for nothing else."""
    return bool(system) and all(rule.lasting is not None for rule in system)


def ids(rules: Iterable[Rule]) -> tuple[str, ...]:
    """Return the ids of `rules`, each once, in order."""
    found = {rule.id for rule in rules}
    return tuple(sorted(found)) if len(found) > 1 else tuple(found)
