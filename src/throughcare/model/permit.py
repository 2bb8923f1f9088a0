"""The register of legal permits: who may see what without the person's consent, by which law."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import msgspec


class Basis(StrEnum):
    """What kind of law a permit rests on."""

    STATUTE = "statute"
    """A law or a court's order that asks for the disclosure: it passes over opt-outs (rank 1)."""
    SUPPORT = "section-251"
    """Support under section 251 of the NHS Act 2006: it sets the duty of confidence aside for one
    project, and opt-outs bind it (rank 6)."""


@dataclass(frozen=True, slots=True)
class LegalPermit:
    """One entry of the register. It opens what it names and nothing else.

    INVARIANT: recipients and purposes are never empty; nothing here means "anybody".
    """

    id: str
    basis: Basis
    provision: str
    """The law, and the project's reference, as the approver states it."""
    approver: str
    recipients: frozenset[str]
    """As `throughcare.model.directive.Rule.actors`: ``UNI``, ``role:researcher&UNI``."""
    purposes: frozenset[str]
    starts: date
    ends: date
    """Last day."""
    categories: frozenset[str] = frozenset()
    """Kinds of entry; none means every kind that the role sees."""
    labels: frozenset[str] = frozenset()
    """None: entries without a closed label. Else: entries with one of these, as far as all their
    closed labels are named."""
    persons: frozenset[int] | None = None
    """None: everybody."""


class Items(msgspec.Struct, frozen=True):
    """What an entry opens, and to whom; `persons` are public ids."""

    recipients: tuple[str, ...]
    purposes: tuple[str, ...]
    categories: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    persons: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the register."""

    id: str
    basis: Basis
    provision: str
    approver: str
    items: Items
    starts: date
    ends: date
    added: str = ""
    added_by: str = ""
    ended: str = ""
    """When it was ended before its last day; "" where it was not."""
    ended_by: str = ""

    def permit(self, persons: Mapping[str, int]) -> LegalPermit:
        """Return the permit; `persons` gives the person of each public id that is still one."""
        named = self.items.persons
        return LegalPermit(
            self.id,
            self.basis,
            self.provision,
            self.approver,
            frozenset(self.items.recipients),
            frozenset(self.items.purposes),
            self.starts,
            self.ends,
            frozenset(self.items.categories),
            frozenset(self.items.labels),
            None if named is None else frozenset(persons[one] for one in named if one in persons),
        )
