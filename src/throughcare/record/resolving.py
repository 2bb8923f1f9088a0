"""Criteria that join entries of different subjects, resolved to values, one query each.

Where entries lie in several databases (`Reader.spread`) a statement sees those of one database. So
what a chain or ``_has`` looks for is searched by itself first, in every database and under the same
gate, and what was found goes into the search as ids or subjects:

===================================== =============================================================
criterion                             becomes
===================================== =============================================================
`Chain`                               `RefersTo` the entries that were found
`Has` on a person's own entries       the subjects of those persons, which the search stays within
`InRecordOf`                          the same
`Has` on other entries                `IdIs` of the entries that those found point to
===================================== =============================================================
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

from throughcare.fhir.terms import (
    AllOf,
    AnyOf,
    Chain,
    Criterion,
    Has,
    IdIs,
    InRecordOf,
    Not,
    Query,
    RefersTo,
)
from throughcare.model.decision import Gate
from throughcare.record import gate as gates
from throughcare.record import keys, terms
from throughcare.record.criteria import PERSONS_OWN, patient_ids
from throughcare.record.plan import Matches, matches
from throughcare.record.sql import Sql, every, listed, negated
from throughcare.store.protocol import Reader, Row

Subjects = frozenset[int]


@dataclass(frozen=True, slots=True)
class Resolving:
    """Resolves the criteria of searches in one view, under one gate."""

    reader: Reader
    gate: Gate

    async def resolved(self, query: Query, scope: Subjects | None) -> tuple[Query, Subjects | None]:
        """Return a search that joins nothing, and the subjects that it stays within (None: all).

        Within those it finds what `query` finds within `scope`.
        """
        kept: list[Criterion] = []
        for criterion in query.where:
            subjects = await self._subjects(criterion, query.type)
            if subjects is None:
                kept.append(criterion)
            else:
                scope = subjects if scope is None else scope & subjects
        where = [await self._alone(criterion, query.type, scope) for criterion in kept]
        return replace(query, where=tuple(where)), scope

    async def _subjects(self, criterion: Criterion, type_: str) -> Subjects | None:
        """Return the subjects that `criterion` names; None if it says something else."""
        if isinstance(criterion, InRecordOf):
            return await subjects_of(self.reader, criterion)
        if not _on_persons(criterion, type_):
            return None
        has = cast("Has", criterion)
        pointing, scope = await self._matches(has.type, has.criterion)
        found = await self._select(_unmasked(has, pointing, self.gate), "h.subject", scope)
        siblings = await self.reader.rows("record.siblings", subjects=listed(_numbers(found)))
        return frozenset(_numbers(siblings))

    async def _alone(self, criterion: Criterion, type_: str, scope: Subjects | None) -> Criterion:
        """Return what `criterion` says of an entry of `type_` within `scope`, without a join."""
        if isinstance(criterion, AnyOf | AllOf):
            branches = [await self._branch(one, type_, scope) for one in criterion.criteria]
            return replace(criterion, criteria=tuple(branches))
        if isinstance(criterion, Not):
            return Not(await self._branch(criterion.criterion, type_, scope))
        if isinstance(criterion, Chain):
            return await self._chain(criterion)
        if isinstance(criterion, Has):
            return await self._has(criterion, type_, scope)
        return criterion

    async def _branch(self, criterion: Criterion, type_: str, scope: Subjects | None) -> Criterion:
        if isinstance(criterion, InRecordOf) or _on_persons(criterion, type_):
            found, within = await self._matches(type_, criterion, scope)
            return IdIs(_ids(await self._select(found, "h.id", within)))
        return await self._alone(criterion, type_, scope)

    async def _chain(self, chain: Chain) -> RefersTo:
        targets: list[str] = []
        for type_ in chain.types:
            found, scope = await self._matches(type_, chain.criterion)
            targets += [f"{type_}/{id_}" for id_ in _ids(await self._select(found, "h.id", scope))]
        return RefersTo(chain.param, tuple(targets))

    async def _has(self, has: Has, type_: str, scope: Subjects | None) -> IdIs:
        """Ask of every entry of the type whether one that was found points to it."""
        candidates, _ = await self._matches(type_, None, scope)
        ids = _ids(await self._select(candidates, "h.id", scope))
        pointing, within = await self._matches(has.type, has.criterion)
        start = keys.reference_start(has.type, has.param) + f"{type_}/"
        text = (
            "SELECT DISTINCT j.value FROM {texts ?} j "
            "CROSS JOIN tok p ON {has p digest64(? || j.value)} WHERE p.rowid IN ("
        )
        statement = Sql(text, (listed(ids), start))
        statement += _unmasked(has, pointing, self.gate).select(Sql("h.entry")) + Sql(")")
        return IdIs(_ids(await self.reader.query(*statement.parts, subjects=within)))

    async def _matches(
        self, type_: str, criterion: Criterion | None, scope: Subjects | None = None
    ) -> tuple[Matches, Subjects | None]:
        """Return the visible entries of `type_` that meet `criterion`, and where they lie."""
        where = () if criterion is None else (criterion,)
        query, within = await self.resolved(Query(type_, where), scope)
        own = None if within is None else sorted(within)
        return matches(type_, query.where, self.gate, own), within

    async def _select(self, found: Matches, column: str, scope: Subjects | None) -> list[Row]:
        statement = found.select(Sql(f"DISTINCT {column}"))
        return await self.reader.query(*statement.parts, subjects=scope)


async def subjects_of(reader: Reader, criterion: InRecordOf) -> Subjects:
    """Return all subjects of the persons that the Patients are source records of."""
    rows = await reader.rows(
        "record.subjects_of_patients",
        ids=listed(patient_ids(criterion)),
        type=keys.type_number("Patient"),
    )
    return frozenset(_numbers(rows))


def _on_persons(criterion: Criterion, type_: str) -> bool:
    """Tell whether `criterion` asks of persons what stands anywhere in their records."""
    return isinstance(criterion, Has) and type_ == "Patient" and criterion.param in PERSONS_OWN


def _unmasked(has: Has, pointing: Matches, gate: Gate) -> Matches:
    """Leave out entries that do not show what they point to."""
    if not terms.touches_episode(has, has.type):
        return pointing
    shown = negated(gates.masked(gates.group(gate), "h"))
    return replace(pointing, where=every((pointing.where, shown)))


def _ids(rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the texts of the first column, each once, in order."""
    return tuple(sorted({cast("str", row[0]) for row in rows}))


def _numbers(rows: Iterable[Row]) -> list[int]:
    """Return the numbers of the first column, each once, in order."""
    return sorted({cast("int", row[0]) for row in rows})
