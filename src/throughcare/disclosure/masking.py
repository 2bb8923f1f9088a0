"""Applies `mask` to what a query returned: which links are hidden, which episodes."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import msgspec

from throughcare.disclosure import mask
from throughcare.disclosure.gates import Ground
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import mentions
from throughcare.model.decision import Residual
from throughcare.model.entry import EntryClass, Stored
from throughcare.model.request import Role
from throughcare.record import Records
from throughcare.record.glance import Glanced
from throughcare.record.links import are_among, are_shown
from throughcare.store.protocol import Reader

NOTHING: Final[frozenset[str]] = frozenset()
NOBODY: Final = frozenset({"Basic/!"})
"""A name that nothing can have: it is looked for where a sender masked something."""
_MASKED: Final = b'"valueCode":"masked"'
"""What stands in an entry whose sender masked something."""
SHARED: Final = frozenset({"Group"})
"""Types that may link to somebody's entry though they are nobody's; all others do not."""


class Masking(msgspec.Struct, frozen=True):
    """Cleans the entries of one answer."""

    records: Records
    reader: Reader
    ground: Ground

    def leaves(self, entry: Stored) -> bool:
        """Tell, of what is kept beside it alone, that `entry` is handed out as it is."""
        return (
            are_shown(self.ground.gate, entry.links)
            and not entry.cls.episode
            and entry.subject not in self.ground.known.restricted_subjects
            and _MASKED not in entry.body
        )

    async def clean(
        self, entries: Sequence[Stored], visible: Collection[int] = ()
    ) -> tuple[Stored, ...]:
        """Return `entries` without links to hidden ones; bytes stay where nothing is hidden.

        `visible` are numbers of entries that may be seen, which may be named. An entry is parsed
        only if it has to be changed, or its sender masked something: that takes as long, so that
        no time tells who masked it.
        """
        gate = self.ground.gate
        unsure = [
            e
            for e in entries
            if not (are_among(visible, e.links) or are_shown(gate, e.links)) or _MASKED in e.body
        ]
        masked = any(_MASKED in e.body for e in unsure)
        named = mentions.within([e.body for e in unsure if e.subject or e.type in SHARED])
        named |= NOBODY if masked else NOTHING
        hidden = NOTHING
        if named:
            asked = _outside(entries, named)
            hidden = await self.records.hidden(self.reader, asked, gate)
        hidden |= NOBODY if masked else NOTHING
        if not hidden and not self._may_mark(entries):
            return tuple(entries)
        return tuple(
            self._cleaned(entry, hidden) if self._leaks(entry, hidden) else entry
            for entry in entries
        )

    def _may_mark(self, entries: Sequence[Stored]) -> bool:
        """Tell whether one of `entries` may have an episode or be of a restricted person."""
        restricted = self.ground.known.restricted_subjects
        return bool([e for e in entries if e.cls.episode or e.subject in restricted])

    def _leaks(self, entry: Stored, hidden: frozenset[str]) -> bool:
        """Tell whether `entry` may say something of what is hidden."""
        if not entry.body or not (entry.subject or entry.type in SHARED):
            return False
        if hidden and not hidden.isdisjoint(mentions.within([entry.body])):
            return True
        if _MASKED in entry.body:
            return True
        return self._episode_is_hidden(entry) or self._is_restricted(entry)

    def _cleaned(self, entry: Stored, hidden: frozenset[str]) -> Stored:
        resource = fhir_bytes.parse(entry.body)
        shown = mask.without_links(resource, hidden)
        if self._episode_is_hidden(entry):
            shown = mask.without_episode(shown)
        if self._is_restricted(entry):
            shown = mask.without_location(shown)
        body = fhir_bytes.dump(shown)
        return entry if shown == resource else msgspec.structs.replace(entry, body=body)

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


def _outside(entries: Sequence[Stored], named: set[str]) -> set[str]:
    """Return what of `named` is to be looked up: what is in the answer itself is visible."""
    if len(named) <= len(entries) // 8:  # a few are asked for sooner than told apart
        return named
    return named.difference([f"{entry.type}/{entry.id}" for entry in entries])


def classes_of(entries: Iterable[Stored | Glanced]) -> Collection[EntryClass]:
    """Return the classes of `entries`, most of them once: by identity, since they are interned."""
    return {id(entry.cls): entry.cls for entry in entries}.values()
