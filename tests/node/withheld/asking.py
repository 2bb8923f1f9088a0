"""Draws the parts of questions: names of what is stored, withheld or unknown, and criteria."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - seeded, so that a case can be had again
from typing import Any

from node.withheld.making import CODES, SCT
from node.withheld.world import Lead, World
from throughcare.fhir import spec


@dataclass(frozen=True)
class Question:
    """One HTTP call below the FHIR base."""

    path: str
    method: str = "GET"
    body: Any = None
    """As JSON has it."""
    headers: Mapping[str, str] = field(default_factory=dict)


TYPES = (
    *("Condition", "Observation", "CarePlan", "Encounter", "List", "Composition", "Patient"),
    *("DocumentReference", "Provenance", "Group", "AuditEvent", "MedicationRequest", "Binary"),
    *("AllergyIntolerance", "Consent", "Appointment"),
)
PERSONAL = tuple(t for t in TYPES if t not in {"Patient", "Binary", "Group", "AuditEvent"})


class Asking:
    """Draws questions about one world."""

    def __init__(self, random: Random, world: World, hidden: frozenset[str]) -> None:
        """Ask about `world`, drawing from `random`, as somebody who does not see `hidden`."""
        self.random = random
        self.world = world
        self.hidden = hidden
        self.leads = world.leads(hidden)

    def type(self) -> str:
        """Return a type that the world has."""
        return self.random.choice(TYPES)

    def name(self, *types: str) -> str:
        """Return the name of an entry, of these types if given; now and then of none."""
        names = [n for n in self.world.entries if not types or n.partition("/")[0] in types]
        return self.random.choice([*names, f"{types[0] if types else 'Condition'}/unknown"])

    def shown_patient(self) -> str:
        """Return a Patient that may be seen: a write about another one is taken, and that tells."""
        names = [n for n in self.world.entries if n.startswith("Patient/") and n not in self.hidden]
        return self.random.choice(names or ["Patient/unknown"])

    def lead(self) -> Lead:
        """Return a way from what is shown to what is withheld, or from anywhere to nothing."""
        return self.random.choice(self.leads or [NOWHERE])

    def written(self) -> str:
        """Return what may be asked to be changed: shown whole, or withheld, or nothing.

        What is shown with parts left out takes no change back, and says so (consent.md, writes).
        """
        names = [
            name
            for name in self.world.entries
            if name.startswith(("Condition/", "Observation/"))
            and (name in self.hidden or self.world.is_whole(name, self.hidden))
        ]
        return self.random.choice([*names, "Condition/unknown"])

    def form(self, name: str) -> str:
        """Return one of the ways to call an entry."""
        forms = (
            "{}",
            "{}",
            "https://other.example/fhir/{}",
            "http://node/fhir/{}",
            "{}/_history/1",
        )
        return self.random.choice(forms).format(name)

    def parameter(self, type_: str, *kinds: str) -> str:
        """Return a parameter of a type, of these kinds if given."""
        known = spec.parameters(type_).values()
        found = [p.code for p in known if (not kinds or p.type in kinds) and p.code[0] != "_"]
        return self.random.choice(sorted(found)) if found else "_lastUpdated"

    def criterion(self, type_: str) -> str:
        """Return one plain criterion on a type."""
        random = self.random
        reference = self.parameter(type_, "reference")
        target = self.random.choice(("Condition", "Encounter", "Patient", "Observation"))
        code = random.choice(CODES)
        choices = [
            f"{self.parameter(type_)}:missing={random.choice(('true', 'false'))}",
            f"_id={self.name(type_).partition('/')[2]}",
            "_lastUpdated=gt2020",
            f"_security={random.choice(('R', 'STD', 'PSY'))}",
        ]
        if type_ in {"Condition", "Observation", "AllergyIntolerance"}:
            choices += [
                f"code={SCT}|{code}",
                f"code:not={code}",
                "code:text=an",
                f"code={SCT}|",
                f"encounter={self.form(self.name('Encounter'))}",
                f"encounter:not-in={code}",
            ]
        if reference != "_lastUpdated":
            choices += [
                f"{reference}={self.form(self.name(target))}",
                f"{reference}={self.name().partition('/')[2]}",
                f"{reference}:identifier=urn:local|{random.choice(('N1', 'N2', 'N9'))}",
                f"{reference}:identifier=urn:local|",
                f"{reference}:missing=true",
            ]
        date = self.parameter(type_, "date")
        if date != "_lastUpdated":
            choices.append(f"{date}={random.choice(('ge', 'lt', 'ap'))}2019-02-03")
        if type_ == "CarePlan":
            choices += [
                f"instantiates-uri=https://node.example/fhir/{self.name('Condition')}",
                "instantiates-uri:below=https://node.example/fhir",
                "instantiates-uri:missing=false",
            ]
        if type_ == "DocumentReference":
            name = self.name("Binary")
            choices += [f"location={name}", "contenttype=text/plain", "location:missing=false"]
            choices.append(f"relationship={self.name('DocumentReference')}$replaces")
        return random.choice(choices)

    def joined(self, type_: str, *more: str) -> str:
        """Return the path of a search on a type."""
        asked = [self.criterion(type_) for _ in range(self.random.randint(0, 2))]
        return f"{type_}?" + "&".join([*asked, *more])

    def shape(self) -> str:
        """Return how many entries a page has, and in what order."""
        random = self.random
        count = f"_count={random.choice((1, 2, 3, 10))}"
        return random.choice(
            (count, f"{count}&_sort=-_lastUpdated", f"{count}&_total=accurate", "")
        )


NOWHERE = Lead("CarePlan", "condition", "Condition/unknown", "Condition/unknown", "N1")
