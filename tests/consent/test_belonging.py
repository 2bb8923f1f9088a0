"""What an entry belongs to gives it its labels: encounter, episode, document and its sections."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare.consent import belonging, security
from throughcare.consent.labels import Member, classify_record, read
from throughcare.consent.lists import shipped
from throughcare.fhir.nhs import NHS_NUMBER

SNOMED = "http://snomed.info/sct"
R = {"security": [{"system": security.CONFIDENTIALITY, "code": "R"}]}
NOPAT = {"security": [{"system": security.ACT_CODE, "code": "NOPAT"}]}
STD_OF_ITS_OWN = {"meta": {"security": [{"system": security.ACT_CODE, "code": "STD"}]}}
STD = {"coding": [{"system": SNOMED, "code": "8098009"}]}
INLINE = {"resourceType": "DocumentReference", "content": [{"attachment": {"data": "AA=="}}]}
PLAIN = {"coding": [{"system": SNOMED, "code": "38341003"}]}


def to(name: str) -> dict[str, str]:
    return {"reference": name}


def condition(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    return {"resourceType": "Condition", "code": PLAIN, **more}


def letter(*urls: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    content = [{"attachment": {"contentType": "application/pdf", "url": url}} for url in urls]
    return {"resourceType": "DocumentReference", "content": content, **more}


def document(*sections: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    return {"resourceType": "Composition", "title": "a", "section": list(sections), **more}


def found(entries: dict[str, dict[str, Any]]) -> dict[str, set[str]]:
    members = [Member(name, resource, "RXX") for name, resource in entries.items()]
    return {name: set(cls.labels) for name, cls in classify_record(members).items()}


def test_what_stands_in_a_confidential_document_is_confidential_and_what_does_not_is_not() -> None:
    section = {"entry": [to("Condition/in")], "section": [{"entry": [to("Condition/deeper")]}]}
    entries = {
        "Composition/c": document(section, confidentiality="R"),
        "Condition/in": condition(),
        "Condition/deeper": condition(code={"text": "another"}),
        "Condition/out": condition(code={"text": "a third"}),
    }
    got = found(entries)
    assert got["Condition/in"] == got["Condition/deeper"] == {"R"}
    assert got["Condition/out"] == set()


def test_the_label_of_a_section_reaches_its_own_entries_and_those_of_sections_inside() -> None:
    labelled = {
        "code": STD,
        "entry": [to("Condition/in")],
        "section": [{"entry": [to("Condition/deeper")]}],
    }
    beside = {"entry": [to("Condition/beside")]}
    entries = {
        "Composition/c": document(labelled, beside),
        "Condition/in": condition(),
        "Condition/deeper": condition(code={"text": "another"}),
        "Condition/beside": condition(code={"text": "a third"}),
    }
    got = found(entries)
    assert got["Condition/in"] == got["Condition/deeper"] == {"STD"}
    assert got["Condition/beside"] == set()


def test_an_allergy_in_a_confidential_document_stays_visible_and_its_episode_is_kept() -> None:
    allergy = {"resourceType": "AllergyIntolerance", "code": {"text": "Penicillin"}}
    entries = {
        "Composition/c": document({"entry": [to("AllergyIntolerance/a")]}, confidentiality="V"),
        "AllergyIntolerance/a": allergy,
    }
    members = [Member(name, resource, "RXX") for name, resource in entries.items()]
    cls = classify_record(members)["AllergyIntolerance/a"]
    assert (cls.labels, cls.episode) == (frozenset(), {"V"})


def test_a_rendering_of_a_document_takes_the_labels_of_all_that_stands_in_it() -> None:
    entries = {
        "Composition/c": document({"entry": [to("Condition/in"), to("AllergyIntolerance/a")]}),
        "Condition/in": condition(code=STD),
        "Encounter/e": {"resourceType": "Encounter", "meta": R},
        "AllergyIntolerance/a": {
            "resourceType": "AllergyIntolerance",
            "encounter": to("Encounter/e"),
        },
        "DocumentReference/d": letter("Binary/pdf", context={"related": [to("Composition/c")]}),
        "Binary/pdf": {"resourceType": "Binary", "contentType": "application/pdf"},
    }
    got = found(entries)
    assert got["Binary/pdf"] == {"STD", "R"}
    assert got["Composition/c"] == got["DocumentReference/d"] == set()


@pytest.mark.parametrize(
    "holder",
    [
        letter("Binary/b"),
        letter("https://here.example/fhir/Binary/b/_history/2?x=y#z"),
        {"resourceType": "DiagnosticReport", "presentedForm": [{"url": "Binary/b"}]},
        {"resourceType": "Media", "content": {"url": "./Binary/b"}},
        {"resourceType": "Communication", "payload": [{"contentAttachment": {"url": "Binary/b"}}]},
    ],
)
def test_a_file_has_the_labels_of_whatever_points_at_it(holder: dict[str, Any]) -> None:
    name = f"{holder['resourceType']}/h"
    got = found({name: holder | {"meta": R}, "Binary/b": {"resourceType": "Binary"}})
    assert got["Binary/b"] == {"R"}


def test_a_file_has_the_labels_of_what_it_names_to_decide_on_it() -> None:
    file = {"resourceType": "Binary", "securityContext": to("Condition/c")}
    got = found({"Condition/c": condition(code=STD), "Binary/b": file})
    assert got["Binary/b"] == {"STD"}


@pytest.mark.parametrize(
    "reference",
    [
        "Encounter/e",
        "Encounter/e/_history/3",
        "https://node.example/fhir/Encounter/e",
        "./Encounter/e",
    ],
)
def test_an_encounter_is_meant_by_every_form_of_its_name(reference: str) -> None:
    visit = {"resourceType": "Encounter", "meta": R}
    got = found({"Encounter/e": visit, "Condition/c": condition(encounter=to(reference))})
    assert got["Condition/c"] == {"R"}


def test_a_circle_of_parts_ends() -> None:
    one = {"resourceType": "Encounter", "partOf": to("Encounter/b"), "meta": R}
    other = {"resourceType": "Encounter", "partOf": to("Encounter/a")}
    assert found({"Encounter/a": one, "Encounter/b": other}) == {
        "Encounter/a": {"R"},
        "Encounter/b": {"R"},
    }


def test_a_document_that_lists_itself_is_no_circle() -> None:
    itself = document({"entry": [to("Composition/c"), to("Condition/a")], "code": STD}, meta=R)
    got = found({"Composition/c": itself, "Condition/a": condition()})
    assert got["Condition/a"] == {"R", "STD"}


@pytest.mark.parametrize(
    ("resource", "reaches"),
    [
        (condition(), False),
        (condition(code=STD), True),
        (condition(code={"text": "depression"}), True),
        ({"resourceType": "Encounter"}, False),
        ({"resourceType": "Encounter", "meta": R}, True),
        (document({"entry": [to("Condition/a")]}), False),
        (document({"entry": [to("Condition/a")]}, confidentiality="R"), True),
        (document({"code": STD, "entry": [to("Condition/a")]}), True),
        (letter("Binary/b"), False),
        (letter("Binary/b", context={"related": [to("Composition/c")]}), True),
        (INLINE, False),
        (INLINE | {"context": {"related": [to("Composition/c")]}}, True),
        ({"resourceType": "Media", "content": {"url": "Binary/b"}, "meta": R}, True),
        ({"resourceType": "Media", "meta": R}, True),
        ({"resourceType": "Media", "meta": NOPAT}, True),
        ({"resourceType": "Binary", "securityContext": to("Condition/c")}, True),
    ],
)
def test_it_is_known_which_entries_can_label_others(
    resource: dict[str, Any],
    reaches: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert read(Member("a/b", resource, "RXX"), shipped()).reaches_others is reaches


NAMES = ("Encounter/a", "Encounter/b", "EpisodeOfCare/c", "Composition/d", "Condition/e")
LINKS = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=3))
OPEN = st.sets(st.sampled_from(NAMES))


def made(name: str, above: list[str], confidential: set[str]) -> dict[str, Any]:
    kind = name.partition("/")[0]
    meta = {"meta": R} if name in confidential else {}
    if kind == "Composition":
        entries = [{"entry": [to(each)]} for each in above]
        return {"resourceType": kind, "section": entries, **meta}
    if kind == "EpisodeOfCare" or not above:
        return {"resourceType": kind, **meta}
    if kind == "Encounter":
        return {"resourceType": kind, "episodeOfCare": [to(each) for each in above], **meta}
    return {"resourceType": kind, "encounter": to(above[0]), **meta}


@settings(max_examples=150)
@given(LINKS, OPEN)
def test_labels_pass_down_every_way_and_no_other(
    named: dict[str, list[str]], confidential: set[str]
) -> None:
    entries = {name: made(name, named.get(name, []), confidential) for name in NAMES}
    up: dict[str, set[str]] = {name: set() for name in NAMES}
    for name, resource in entries.items():
        if resource["resourceType"] == "Composition":
            for held in resource["section"]:
                up[held["entry"][0]["reference"]].add(name)
        else:
            up[name] |= set(belonging.containers(resource))
    for _ in NAMES:  # as far as it goes
        for name, above in up.items():
            up[name] = above.union(*(up[each] for each in above))
    got = found(entries)
    for name in NAMES:
        assert got[name] == ({"R"} if confidential & ({name} | up[name]) else set()), name


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"encounter": {"identifier": {"system": "urn:x", "value": "7"}}}, {"R"}),
        ({"encounter": {"reference": "x", "identifier": {"system": "urn:x", "value": "7"}}}, {"R"}),
        ({"context": {"encounter": [{"identifier": {"system": "urn:x", "value": "7"}}]}}, {"R"}),
        ({"encounter": {"identifier": {"value": "8"}}}, {"R"}),
        ({"encounter": {"identifier": {"system": "urn:y", "value": "7"}}}, set()),
        ({"encounter": {"identifier": {"system": "urn:x", "value": "8"}}}, set()),
        ({"encounter": {"identifier": {"system": "urn:x"}}}, set()),
        ({"encounter": {"identifier": "7"}}, set()),
        ({"identifier": [{"system": "urn:x", "value": "7"}]}, set()),
    ],
)
def test_an_entry_belongs_to_what_it_names_by_an_identifier(
    named: dict[str, Any], expected: set[str]
) -> None:
    """Whatever else has that identifier: it passes on nothing but a holder's labels."""
    numbers = [{"system": "urn:x", "value": "7"}, {"value": "8"}, {"system": "urn:x"}]
    entries = {
        "Encounter/e": {"resourceType": "Encounter", "identifier": numbers, "meta": R},
        "Condition/c": condition(**named),
    }
    assert found(entries)["Condition/c"] == expected
    kept = {"resourceType": "Observation", "identifier": numbers, "meta": R}
    assert found({**entries, "Encounter/e": kept})["Condition/c"] == set()


