"""Applies `mask` to what a query returned: which links are hidden, which episodes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from throughcare.disclosure import mask
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.links import siblings
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.decision import Residual
from throughcare.model.entry import Stored
from throughcare.model.request import Role
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
        wanted = await self._leaking(entries)
        if not wanted:
            return tuple(entries)
        parsed = {_key(entry): fhir_bytes.parse(entry.body) for entry in wanted}
        hidden = await self._hidden(mask.links(list(parsed.values())))
        return tuple(
            self._cleaned(entry, parsed[_key(entry)], hidden) if _key(entry) in parsed else entry
            for entry in entries
        )

    def _cleaned(
        self, entry: Stored, resource: Mapping[str, Any], hidden: frozenset[str]
    ) -> Stored:
        shown = mask.without_links(resource, hidden)
        if self._episode_is_hidden(entry):
            shown = mask.without_episode(shown)
        if self._is_restricted(entry):
            shown = mask.without_location(shown)
        return entry if shown == resource else replace(entry, body=fhir_bytes.dump(shown))

    async def _leaking(self, entries: Sequence[Stored]) -> list[Stored]:
        """Return the entries that may say something of what is hidden.

        Those of a person with a hidden entry, those with an episode, and restricted Patients.
        """
        live = [entry for entry in entries if entry.subject and entry.body]
        subjects = {entry.subject for entry in live}
        if not subjects:
            return []
        everyone = await siblings(self.reader, subjects)
        if await self.records.hides(self.reader, everyone, self.ground.gate):
            return live
        return [
            entry for entry in live if self._episode_is_hidden(entry) or self._is_restricted(entry)
        ]

    def _episode_is_hidden(self, entry: Stored) -> bool:
        if not entry.cls.episode:
            return False
        masked = self._residual(entry.subject).masked
        return any(self.ground.classes[number] == entry.cls for number in masked)

    def _is_restricted(self, entry: Stored) -> bool:
        own = self.ground.request.actor.role is Role.PATIENT
        return (
            entry.type == "Patient"
            and not own
            and entry.subject in self.ground.known.restricted_subjects
        )

    def _residual(self, subject: int) -> Residual:
        return self.ground.gate.residuals.get(subject, self.ground.gate.others)

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


def _key(entry: Stored) -> tuple[str, str, int]:
    return entry.type, entry.id, entry.version
