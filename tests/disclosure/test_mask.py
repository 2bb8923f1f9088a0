import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from throughcare.disclosure import mask
from throughcare.fhir import mentions, narrative
from throughcare.fhir.references import ABSENT

MASKED = {"url": ABSENT, "valueCode": "masked"}
HIDDEN = frozenset({"Condition/hidden"})
SECRET = "what is hidden"


def leaks(value: object) -> bool:
    """Say, naively, whether the hidden name stands anywhere."""
    return "Condition/hidden" in repr(value)


def test_a_reference_to_a_hidden_entry_becomes_a_masked_one() -> None:
    claim = {"resourceType": "Procedure", "reasonReference": {"reference": "Condition/hidden"}}
    cleaned = mask.without_links(claim, HIDDEN)
    assert cleaned["reasonReference"]["extension"][0]["valueCode"] == "masked"
    assert not leaks(cleaned)


def test_a_reference_to_a_version_of_a_hidden_entry_is_masked_too() -> None:
    resource = {"resourceType": "Basic", "a": {"reference": "Condition/hidden/_history/2"}}
    assert not leaks(mask.without_links(resource, HIDDEN))


def test_a_list_loses_the_row_of_a_hidden_entry_whole() -> None:
    resource = {
        "resourceType": "List",
        "entry": [
            {"item": {"reference": "Condition/hidden"}, "date": "2026-01-01"},
            {"item": {"reference": "Condition/seen"}},
        ],
    }
    assert mask.without_links(resource, HIDDEN)["entry"] == [
        {"item": {"reference": "Condition/seen"}}
    ]


def test_a_list_of_hidden_links_alone_keeps_one_masked() -> None:
    detail = {"detail": [{"reference": "Condition/hidden", "display": "Depression"}] * 2}
    resource = {"resourceType": "Condition", "evidence": [detail], "id": "a"}
    shown = mask.without_links(resource, HIDDEN)
    assert shown == {**resource, "evidence": [{"detail": [{"extension": [MASKED]}]}]}


def test_a_list_of_hidden_rows_alone_keeps_one_that_says_nothing() -> None:
    rows = [{"item": {"reference": "Condition/hidden"}, "date": "2026-01-01"}] * 2
    shown = mask.without_links({"resourceType": "List", "entry": rows}, HIDDEN)
    assert shown["entry"] == [{"item": {"extension": [MASKED]}}]


def test_a_masked_reference_says_of_whom_it_was_but_never_of_what() -> None:
    resource = {
        "resourceType": "Basic",
        "subject": {"reference": "https://a.example/fhir/Patient/p", "type": "Patient"},
        "author": {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "type": "List"},
    }
    shown = mask.without_links(resource, GONE | {"Patient/p"})
    assert shown["subject"] == {"extension": [MASKED], "type": "Patient"}
    assert shown["author"] == {"extension": [MASKED]}


def told(*lines: str) -> dict[str, str]:
    items = "".join(f"<li>{line}</li>" for line in lines)
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><ul>{items}</ul></div>'
    return {"status": "generated", "div": div}


OWN = {"status": "additional", "div": SECRET}
LED_ASTRAY = [
    {
        "resourceType": "List",
        "text": OWN,
        "code": {"coding": [{"display": "Problem list"}]},
        "entry": [
            {"item": {"reference": "Condition/hidden", "display": SECRET}},
            {"item": {"reference": "Condition/seen", "display": "Asthma & eczema"}},
            {"deleted": True, "item": {"reference": "Condition/old"}},
        ],
    },
    {
        "resourceType": "Composition",
        "text": OWN,
        "type": {"text": "Letter"},
        "section": [{"title": "Problems", "entry": [{"reference": "Condition/hidden"}]}],
    },
    {
        "resourceType": "DiagnosticReport",
        "text": OWN,
        "code": {"text": "Blood count"},
        "conclusion": "Normal",
        "conclusionCode": [{"coding": [{"display": "No anaemia"}]}],
        "result": [{"reference": "Condition/hidden"}, {"reference": "Observation/o/_history/2"}],
    },
    {"resourceType": "CarePlan", "text": OWN, "addresses": [{"reference": "Condition/hidden"}]},
    {"resourceType": "List", "text": OWN, "entry": [{"item": {"reference": "Condition/hidden"}}]},
]
LEFT = [
    told("Problem list", "Asthma &amp; eczema", "Condition (removed)"),
    told("Letter", "Problems"),
    told("Blood count", "Normal", "No anaemia", "Observation"),
    None,
    None,
]


