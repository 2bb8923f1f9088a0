import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.consent import checkdigit, security
from throughcare.consent.labels import Member, classify, classify_record, person_labels
from throughcare.consent.lists import shipped, shipped_rows
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.entry import Category

SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
RESTRICTED = {"security": [{"system": security.CONFIDENTIALITY, "code": "R"}]}


def condition(code: str, system: str = SNOMED, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    return {
        "resourceType": "Condition",
        "code": {"coding": [{"system": system, "code": code}]},
    } | more


def letter(text: str) -> dict[str, Any]:
    data = base64.b64encode(text.encode()).decode()
    return {
        "resourceType": "DocumentReference",
        "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
    }


def record(**resources: dict[str, Any]) -> dict[str, frozenset[str]]:
    members = [Member(name, resource, "RXX") for name, resource in resources.items()]
    return {name: cls.labels for name, cls in classify_record(members).items()}


@pytest.mark.parametrize(
    ("resource", "category"),
    [
        ({"resourceType": "Patient"}, Category.DEMOGRAPHICS),
        ({"resourceType": "AllergyIntolerance"}, Category.ALLERGY),
        (condition("195967001"), Category.CONDITION),
        (condition("52448006"), Category.FUNCTIONAL),
        (condition("G30.1", ICD10), Category.FUNCTIONAL),
        ({"resourceType": "Condition", "code": {"text": "Dementia, mild"}}, Category.FUNCTIONAL),
        (
            {"resourceType": "Observation", "category": [{"coding": [{"code": "vital-signs"}]}]},
            Category.VITALS,
        ),
        ({"resourceType": "Observation"}, Category.TEST_RESULT),
        (
            {
                "resourceType": "Observation",
                "category": [
                    {"coding": [{"system": "urn:throughcare:category"} | {"code": "care-note"}]}
                ],
            },
            Category.CARE_NOTE,
        ),
        (
            {
                "resourceType": "DocumentReference",
                "type": {"coding": [{"system": SNOMED, "code": "1382601000000107"}]},
            },
            Category.PLAN,
        ),
        (letter("Dear colleague"), Category.LETTER),
        ({"resourceType": "Consent", "scope": {"coding": [{"code": "adr"}]}}, Category.PLAN),
        ({"resourceType": "Consent"}, Category.CONSENT),
        ({"resourceType": "Organization"}, Category.DIRECTORY),
        ({"resourceType": "Basic"}, Category.OTHER),
    ],
)
def test_an_entry_has_the_kind_of_its_type_and_codes(
    resource: dict[str, Any], category: Category
) -> None:
    assert classify(resource, custodian="RXX").category is category


@pytest.mark.parametrize("kind", ["Task", "Contract", "Device", "Condition", "Organization"])
def test_no_tag_makes_an_entry_one_of_the_directory_that_is_none_by_its_type(kind: str) -> None:
    plain = {"resourceType": kind}
    tag = {"system": "urn:throughcare:category", "code": "directory"}
    tagged = {**plain, "meta": {"tag": [tag]}, "category": [{"coding": [tag]}]}
    found = classify(tagged, custodian="RXX").category
    assert found is classify(plain, custodian="RXX").category
    assert (found is Category.DIRECTORY) == (kind == "Organization")


def test_a_feed_cannot_tag_a_consent_as_something_else() -> None:
    tagged = {
        "resourceType": "Consent",
        "meta": {"tag": [{"system": "urn:throughcare:category"} | {"code": "about-me"}]},
    }
    assert classify(tagged, custodian="RXX").category is Category.CONSENT


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (condition("35489007"), {"PSY"}),
        (condition("F32.1", ICD10), {"PSY"}),
        (condition("15628003"), {"STD"}),
        (condition("86406008"), {"STD", "HIV"}),
        (condition("386639001"), {"TERM"}),
        (condition("63487001"), {"FERT"}),
        (condition("93461009"), {"GEND"}),
        (condition("52448006"), {"COGN"}),
        (condition("195967001"), set()),
        ({"resourceType": "Condition", "code": {"text": "Severe depression"}}, {"PSY"}),
    ],
)
def test_code_lists_label_what_sources_leave_unlabelled(
    resource: dict[str, Any], expected: set[str]
) -> None:
    assert classify(resource, custodian="RXX").labels == expected


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        ("http://snomed.info/sct/83821000000107", "35489007", {"PSY"}),
        ("http://snomed.info/sct/900000000000207008/version/20260401", "35489007", {"PSY"}),
        ("http://snomed.info/sct|http://snomed.info/sct/83821000000107", "35489007", {"PSY"}),
        ("https://snomed.info/sct/", " 35489007 ", {"PSY"}),
        ("http://hl7.org/fhir/sid/icd-10|2019", "F32.1", {"PSY"}),
        ("http://hl7.org/fhir/sid/icd-10", "f32.1", {"PSY"}),
        ("HTTP://hl7.org/fhir/sid/ICD-10", "f32.1", {"PSY"}),
        ("http://snomed.info/scts", "35489007", set()),
        ("http://loinc.org|2.77", "35489007", set()),
    ],
)
def test_a_code_is_known_by_every_form_of_its_system(
    system: str, code: str, expected: set[str]
) -> None:
    resource = condition(code, system)
    assert classify(resource, custodian="RXX").labels == expected
    text = json.dumps(resource).encode()
    member = Member("Condition/a", resource, "RXX", fhir_bytes.codes(text))
    assert classify_record([member])["Condition/a"].labels == expected


