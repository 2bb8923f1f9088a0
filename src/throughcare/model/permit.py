"""The register of legal permits: who may see what without the person's consent, by which law."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


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
