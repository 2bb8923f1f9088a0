"""Applies `mask` to what a query returned: which links are hidden, which episodes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from throughcare.disclosure import mask
from throughcare.disclosure.gates import Ground
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
        """Return `entries` without links to hidden ones; bytes stay where nothing is hidden.

        An entry is parsed only if it has to be changed.
        """
        links = [mask.links_in(entry.body) if entry.subject else () for entry in entries]
        hidden = await self._hidden(entries, links)
        return tuple(
            self._cleaned(entry, hidden) if self._leaks(entry, of_entry, hidden) else entry
            for entry, of_entry in zip(entries, links, strict=True)
        )

    def _leaks(self, entry: Stored, links: Collection[str], hidden: frozenset[str]) -> bool:
        """Tell whether `entry` may say something of what is hidden."""
        if not entry.subject or not entry.body:
            return False
        if hidden and not hidden.isdisjoint(links):
            return True
        return self._episode_is_hidden(entry) or self._is_restricted(entry)

    def _cleaned(self, entry: Stored, hidden: frozenset[str]) -> Stored:
        resource = fhir_bytes.parse(entry.body)
        shown = mask.without_links(resource, hidden)
        if self._episode_is_hidden(entry):
            shown = mask.without_episode(shown)
        if self._is_restricted(entry):
            shown = mask.without_location(shown)
        return entry if shown == resource else replace(entry, body=fhir_bytes.dump(shown))

    async def _hidden(
        self, entries: Sequence[Stored], links: Iterable[Collection[str]]
    ) -> frozenset[str]:
        """Return those of `links` that are stored here and not visible.

        What is in the answer itself is visible, and is not asked for.
        """
        asked = {link for of_entry in links for link in of_entry}
        asked -= {f"{entry.type}/{entry.id}" for entry in entries}
        if not asked:
            return frozenset()
        return await self.records.hidden(self.reader, asked, self.ground.gate)

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
