"""What is written has the labels of the whole record, told of its labelled entries alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - seeded, so that a case can be had again
from typing import Any

import pytest

from throughcare.consent import adding, labels, security
from throughcare.consent.adding import Addition, Around, Past
from throughcare.consent.categories import TAG
from throughcare.consent.labels import Member, Reading, classify_record, read
from throughcare.consent.lists import shipped
from throughcare.model.entry import Category, EntryClass

Json = dict[str, Any]
SCT = "http://snomed.info/sct"
CODES = (
    ("86406008", "Human immunodeficiency virus infection"),  # is on a list
    ("195967001", "Asthma"),
    ("38341003", "High blood pressure"),
    ("84757009", "Epilepsy"),  # is critical
)
SEALS = (
    {"system": security.CONFIDENTIALITY, "code": "R"},
    {"system": security.ACT_CODE, "code": "STD"},
)
TAGS = ("test-result", "care-note", "demographics", "plan")
KINDS = (
    *("Condition", "Observation", "Encounter", "Composition", "DocumentReference", "Binary"),
    *("Provenance", "AllergyIntolerance", "DiagnosticReport", "Consent", "AuditEvent", "Patient"),
    *("Person", "Procedure", "CarePlan"),
)
ME = 7
SEEN = (
    "is plain",
    "whole",
    "ends",
    "in place of another",
    "takes a label on",
    "is of another kind",
    "tells of others",
)


@dataclass
class Record:
    """One person's record, as it is stored, and what is drawn for it."""

    random: Random
    sealed: float
    """How often an entry has a label, or a tag, of its own."""
    resources: dict[str, Json] = field(default_factory=dict)
    custodians: dict[str, str] = field(default_factory=dict)
    classes: Mapping[str, EntryClass] = field(default_factory=dict)
    fresh: int = 0
    steps: Counter[str] = field(default_factory=Counter)

    def some(self, *kinds: str) -> str:
        """Return the name of an entry that is there, was, or may come."""
        return f"{self.random.choice(kinds)}/{self.random.choice('abc')}"

    def link(self, *kinds: str) -> Json:
        """Return a reference."""
        return {"reference": self.some(*kinds)}

    def named(self, *kinds: str) -> Json:
        """Return a reference by id, or now and then by an identifier."""
        return self.link(*kinds) if self.random.random() < 0.8 else self.number()

    def number(self) -> Json:
        """Return an identifier, of an entry or in a reference."""
        return {"identifier": {"system": "urn:v", "value": self.random.choice("123")}}

    def seldom(self, value: Json, chance: float = 0.3) -> Json:
        """Return `value`, or mostly nothing."""
        return value if self.random.random() < chance else {}

    def concept(self) -> Json:
        """Return a concept, by its code, its words or both."""
        code, text = self.random.choice(CODES)
        coding = {"coding": [{"system": SCT, "code": code}]}
        return self.random.choice((coding, {"text": text}, {**coding, "text": text}))

    def meta(self) -> Json:
        """Return labels and a tag, mostly neither."""
        tag = {"tag": [{"system": TAG, "code": self.random.choice(TAGS)}]}
        seal = {"security": [self.random.choice(SEALS)]}
        found = {**self.seldom(tag, self.sealed), **self.seldom(seal, self.sealed)}
        return {"meta": found} if found else {}

    def coded(self, kind: str, note: str) -> Json:
        """Return what an entry of a coded type says."""
        found = {"code": self.concept(), **self.seldom({"note": [{"text": note}]})}
        if kind == "Observation":
            found |= self.seldom({"hasMember": [self.named("Observation")]})
        return found

    def drawn(self, kind: str) -> Json:
        """Return an entry of a type."""
        found: Json = {"resourceType": kind, **self.meta()}
        note = self.random.choice(CODES)[1]
        found |= self.seldom(self.number(), 0.1)
        visit = self.seldom({"encounter": self.link("Encounter")}, 0.4)
        visit |= self.seldom({"encounter": self.number()}, 0.2)
        visit |= self.seldom({"partOf": [self.named("Procedure", "Observation")]}, 0.15)
        file = {"url": self.some("Binary", "Binary", "DocumentReference")}
        file = self.random.choice((file, file, {"contentType": "application/pdf", "data": "AA=="}))
        match kind:
            case "Condition" | "Observation" | "AllergyIntolerance" | "Procedure":
                found |= {**self.coded(kind, note), **visit}
            case "CarePlan":
                found |= {"activity": [{"reference": self.named("Procedure", "Condition")}]}
            case "Encounter":
                found |= self.seldom({"partOf": self.link("Encounter")})
                found |= self.seldom({"reasonCode": [self.concept()]})
            case "Composition":
                entry = [
                    self.named("Condition", "AllergyIntolerance", "Encounter", "DocumentReference")
                ]
                found |= {"section": [{"entry": entry, **self.seldom({"code": self.concept()})}]}
                found |= {"title": self.random.choice(("a letter", note)), **visit}
            case "DocumentReference":
                found |= {"content": [{"attachment": file}], "description": "a letter"}
                found |= self.seldom({"context": {"related": [self.link("Composition")]}})
                found |= self.seldom({"type": self.concept()})
            case "DiagnosticReport":
                found |= {**self.seldom({"presentedForm": [file]}), **visit}
                found |= self.seldom({"result": [self.named("Observation", "Binary")]}, 0.6)
                found |= self.seldom({"conclusion": "nothing of note"})
            case "Binary":
                found |= {"contentType": "text/plain", "data": "QXN0aG1hIGhlcmU="}
                found |= self.seldom({"securityContext": self.link(*KINDS)}, 0.2)
            case "Provenance" | "AuditEvent":
                about = self.named(*KINDS)
                found |= {"target": [about], "entity": [{"what": about}]}
            case "Consent":
                found |= self.seldom({"sourceReference": self.link("DocumentReference")})
            case _:
                found |= self.seldom({"photo": [file]})
        return found

    def member(self, name: str, resource: Json, custodian: str) -> Member:
        """Return an entry of this person."""
        return Member(name, resource, custodian, whose=ME)

    def stored(self, name: str) -> Reading:
        """Return what is there under a name."""
        return read(self.member(name, self.resources[name], self.custodians[name]), shipped())

    def whole(self) -> dict[str, EntryClass]:
        """Return the classes of all that is there, worked out naively."""
        return classify_record(
            self.member(name, resource, self.custodians[name])
            for name, resource in self.resources.items()
        )

    def addition(self) -> Addition:
        """Draw something to write: new, in place of what is there, or the end of it."""
        is_fresh = self.random.random() < 0.3
        self.fresh += is_fresh
        kind = self.random.choice(KINDS)
        name = f"{kind}/n{self.fresh}" if is_fresh else self.some(kind)
        resource = self.drawn(kind)
        past, is_end = None, False
        if name in self.resources:
            past = Past(self.classes[name], self.stored(name))
            is_end = self.random.random() < 0.2
            if self.random.random() < 0.4:
                resource = {**self.resources[name], "language": self.random.choice(("cy", "en"))}
        custodian = self.random.choice(("RXX", "RXX", "RYY"))
        reading = read(self.member(name, resource, custodian), shipped())
        return Addition(reading, past, is_fresh=is_fresh, is_end=is_end)

    def write(self) -> None:
        """Write something, and compare what it is told to be with all of the record anew."""
        drawn = [self.addition() for _ in range(self.random.choice((1, 1, 1, 2, 3)))]
        batch = list({each.name: each for each in drawn}.values())
        told = self.told(batch)
        plain = self.plain(batch)
        before = dict(self.classes)
        for each in batch:
            member = each.reading.member
            if each.is_end:
                del self.resources[each.name]
                before.pop(each.name)
            else:
                self.resources[each.name] = dict(member.resource)
                self.custodians[each.name] = member.custodian
        self.classes = self.whole()
        if told is not None:
            assert {**before, **told} == self.classes
        if plain is not None:
            assert {**before, **plain} == self.classes
        self.count(batch, told)
        self.steps["is plain"] += plain is not None

    def labelled(self) -> adding.Labelled:
        """Return what has to be known of all that has labels."""
        named = [name for name, cls in self.classes.items() if adding.speaks(cls)]
        return adding.merged([adding.labelled(self.stored(name)) for name in named])

    def told(self, batch: list[Addition]) -> dict[str, EntryClass] | None:
        """Return the classes of a batch by the labelled entries alone."""
        if any(each.reading.reaches_others for each in batch):
            return None
        kept = {each.name for each in batch if not each.is_end}
        above = {name for each in batch for name in each.reading.links.above} - kept
        files = {name for each in batch for name in each.reading.links.files} - kept
        around = Around(
            self.labelled(),
            [ME],
            {name: self.classes[name] for name in above if name in self.classes},
            {name: self.classes[name] for name in files if name in self.classes},
        )
        return adding.classes(batch, around)

    def plain(self, batch: list[Addition]) -> dict[str, EntryClass] | None:
        """Return the classes of a batch of what stands by itself."""
        if any(each.reading.reaches_others for each in batch):
            return None
        labelled = self.labelled()
        found = {each.name: adding.plain(each, labelled) for each in batch}
        plain = {name: cls for name, cls in found.items() if cls is not None}
        return plain if len(plain) == len(found) else None

    def count(self, batch: list[Addition], told: Mapping[str, EntryClass] | None) -> None:
        """Note what the step was, so that it can be seen what the steps were."""
        self.steps["told" if told is not None else "whole"] += 1
        if told is None:
            return
        self.steps["ends"] += any(each.is_end for each in batch)
        self.steps["in place of another"] += any(each.past is not None for each in batch)
        for name, cls in told.items():
            own = labels.alone(self.stored(name))
            self.steps["takes a label on"] += bool(cls.labels - own.labels)
            self.steps["tells of others"] += self.stored(name).links.tells
            self.steps["has an episode"] += bool(cls.episode)
            self.steps["is of another kind"] += cls.category is not own.category