def test_the_label_of_a_contained_resource_is_its_holders() -> None:
    meta = {"security": [{"system": security.ACT_CODE, "code": "PSY"}]}
    inside = {"resourceType": "Condition", "id": "c", "meta": meta}
    resource = condition("195967001", contained=[inside])
    assert classify(resource, custodian="RXX").labels == {"PSY"}


def test_a_contained_resource_makes_no_restricted_person() -> None:
    level = {"security": [{"system": security.CONFIDENTIALITY, "code": "R"}]}
    inside = {"resourceType": "Organization", "id": "o", "meta": level}
    assert not security.restricted({"resourceType": "Patient", "contained": [inside]})


@pytest.mark.parametrize("code", ["52448006", "2776000", "110359009", "84757009", "408856003"])
def test_dementia_delirium_learning_disability_and_epilepsy_are_not_mental_health(
    code: str,
) -> None:
    assert "PSY" not in classify(condition(code), custodian="RXX").labels


def test_the_reason_for_a_medicine_labels_the_medicine() -> None:
    prescribed = {
        "resourceType": "MedicationRequest",
        "medicationCodeableConcept": {"text": "Sertraline 50 mg"},
        "reasonCode": [{"coding": [{"system": SNOMED, "code": "35489007"}]}],
    }
    assert classify(prescribed, custodian="RXX").labels == {"PSY"}


def test_the_sources_own_labels_are_kept() -> None:
    said = [
        {"system": security.CONFIDENTIALITY, "code": "V"},
        {"system": security.CONFIDENTIALITY, "code": "N"},
        {"system": security.ACT_CODE, "code": "NOPAT"},
        {"system": "https://example.org/labels", "code": "secret"},
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"},
    ]
    cls = classify(condition("195967001", meta={"security": said}), custodian="RXX")
    assert cls.labels == {"V", "NOPAT", "https://example.org/labels|secret"}


@pytest.mark.parametrize("code", ["R", "r", "V"])
def test_a_composition_says_its_level_itself(code: str) -> None:
    composition = {"resourceType": "Composition", "confidentiality": code}
    assert security.own_labels(composition) == {code.upper()}


def test_a_restricted_patient_is_a_restricted_person_and_still_found_by_name() -> None:
    patient = {"resourceType": "Patient", "meta": RESTRICTED}
    assert security.restricted(patient)
    assert not security.restricted({"resourceType": "Patient"})
    assert classify(patient, custodian="B1").labels == frozenset()


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "AllergyIntolerance", "code": {"text": "Latex"}},
        condition("84757009"),
        condition("44054006"),
        condition("D66", ICD10),
        {
            "resourceType": "MedicationStatement",
            "medicationCodeableConcept": {"text": "APIXABAN 5mg tablets"},
        },
        {
            "resourceType": "MedicationRequest",
            "medicationCodeableConcept": {
                "coding": [{"system": SNOMED, "code": "1", "display": "Insulin glargine"}]
            },
        },
        {"resourceType": "Flag", "code": {"text": "Oxygen alert: target saturation 88-92 %"}},
        {"resourceType": "Condition", "code": {"text": "Steroid dependent"}},
        {"resourceType": "DocumentReference", "description": "DNACPR form"},
    ],
)
def test_the_critical_set_inherits_nothing_and_keeps_its_episode(resource: dict[str, Any]) -> None:
    person = person_labels([condition("35489007", meta=RESTRICTED)])
    cls = classify(resource, custodian="RXX", inherited=frozenset({"STD"}), person=person)
    assert cls.critical
    assert not cls.labels & {"STD", "R"}
    assert cls.episode == {"STD"}


def test_a_label_of_its_own_stays_on_a_critical_entry() -> None:
    cls = classify(condition("84757009", meta=RESTRICTED), custodian="RXX")
    assert cls.critical
    assert cls.labels == {"R"}


def test_a_heparin_free_text_in_a_letter_does_not_make_the_letter_critical() -> None:
    assert not classify(letter("on warfarin and insulin"), custodian="RXX").critical


def test_an_entry_inherits_from_encounter_episode_and_document_to_any_depth() -> None:
    episode: dict[str, Any] = {"resourceType": "EpisodeOfCare", "meta": RESTRICTED}
    visit: dict[str, Any] = {
        "resourceType": "Encounter",
        "episodeOfCare": [{"reference": "EpisodeOfCare/1"}],
        "partOf": {"reference": "Encounter/2"},
    }
    note: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "context": {"encounter": [{"reference": "Encounter/2"}]},
        "content": [{"attachment": {"url": "https://here/fhir/Binary/4"}}],
    }
    found = record(
        **{
            "EpisodeOfCare/1": episode,
            "Encounter/2": visit,
            "DocumentReference/3": note,
            "Binary/4": {"resourceType": "Binary"},
            "Condition/5": condition("195967001", encounter={"reference": "Encounter/2"}),
            "Condition/6": condition("195967001"),
        }
    )
    assert found.pop("Condition/6") == frozenset()
    assert all(given == {"R"} for given in found.values())


