"""A record as it was sent, and the same as if what is withheld had never been."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from node.withheld.links import MASKED, told, without_episode
from throughcare.fhir.index import extract

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"


@dataclass(frozen=True)
class Lead:
    """A search parameter of an entry that is shown, leading to one that is not."""

    type: str
    param: str
    to: str
    target: str
    """As it stands in the reference."""
    number: str
    """Value of the identifier beside it; "" for none."""


@dataclass
class World:
    """What two sources sent, in order."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By name; links are `Link`, so that they can be told in either form."""
    of: dict[str, str] = field(default_factory=dict)
    """The Patient that each is about, by name."""
    episodes: frozenset[str] = frozenset()
    """Names of critical entries that the reader is shown without their episode."""
    sent: list[tuple[str, list[str]]] = field(default_factory=list)
    """Source, and the names of what it sent in one go."""

    def resources(self, names: Iterable[str], hidden: frozenset[str]) -> list[dict[str, Any]]:
        """Return what was sent of `names`, as if what is `hidden` had never been.

        A Consent rules also where it is withheld: it goes only with its person, and says the same.
        """
        gone = {
            name
            for name in hidden
            if not name.startswith("Consent/") or self.of.get(name, "") in hidden
        }
        return [
            self.told(name, frozenset() if name in hidden else hidden)
            for name in names
            if name not in gone
        ]

    def can_be_without(self, hidden: frozenset[str]) -> bool:
        """Tell whether everybody of whom something is left has their Patient left."""
        left = {self.of[name] for name in self.entries if name not in hidden} - {""}
        return left.isdisjoint(hidden)

    def told(self, name: str, hidden: frozenset[str]) -> dict[str, Any]:
        """Return an entry in the form of a record without what is `hidden`."""
        entry = self.entries[name]
        shown: dict[str, Any] = told(entry, hidden)
        if name in self.episodes and hidden:
            shown = without_episode(shown)
            # It stays where it stood, so that the order does not tell.
            shown = {k: shown.get(k, MASKED) for k in entry if k in shown or k == "encounter"}
        return shown

    def people(self) -> list[str]:
        """Return the names of the Patients."""
        return [name for name in self.entries if name.startswith("Patient/")]

    def label(self, name: str, labels: Iterable[str]) -> None:
        """Have an entry sent with labels besides its own."""
        entry = self.entries[name]
        own = entry.get("meta", {}).get("security", [])
        more = [
            {"system": CONFIDENTIALITY if label in {"R", "V"} else ACT_CODE, "code": label}
            for label in sorted(labels)
        ]
        meta = {"meta": {"security": [*own, *more]}}
        self.entries[name] = {
            "resourceType": entry["resourceType"],
            "id": entry["id"],
            **(entry | meta),
        }

    def is_whole(self, name: str, hidden: frozenset[str]) -> bool:
        """Tell whether an entry is shown as it is stored."""
        return self.told(name, hidden) == self.told(name, frozenset())

    def leads(self, hidden: frozenset[str]) -> list[Lead]:
        """Return how what is shown leads to what is `hidden`, by search parameters."""
        found = []
        for name, entry in self.entries.items():
            if name in hidden:
                continue
            index = extract(told(entry, frozenset()))
            numbers = {(param, target): number for param, _, number, target in index.identifiers}
            for param, target in index.references:
                to = "/".join(target.rsplit("/", 2)[-2:])
                if to in hidden:
                    number = numbers.get((param, target), "")
                    found.append(Lead(name.partition("/")[0], param, to, target, number))
        return found
