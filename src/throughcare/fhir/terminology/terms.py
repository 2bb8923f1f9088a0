"""One terminology for all who ask: profiles, FHIRPath and search."""

from typing import Final

from throughcare.fhir.codes import Codes
from throughcare.fhir.terminology import expanding
from throughcare.fhir.terminology.library import Library
from throughcare.kernel import ThroughcareError

MOST_FOR_SEARCH: Final = 10_000
"""Codes that a search looks for at once."""


class Terms:
    """Answers about codes; None where the node does not know. The same object says the same."""

    def __init__(self, library: Library) -> None:
        """Answer from what `library` knows."""
        self.library = library
        self._members: dict[str, Codes | None] = {}

    def contains(self, value_set: str, system: str | None, code: str) -> bool | None:
        """Tell whether a value set has a code."""
        known = self.library.value_set(value_set)
        return None if known is None else expanding.contains(self.library, known, system, code)

    def member(self, value_set: str, system: str, code: str) -> bool | None:
        """Tell the same; "" as system stands for any."""
        return self.contains(value_set, system or None, code)

    def members(self, value_set: str) -> Codes | None:
        """Return the codes of a value set; None where it can't be listed, or for too many."""
        if value_set not in self._members:
            self._members[value_set] = self._listed(value_set)
        return self._members[value_set]

    def _listed(self, value_set: str) -> Codes | None:
        known = self.library.value_set(value_set)
        if known is None:
            return None
        try:
            found = expanding.listed(self.library, known)
        except ThroughcareError:
            return None
        return frozenset(found) if len(found) <= MOST_FOR_SEARCH else None

    def below(self, system: str, code: str) -> Codes | None:
        """Return `code` and all codes that it subsumes."""
        return self._along(system, code, is_up=False)

    def above(self, system: str, code: str) -> Codes | None:
        """Return `code` and all codes that subsume it."""
        return self._along(system, code, is_up=True)

    def _along(self, system: str, code: str, *, is_up: bool) -> Codes | None:
        table = self.library.system(system)
        if table is None:
            return None
        found = table.above(code) if is_up else table.below(code)
        if len(found) > MOST_FOR_SEARCH:
            return None
        return frozenset((system, each) for each in (*found, code))
