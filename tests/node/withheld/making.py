"""Makes random records: three people, with entries of many types that speak of each other."""

from random import Random  # noqa: TID251 - seeded, so that a case can be had again
from typing import Any

from node.withheld.consents import Saying
from node.withheld.drawing import ACT, Drawing
from node.withheld.links import Attached, Link, Naming
from node.withheld.world import World

SCT = "http://snomed.info/sct"
LOINC = "http://loinc.org"
HIV, ASTHMA, DEPRESSION, DEMENTIA = "86406008", "195967001", "35489007", "52448006"
CODES = (HIV, ASTHMA, DEPRESSION, DEMENTIA)
UNIVERSITY = "RUNI"
KEEPER = "rxx"
"""A second source, of entries alone: readers of its own organisation are among those who ask."""
FAMILIES = ("Abbott", "Brennan", "Castle")


def concept(system: str, code: str, text: str = "") -> dict[str, Any]:
    """Return a concept of one code."""
    words = {"text": text} if text else {}
    return {"coding": [{"system": system, "code": code}]} | words


class Maker(Drawing):
    """Makes one world out of one number."""

    def world_of(self, size: int) -> World:
        """Return a world of three people, with about `size` entries besides."""
        self.put("Organization", {"name": "Ward"}, "")
        self.put("Practitioner", {"name": [{"family": "Gray"}]}, "")
        self.put("Practitioner", {"name": [{"family": "Hart"}]}, "")
        people = [self.person(number) for number in range(len(FAMILIES))]
        for _ in range(size):
            kind = self.random.choice(KINDS)
            kind(self, self.random.choice(people))
        for person in people:
            for _ in range(self.random.choice((0, 1, 1, 2))):
                self.consent(person)
        names = list(self.world.entries)
        kept = [name for name in names if self.world.of[name] and not name.startswith("Consent/")]
        theirs = set(self.random.sample(kept, len(kept) // 3))
        changed = [n for n in names if n.startswith(("CarePlan/", "Condition/", "Observation/"))]
        again = self.random.sample(changed, min(2, len(changed)))
        self.world.sent = [
            ("gp", [name for name in names if name not in theirs]),
            (KEEPER, [name for name in names if name in theirs]),
            ("gp", [name for name in again if name not in theirs]),
            (KEEPER, [name for name in again if name in theirs]),
        ]
        return self.world

    def person(self, number: int) -> str:
        """Add a Patient."""
        return self.put(
            "Patient",
            {
                "identifier": [{"system": "urn:local", "value": f"P{number}"}],
                "name": [{"family": FAMILIES[number], "given": ["Ida"]}],
                "birthDate": f"19{40 + number}-01-02",
                "gender": ("female", "male", "other")[number],
                "generalPractitioner": [self.link("Practitioner")],
            },
            "",
        )

    def consent(self, person: str) -> None:
        """Add a Consent. One that names single entries is seen by nobody here.

        It rules in a record without those entries too, and would tell their names there.
        """
        about = [name for name in self.world.entries if self.world.of[name] == person]
        shared = [n for n in self.world.entries if n.startswith(("Practitioner/", "Organization/"))]
        saying = Saying(self.random, [*about, *shared], KEEPER.upper(), UNIVERSITY)
        members = saying.members(person)
        name = self.put("Consent", members, person)
        if saying.names_entries:
            closed = [{"system": ACT, "code": "SRC"}, {"system": ACT, "code": "NOPAT"}]
            self.world.entries[name]["meta"] = {"security": closed}

    def encounter(self, person: str) -> None:
        """Add an Encounter."""
        members = {
            "status": "finished",
            "class": {"system": ACT, "code": "AMB"},
            **self.about(person),
            "period": {"start": self.day()},
            **self.some("reasonReference", "Condition", about=person),
        }
        self.put("Encounter", members, person, self.random.choice(("", "", "STD", "R")))

    def visit(self, person: str) -> None:
        """Add what puts somebody on a board of arrivals: an emergency, or an appointment."""
        label = self.random.choice(("", "", "", "STD", "R"))
        if self.random.random() < 0.5:
            members = {
                "status": self.random.choice(("in-progress", "arrived", "triaged")),
                "class": {"system": ACT, "code": "EMER"},
                **self.about(person),
                "period": {"start": "2026-11-24T10:30:00Z"},
                **self.some("reasonReference", "Condition", about=person),
            }
            self.put("Encounter", members, person, label)
            return
        attends = {"actor": Link(person), "status": "accepted"}
        members = {
            "status": "booked",
            "start": "2026-11-24T15:00:00Z",
            "end": "2026-11-24T15:30:00Z",
            "participant": [attends],
            **self.some("reasonReference", "Condition", about=person),
        }
        self.put("Appointment", members, person, label)

    def condition(self, person: str) -> None:
        """Add a Condition."""
        naming = self.link("Observation", "CarePlan", about=person).to
        texts: list[dict[str, Any]] = [{}, {"text": "an illness"}, {"text": Naming(naming)}]
        members = {
            **self.about(person),
            "code": concept(SCT, self.random.choice(CODES)) | self.random.choice(texts),
            **self.maybe("encounter", "Encounter", about=person),
            **self.maybe("recorder", "Practitioner"),
            "recordedDate": self.day(),
            "note": [{"text": "told at the clinic"}],
        }
        evidence = self.some("detail", "Observation", "DocumentReference", about=person)
        self.put(
            "Condition",
            members | ({"evidence": [evidence]} if evidence else {}),
            person,
            self.label(),
        )

    def observation(self, person: str) -> None:
        """Add an Observation, with components."""
        quantity = {"value": self.random.randint(60, 180), "system": "http://unitsofmeasure.org"}
        amount = {"valueQuantity": quantity | {"code": "mm[Hg]", "unit": "mmHg"}}
        category = "http://terminology.hl7.org/CodeSystem/observation-category"
        members = {
            "status": "final",
            "category": [concept(category, "vital-signs")],
            "code": concept(LOINC, self.random.choice(("8867-4", "85354-9"))),
            **self.about(person),
            **self.maybe("encounter", "Encounter", about=person),
            "effectiveDateTime": self.day(),
            **self.some("performer", "Practitioner", "Organization"),
            **amount,
            **self.some("partOf", "Procedure", about=person),
            **self.some("hasMember", "Observation", about=person),
            "component": [{"code": concept(LOINC, "8480-6"), **amount}],
        }
        self.put("Observation", members, person, self.label())

    def allergy(self, person: str) -> None:
        """Add an allergy, which is never withheld for where it was recorded."""
        clinical = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
        members = {
            "clinicalStatus": concept(clinical, "active"),
            "code": concept(SCT, "91936005", "penicillin"),
            "patient": Link(person),
            **self.maybe("encounter", "Encounter", about=person),
            **self.maybe("recorder", "Practitioner"),
            "recordedDate": self.day(),
            "note": [{"text": "told at the clinic"}],
        }
        self.put("AllergyIntolerance", members, person)

    def plan(self, person: str) -> None:
        """Add a CarePlan, which speaks of much else."""
        random = self.random
        naming = self.link("Condition", "Observation", about=person).to
        texts: dict[str, Any] = random.choice(
            (
                {},
                {"title": Naming(naming)},
                {"instantiatesUri": [Naming(naming, "https://node.example/fhir/{}")]},
                {"extension": [{"url": "urn:why", "valueUri": Naming(naming, "{}")}]},
            )
        )
        rows = [{"reference": self.link("MedicationRequest", "ServiceRequest", about=person)}]
        members = {
            **texts,
            "status": "active",
            "intent": "plan",
            **self.about(person),
            **self.maybe("encounter", "Encounter", about=person),
            **self.maybe("author", "Practitioner"),
            **self.some("addresses", "Condition", about=person),
            **self.some("supportingInfo", "Condition", "Observation", "Group"),
            **({"activity": rows} if random.random() < 0.5 else {}),
        }
        self.put("CarePlan", members, person, self.label())

    def listed(self, person: str) -> None:
        """Add a List."""
        rows = [
            {"item": self.link("Condition", "Observation", about=person), "date": self.day()}
            for _ in range(self.random.randint(1, 3))
        ]
        members = {
            "status": "current",
            "mode": "working",
            "title": "problems",
            **self.about(person),
            "entry": rows,
        }
        self.put("List", members, person, self.label())

    def composition(self, person: str) -> None:
        """Add a Composition with a section."""
        section = {
            "title": "Problems",
            "text": _div("the problems"),
            **self.some("entry", "Condition", "Observation", about=person),
        }
        members = {
            "status": "final",
            "type": concept(LOINC, "34133-9"),
            **self.about(person),
            **self.maybe("encounter", "Encounter", about=person),
            "date": self.day(),
            "author": [self.link("Practitioner")],
            "title": self.random.choice(("a letter", "a handover")),
            "section": [section, {"title": "Plans", "text": _div("a plan")}],
        }
        self.put("Composition", members, person, self.label())

    def document(self, person: str) -> None:
        """Add a Binary and the DocumentReference that leads to it."""
        binary = {"contentType": "text/plain", "data": "aGVsbG8=", "securityContext": Link(person)}
        held = self.put("Binary", binary, person, self.label())
        related = self.some("related", "Condition", "Encounter", about=person)
        before = [{"code": "replaces", "target": self.link("DocumentReference", about=person)}]
        members = {
            "status": "current",
            "type": concept(LOINC, "11506-3"),
            **self.about(person),
            "date": "2026-01-02T03:04:05Z",
            "relatesTo": before,
            "content": [{"attachment": Attached(held)}],
            **({"context": related} if related else {}),
        }
        self.put("DocumentReference", members, person, self.label())

    def provenance(self, person: str) -> None:
        """Add a Provenance of something."""
        members = {
            "target": [Link(person), self.link("Condition", "CarePlan", about=person)],
            "recorded": "2026-01-02T03:04:05Z",
            "agent": [{"who": self.link("Practitioner", "Organization")}],
            "entity": [{"role": "source", "what": self.link("DocumentReference", about=person)}],
        }
        self.put("Provenance", members, person, self.label())

    def procedure(self, person: str) -> None:
        """Add a Procedure, often a step of another."""
        members = {
            "status": "completed",
            "code": concept(SCT, "80146002", "an operation"),
            **self.about(person),
            **self.maybe("encounter", "Encounter", about=person),
            **self.some("partOf", "Procedure", "Observation", about=person),
            "performedDateTime": self.day(),
        }
        self.put("Procedure", members, person, self.label())

    def report(self, person: str) -> None:
        """Add a DiagnosticReport, often with a file."""
        held = {"contentType": "text/plain", "data": "aGVsbG8=", "securityContext": Link(person)}
        file = self.put("Binary", held, person) if self.random.random() < 0.4 else ""
        results = [self.link("Observation", about=person) for _ in range(self.random.randint(0, 2))]
        if self.random.random() < 0.3:
            results.append(self.called("Observation", about=person))
        members = {
            "status": "final",
            "code": concept(LOINC, "58410-2", "a report"),
            **self.about(person),
            **self.maybe("encounter", "Encounter", about=person),
            "effectiveDateTime": self.day(),
            **({"result": results} if results else {}),
            **({"presentedForm": [Attached(file)]} if file else {}),
            **({"conclusion": "nothing of note"} if self.random.random() < 0.3 else {}),
        }
        self.put("DiagnosticReport", members, person, self.random.choice((self.label(), "R")))

    def origin(self, person: str) -> None:
        """Add a Provenance of one entry alone, which it names by an identifier."""
        members = {
            "target": [Link(person), self.called("Condition", "Observation", about=person)],
            "recorded": "2026-01-02T03:04:05Z",
            "agent": [{"who": self.link("Practitioner")}],
        }
        self.put("Provenance", members, person, self.label())

    def medicine(self, person: str) -> None:
        """Add a prescription."""
        members = {
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": concept(SCT, "387517004", "paracetamol"),
            **self.about(person),
            **self.maybe("encounter", "Encounter", about=person),
            "authoredOn": self.day(),
            **self.some("reasonReference", "Condition", about=person),
        }
        self.put("MedicationRequest", members, person, self.label())

    def group(self, person: str) -> None:
        """Add a Group of people."""
        others = [self.link("Patient") for _ in range(self.random.randint(0, 2))]
        members = [{"entity": one} for one in (Link(person), *others)]
        self.put("Group", {"type": "person", "actual": True, "member": members}, "")

    def looked(self, person: str) -> None:
        """Add an AuditEvent of another system."""
        members = {
            "type": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110110"},
            "recorded": "2026-01-02T03:04:05Z",
            "agent": [{"who": self.link("Practitioner"), "requestor": True}],
            "source": {"observer": self.link("Organization")},
            "entity": [
                {"what": Link(person)},
                {"what": self.link("Condition", "Observation", about=person)},
            ],
        }
        self.put("AuditEvent", members, person, self.label())


def _div(words: str) -> dict[str, str]:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'
    return {"status": "generated", "div": div}


KINDS = (
    Maker.encounter,
    Maker.encounter,
    Maker.condition,
    Maker.condition,
    Maker.condition,
    Maker.observation,
    Maker.observation,
    Maker.allergy,
    Maker.plan,
    Maker.plan,
    Maker.listed,
    Maker.composition,
    Maker.document,
    Maker.provenance,
    Maker.procedure,
    Maker.report,
    Maker.origin,
    Maker.medicine,
    Maker.group,
    Maker.looked,
    Maker.visit,
    Maker.visit,
)
"""What a world is made of, as often as it stands here."""


def made(seed: int, size: int = 19) -> World:
    """Return the world of a number."""
    return Maker(Random(seed)).world_of(size)  # noqa: S311 - no secret is made of it
