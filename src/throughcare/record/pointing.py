"""What a search says it points to: a hidden entry is pointed to by nothing; pure.

A link to an entry that may not be seen is masked where it stands. So it must not find what it
stands in either, or whoever knows the id could ask whose record it is in.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from throughcare.fhir.terms import AllOf, AnyOf, Chain, CompositeIs, Criterion, Has, Not, RefersTo
from throughcare.model.decision import Gate
from throughcare.store.protocol import Reader

Hides = Callable[[Reader, Iterable[str], Gate], Awaitable[frozenset[str]]]
"""Tells which of some references are to entries that may not be seen."""


def targets(criteria: Sequence[Criterion]) -> set[str]:
    """Return every ``Type/id`` that `criteria` look for as the target of a reference."""
    return {target for target in _targets(criteria) if target.count("/") == 1}


def _targets(criteria: Sequence[Criterion]) -> Iterator[str]:
    for criterion in criteria:
        if isinstance(criterion, RefersTo):
            yield from criterion.targets
        elif isinstance(criterion, AnyOf | AllOf):
            yield from _targets(criterion.criteria)
        elif isinstance(criterion, CompositeIs):
            yield from _targets((criterion.first,))
        elif isinstance(criterion, Chain | Has | Not):
            yield from _targets((criterion.criterion,))


def without(criteria: Sequence[Criterion], hidden: frozenset[str]) -> tuple[Criterion, ...]:
    """Return `criteria` which no entry meets by a reference to one of `hidden`."""
    return tuple(_without(criterion, hidden) for criterion in criteria)


def _without(criterion: Criterion, hidden: frozenset[str]) -> Criterion:
    if isinstance(criterion, RefersTo):
        kept = tuple(target for target in criterion.targets if target not in hidden)
        return replace(criterion, targets=kept)
    if isinstance(criterion, AnyOf | AllOf):
        return replace(criterion, criteria=without(criterion.criteria, hidden))
    if isinstance(criterion, CompositeIs) and isinstance(criterion.first, RefersTo):
        first = tuple(target for target in criterion.first.targets if target not in hidden)
        return replace(criterion, first=replace(criterion.first, targets=first))
    if isinstance(criterion, Chain | Has | Not):
        return replace(criterion, criterion=_without(criterion.criterion, hidden))
    return criterion
