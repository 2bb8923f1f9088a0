"""Who acts for whom, as pages and commands are told of it."""

from dataclasses import dataclass
from datetime import date

from throughcare.model.acting import Right


@dataclass(frozen=True, slots=True)
class Agency:
    """One grant: somebody acts for somebody, so far and until then."""

    consent: str
    """``Consent/{id}``."""
    account: str
    """Account of whoever acts."""
    right: Right
    state: str
    """``permit``, or the code of the denial: `throughcare.consent.acting.State`."""
    until: date | None
    """The last day on which it is so, as far as is known."""
    types: frozenset[str] = frozenset()
    """FHIR resource types that it is limited to; none for all."""
    labels: frozenset[str] = frozenset()
    """Labels that it names."""
    own: bool = False
    """The person's own word, which they can take back."""

    @property
    def is_open(self) -> bool:
        """Tell whether it opens anything today."""
        return self.state in {"permit", "limited"}