@pytest.mark.parametrize(("resource", "left"), list(zip(LED_ASTRAY, LEFT, strict=True)))
def test_a_narrative_is_told_anew_from_what_is_left_or_goes(
    resource: dict[str, Any], left: dict[str, str] | None
) -> None:
    cleaned = mask.without_links(resource, HIDDEN)
    assert cleaned.get("text") == left
    assert SECRET not in repr(cleaned)
    names = [name for name in resource if name in cleaned]
    assert list(cleaned) == names
    if left:
        assert narrative.fault(left["div"]) is None


def test_the_narrative_of_what_had_never_been_there_is_the_same() -> None:
    """What a sender without the hidden entry would have sent is masked to itself."""
    for resource in LED_ASTRAY:
        cleaned = mask.without_links(resource, HIDDEN)
        assert mask.without_links(cleaned, HIDDEN) == cleaned


def test_a_resource_without_hidden_links_stays_as_it_is() -> None:
    resource = {"resourceType": "List", "text": {"div": "x"}, "entry": [{"item": {"display": "a"}}]}
    assert mask.without_links(resource, HIDDEN) == resource


def test_an_episode_is_taken_out_but_not_the_substance() -> None:
    allergy = {
        "resourceType": "AllergyIntolerance",
        "code": {"text": "Penicillin"},
        "encounter": {"reference": "Encounter/clinic"},
        "recorder": {"reference": "Practitioner/sexual-health"},
        "note": [{"text": "told at the clinic"}],
    }
    shown = mask.without_episode(allergy)
    assert shown["code"] == {"text": "Penicillin"}
    assert "recorder" not in shown
    assert "note" not in shown
    assert "clinic" not in repr(shown)


def test_a_masked_episode_keeps_the_medicine_that_is_contained() -> None:
    """And the dose, with its times; who prescribed it, where and why goes at any depth."""
    dose = {"text": "20 mg", "timing": {"event": ["2026-01-02"]}, "asNeededBoolean": True}
    medicine = {
        "resourceType": "MedicationRequest",
        "medicationReference": {"reference": "#m"},
        "contained": [
            {"resourceType": "Medication", "id": "m", "code": {"text": "Prednisolone"}},
            {"resourceType": "Practitioner", "id": "p", "name": [{"text": "clinic"}]},
        ],
        "identifier": [{"system": "urn:clinic", "value": "1"}],
        "reasonCode": [{"text": "clinic"}],
        "requester": {"reference": "#p"},
        "dosageInstruction": [dose | {"extension": [{"url": "urn:a", "valueString": "clinic"}]}],
        "dispenseRequest": {"performer": {"display": "clinic"}},
        "text": {"status": "generated", "div": "<div>clinic</div>"},
    }
    assert mask.without_episode(medicine) == {
        "resourceType": "MedicationRequest",
        "medicationReference": {"reference": "#m"},
        "contained": medicine["contained"][:1],
        "dosageInstruction": [dose],
    }


def test_the_order_of_members_does_not_tell_why_an_encounter_is_masked() -> None:
    link = {"reference": "Encounter/clinic"}
    allergy = {"resourceType": "AllergyIntolerance", "encounter": link, "recordedDate": "2026"}
    of_link = mask.without_links(allergy, frozenset({"Encounter/clinic"}))
    assert list(mask.without_episode(allergy)) == list(of_link) == list(allergy)
    assert mask.without_episode(of_link) == of_link


