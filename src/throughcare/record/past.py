"""All versions of some entries: what any of them says is asked of a denial. Ungated."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.record.records import Records
from throughcare.store.protocol import Reader

Json = Mapping[str, Any]


async def versions(
    records: Records,
    reader: Reader,
    names: Iterable[str],
    behind: Callable[[Json], Iterable[str]],
) -> dict[str, Sequence[Json]]:
    """Return the versions of the entries ``Type/id``, and of those that stand `behind` them.

    But for deletions; none of what is not here. Ungated: what a denial says does not depend on
    who may see the entry of whom it names.
    """
    wanted = set(names)
    if not wanted:
        return {}
    gate = Gate({}, Residual((Clause(frozenset(await records.classes(reader))),)))
    found: dict[str, Sequence[Json]] = {}
    while missing := sorted(wanted - found.keys()):
        for name in missing:
            type_, _, id_ = name.partition("/")
            stored = await records.history(reader, type_, id_, gate)
            found[name] = [fhir_bytes.parse(each.body) for each in stored if not each.deleted]
            wanted.update(*map(behind, found[name]))
    return found