@pytest.mark.parametrize("whose", [0, 1])
def test_an_identifier_means_nothing_of_another_persons(whose: int) -> None:
    number = {"system": "urn:x", "value": "7"}
    encounter = {"resourceType": "Encounter", "identifier": [number], "meta": R}
    members = [
        Member("Encounter/e", encounter, "RXX", whose=0),
        Member("Condition/c", condition(encounter={"identifier": number}), "RXX", whose=whose),
    ]
    assert classify_record(members)["Condition/c"].labels == (set() if whose else {"R"})


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (["Condition/c"], {"STD"}),
        (["Condition/c", "Patient/p"], {"STD"}),
        (["Condition/c", "Condition/d"], set()),
        (["Patient/p"], set()),
        ([], set()),
    ],
)
@pytest.mark.parametrize("kind", ["Provenance", "AuditEvent"])
def test_what_says_where_one_entry_comes_from_has_its_labels(
    kind: str, targets: list[str], expected: set[str]
) -> None:
    about: dict[str, Any] = {"target": [to(name) for name in targets]}
    if kind == "AuditEvent":
        about = {"entity": [{"what": to(name)} for name in targets] + [{"name": "a query"}]}
    entries = {
        "Condition/c": condition(code=STD),
        "Condition/d": condition(),
        "Patient/p": {"resourceType": "Patient"},
        f"{kind}/x": {"resourceType": kind, **about},
    }
    assert found(entries)[f"{kind}/x"] == expected


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ({"reference": "Patient/p"}, {"STD"}),
        ({"identifier": {"system": NHS_NUMBER, "value": "9990000018"}}, {"STD"}),
        ({"type": "Patient", "identifier": {"value": "P1"}}, {"STD"}),
        ({"identifier": {"system": "urn:x", "value": "P1"}}, set()),
        ({"identifier": "P1"}, set()),
    ],
)
@pytest.mark.parametrize("kind", ["Provenance", "AuditEvent"])
def test_what_is_about_an_entry_and_its_person_has_the_labels_of_that_entry(
    kind: str, person: dict[str, Any], expected: set[str]
) -> None:
    targets = [{"identifier": {"system": "urn:x", "value": "7"}}, person]
    about = {"target": targets} if kind == "Provenance" else {"entity": [{"what": targets[0]}]}
    if kind == "AuditEvent":
        about["entity"].append({"what": person})
    own = [{"system": "urn:x", "value": "7"}]
    entries = {
        "Condition/c": condition(code=STD, identifier=own),
        "Patient/p": {"resourceType": "Patient", "identifier": [{"value": "P1"}]},
        f"{kind}/x": {"resourceType": kind, **about},
    }
    assert found(entries)[f"{kind}/x"] == expected


