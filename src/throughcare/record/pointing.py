"""What a search says it points to: a hidden entry is pointed to by nothing; pure.

A link to an entry that may not be seen is masked where it stands. So it must not find what it
stands in either, by whatever name a link, an address or an identifier calls that entry: else
whoever knows the id could ask whose record it is in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple, cast

from throughcare.fhir import mentions
from throughcare.fhir.terms import (
    AllOf,
    AnyOf,
    Chain,
    CompositeIs,
    Criterion,
    Has,
    IdentifierIs,
    InRecordOf,
    Not,
    RefersTo,
    TokenIs,
    UriIs,
)


class Named(NamedTuple):
    """What criteria say that may name an entry."""

    texts: frozenset[str]
    """Texts that they look for."""
    identified: frozenset[tuple[str, IdentifierIs]]
    """What they look for by an identifier beside a link, with the type whose entries it is at."""


@lru_cache(maxsize=4096)
def named(criteria: tuple[Criterion, ...], type_: str) -> Named:
    """Return what `criteria` on entries of `type_` look for and that may name an entry."""
    texts = (text for criterion in criteria for text in _texts(criterion))
    identified = (found for criterion in criteria for found in _identified(criterion, type_))
    return Named(frozenset(filter(mentions.may_be_in, texts)), frozenset(identified))


def without(criteria: Sequence[Criterion], hidden: frozenset[str]) -> tuple[Criterion, ...]:
    """Return `criteria` which no entry meets by a text that is one of `hidden`."""
    return tuple(_without(criterion, hidden) for criterion in criteria)


def _texts(criterion: Criterion) -> Iterator[str]:
    match criterion:
        case RefersTo():
            yield from criterion.targets
        case InRecordOf():
            yield from criterion.patients
        case UriIs():
            yield from criterion.values
        case TokenIs():
            yield from (code for _, code in criterion.values if code is not None)
        case _:
            for inner in _inside(criterion):
                yield from _texts(inner)


def _identified(criterion: Criterion, type_: str) -> Iterator[tuple[str, IdentifierIs]]:
    if isinstance(criterion, IdentifierIs):
        yield type_, criterion
    elif isinstance(criterion, Chain):
        for target in criterion.types:
            yield from _identified(criterion.criterion, target)
    else:
        there = criterion.type if isinstance(criterion, Has) else type_
        for inner in _inside(criterion):
            yield from _identified(inner, there)


def _inside(criterion: Criterion) -> tuple[Criterion, ...]:
    if isinstance(criterion, AnyOf | AllOf):
        return criterion.criteria
    if isinstance(criterion, CompositeIs):
        return (criterion.first, *criterion.rest)
    return (criterion.criterion,) if isinstance(criterion, Chain | Has | Not) else ()


def _without(criterion: Criterion, hidden: frozenset[str]) -> Criterion:
    if isinstance(criterion, AnyOf | AllOf):
        return replace(criterion, criteria=without(criterion.criteria, hidden))
    if isinstance(criterion, Chain | Has | Not):
        return replace(criterion, criterion=_without(criterion.criterion, hidden))
    if isinstance(criterion, CompositeIs):
        first, *rest = (_alone(one, hidden) for one in (criterion.first, *criterion.rest))
        return replace(criterion, first=first, rest=tuple(rest))
    return cast("Criterion", _alone(criterion, hidden))


def _alone(criterion: Any, hidden: frozenset[str]) -> Any:  # noqa: ANN401 - each stays its kind
    """Return a criterion that is made of no others without what is `hidden`."""
    match criterion:
        case RefersTo(targets=targets):
            return replace(criterion, targets=_left(targets, hidden))
        case InRecordOf(patients=patients):
            return replace(criterion, patients=_left(patients, hidden))
        case UriIs(values=values):
            return replace(criterion, values=_left(values, hidden))
        case TokenIs(values=pairs):
            return replace(criterion, values=tuple(p for p in pairs if p[1] not in hidden))
        case IdentifierIs():
            return replace(criterion, unless=tuple(sorted(hidden)))
    return criterion


def _left(values: tuple[str, ...], hidden: frozenset[str]) -> tuple[str, ...]:
    return tuple(value for value in values if value not in hidden)