@pytest.mark.parametrize("first", [0, 100])
def test_what_is_told_of_the_labelled_entries_is_what_the_whole_record_says(first: int) -> None:
    steps: Counter[str] = Counter()
    for seed in range(first, first + 60):
        record = Record(Random(seed), (seed % 5 + 1) / 40)  # noqa: S311 - no secret is made of it
        for _ in range(60):
            record.write()
        steps += record.steps
    assert steps["told"] > 1000
    assert min(steps[kind] for kind in SEEN) > 0, steps


def held(first: Json, *then: Addition) -> dict[str, EntryClass] | None:
    """Return what is told of additions to a record of one entry."""
    record = Record(Random(1), 0)  # noqa: S311 - no secret is made of it
    record.resources = {f"{first['resourceType']}/a": first}
    record.custodians = dict.fromkeys(record.resources, "RXX")
    record.classes = record.whole()
    return record.told(list(then))


def added(id_: str, resource: Json, past: Past | None = None, *, is_fresh: bool = True) -> Addition:
    """Return an entry that is written."""
    member = Member(f"{resource['resourceType']}/{id_}", resource, "RXX", whose=ME)
    return Addition(read(member, shipped()), past, is_fresh=is_fresh)


def test_a_document_that_is_tagged_as_demographics_still_passes_its_level_on() -> None:
    tag = {"tag": [{"system": TAG, "code": "demographics"}], "security": [SEALS[0]]}
    document = {"resourceType": "Composition", "meta": tag}
    about = {"resourceType": "Provenance", "target": [{"reference": "Composition/a"}]}
    assert held(document, added("p", about)) is None
    gout = {"coding": [{"system": SCT, "code": "90560007"}]}
    condition = {"resourceType": "Condition", "meta": tag, "code": gout}
    again = {"resourceType": "Observation", "code": gout}
    found = held(condition, added("o", again))
    assert found is not None
    assert found["Observation/o"].labels == {"R"}


