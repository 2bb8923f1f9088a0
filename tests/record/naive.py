"""The record in dictionaries: what `throughcare.record` must answer, as plainly as can be."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from record.plainly import plain
from throughcare.fhir.terms import (
    AllOf,
    AnyOf,
    Chain,
    Criterion,
    Has,
    IdentifierIs,
    Include,
    Index,
    InRecordOf,
    Not,
    Query,
    RefersTo,
)
from throughcare.fhir.text import fold_text
from throughcare.model.decision import Atom, AuthorIs, DateWithin, Gate
from throughcare.model.entry import EntryClass
from throughcare.record import NewEntry

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPISODE_PARAMS = {
    ("Observation", "encounter"),
    ("Condition", "encounter"),
    ("Condition", "asserter"),
}
"""Parameters of the test's own types that would tell what is masked."""


def micros(moment: datetime) -> int:
    """Return microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Version:
    """One version of one entry."""

    type: str
    id: str
    number: int
    subject: int
    cls: EntryClass
    index: Index
    body: bytes
    updated: datetime
    deleted: bool

    @property
    def name(self) -> str:
        """Return ``Type/id``."""
        return f"{self.type}/{self.id}"


@dataclass
class Naive:
    """Everything, in memory."""

    persons: Mapping[int, int]
    """Person by subject; a subject that is missing is a person of its own."""
    numbers: dict[EntryClass, int] = field(default_factory=dict)
    versions: dict[str, list[Version]] = field(default_factory=dict)
    places: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    """(subject, how many came before) by name and subject-run."""
    arrivals: dict[str, tuple[int, int]] = field(default_factory=dict)

    def put(self, entry: NewEntry) -> Version:
        """Store a version, as `Records.put` does."""
        name = f"{entry.type}/{entry.id}"
        versions = self.versions.setdefault(name, [])
        last = versions[-1] if versions else None
        if entry.deleted:
            assert last is not None
            if last.deleted:
                return last
            ended = Version(
                entry.type, entry.id, last.number + 1, last.subject, entry.cls, last.index, b"",
                entry.updated, deleted=True,
            )  # fmt: skip
            versions.append(ended)
            return ended
        new = Version(
            entry.type, entry.id, last.number + 1 if last else 1, entry.subject, entry.cls,
            entry.index, entry.body, entry.updated, deleted=False,
        )  # fmt: skip
        if last and not last.deleted and _content(last) == _content(new):
            return last
        if last is None or last.subject != entry.subject:
            self.arrivals[name] = (entry.subject, len(self.places))
            self.places[name, len(self.places)] = self.arrivals[name]
        versions.append(new)
        return new

    def relabel(self, type_: str, id_: str, cls: EntryClass) -> None:
        """Give the current version another class."""
        versions = self.versions.get(f"{type_}/{id_}", [])
        if versions and not versions[-1].deleted:
            v = versions[-1]
            versions[-1] = Version(
                v.type, v.id, v.number, v.subject, cls, v.index, v.body, v.updated, v.deleted
            )

    def current(self) -> Iterator[Version]:
        """Yield what is not deleted, in the order of subjects and arrival."""
        for name in sorted(self.arrivals, key=lambda n: self.arrivals[n]):
            if not self.versions[name][-1].deleted:
                yield self.versions[name][-1]

    def visible(self, version: Version, gate: Gate) -> bool:
        """Decide about one version."""
        residual = gate.residuals.get(version.subject, gate.others)
        return any(
            self.numbers[version.cls] in clause.classes
            and all(holds(atom, version) for atom in clause.holds)
            and all(not holds(atom, version) for atom in clause.fails)
            for clause in residual.clauses
        )

    def masked(self, version: Version, gate: Gate) -> bool:
        """Tell whether encounter and author are taken out."""
        residual = gate.residuals.get(version.subject, gate.others)
        return self.numbers[version.cls] in residual.masked

    def seen(self, gate: Gate, type_: str | None = None) -> list[Version]:
        """Return the visible current versions."""
        return [v for v in self.current() if type_ in {None, v.type} and self.visible(v, gate)]

    def history(self, name: str, gate: Gate) -> list[int]:
        """Return the visible version numbers, newest first."""
        versions = self.versions.get(name, [])[::-1]
        if not versions or not self.visible(versions[0], gate):
            return []
        return [v.number for v in versions if self.visible(v, gate)]

    def person(self, subject: int) -> set[int]:
        """Return all subjects of the person that `subject` belongs to."""
        if subject == 0:
            return set()
        own = self.persons.get(subject)
        return {subject} | {s for s, p in self.persons.items() if own is not None and p == own}

    def search(self, query: Query, gate: Gate, subjects: Iterable[int] | None) -> list[Version]:
        """Return all visible matches in order."""
        scope = None if subjects is None else set(subjects)
        wanted = {branch.type: branch.where for branch in query.each()}
        found = [
            v
            for v in self.seen(gate)
            if v.type in wanted
            and (scope is None or v.subject in scope)
            and all(self.meets(c, v, gate) for c in wanted[v.type])
        ]
        for param, descending in reversed(query.sort):
            values = {v.name: self.sort_value(v, param, descending, gate) for v in found}
            valued = [v for v in found if values[v.name] is not None]
            empty = [v for v in found if values[v.name] is None]
            valued.sort(key=lambda v: values[v.name], reverse=descending)
            found = valued + empty
        return found

    def sort_value(self, v: Version, param: str, descending: bool, gate: Gate) -> object:  # noqa: FBT001
        """Return the value that `v` is sorted by, as far as the reader may know; None for none."""
        if param == "_id":
            return v.id
        if param == "_lastUpdated":
            return v.updated
        index = self._index(v, gate)
        values: list[object] = [fold_text(t) for p, t in index.strings if p == param]
        values += [low for p, low, _ in index.dates if p == param]
        for name in (param, f"{param}:canonical"):  # base units, where there are, count alone
            values = [low for p, low, *_ in index.quantities if p == name] or values
        values += [f"{system}|{code}" for p, system, code in index.tokens if p == param]
        values += [value for p, value in index.uris if p == param]
        targets = [t for p, t in index.references if p == param and t]
        values += [t for t in targets if not self._hides(t, gate)]
        if not values:
            return None
        return max(values) if descending else min(values)  # type: ignore[type-var]

    def meets(self, c: Criterion, v: Version, gate: Gate) -> bool:
        """Tell whether `v` meets `c`, as far as the reader may know."""
        if isinstance(c, AnyOf):
            return any(self.meets(one, v, gate) for one in c.criteria)
        if isinstance(c, AllOf):
            return all(self.meets(one, v, gate) for one in c.criteria)
        if isinstance(c, Not):
            return not self.meets(c.criterion, v, gate)
        if isinstance(c, InRecordOf):
            return any(v.subject in self.person(s) for s in self._subjects(c, gate))
        if isinstance(c, Has):
            return any(self._points(c, other, v, gate) for other in self.seen(gate, c.type))
        index = self._index(v, gate)
        if isinstance(c, Chain):
            targets = {
                t.name
                for t in self.seen(gate)
                if t.type in c.types and self.meets(c.criterion, t, gate)
            }
            return any(p == c.param and target in targets for p, target in index.references)
        if isinstance(c, RefersTo):
            known = tuple(target for target in c.targets if not self._hides(target, gate))
            c = replace(c, targets=known)
        if isinstance(c, IdentifierIs):
            led = {target for _, _, _, target in index.identifiers}
            c = replace(c, unless=tuple(target for target in led if self._hides(target, gate)))
        return plain(c, v.id, micros(v.updated), index)

    def _hides(self, text: str, gate: Gate) -> bool:
        """Tell whether there is an entry that `text` names, and it may not be seen."""
        bare = "/" + text.partition("/_history/")[0]
        named = [name for name in self.versions if bare.endswith(f"/{name}")]
        return any(not self.visible(self.versions[name][-1], gate) for name in named)

    def _subjects(self, c: InRecordOf, gate: Gate) -> list[int]:
        known = [name for name in c.patients if name in self.versions]
        return [self.versions[n][-1].subject for n in known if not self._hides(n, gate)]

    def _points(self, c: Has, other: Version, v: Version, gate: Gate) -> bool:
        if not self.meets(c.criterion, other, gate):
            return False
        if v.type == "Patient" and c.param in {"patient", "subject"}:
            return v.subject in self.person(other.subject)
        return (c.param, v.name) in self._index(other, gate).references

    def _index(self, v: Version, gate: Gate) -> Index:
        """Return the search values of `v`, without what is masked."""
        if not self.masked(v, gate):
            return v.index
        return Index(
            v.index.tokens,
            tuple(map(partial(_without_episode, v.type), _led(v.index))),
            v.index.strings,
            v.index.dates,
            v.index.numbers,
            v.index.quantities,
            v.index.uris,
            v.index.texts,
            v.index.composites,
            (),
            v.index.date,
            v.index.author,
        )

    def included(
        self, includes: Sequence[Include], page: Sequence[Version], gate: Gate
    ) -> set[str]:
        """Return the names of what a page includes, without those on it."""
        names = {v.name for v in page}
        found = {name for one in includes for name in self._included(one, page, gate)} - names
        while True:
            start = [self.versions[name][-1] for name in sorted(found | names)]
            again = [one for one in includes if one.iterate]
            more = {name for one in again for name in self._included(one, start, gate)}
            if more <= found | names:
                return found
            found |= more - names

    def _included(self, include: Include, page: Sequence[Version], gate: Gate) -> set[str]:
        """Return the names of what one include finds from a page."""
        seen = self.seen(gate)
        if not include.reverse:
            targets = {
                target
                for v in page
                if v.type == include.type
                for param, target in self._index(v, gate).references
                if param == include.param
            }
            return {v.name for v in seen if v.name in targets}
        people = [v for v in page if v.type == "Patient"]
        found = set()
        if include.param in {"patient", "subject"}:
            whole = {s for v in people for s in self.person(v.subject)}
            found = {v.name for v in seen if v.type == include.type and v.subject in whole}
            page = [v for v in page if v.type != "Patient"]
        names = {v.name for v in page}
        return found | {
            v.name
            for v in seen
            if v.type == include.type
            and any(p == include.param and t in names for p, t in self._index(v, gate).references)
        }


def _led(index: Index) -> list[tuple[str, str]]:
    """Return the parameters that refer to something, with what; an identifier is enough."""
    alone = [(param, "") for param, _, _, target in index.identifiers if not target]
    return [*index.references, *alone]


def _without_episode(type_: str, row: tuple[str, str]) -> tuple[str, str]:
    """Return a reference, masked where it is an episode's: the encounter is masked in place."""
    param, target = row
    return (param, "") if (type_, param) in EPISODE_PARAMS else (param, target)


def _content(v: Version) -> tuple[object, ...]:
    return v.subject, v.cls, v.body


def holds(atom: Atom, v: Version) -> bool:
    """Decide one atom: periods overlap; without a date only the open period holds."""
    if isinstance(atom, AuthorIs):
        return v.index.author == atom.author
    if not isinstance(atom, DateWithin):
        return v.name == atom.reference
    if atom.low is None and atom.high is None:
        return True
    if v.index.date is None:
        return False
    first, last = (EPOCH + timedelta(microseconds=end) for end in v.index.date)
    return (atom.low is None or last.date() >= atom.low) and (
        atom.high is None or first.date() <= atom.high
    )
