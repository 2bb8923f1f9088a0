"""Locks for the store: the coarse form of a gate, which the database keeps by itself; pure.

INVARIANT: a lock lets every entry be seen that its gate allows (`throughcare.record.gate.allows`),
so that it changes no answer. Of what a gate hides by date, author or id it hides nothing: that is
a matter of the gate alone.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from throughcare.fhir.terms import AllOf, AnyOf, Chain, Criterion, Has, InRecordOf, Not
from throughcare.model.decision import Gate, Residual
from throughcare.model.entry import EntryClass
from throughcare.store.lock import Classes, Lock, classes
from throughcare.store.protocol import Reader


def held(reader: Reader, gate: Gate, scope: Iterable[int] | None = None) -> Reader:
    """Return the view of `reader` under the lock of `gate`; itself where there is no lock."""
    return reader.under(lock_of(gate, scope)) if reader.locked else reader


def lock_of(gate: Gate, scope: Iterable[int] | None = None) -> Lock:
    """Return the lock of `gate`, over the subjects of `scope` alone if given."""
    if scope is not None:
        return Lock({one: _classes(gate.residuals.get(one, gate.others)) for one in scope})
    others = _classes(gate.others)
    known: dict[int, Classes] = {}  # by identity: many subjects share a residual
    listed = {}
    for subject, residual in gate.residuals.items():
        seen = known.get(id(residual))
        if seen is None:
            seen = known[id(residual)] = _classes(residual)
        if seen != others:
            listed[subject] = seen
    return Lock(listed, others)


@lru_cache(maxsize=4_096)
def _classes(residual: Residual) -> Classes:
    return classes(number for clause in residual.clauses for number in clause.classes)


def lock_on(
    subjects: Iterable[int], known: Mapping[int, EntryClass], types: Collection[str] | None
) -> Lock:
    """Return the lock of all entries of `subjects`, of `types` if given, whoever asks."""
    numbers = [number for number, cls in known.items() if types is None or cls.type in types]
    return Lock(dict.fromkeys(subjects, classes(numbers)))


def stays(criteria: Iterable[Criterion]) -> bool:
    """Tell whether criteria look at entries of the subjects alone that a search stays within."""
    return not any(map(_leaves, criteria))


def _leaves(criterion: Criterion) -> bool:
    if isinstance(criterion, AnyOf | AllOf):
        return any(isinstance(one, InRecordOf) or _leaves(one) for one in criterion.criteria)
    if isinstance(criterion, Not):
        return isinstance(criterion.criterion, InRecordOf) or _leaves(criterion.criterion)
    return isinstance(criterion, Chain | Has)