def test_a_masked_link_of_a_masked_episode_is_still_there() -> None:
    code = {"coding": [{"code": "x"}], "_text": {"extension": [MASKED]}}
    allergy = {"resourceType": "AllergyIntolerance", "patient": {"extension": [MASKED]}}
    allergy["code"] = code
    assert mask.without_episode(allergy) == allergy


def test_a_restricted_person_keeps_a_name_and_loses_every_place() -> None:
    patient = {
        "resourceType": "Patient",
        "name": [{"family": "Khan"}],
        "address": [{"postalCode": "LS1 1AA"}],
        "telecom": [{"value": "07700 900000"}],
        "contact": [{"name": {"family": "Khan"}}],
        "generalPractitioner": [{"reference": "Organization/1"}],
    }
    assert set(mask.without_location(patient)) == {"resourceType", "name"}


json_values = st.recursive(
    st.sampled_from(["Condition/hidden", "Condition/seen", "text"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["reference", "item", "entry", "a"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(json_values)
def test_no_reference_to_a_hidden_entry_survives_anywhere(value: object) -> None:
    cleaned = mask.without_links({"resourceType": "Basic", "a": value}, HIDDEN)
    assert not mask.links(cleaned) & HIDDEN


FORMS = (
    "Condition/hidden",
    "./Condition/hidden",
    "/Condition/hidden",
    "Condition/hidden#part",
    "Condition/hidden|2",
    "Condition/hidden/_history/3",
    "https://node.example/fhir/Condition/hidden",
    "https://node.example/fhir/Condition/hidden/_history/3?_format=xml#part",
    "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
)
GONE = frozenset({"Condition/hidden", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"})


@pytest.mark.parametrize("form", FORMS)
def test_a_hidden_entry_is_meant_by_every_form_of_its_name(form: str) -> None:
    resource = {"resourceType": "Procedure", "reason": {"reference": form, "display": SECRET}}
    assert mask.without_links(resource, GONE)["reason"] == {"extension": [MASKED]}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", ["valueUri", "valueUrl", "valueCanonical", "valueString"])
def test_an_extension_that_names_a_hidden_entry_goes(form: str, value: str) -> None:
    told = {"url": "http://a.example/told", value: form}
    resource = {"resourceType": "Procedure", "extension": [told], "status": "completed"}
    assert mask.without_links(resource, GONE) == {
        "resourceType": "Procedure",
        "status": "completed",
    }


@pytest.mark.parametrize("form", FORMS)
def test_an_attachment_of_a_hidden_entry_is_masked_with_its_title(form: str) -> None:
    attachment = {"contentType": "text/plain", "url": form, "title": SECRET}
    resource = {"resourceType": "DocumentReference", "content": [{"attachment": attachment}]}
    cleaned = mask.without_links(resource, GONE)
    shown = {"extension": [MASKED], "contentType": "text/plain"}
    assert cleaned["content"] == [{"attachment": shown}]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tag", ['<a href="{}">x</a>', '<img src="{}"/>', "see {}. Then"])
def test_a_narrative_that_leads_to_a_hidden_entry_goes(form: str, tag: str) -> None:
    text = {"status": "generated", "div": f"<div>{SECRET} {tag.format(form)}</div>"}
    resource = {"resourceType": "Procedure", "text": text, "status": "completed"}
    cleaned = mask.without_links(resource, GONE)
    assert cleaned == {"resourceType": "Procedure", "status": "completed"}


def test_the_narrative_of_a_section_is_told_anew_without_an_entry_of_it() -> None:
    text = {"status": "generated", "div": SECRET}
    section = {"title": "Problems", "text": text, "entry": [{"reference": "Condition/hidden"}]}
    other = {"title": "Plans", "text": {"status": "generated", "div": "a plan"}}
    resource = {"resourceType": "Composition", "section": [section, other]}
    shown = {"title": "Problems", "text": told("Problems"), "entry": [{"extension": [MASKED]}]}
    assert mask.without_links(resource, GONE)["section"] == [shown, other]


def test_a_document_loses_its_copy_of_a_hidden_entry() -> None:
    copy = {"fullUrl": "https://a.example/fhir/Condition/hidden", "resource": {"code": SECRET}}
    kept = {"fullUrl": "https://a.example/fhir/Condition/seen", "resource": {"code": "a"}}
    resource = {"resourceType": "Bundle", "entry": [copy, kept]}
    assert mask.without_links(resource, GONE)["entry"] == [kept]


@pytest.mark.parametrize(
    "text",
    [
        "Condition/hidden2",
        "MyCondition/hidden",
        "Condition/also/hidden",
        "https://a.example/StructureDefinition/hidden",
        "urn:uuid:1c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
    ],
)
def test_what_is_named_alike_is_something_else(text: str) -> None:
    resource = {"resourceType": "Procedure", "a": {"reference": text, "display": "b"}}
    assert mask.without_links(resource, GONE) == resource


PLACES = ("reference", "url", "valueUri", "fullUrl", "text", "div", "instantiatesUri")
mentioning = st.recursive(
    st.sampled_from(FORMS) | st.just("plain"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(PLACES), inner, max_size=3)
        | st.builds(lambda form: {"reference": form, "display": SECRET}, st.sampled_from(FORMS))
        | st.builds(lambda form: {"url": form, "title": SECRET}, st.sampled_from(FORMS))
    ),
    max_leaves=12,
)


@example({"reference": [], "url": FORMS[0]})
@given(mentioning)
def test_no_name_of_a_hidden_entry_survives_anywhere_nor_what_it_was_called(value: object) -> None:
    cleaned = repr(mask.without_links({"resourceType": "Basic", "a": value}, GONE))
    assert SECRET not in cleaned
    assert not any(name in cleaned for name in GONE)


@given(mentioning, st.booleans())
def test_names_read_off_a_stored_body_are_those_of_its_texts(
    value: object,
    ascii_only: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    def texts(value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        for member in value.values() if isinstance(value, dict) else ():
            yield from texts(member)
        for member in value if isinstance(value, list) else ():
            yield from texts(member)

    body = json.dumps({"a": value}, separators=(",", ":"), ensure_ascii=ascii_only)
    expected = set().union(*map(mentions.of, texts(value)))
    for spelt in (body, body.replace("/", "\\/"), body.replace("C", "\\u0043")):
        assert mentions.within([spelt.encode()]) == expected


@given(st.lists(mentioning, max_size=4))
def test_names_in_several_bodies_are_those_in_each(values: list[object]) -> None:
    bodies = [json.dumps({"a": value}, separators=(",", ":")).encode() for value in values]
    assert mentions.within(bodies) == set().union(*(mentions.within([body]) for body in bodies))


NAMES = st.sampled_from(["reference", "display", "subject", "item", "text"])
TEXTS = st.sampled_from(
    [
        "Patient/1",
        "Condition/2/_history/3",
        "http://a/Patient/1",
        "#c",
        'a "reference":"Patient/9"',
        "",
    ]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.booleans())
def test_links_read_off_a_stored_body_are_those_of_the_parsed_one(
    resource: dict[str, Any],
    ascii_only: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    body = json.dumps(resource, separators=(",", ":"), ensure_ascii=ascii_only).encode()
    local = {link for link in mask.links(resource) if link.count("/") == 1}
    assert mask.links_in([body]) == local


def test_a_reference_that_is_spelt_with_escapes_is_a_link_as_well() -> None:
    body = b'{"r\\u0065ference":"Condition\\/2","x":{"reference":"Patient/1"}}'
    assert mask.links_in([body]) == {"Condition/2", "Patient/1"}
