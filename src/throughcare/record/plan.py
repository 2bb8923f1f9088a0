"""Compiles a search into SQL: where its candidates come from, and what they must meet; pure.

Candidates come from the narrowest index at hand:

1. a person's entries of a code: the table coded, one range for each subject;
2. a person's entries of a type: the index head_by_class;
3. tokens, references, uris: one lookup in the inverted index, within the subjects' ranges;
4. ids and strings: their own indexes;
5. everything of a type: the inverted index again.

Whatever is not used to find candidates is a predicate on them, and so is the gate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from throughcare.fhir.terms import (
    AllOf,
    AnyOf,
    Chain,
    Criterion,
    DateIs,
    Has,
    InRecordOf,
    Not,
    NumberIs,
    QuantityIs,
    Query,
    TokenIs,
)
from throughcare.model.decision import Gate, Residual
from throughcare.record import gate as gates
from throughcare.record import keys, links, terms
from throughcare.record.criteria import Criteria, codes, is_selective
from throughcare.record.locking import stays
from throughcare.record.rows import leading_code
from throughcare.record.sql import Sql, every, listed, some
from throughcare.store.protocol import Value

FEW = 64
"""Subjects that are looked up one by one; more are found by what is searched for."""


_BY_TERMS: Final = "tok t CROSS JOIN head h ON {match t ?} AND h.entry = t.rowid"
_WHOLE: Final = " JOIN res r ON r.entry = h.entry" + links.JOINS


@lru_cache(maxsize=4096)
def _selected(columns: str, source: str, where: str, *, whole: bool) -> str:
    """Return the text of a statement: the same object each time, so that engines know it again."""
    return f"SELECT {columns} FROM {source}{_WHOLE if whole else ''} WHERE {where}"  # noqa: S608 - pieces of our own


@dataclass(frozen=True, slots=True)
class Matches:
    """Visible entries that meet the query: ``FROM`` and ``WHERE`` over the head row ``h``."""

    source: Sql
    where: Sql
    scope: Sequence[int] | None = None
    """Subjects that they belong to; None is any."""
    narrow: bool = False
    """Whether `source` finds few rows: those of some people, or by what is searched for."""
    entry: str = "h.entry"
    """The column of the entry's number by which `source` can give its rows in order."""

    def of(self, scope: Sequence[int]) -> "Matches":
        """Return the same search of a few other subjects, which are the first of its values."""
        source = Sql(self.source.text, (listed(scope), *self.source.values[1:]))
        return Matches(source, self.where, scope, self.narrow, self.entry)

    def select(self, columns: Sql, *, whole: bool = False) -> Sql:
        """Return the statement that selects `columns`, from res as ``r`` too if `whole`."""
        text = _selected(columns.text, self.source.text, self.where.text, whole=whole)
        return Sql(text, columns.values + self.source.values + self.where.values)

    def count(self) -> Sql:
        """Return the statement that counts them."""
        return self.select(Sql("count(*)"))


def matches(
    type_: str, where: Sequence[Criterion], gate: Gate, scope: Sequence[int] | None
) -> Matches:
    """Compile a search of entries of `type_` under `gate`, within the subjects of `scope`.

    None for `scope` is all. All of `where` must hold. What is asked of one person is compiled once
    for all who are under the same decision: whom it is asked of is a value of its own.

    INVARIANT: the gate is in the predicate of each head row that the statement reads.
    """
    if scope is not None and 0 < len(scope) <= FEW and 0 not in scope:
        residual = gates.shared(gate, scope)
        kept = None if residual is None else _of_one(type_, tuple(where), residual)
        if kept is not None:
            return kept.of(scope)
    return _compiled(type_, where, gate, scope)


@lru_cache(maxsize=4096)
def _of_one(type_: str, where: tuple[Criterion, ...], residual: Residual) -> Matches | None:
    """Return the search of a person under one decision; None if it may look beyond the person."""
    beyond = not stays(where) or any(terms.touches_episode(one, type_) for one in where)
    return None if beyond else _compiled(type_, where, Gate({}, residual), _SOMEBODY)


_SOMEBODY: Final = (1,)


def _compiled(
    type_: str, where: Sequence[Criterion], gate: Gate, scope: Sequence[int] | None
) -> Matches:
    # Chains and _has may leave the scope, so the gate that they are under is the whole one.
    criteria = Criteria(gate)
    seen = gates.within(gate, scope, "h") if scope is not None else criteria.seen("h")
    rest = list(where)
    source = (
        _everywhere(type_, rest)
        if scope is None or len(scope) > FEW
        else _coded(type_, rest, scope) or _within(type_, rest, scope)
    )
    few = scope is not None and len(scope) <= FEW
    narrow = few or len(rest) < len(where) or any(map(is_selective, rest))
    tests = [criteria.predicate(one, type_, "h") for one in rest]
    limits = [Sql("h.type = ?", (keys.type_number(type_),))]
    if scope is not None and len(scope) > FEW:
        text = "h.subject IN (SELECT j.value FROM {numbers ?} AS j)"
        limits.append(Sql(text, (listed(scope),)))
    # The inverted index gives rows in the order of its own number, so that a page ends early.
    entry = "t.rowid" if source.text is _BY_TERMS else "h.entry"
    return Matches(source, every((*limits, *tests, seen)), scope, narrow, entry)


