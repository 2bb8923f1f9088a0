"""Criteria that look at nothing but one entry, decided as plainly as can be."""

from collections.abc import Sequence

from throughcare.fhir.terms import (
    Composite,
    CompositeIs,
    Criterion,
    DateIs,
    IdentifierIs,
    IdIs,
    Index,
    Match,
    Missing,
    NumberIs,
    Prefix,
    QuantityIs,
    RefersTo,
    StringIs,
    TextIs,
    TokenIs,
    UpdatedIs,
    UriIs,
)
from throughcare.fhir.text import fold_text


def compare(prefix: Prefix, low: float, high: float, of: tuple[float, float]) -> bool:
    """Compare the range `of` a resource with the range of a query (R4 3.1.1.4.5)."""
    first, last = of
    inside = low <= first and last <= high
    return {
        Prefix.EQ: inside,
        Prefix.NE: not inside,
        Prefix.GT: last > high,
        Prefix.LT: first < low,
        Prefix.GE: last > high or inside,
        Prefix.LE: first < low or inside,
        Prefix.SA: first > high,
        Prefix.EB: last < low,
        Prefix.AP: first <= high and last >= low,
    }[prefix]


def plain(c: Criterion, id_: str, at: int, index: Index) -> bool:
    """Decide a criterion that looks at nothing but the entry itself."""
    match c:
        case TokenIs():
            return c.negated != any(
                p == c.param and s in {None, system} and k in {None, code}
                for s, k in c.values
                for p, system, code in index.tokens
            )
        case RefersTo():
            return c.negated != any(p == c.param and t in c.targets for p, t in index.references)
        case IdentifierIs():
            return any(
                p == c.param and t not in c.unless and s in {None, system} and k in {None, value}
                for s, k in c.values
                for p, system, value, t in index.identifiers
            )
        case StringIs():
            return any(
                p == c.param and matches(text, value, c.match)
                for value in c.values
                for p, text in index.strings
            )
        case DateIs():
            return any(p == c.param and in_range(c, ends) for p, *ends in index.dates)
        case NumberIs():
            return any(p == c.param and in_range(c, ends) for p, *ends in index.numbers)
        case QuantityIs():
            return any(
                p == c.param
                and compare(x, low, high, (first, last))
                and s in {None, us}
                and u in {None, uc}
                for x, low, high, s, u in c.values
                for p, first, last, us, uc in index.quantities
            )
        case UriIs():
            return any(p == c.param and is_at(value, c) for p, value in index.uris)
        case TextIs():
            return any(p == c.param and begins_a_word(text, c) for p, text in index.texts)
        case CompositeIs():
            return any(p.param == c.param and stands_in(c, p) for p in index.composites)
        case Missing():
            return c.missing != (c.param in params(index))
        case IdIs():
            return id_ in c.ids
        case UpdatedIs():
            return any(compare(x, low, high, (at, at)) for x, low, high in c.values)
    raise TypeError(c)


def in_range(c: DateIs | NumberIs, ends: Sequence[float]) -> bool:
    """Tell whether a range of a resource is one of those asked for."""
    return any(compare(x, low, high, (ends[0], ends[1])) for x, low, high in c.values)


def begins_a_word(text: str, c: TextIs) -> bool:
    """Tell whether a word of a text begins one of the values."""
    return any(f" {fold_text(value)}" in f" {fold_text(text)}" for value in c.values)


def is_at(value: str, c: UriIs) -> bool:
    """Tell whether an address is one of those asked for, or below one."""
    below = c.below and any(value.startswith(up.rstrip("/") + "/") for up in c.values)
    return value in c.values or below


def stands_in(c: CompositeIs, of: Composite) -> bool:
    """Tell whether one combination is asked for."""

    def is_token(one: TokenIs, pair: tuple[str, str] | None) -> bool:
        return pair is not None and any(
            s in {None, pair[0]} and k == pair[1] for s, k in one.values
        )

    if isinstance(c.first, RefersTo):
        if of.first[1] not in c.first.targets:
            return False
    elif not is_token(c.first, of.first):
        return False
    second = c.rest[0]
    if isinstance(second, TokenIs):
        return is_token(second, of.second)
    if isinstance(second, NumberIs):
        pairs = zip(c.rest, of.numbers or (), strict=True)
        return all(isinstance(n, NumberIs) and in_range(n, (v, v)) for n, v in pairs)
    assert isinstance(second, QuantityIs)
    return of.quantity is not None and any(
        compare(x, low, high, of.quantity[:2])
        and s in {None, of.quantity[2]}
        and u in {None, of.quantity[3]}
        for x, low, high, s, u in second.values
    )


def matches(text: str, value: str, match: Match) -> bool:
    """Compare strings."""
    if match is Match.EXACT:
        return text == value
    folded, wanted = fold_text(text), fold_text(value)
    return {
        Match.CONTAINS: wanted in folded,
        Match.ENDS: folded.endswith(wanted),
        Match.SAME: folded == wanted,
        Match.STARTS: folded.startswith(wanted),
    }[match]


def params(index: Index) -> set[str]:
    """Return the parameters that have a value."""
    return {composite.param.partition(":")[0] for composite in index.composites} | {
        row[0].partition(":")[0]
        for rows in (
            index.tokens, index.references, index.strings, index.dates, index.numbers,
            index.quantities, index.uris, index.identifiers,
        )
        for row in rows
    }  # fmt: skip
