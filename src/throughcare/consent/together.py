"""Directives of records that somebody says are one person's: any no among them holds.

Whoever merges two records may be wrong, and then a yes of the one would open what the other closed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from throughcare.consent.scope import drops_deny
from throughcare.model.directive import Directive, Rule


def together(records: Sequence[Sequence[Directive]]) -> tuple[Directive, ...]:
    """Return the directives of all `records`; no permit is an exception to another record's no.

    A permit stays what it is beside every no of its own record, and grants to those who act stay.
    """
    return tuple(
        replace(directive, rules=tuple(_kept(directive, _denials(records, at))))
        for at, own in enumerate(records)
        for directive in own
    )


def _denials(records: Sequence[Sequence[Directive]], but: int) -> list[Rule]:
    """Return every no in force of the records but one; that of what is stale begins later."""
    return [
        rule
        for at, said in enumerate(records)
        if at != but
        for directive in said
        if directive.active
        for rule in directive.rules
        if not rule.permit and not (rule.system and rule.lasting)
    ]


def _kept(directive: Directive, denials: Sequence[Rule]) -> Iterator[Rule]:
    for rule in directive.rules:
        excepted = rule.permit and not rule.right and any(drops_deny(rule, no) for no in denials)
        if not excepted:
            yield rule
