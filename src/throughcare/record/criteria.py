"""Criteria as predicates on head rows, the gate in every table that they reach; pure."""
# ruff: noqa: S608 - aliases and columns are this room's own; values are parameters

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from throughcare.fhir.terms import (
    AllOf,
    AnyOf,
    Chain,
    Criterion,
    Has,
    IdentifierIs,
    IdIs,
    InRecordOf,
    Match,
    Not,
    StringIs,
)
from throughcare.model.decision import Gate
from throughcare.record import gate as gates
from throughcare.record import keys, terms, values
from throughcare.record.gate import Grouped
from throughcare.record.sql import (
    Sql,
    every,
    join,
    listed,
    negated,
    some,
)

PERSONS_OWN = frozenset({"patient", "subject"})
"""Parameters that say whose record an entry belongs to."""

_SIBLINGS = """
SELECT subject FROM own WHERE subject > 0
UNION SELECT l2.subject FROM own
JOIN person_link l1 ON l1.subject = own.subject AND l1.until IS NULL
JOIN person_link l2 ON l2.person = l1.person AND l2.until IS NULL
WHERE own.subject > 0"""


@dataclass
class Criteria:
    """Compiles criteria under one gate."""

    gate: Gate
    _names: int = field(default=0)

    @cached_property
    def grouped(self) -> Grouped:
        """The whole gate: only chains, _has and what is masked ask for it, and it is long."""
        return gates.group(self.gate)

    def seen(self, head: str) -> Sql:
        """Return the predicate "may be seen" on the head row `head` of any subject."""
        return gates.visible(self.grouped, head)

    def name(self, letter: str) -> str:
        """Return an alias that nothing else in the statement has."""
        self._names += 1
        return f"{letter}{self._names}"

    def predicate(self, criterion: Criterion, type_: str, head: str) -> Sql:
        """Return the predicate `criterion` on the head row `head`, of `type_`; never NULL."""
        alone = _alone(criterion, type_, head)
        found = self._joined(criterion, type_, head) if alone is None else alone
        if isinstance(criterion, AnyOf | AllOf | Not) or not terms.touches_episode(
            criterion, type_
        ):
            return found
        hidden = gates.masked(self.grouped, head)
        if terms.is_negative(criterion):
            return some((found, hidden))
        return every((found, negated(hidden)))

    def _joined(self, criterion: Criterion, type_: str, head: str) -> Sql:
        """Return the predicate of what is made of other criteria. Raises TypeError for a value."""
        match criterion:
            case AnyOf(criteria) | AllOf(criteria):
                join_ = some if isinstance(criterion, AnyOf) else every
                return join_(self.predicate(one, type_, head) for one in criteria)
            case Not(inner):
                return negated(self.predicate(inner, type_, head))
            case Chain(types=types):
                return some(self._chain(criterion, type_, target, head) for target in types)
            case Has():
                return self._has(criterion, type_, head)
            case InRecordOf():
                return self._in_record(criterion, head)
            case _:
                raise TypeError(criterion)

    def _chain(self, chain: Chain, type_: str, target: str, head: str) -> Sql:
        inner, tok = self.name("h"), self.name("t")
        start = keys.reference_start(type_, chain.param) + f"{target}/"
        return join(
            (
                Sql(f"{head}.entry IN (SELECT {tok}.rowid FROM head {inner} CROSS JOIN tok {tok} "),
                Sql(f"ON {{has {tok} digest64(? || {inner}.id)}} WHERE ", (start,)),
                self._visible_match(chain.criterion, target, inner),
                Sql(")"),
            ),
            "",
        )

    def _has(self, has: Has, type_: str, head: str) -> Sql:
        inner, tok = self.name("h"), self.name("t")
        match = self._visible_match(has.criterion, has.type, inner)
        if terms.touches_episode(has, has.type):
            match = every((match, negated(gates.masked(self.grouped, inner))))
        if type_ == "Patient" and has.param in PERSONS_OWN:
            text = (
                f"{head}.subject IN (WITH own AS "
                f"(SELECT DISTINCT {inner}.subject FROM head {inner} WHERE "
            )
            return Sql(text) + match + Sql(f") {_SIBLINGS})")
        start = keys.reference_start(has.type, has.param) + f"{type_}/"
        text = (
            f"EXISTS (SELECT 1 FROM tok {tok} "
            f"CROSS JOIN head {inner} ON {inner}.entry = {tok}.rowid "
            f"WHERE {{has {tok} digest64(? || {head}.id)}} AND "
        )
        return Sql(text, (start,)) + match + Sql(")")

    def _visible_match(self, criterion: Criterion, type_: str, head: str) -> Sql:
        return every(
            (
                Sql(f"{head}.type = ?", (keys.type_number(type_),)),
                self.predicate(criterion, type_, head),
                gates.visible(self.grouped, head),
            )
        )

    def _in_record(self, criterion: InRecordOf, head: str) -> Sql:
        text = (
            f"{head}.subject IN (WITH own AS (SELECT a.entry >> {keys.PLACES} AS subject "
            "FROM {texts ?} j CROSS JOIN {alias a j ?})"
            f"{_SIBLINGS})"
        )
        return Sql(text, (listed(patient_ids(criterion)), keys.type_number("Patient")))


@lru_cache(maxsize=4096)
def _alone(criterion: Criterion, type_: str, head: str) -> Sql | None:
    """Return the predicate of what no gate has a part in; None for what reaches other entries.

    Remembered: clients ask for the same codes and dates of many people.
    """
    expression = terms.expression(criterion, type_)
    if expression is not None:
        text = f"{head}.entry IN (SELECT t.rowid FROM tok t WHERE {{match t ?}})"
        return Sql(text, (expression,))
    return values.predicate(criterion, type_, head)


def patient_ids(criterion: InRecordOf) -> list[str]:
    """Return the ids of the Patients that `criterion` names."""
    pairs = (name.split("/") for name in criterion.patients)
    return [id_ for type_, id_ in pairs if type_ == "Patient"]


def is_selective(criterion: Criterion) -> bool:
    """Tell whether `criterion` finds its entries by itself, from an index over all subjects."""
    if isinstance(criterion, StringIs):
        return criterion.match not in {Match.CONTAINS, Match.ENDS}
    return isinstance(criterion, IdIs | IdentifierIs | Chain)


def codes(criterion: Criterion, lead: str) -> Sequence[tuple[str | None, str]] | None:
    """Return the codes that the table coded can look up; None if it can't."""
    found = getattr(criterion, "values", ())
    if terms.is_negative(criterion) or getattr(criterion, "param", "") != lead or not found:
        return None
    if any(len(value) != 2 or value[1] is None for value in found):  # noqa: PLR2004 - system, code
        return None
    return tuple(found)