def _coded(type_: str, rest: list[Criterion], scope: Sequence[int]) -> Sql | None:
    """Return the source that looks a code up in each subject; takes it out of `rest`."""
    lead = leading_code(type_)
    for criterion in rest:
        found = codes(criterion, lead) if isinstance(criterion, TokenIs) else None
        if found is None or 0 in scope:
            continue
        rest.remove(criterion)
        text, codes_ = _by_code(tuple(found))
        return Sql(text, (listed(scope), keys.type_number(type_), *codes_))
    return None


@lru_cache(maxsize=1024)
def _by_code(found: tuple[tuple[str | None, str], ...]) -> tuple[str, tuple[Value, ...]]:
    """Return the source of the entries of some subjects with one of these codes, and the codes."""
    pairs = [
        Sql("c.code = ?", (keys.key48(code),))
        if system is None
        else Sql("c.code = ? AND c.system = ?", (keys.key48(code), keys.key48(system)))
        for system, code in found
    ]
    text = (
        "(SELECT DISTINCT c.entry FROM {numbers ?} s CROSS JOIN coded c "
        "ON c.subject = s.value AND c.type = ? WHERE "
    )
    return (Sql(text) + some(pairs) + Sql(") d CROSS JOIN head h ON h.entry = d.entry")).parts


def _within(type_: str, rest: list[Criterion], scope: Sequence[int]) -> Sql:
    """Return the source of a few subjects' entries: by terms in `rest`, else by type."""
    expressions = _taken(type_, rest)
    if not expressions:
        text = "{numbers ?} s CROSS JOIN head h ON h.subject = s.value AND h.type = ?"
        return Sql(text, (listed(scope), keys.type_number(type_)))
    text = (
        "{numbers ?} s CROSS JOIN {within tok t s} ON {meets t ?} "
        f"AND t.rowid > s.value << {keys.PLACES} AND t.rowid < (s.value + 1) << {keys.PLACES} "
        "CROSS JOIN head h ON h.entry = t.rowid"
    )
    return Sql(text, (listed(scope), " AND ".join(expressions)))


def _everywhere(type_: str, rest: list[Criterion]) -> Sql:
    """Return the source of all subjects' entries: by terms, by another index, else by type."""
    expressions = _taken(type_, rest)
    if not expressions and any(is_selective(criterion) for criterion in rest):
        return Sql("head h")
    found = " AND ".join(expressions) or _presence(type_, rest)
    return Sql(_BY_TERMS, (found,))


def _taken(type_: str, rest: list[Criterion]) -> list[str]:
    """Return the expressions of criteria that terms answer whole; takes those out of `rest`.

    What is masked on some entries stays, for it needs a predicate beside its terms.
    """
    taken = []
    for criterion in list(rest):
        expression = terms.expression(criterion, type_)
        if expression is not None and not terms.touches_episode(criterion, type_):
            taken.append(expression)
            rest.remove(criterion)
    return taken


def _presence(type_: str, rest: Sequence[Criterion]) -> str:
    """Return the narrowest term at hand: entries that have a value to compare at all."""
    ranged = [one for one in rest if isinstance(one, DateIs | NumberIs | QuantityIs)]
    found = [keys.present(type_, one.param.partition(":")[0]) for one in ranged]
    return " AND ".join(found) if found else keys.of_type(type_)


def explained(query: Query, found: Sequence[Matches]) -> tuple[str, ...]:
    """Return how a search is run, one sentence a step; of the question alone, not of the data."""
    said = []
    for branch, one in zip(query.each(), found, strict=True):
        rest = list(branch.where)
        taken = [c for c in rest if terms.expression(c, branch.type) is not None]
        beside = [c for c in rest if c not in taken and not isinstance(c, InRecordOf)]
        start = "the records of the persons named" if one.scope is not None else "all records"
        said.append(f"{branch.type}: looked for in {start}.")
        said += [f"Looked up in the inverted index: {_said(one)}." for one in taken]
        said += [f"Compared in an index of its own, or one by one: {_said(c)}." for c in beside]
    sort = ", ".join(f"{'-' if down else ''}{param}" for param, down in query.sort)
    said.append(f"Sorted by {sort}, then by arrival." if sort else "In the order of arrival.")
    said.append("Consent is a condition of every table that is read.")
    return tuple(said)


def _said(criterion: Criterion) -> str:
    """Return what a criterion looks at, in words of the search."""
    kind = type(criterion).__name__
    if isinstance(criterion, AnyOf | AllOf):
        return f"{kind}({', '.join(map(_said, criterion.criteria))})"
    if isinstance(criterion, Chain | Has):
        return f"{kind} {criterion.param} -> {_said(criterion.criterion)}"
    if isinstance(criterion, Not):
        return f"{kind}({_said(criterion.criterion)})"
    return f"{kind} {getattr(criterion, 'param', '')}".strip()
