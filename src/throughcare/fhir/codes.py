"""What search asks a terminology: members of value sets, and codes above and below another."""

from collections.abc import Hashable
from typing import Protocol

from throughcare.fhir import spec

Codes = frozenset[tuple[str, str]]
"""(system, code) each."""


class Terminology(Hashable, Protocol):
    """Answers about codes; None where it does not know. The same object always says the same."""

    def members(self, value_set: str) -> Codes | None:
        """Return the codes of a value set."""

    def below(self, system: str, code: str) -> Codes | None:
        """Return `code` and all codes that it subsumes."""

    def above(self, system: str, code: str) -> Codes | None:
        """Return `code` and all codes that subsume it."""


class Standard:
    """What the specification pack alone can say: the value sets that R4 requires somewhere."""

    def members(self, value_set: str) -> Codes | None:
        """Return the codes of a value set that some element of R4 requires."""
        try:
            found = spec.value_set(value_set.partition("|")[0])
        except KeyError:
            return None
        if found is None:
            return None
        return frozenset((system, code) for system, codes in found.items() for code in codes)

    def below(self, system: str, code: str) -> Codes | None:
        """Return None: the pack has no hierarchies."""
        del system, code
        return None

    def above(self, system: str, code: str) -> Codes | None:
        """Return None: the pack has no hierarchies."""
        del system, code
        return None


STANDARD = Standard()
