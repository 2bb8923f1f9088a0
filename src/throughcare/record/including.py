"""What a page brings with it: ``_include`` and ``_revinclude``, step by step."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import cast

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import criteria, spec
from throughcare.fhir.index import extract
from throughcare.fhir.terms import Include, InRecordOf
from throughcare.model.decision import Gate
from throughcare.model.entry import Stored
from throughcare.record import gate as gates
from throughcare.record import keys, masking
from throughcare.record.criteria import PERSONS_OWN
from throughcare.record.locking import held
from throughcare.record.plan import matches
from throughcare.record.reading import Reading
from throughcare.record.resolving import subjects_of
from throughcare.record.sql import Sql, every, listed, negated
from throughcare.store.protocol import Reader

ROUNDS = 8
"""Steps that ``:iterate`` goes from the page, at most."""
TERMS = 20_000
"""Links that one statement looks for."""


class Including:
    """Finds what a page includes, under the gate of its search; used by `Searching` alone."""

    def __init__(self, reading: Reading, reader: Reader, gate: Gate) -> None:
        """Return versions through `reading`, in one view and under one gate."""
        self._reading = reading
        self._reader = reader
        self._gate = gate

    async def of(self, includes: Sequence[Include], page: Sequence[Stored]) -> list[Stored]:
        """Return visible entries that the page's point to, or that point to the page's.

        Includes that iterate start again at what was included, until nothing is new.
        """
        met = {(entry.type, entry.id) for entry in page}
        found: list[Stored] = []
        start: Sequence[Stored] = page
        for turn in range(ROUNDS):
            asked = [one for one in includes if one.iterate or not turn]
            if not asked or not start:
                break
            new = await self._step(asked, start)
            start = [entry for entry in new if (entry.type, entry.id) not in met]
            met.update((entry.type, entry.id) for entry in start)
            found += start
        return found

    async def _step(self, includes: Sequence[Include], start: Sequence[Stored]) -> list[Stored]:
        found = await self._pointed([one for one in includes if not one.reverse], start)
        plain: list[str] = []
        telling: list[str] = []
        for include in includes:
            if include.reverse:
                found |= await self._of_persons(include, start)
                tells = masking.tells_episode(include.type, include.param)
                (telling if tells else plain).extend(_links_to(include, start))
        for links, shown in ((plain, False), (telling, True)):
            for place in range(0, len(links), TERMS):
                found |= await self._pointing(links[place : place + TERMS], shown=shown)
        view = held(self._reader, self._gate, set(map(keys.subject_of, found)))
        return await self._reading.entries(view, sorted(found))

    async def _pointed(self, includes: Sequence[Include], start: Sequence[Stored]) -> set[int]:
        """Return the entries that `start` refers to by one of `includes`."""
        wanted: dict[str, list[Include]] = {}
        for include in includes:
            wanted.setdefault(include.type, []).append(include)
        targets: dict[str, set[str]] = {}
        for type_, asked in wanted.items():
            sources = [entry for entry in start if entry.type == type_]
            telling = {one.param for one in asked if masking.tells_episode(type_, one.param)}
            shown = await self._unmasked(type_, sources) if telling and sources else frozenset()
            for entry in sources:
                hidden = frozenset[str]() if entry.id in shown else telling
                for target in _targets(entry, asked, hidden):
                    name, _, id_ = target.partition("/")
                    targets.setdefault(name, set()).add(id_)
        found: set[int] = set()
        for type_, ids in targets.items():
            found |= await visible_ids(self._reader, self._gate, type_, ids)
        return found

    async def _unmasked(self, type_: str, entries: Sequence[Stored]) -> frozenset[str]:
        """Return the ids of those that are shown whole."""
        hidden = gates.masked(gates.group(self._gate), "h")
        text = (
            "SELECT h.id FROM {texts ?} j CROSS JOIN {alias a j ?} "
            "JOIN head h ON h.entry = a.entry WHERE "
        )
        ids = listed(sorted(entry.id for entry in entries))
        statement = Sql(text, (ids, keys.type_number(type_))) + negated(hidden)
        subjects = {entry.subject for entry in entries}
        view = held(self._reader, self._gate, subjects)
        rows = await view.query(*statement.parts, subjects=subjects)
        return frozenset(cast("str", id_) for (id_,) in rows)

    async def _of_persons(self, include: Include, start: Iterable[Stored]) -> set[int]:
        """Return what stands in the records of the persons in `start`, if that is asked for."""
        names = tuple(f"Patient/{entry.id}" for entry in start if entry.type == "Patient")
        if not names or not _is_of_persons(include):
            return set()
        scope = await subjects_of(self._reader, InRecordOf(names))
        found = matches(include.type, (), self._gate, tuple(sorted(scope)))
        view = held(self._reader, self._gate, scope)
        return await numbers(view, found.select(Sql("h.entry")), found.scope)

    async def _pointing(self, links: Sequence[str], *, shown: bool) -> set[int]:
        """Return the visible entries that have one of these terms of references.

        Those alone that are shown whole, if `shown`.
        """
        grouped = gates.group(self._gate)
        tests = [gates.visible(grouped, "h")]
        if shown:
            tests.append(negated(gates.masked(grouped, "h")))
        text = (
            "SELECT h.entry FROM {texts ?} j CROSS JOIN tok t ON {has t j.value} "
            "CROSS JOIN head h ON h.entry = t.rowid WHERE "
        )
        view = held(self._reader, self._gate)
        return await numbers(view, Sql(text, (listed(links),)) + every(tests))


def _is_of_persons(include: Include) -> bool:
    """Tell whether an include asks for what belongs to a person: their whole record is meant."""
    return include.param in PERSONS_OWN and include.target in {"", "Patient"}


def _links_to(include: Include, start: Iterable[Stored]) -> list[str]:
    """Return the terms of references by `include` to one of `start`."""
    types = criteria.targets(include.type, spec.parameters(include.type)[include.param])
    if include.target:
        types = (include.target,)
    return [
        keys.reference(include.type, include.param, f"{entry.type}/{entry.id}")
        for entry in start
        if entry.type in types and not (entry.type == "Patient" and _is_of_persons(include))
    ]


def _targets(entry: Stored, includes: Sequence[Include], hidden: Collection[str]) -> Iterator[str]:
    """Yield what an entry refers to by one of `includes` that is not `hidden` on it."""
    wanted = [(one.param, one.target) for one in includes if one.param not in hidden]
    for param, target in extract(fhir_bytes.parse(entry.body)).references:
        type_ = target.partition("/")[0]
        if (param, "") in wanted or (param, type_) in wanted:
            yield target


async def visible_ids(reader: Reader, gate: Gate, type_: str, ids: Iterable[str]) -> set[int]:
    """Return the entry numbers of those of `ids` that may be seen."""
    seen = gates.visible(gates.group(gate), "h")
    text = (
        "SELECT h.entry FROM {texts ?} j "
        "CROSS JOIN {alias a j ?} "
        "JOIN head h ON h.entry = a.entry WHERE "
    )
    named, number = listed(sorted(set(ids))), keys.type_number(type_)
    if reader.locked:
        rows = await reader.rows("record.entries_among", type=number, ids=named)
        reader = held(reader, gate, {keys.subject_of(cast("int", entry)) for (entry,) in rows})
    return await numbers(reader, Sql(text, (named, number)) + seen)


async def numbers(
    reader: Reader, statement: Sql, subjects: Collection[int] | None = None
) -> set[int]:
    """Return the entry numbers that a statement selects."""
    rows = await reader.query(*statement.parts, subjects=subjects)
    return {cast("int", entry) for (entry,) in rows}