def test_a_file_and_the_letter_that_points_at_it_written_together_are_told_of_the_whole() -> None:
    file = {"resourceType": "Binary", "contentType": "text/plain"}
    report = {"resourceType": "DiagnosticReport", "presentedForm": [{"url": "Binary/a"}]}
    shown = labels.classify_record(
        [Member("Binary/a", file, "RXX"), Member("DiagnosticReport/r", report, "RXX")]
    )
    past = Past(shown["Binary/a"], added("a", file).reading)
    again = added("a", file, past, is_fresh=False)
    letter = {"resourceType": "DocumentReference", "content": [{"attachment": {"url": "Binary/a"}}]}
    assert held(file, again) == {"Binary/a": shown["Binary/a"]}
    assert held(file, added("l", letter), again) is None
    assert held(file, added("l", letter)) is not None


def test_a_letter_that_narrows_one_of_the_files_that_it_points_at_is_told_of_the_whole() -> None:
    record = Record(Random(1), 0)  # noqa: S311 - no secret is made of it
    file = {"resourceType": "Binary", "contentType": "text/plain"}
    report = {"resourceType": "DiagnosticReport", "presentedForm": [{"url": "Binary/a"}]}
    record.resources = {"Binary/a": file, "DiagnosticReport/r": report, "Binary/b": file}
    record.custodians = dict.fromkeys(record.resources, "RXX")
    record.classes = record.whole()
    both = [{"attachment": {"url": name}} for name in ("Binary/a", "Binary/b")]
    for letter in (both, both[:1]):
        told = {"resourceType": "DocumentReference", "content": letter}
        assert record.told([added("l", told)]) is None
    assert record.told([added("l", {"resourceType": "DocumentReference", "content": both[1:]})])