def test_what_is_told_of_a_person_by_their_number_has_no_label_of_their_patient() -> None:
    number = {"system": "urn:x", "value": "P1"}
    entries = {
        "Patient/p": {"resourceType": "Patient", "identifier": [number]} | STD_OF_ITS_OWN,
        "Provenance/x": {"resourceType": "Provenance", "target": [{"identifier": number}]},
    }
    assert found(entries)["Provenance/x"] == set()


def test_sections_are_counted_as_they_stand_and_what_is_not_known_is_left_out() -> None:
    def section(*entries: str, inner: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
        return {"entry": [{"reference": name} for name in entries], "section": list(inner)}

    inner = section("Condition/b", inner=(section("Condition/c"),))
    document = {
        "resourceType": "Composition",
        "section": [section("Condition/a", "Condition/unknown"), section(inner=(inner,))],
    }
    read = belonging.links(document)
    assert [held.inside for held in read.sections] == [None, None, 1, 2]
    known = {f"Condition/{name}": belonging.links({}) for name in "abc"}
    family = belonging.family(
        {"Composition/d": read, **known}, dict.fromkeys(["Composition/d", *known], 0)
    )
    places = [family.parents[f"Condition/{name}"] for name in "abc"]
    assert places == [[("Composition/d", place)] for place in (0, 2, 3)]


def test_only_a_document_with_a_file_shows_what_it_is_related_to() -> None:
    related = {"context": {"related": [{"reference": "Composition/c"}]}}
    file = {"content": [{"attachment": {"url": "Binary/f"}}]}
    for kind, more, shown in (
        ("DocumentReference", file, ("Composition/c",)),
        ("DocumentReference", {}, ()),
        ("Media", file, ()),
    ):
        assert belonging.links({"resourceType": kind, **related, **more}).documents == shown


def test_an_attachment_without_an_address_is_no_file() -> None:
    for url in ("", 7, None):
        assert list(belonging.attached({"content": [{"attachment": {"url": url}}]})) == []


def test_nothing_but_a_file_or_a_document_is_a_rendering() -> None:
    files = ("Binary/f", "DocumentReference/e", "Observation/o")
    known = {
        "DocumentReference/d": belonging.Links(files=files, documents=("Composition/c",)),
        "DocumentReference/n": belonging.Links(files=("Binary/g",)),
        **dict.fromkeys((*files, "Binary/g", "Composition/c"), belonging.Links()),
    }
    found = belonging.family(known, dict.fromkeys(known, 1))
    assert found.renderings == {name: ["Composition/c"] for name in files[:2]}