def test_a_code_labelled_by_one_source_is_labelled_in_all() -> None:
    found = record(
        gp=condition("195967001", meta=RESTRICTED),
        hospital=condition("195967001"),
        other=condition("38341003"),
    )
    assert found == {"gp": {"R"}, "hospital": {"R"}, "other": set()}


def test_limits_on_one_entry_do_not_spread_to_its_code() -> None:
    kept = {"security": [{"system": security.OWN_SYSTEM, "code": "SRC"}]}
    found = record(gp=condition("195967001", meta=kept), hospital=condition("195967001"))
    assert found["hospital"] == frozenset()


def test_the_critical_set_is_excepted_from_labels_of_the_person() -> None:
    found = record(gp=condition("84757009", meta=RESTRICTED), hospital=condition("84757009"))
    assert found["hospital"] == frozenset()


def test_a_letter_takes_the_label_of_what_it_names() -> None:
    labelled = condition("35489007", meta=RESTRICTED)
    labelled["code"]["coding"][0]["display"] = "Depressive disorder"
    found = record(
        gp=labelled,
        named=letter("Diagnoses: Dementia, DEPRESSIVE  disorder"),
        synonym=letter("She has had depression for years."),
        inside=letter("Antidepressive disorders of the moon"),
        other=letter("Diagnoses: Dementia"),
    )
    assert found["named"] == found["synonym"] == {"PSY", "R"}
    assert found["inside"] == found["other"] == frozenset()


def test_a_letter_takes_the_label_of_what_it_names_also_where_that_has_no_code() -> None:
    worded = {"resourceType": "Condition", "code": {"text": "Pelvic injury"}, "meta": RESTRICTED}
    found = record(a=worded, b=letter("Seen after a pelvic injury"), c=letter("Seen for a cough"))
    assert found == {"a": frozenset({"R"}), "b": frozenset({"R"}), "c": frozenset()}


def test_a_letter_about_somebody_without_that_entry_takes_no_label() -> None:
    assert record(letter=letter("Her mother had depression."))["letter"] == frozenset()


def test_every_list_names_its_origin() -> None:
    from importlib.resources import files  # noqa: PLC0415 - the folder is data of the room

    folder = files("throughcare.consent") / "codelists"
    names = [item.name for item in folder.iterdir() if item.name.endswith(".csv")]
    assert "psy.csv" in names
    for name in names:
        assert "# Origin:" in (folder / name).read_text(encoding="utf-8"), name


def test_lists_hold_snomed_identifiers_that_pass_their_check_digit() -> None:
    for row in shipped_rows():
        if row.system == "snomed":
            assert checkdigit.is_sctid(row.code.removeprefix("=")), row.code


CODES = st.sampled_from(
    sorted({code for _, code in shipped().sensitivity.exact})
    + [f"{code}.1" for _, code in shipped().sensitivity.prefixes]
    + [f"{code.lower()}.1" for _, code in shipped().sensitivity.prefixes]
    + ["8302-2", "195967001", "F", 'x"y']
)
SYSTEMS = st.sampled_from(
    (SNOMED, ICD10, "http://loinc.org", f"{SNOMED}/83821000000107", f"{ICD10}|2019")
)
CODED = st.recursive(
    st.fixed_dictionaries({"system": SYSTEMS, "code": CODES}),
    lambda inner: st.fixed_dictionaries({"reasonCode": st.lists(inner, max_size=2)}),
    max_leaves=4,
)


@given(CODED, st.booleans(), st.booleans())
def test_the_codes_of_a_text_only_spare_the_walk(
    inside: dict[str, Any],
    critical: bool,  # noqa: FBT001
    ascii_only: bool,  # noqa: FBT001
) -> None:
    resource = condition("G30.1" if critical else "195967001", ICD10, evidence=[inside])
    text = json.dumps(resource, separators=(",", ":"), ensure_ascii=ascii_only).encode()
    member = Member("Condition/a", resource, "RXX", fhir_bytes.codes(text))
    assert classify_record([member]) == {"Condition/a": classify(resource, custodian="RXX")}


def test_a_code_written_with_escapes_is_not_overlooked() -> None:
    text = rb'{"code":{"coding":[{"system":"http://snomed.info/sct","code":"\u0038"}]}}'
    assert fhir_bytes.codes(text) is None
    assert fhir_bytes.codes(rb'{"code":"a\/b"}') is None


def test_a_name_of_three_letters_is_looked_for_in_letters_and_a_shorter_one_is_not() -> None:
    two = condition("22253000", meta=RESTRICTED)
    two["code"]["text"] = "AF"
    found = record(
        gp=condition("86406008"), other=two, hiv=letter("known HIV, stable"), af=letter("AF since")
    )
    assert found["hiv"] == {"STD", "HIV"}
    assert found["af"] == frozenset()