NUMBER = {"identifier": [{"system": "urn:x", "value": "7"}]}


@pytest.mark.parametrize(
    "holder",
    [
        {"resourceType": "DiagnosticReport", "result": [{"identifier": NUMBER["identifier"][0]}]},
        {
            "resourceType": "Composition",
            "section": [{"entry": [{"identifier": NUMBER["identifier"][0]}]}],
        },
    ],
)
def test_what_a_labelled_entry_holds_by_an_identifier_is_told_of_the_whole(holder: Json) -> None:
    sealed = holder | {"meta": {"security": [SEALS[0]]}}
    result = {"resourceType": "Observation", **NUMBER}
    other = {"resourceType": "Observation", "identifier": [{"system": "urn:x", "value": "8"}]}
    assert held(sealed, added("o", result)) is None
    assert held(sealed, added("o", other)) is not None
    assert held(holder, added("o", result)) is not None
    past = Past(EntryClass("Observation", Category.TEST_RESULT, custodian="RXX"), None)
    assert held(sealed, added("o", result, past, is_fresh=False)) is None


def test_what_takes_a_label_on_and_holds_by_an_identifier_is_told_of_the_whole() -> None:
    visit = {"resourceType": "Encounter", "meta": {"security": [SEALS[0]]}}
    inside = {"encounter": {"reference": "Encounter/a"}}
    named = {"identifier": NUMBER["identifier"][0]}
    panel = {"resourceType": "Observation", "hasMember": [named]}
    assert held(visit, added("o", panel | inside)) is None
    assert held(visit, added("o", {"resourceType": "Observation"} | inside)) is not None
    assert held(visit, added("o", panel)) is not None


def test_a_report_whose_file_shows_its_results_is_told_of_the_whole() -> None:
    labelled_result = {"resourceType": "Observation", "code": {"text": CODES[0][1]}}
    report = {"resourceType": "DiagnosticReport", "result": [{"reference": "Observation/a"}]}
    file = {"presentedForm": [{"url": "Binary/f"}]}
    assert held(labelled_result, added("r", report)) is not None
    assert held(labelled_result, added("r", report | file)) is None


def test_a_report_that_shows_a_labelled_result_itself_is_told_of_the_whole() -> None:
    """So is one that shows a file, whose labels are not at hand."""
    listed = {"coding": [{"system": SCT, "code": CODES[0][0]}]}
    labelled_result = {"resourceType": "Observation", "code": listed, **NUMBER}
    concluded = {"resourceType": "DiagnosticReport", "conclusion": "reactive"}
    by_id, by_file = ({"reference": name} for name in ("Observation/a", "Binary/a"))
    by_number = {"identifier": NUMBER["identifier"][0]}
    for one, is_told in (
        *((by_id, False), (by_number, False), (by_file, False)),
        *(({"reference": "Observation/b"}, True), ({"identifier": {"value": "8"}}, True)),
    ):
        report = added("r", concluded | {"result": [one]})
        assert (held(labelled_result, report) is not None) is is_told
    silent = {"resourceType": "DiagnosticReport", "result": [by_id, by_number]}
    assert held(labelled_result, added("r", silent)) is not None
    assert held(labelled_result, added("r", concluded)) is not None


def test_a_report_and_a_result_written_together_are_told_of_each_other() -> None:
    gout = {"coding": [{"system": SCT, "code": "90560007"}]}
    sealed = {"resourceType": "Condition", "code": gout, "meta": {"security": [SEALS[0]]}}
    report = {"resourceType": "DiagnosticReport", "conclusion": "reactive"}
    report |= {"result": [{"reference": "Observation/o"}]}
    result = added("o", {"resourceType": "Observation", "code": gout})
    found = held(sealed, result, added("r", report))
    assert found is not None
    assert found["DiagnosticReport/r"].labels == found["Observation/o"].labels == {"R"}
    other = added("o", {"resourceType": "Observation", "code": {"text": "another"}})
    found = held(sealed, other, added("r", report))
    assert found is not None
    assert found["DiagnosticReport/r"].labels == set()
