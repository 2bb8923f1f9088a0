"""Applies `mask` to what a query returned: which links are hidden, which episodes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from throughcare.disclosure import mask
from throughcare.disclosure.gates import Ground
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.decision import Residual
from throughcare.model.entry import Stored
from throughcare.record import Records
from throughcare.store.protocol import Reader


@dataclass(frozen=True, slots=True)
class Masking:
    """Cleans the entries of one answer."""

    records: Records
    reader: Reader
    ground: Ground

    async def clean(self, entries: Sequence[Stored]) -> tuple[Stored, ...]:
        """Return `entries` without links to hidden ones; bytes stay where nothing is hidden."""
        wanted = [entry for entry in entries if self._may_leak(entry)]
        if not wanted:
            return tuple(entries)
        parsed = {
            (entry.type, entry.id, entry.version): fhir_bytes.parse(entry.body) for entry in wanted
        }
        hidden = await self._hidden(mask.links(list(parsed.values())))
        cleaned = []
        for entry in entries:
            resource = parsed.get((entry.type, entry.id, entry.version))
            if resource is None:
                cleaned.append(entry)
                continue
            shown = self._shown(entry, resource, hidden)
            body = entry.body if shown == resource else fhir_bytes.dump(shown)
            cleaned.append(replace(entry, body=body))
        return tuple(cleaned)

    def _shown(
        self, entry: Stored, resource: dict[str, object], hidden: frozenset[str]
    ) -> dict[str, object]:
        shown = mask.without_links(resource, hidden)
        if self._class_number(entry) in self._residual(entry.subject).masked:
            shown = mask.without_episode(shown)
        if entry.type == "Patient" and entry.cls.labels & {"R", "V"} and not self._own():
            shown = mask.without_location(shown)
        return shown

    def _own(self) -> bool:
        return self.ground.request.actor.role == "patient"

    def _residual(self, subject: int) -> Residual:
        return self.ground.gate.residuals.get(subject, self.ground.gate.others)

    def _may_leak(self, entry: Stored) -> bool:
        """Return whether something of this subject may be hidden, by classes alone."""
        if entry.subject == 0 or entry.deleted or not entry.body:
            return False
        residual = self._residual(entry.subject)
        open_classes = {
            number
            for clause in residual.clauses
            if not clause.holds and not clause.fails
            for number in clause.classes
        }
        return bool(residual.masked) or len(open_classes) < len(self.ground.classes)

    def _class_number(self, entry: Stored) -> int:
        for number, cls in self.ground.classes.items():
            if cls == entry.cls:
                return number
        return -1

    async def _hidden(self, links: Iterable[str]) -> frozenset[str]:
        """Return those of `links` that are stored here and not visible."""
        local = [link for link in links if link.count("/") == 1]
        visible = await self.records.visible(self.reader, local, self.ground.gate)
        hidden = set()
        for link in set(local) - visible:
            type_, _, id_ = link.partition("/")
            if await self.records.current(self.reader, type_, id_) is not None:
                hidden.add(link)
        return frozenset(hidden)
