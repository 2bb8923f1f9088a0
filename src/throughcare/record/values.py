"""What stands in head, ord, words and wording, compared: predicates on one head row; pure."""
# ruff: noqa: S608 - aliases and columns are this room's own; values are parameters

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from throughcare.fhir.terms import (
    CompositeIs,
    Criterion,
    DateIs,
    IdentifierIs,
    IdIs,
    Match,
    NumberIs,
    Prefix,
    QuantityIs,
    StringIs,
    TextIs,
    UpdatedIs,
)
from throughcare.fhir.text import fold_text
from throughcare.record import identifiers, keys, terms, texts
from throughcare.record.ranges import compared
from throughcare.record.sql import ALWAYS, NEVER, Sql, among, every, some, wrapped

_ENDS = "length(w.folded) >= length(?) AND substr(w.folded, length(w.folded) - length(?) + 1) = ?"
_HIGHEST = "\U0010ffff"


def predicate(criterion: Criterion, type_: str, head: str) -> Sql | None:
    """Return the predicate of a criterion on the values of an entry of `type_`; never NULL.

    None for a criterion of another kind.
    """
    said = _PREDICATES.get(type(criterion))
    return None if said is None else said(criterion, type_, head)


def _ids(criterion: IdIs, _type: str, head: str) -> Sql:
    return among(f"{head}.id", list(criterion.ids))


def _updated(criterion: UpdatedIs, _type: str, head: str) -> Sql:
    column = f"{head}.updated"
    return some(compared(p, low, high, column, column) for p, low, high in criterion.values)


def _numbers(criterion: NumberIs, type_: str, head: str) -> Sql:
    ranges = (compared(p, low, high, "o.low", "o.high") for p, low, high in criterion.values)
    return _in_ord((keys.param_key(type_, criterion.param),), head, some(ranges))


def _quantities(criterion: QuantityIs, type_: str, head: str) -> Sql:
    ranges = some(map(_quantity, criterion.values))
    return _in_ord((keys.param_key(type_, criterion.param),), head, ranges)


def _quantity(value: tuple[Prefix, float, float, str | None, str | None]) -> Sql:
    prefix, low, high, system, code = value
    units = [Sql("o.system = ?", (keys.key48(system),))] if system is not None else []
    units += [Sql("o.code = ?", (keys.key48(code),))] if code is not None else []
    return every((compared(prefix, low, high, "o.low", "o.high"), *units))


def _in_ord(params: Sequence[int], head: str, match: Sql) -> Sql:
    text = f"EXISTS (SELECT 1 FROM ord o WHERE o.entry = {head}.entry AND "
    return Sql(text) + every((among("o.param", params), match)) + Sql(")")


def _combined(criterion: CompositeIs, type_: str, head: str) -> Sql:
    """Return the predicate: an element has a token and, beside it, a quantity or two numbers."""
    firsts = terms.firsts(criterion)
    params = [keys.combined_param(type_, criterion.param, first) for first in firsts]
    tests = []
    for one, columns in zip(
        criterion.rest, (("o.low", "o.low"), ("o.high", "o.high")), strict=False
    ):
        if isinstance(one, QuantityIs):
            tests.append(some(map(_quantity, one.values)))
        elif isinstance(one, NumberIs):
            tests.append(some(compared(p, low, high, *columns) for p, low, high in one.values))
    return _in_ord(params, head, every(tests)) if params else NEVER


def _texts(criterion: TextIs, type_: str, head: str) -> Sql:
    """Return the predicate: has a text beside a code, of which a word begins so."""
    wanted = [fold_text(value) for value in criterion.values]
    match = some(Sql("instr(' ' || w.folded, ' ' || ?) > 0", (text,)) for text in wanted)
    text = (
        f"{head}.entry IN (SELECT t.rowid FROM wording w "
        "CROSS JOIN tok t ON {has t digest64(? || w.folded)} WHERE w.param = ? AND "
    )
    values = (keys.text_start(type_, criterion.param), keys.param_key(type_, criterion.param))
    return Sql(text, values) + wrapped(match) + Sql(")")


def _dates(criterion: DateIs, type_: str, head: str) -> Sql:
    """Look in the head row, which has the clinical date, and among the secondary dates."""
    low, high = f"{head}.date_lo", f"{head}.date_hi"
    here = some(compared(p, lo, hi, low, high) for p, lo, hi in criterion.values)
    there = some(compared(p, lo, hi, "o.low", "o.high") for p, lo, hi in criterion.values)
    main = Sql(
        f"{head}.date_param IS NOT DISTINCT FROM ?", (keys.param_key(type_, criterion.param),)
    )
    param = keys.param_key(type_, criterion.param)
    return some((every((main, here)), _in_ord((param,), head, there)))


def _strings(criterion: StringIs, type_: str, head: str) -> Sql:
    params = {
        Match.CONTAINS: texts.inside(type_, criterion.param),
        Match.ENDS: texts.at_end(type_, criterion.param),
    }.get(criterion.match, (keys.param_key(type_, criterion.param),))
    match = some(_string(value, criterion.match) for value in criterion.values)
    start = Sql(f"{head}.entry IN (SELECT w.entry FROM words w WHERE ")
    tests = [among("w.param", params), match]
    if criterion.match is Match.ENDS:  # of a long text, what stands under its own key ends it
        ends = (texts.LONGEST, params[-1])
        tests.append(Sql("length(w.folded) < ? OR w.param = ?", ends))
    return start + every(tests) + Sql(")")


def _string(value: str, match: Match) -> Sql:
    folded = texts.beginning(value)
    text, *values = {
        Match.STARTS: ("w.folded >= ? AND w.folded < ?", folded, folded + _HIGHEST),
        Match.CONTAINS: ("instr(w.folded, ?) > 0", folded),
        Match.ENDS: (_ENDS, folded, folded, folded),
        Match.SAME: ("w.folded = ?", folded),
        Match.EXACT: ("w.folded = ? AND w.written = ?", folded, texts.whole(value)),
    }[match]
    if not folded and match in {Match.CONTAINS, Match.ENDS}:
        return ALWAYS
    return Sql(text, tuple(values))


_PREDICATES: Mapping[type, Callable[[Any, str, str], Sql]] = {
    IdIs: _ids,
    UpdatedIs: _updated,
    StringIs: _strings,
    TextIs: _texts,
    DateIs: _dates,
    NumberIs: _numbers,
    QuantityIs: _quantities,
    CompositeIs: _combined,
    IdentifierIs: identifiers.predicate,
}
"""By the kind of criterion."""
