"""Random records, each in two forms: as it is stored, and as if what is withheld had never been.

The second form is made here by the rules of ADR 0037 and by nothing of the program, so that it can
tell when the program does otherwise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - seeded, so that a case can be had again
from typing import Any
from uuid import UUID

from throughcare.fhir.index import extract

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
MASKED = {"extension": [{"url": ABSENT, "valueCode": "masked"}]}
TYPED = ("Patient", "Practitioner")
ROWS = frozenset({"item", "entity"})
"""Members by which a row of a list is one for an entry."""
EPISODE = frozenset({"encounter", "recorder", "note", "evidence", "identifier"})
"""Members of allergies and conditions here that tell of an episode."""
SCT = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIAL = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
HIV, ASTHMA, DEPRESSION, DEMENTIA = "86406008", "195967001", "35489007", "52448006"
CODES = (HIV, ASTHMA, DEPRESSION, DEMENTIA)
DAYS = ("2014-07-05", "2019-02-03", "2025-11-30", "2026-10-01")
LABELS = ("", "", "", "", "R", "STD", "PSY", "SRC", "NOPAT")
UNIVERSITY = "RUNI"
FAMILIES = ("Abbott", "Brennan", "Castle")


@dataclass(frozen=True)
class Link:
    """A reference to an entry of the world, or to nothing that is stored."""

    to: str
    form: str = "{}"
    number: str = ""
    """Value of the identifier that stands in it."""
    display: str = ""

    def stored(self) -> dict[str, Any]:
        """Return it as it was sent."""
        named = {"system": "urn:local", "value": self.number} if self.number else None
        members = {"reference": self.form.format(self.to), "identifier": named}
        return {k: v for k, v in (members | {"display": self.display}).items() if v}

    def masked(self) -> dict[str, Any]:
        """Return what is left of it where its entry is withheld."""
        type_ = self.to.partition("/")[0]
        return MASKED | ({"type": type_} if type_ in TYPED else {})


@dataclass(frozen=True)
class Attached(Link):
    """An attachment whose content is an entry."""

    def stored(self) -> dict[str, Any]:
        """Return it as it was sent."""
        url = self.form.format(self.to)
        return {"contentType": "text/plain", "url": url, "title": self.display or "a letter"}

    def masked(self) -> dict[str, Any]:
        """Return it without what leads to the content."""
        return MASKED | {"contentType": "text/plain"}


@dataclass(frozen=True)
class Naming:
    """A text that names an entry."""

    to: str
    words: str = "see https://node.example/fhir/{}"


def told(value: Any, hidden: frozenset[str]) -> Any:  # noqa: ANN401 - JSON with links in it
    """Return a value as JSON, with everything masked that is `hidden`."""
    if isinstance(value, Link):
        return value.masked() if value.to in hidden else value.stored()
    if isinstance(value, Naming):
        return value.words.format(value.to)
    if isinstance(value, list):
        left = [one for one in value if _leads_to(one) not in hidden]
        if value and not left:
            left = [_bare(one) for one in value if _is_link(one)][:1]
        return [told(one, hidden) for one in left]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, member in value.items():
        if isinstance(member, Naming) and member.to in hidden:
            found[f"_{name}"] = MASKED
        elif (kept := told(member, hidden)) != []:
            found[name] = kept
    narrative = found.get("text")
    speaks = isinstance(narrative, dict) and "div" in narrative
    if hidden and speaks and found != told(value, frozenset()):
        del found["text"]
    return found


def _leads_to(one: Any) -> str:  # noqa: ANN401 - JSON with links in it
    """Return the entry that a member of a list is about, "" for none."""
    for row in ROWS:
        if isinstance(one, dict) and isinstance(one.get(row), Link):
            one = one[row]
    if isinstance(one, dict) and isinstance(one.get("valueUri"), Naming):
        one = one["valueUri"]
    return one.to if isinstance(one, Link | Naming) else ""


def _is_link(one: Any) -> bool:  # noqa: ANN401 - JSON with links in it
    return isinstance(one, Link) or (isinstance(one, dict) and not ROWS.isdisjoint(one))


def _bare(one: Any) -> Any:  # noqa: ANN401 - JSON with links in it
    return {k: v for k, v in one.items() if k in ROWS} if isinstance(one, dict) else one


def _without_episode(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON without what could tell in which episode, by whom and why it was written."""
    if isinstance(value, list):
        return [_without_episode(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {k: _without_episode(v) for k, v in value.items() if k not in EPISODE}
    if isinstance(kept.get("text"), dict):
        del kept["text"]
    return kept


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

        A Consent rules also where it is withheld: it goes only with its person.
        """
        gone = {
            name
            for name in hidden
            if not name.startswith("Consent/") or self.of.get(name, "") in hidden
        }
        return [self.told(name, hidden) for name in names if name not in gone]

    def told(self, name: str, hidden: frozenset[str]) -> dict[str, Any]:
        """Return an entry in the form of a record without what is `hidden`."""
        entry = self.entries[name]
        shown: dict[str, Any] = told(entry, hidden)
        if name in self.episodes and hidden:
            shown = _without_episode(shown)
            # It stays where it stood, so that the order does not tell.
            shown = {k: shown.get(k, MASKED) for k in entry if k in shown or k == "encounter"}
        return shown

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


def concept(system: str, code: str, text: str = "") -> dict[str, Any]:
    """Return a concept of one code."""
    words = {"text": text} if text else {}
    return {"coding": [{"system": system, "code": code}]} | words


class Maker:
    """Makes one world out of one number."""

    def __init__(self, random: Random) -> None:
        """Draw from `random`."""
        self.random = random
        self.world = World()

    def world_of(self, size: int) -> World:
        """Return a world of three people, with about `size` entries besides."""
        self.put("Organization", {"name": "Ward"}, "")
        self.put("Practitioner", {"name": [{"family": "Gray"}]}, "")
        self.put("Practitioner", {"name": [{"family": "Hart"}]}, "")
        people = [self.person(number) for number in range(len(FAMILIES))]
        for person in people:
            if self.random.random() < 0.5:
                self.consent(person)
        for _ in range(size):
            kind = self.random.choice(KINDS)
            kind(self, self.random.choice(people))
        names = list(self.world.entries)
        self.world.sent.append(("gp", names))
        changed = [n for n in names if n.startswith(("CarePlan/", "Condition/", "Observation/"))]
        again = self.random.sample(changed, min(2, len(changed)))
        self.world.sent.append(("gp", again))
        return self.world

    def put(self, type_: str, members: Mapping[str, Any], about: str, label: str = "") -> str:
        """Add an entry and return its name."""
        random = self.random
        id_ = str(UUID(int=random.getrandbits(128), version=4))
        if random.random() < 0.3:
            id_ = f"e{len(self.world.entries)}"
        system = CONFIDENTIAL if label == "R" else ACT
        meta = {"meta": {"security": [{"system": system, "code": label}]}} if label else {}
        narrative = {}
        if type_ != "Binary" and random.random() < 0.2:
            div = '<div xmlns="http://www.w3.org/1999/xhtml">words</div>'
            narrative = {"text": {"status": "generated", "div": div}}
        name = f"{type_}/{id_}"
        self.world.entries[name] = {
            "resourceType": type_,
            "id": id_,
            **meta,
            **narrative,
            **members,
        }
        self.world.of[name] = about
        return name

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

    def link(self, *types: str, about: str = "") -> Link:
        """Return a link to an entry of these types, of one person if given, or to nothing."""
        random = self.random
        names = [
            name
            for name in self.world.entries
            if name.partition("/")[0] in types and (not about or self.world.of[name] == about)
        ]
        to = random.choice(names) if names and random.random() < 0.95 else f"{types[0]}/unknown"
        form = "https://other.example/fhir/{}" if random.random() < 0.15 else "{}"
        number = random.choice(("", "", "N1", "N2"))
        return Link(to, form, number, random.choice(("", "what it is called")))

    def about(self, person: str) -> dict[str, Any]:
        """Return the member that says whose an entry is."""
        return {"subject": Link(person, number=self.random.choice(("", "N9")))}

    def label(self) -> str:
        """Return a label, mostly none."""
        return self.random.choice(LABELS)

    def day(self) -> str:
        """Return a day."""
        return self.random.choice(DAYS)

    def maybe(self, name: str, *types: str, about: str = "") -> dict[str, Any]:
        """Return a member that links to something, or nothing."""
        if self.random.random() < 0.4:
            return {}
        return {name: self.link(*types, about=about)}

    def some(self, name: str, *types: str, about: str = "") -> dict[str, Any]:
        """Return a member that is a list of links, or nothing."""
        links = [self.link(*types, about=about) for _ in range(self.random.randint(0, 3))]
        return {name: links} if links else {}

    def consent(self, person: str) -> None:
        """Add a Consent: a no to a label or to everything, a yes to research."""
        deny = {"type": "deny"}
        permit = {"type": "permit"}
        label = {"securityLabel": [{"system": ACT, "code": "PSY"}]}
        who = {
            "role": concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP"),
            "reference": {"identifier": {"value": UNIVERSITY}},
        }
        research = {"actor": [who], "purpose": [{"code": "HRESCH"}]}
        provision = self.random.choice(
            (
                deny,
                permit | {"provision": [deny | label]},
                permit | {"provision": [deny | {"dataPeriod": {"start": "2019-01-01"}}]},
                permit | research,
                permit | research,
            )
        )
        scope = "http://terminology.hl7.org/CodeSystem/consentscope"
        members = {
            "status": "active",
            "scope": concept(scope, "patient-privacy"),
            "category": [concept(LOINC, "59284-0")],
            "patient": Link(person),
            "dateTime": "2026-06-01T09:00:00Z",
            "policy": [{"uri": "urn:example:policy"}],
            "provision": provision,
        }
        self.put("Consent", members, person)

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
            **self.some("entry", "Condition", "Observation", about=person),
        }
        members = {
            "status": "final",
            "type": concept(LOINC, "34133-9"),
            **self.about(person),
            **self.maybe("encounter", "Encounter", about=person),
            "date": self.day(),
            "author": [self.link("Practitioner")],
            "title": "a letter",
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
    Maker.medicine,
    Maker.group,
    Maker.looked,
)
"""What a world is made of, as often as it stands here."""


def made(seed: int, size: int = 16) -> World:
    """Return the world of a number."""
    return Maker(Random(seed)).world_of(size)  # noqa: S311 - no secret is made of it
