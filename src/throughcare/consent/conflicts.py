"""What a new Consent would do to those in force, for the page on which it is recorded."""

from collections.abc import Iterable
from dataclasses import dataclass

from throughcare.consent.scope import drops_deny, drops_permit, within
from throughcare.model.directive import Directive, Rule


@dataclass(frozen=True, slots=True)
class Conflicts:
    """What to show beside "keep these?" before a new Consent is recorded."""

    falling: tuple[Rule, ...]
    """Permits in force that a denial of the new Consent ends: kept only if they are re-dated."""
    undecided: tuple[tuple[Rule, Rule], ...]
    """(permit, deny), one of them new, of which neither contains the other: where both match, the
    answer is no."""


def conflicts(new: Directive, in_force: Iterable[Directive]) -> Conflicts:
    """Compare the rules of `new` with those of the active directives of the person."""
    old = [rule for directive in in_force if directive.active for rule in directive.rules]
    falling = [
        permit
        for permit in old
        if permit.permit
        if any(drops_permit(deny, permit) for deny in new.rules if not deny.permit)
    ]
    pairs = [
        (permit, deny)
        for one, other in ((new.rules, old), (old, new.rules))
        for permit in one
        if permit.permit
        for deny in other
        if not deny.permit and _undecided(permit, deny)
    ]
    return Conflicts(tuple(falling), tuple(pairs))


def _undecided(permit: Rule, deny: Rule) -> bool:
    comparable = within(permit, deny) or within(deny, permit)
    return not comparable and not drops_deny(permit, deny) and _may_meet(permit, deny)


def _may_meet(one: Rule, other: Rule) -> bool:
    """Tell whether some request and entry could match both, as far as plain sets can tell."""
    pairs = (
        (one.purposes, other.purposes),
        (one.types, other.types),
        (one.custodians, other.custodians),
        (one.authors, other.authors),
        (one.instances, other.instances),
    )
    return all(not left or not right or left & right for left, right in pairs)
