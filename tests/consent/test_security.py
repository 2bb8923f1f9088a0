"""What a source says by HL7's security labels is heard, in whatever form it says it."""

from typing import Any

import pytest

from throughcare.consent import security
from throughcare.consent.labels import classify
from throughcare.consent.security import ACT_CODE, CONFIDENTIALITY, OWN_SYSTEM

LEVELS_OF_OLD = "http://hl7.org/fhir/v3/Confidentiality"


def labelled(system: str | None, code: str) -> dict[str, Any]:
    coding = {"code": code} if system is None else {"system": system, "code": code}
    return {"resourceType": "Condition", "meta": {"security": [coding]}}


@pytest.mark.parametrize(
    "system",
    [
        CONFIDENTIALITY,
        f"{CONFIDENTIALITY}/",
        f"{CONFIDENTIALITY}|2.2.0",
        CONFIDENTIALITY.replace("http:", "https:"),
        LEVELS_OF_OLD,
        "http://terminology.hl7.org/ValueSet/v3-ConfidentialityClassification",
        "urn:oid:2.16.840.1.113883.5.25",
        "2.16.840.1.113883.5.25",
        f" {CONFIDENTIALITY}",
        None,
    ],
)
@pytest.mark.parametrize("code", ["R", "V", "v"])
def test_a_level_above_normal_is_known_by_every_form_of_its_system(
    system: str | None, code: str
) -> None:
    entry = labelled(system, code)
    assert security.own_labels(entry) == {code.upper()}
    assert security.restricted({**entry, "resourceType": "Patient"})


@pytest.mark.parametrize(
    "system",
    [
        ACT_CODE,
        ACT_CODE.replace("http:", "https:"),
        f"{ACT_CODE}|9.0.0",
        "http://hl7.org/fhir/v3/ActCode",
        "urn:oid:2.16.840.1.113883.5.4",
        CONFIDENTIALITY,
        LEVELS_OF_OLD,
        None,
    ],
)
@pytest.mark.parametrize("code", ["PSY", "psy", "NOPAT"])
def test_a_kind_is_known_by_every_form_of_its_system_and_among_the_levels_too(
    system: str | None, code: str
) -> None:
    assert security.own_labels(labelled(system, code)) == {code.upper()}


@pytest.mark.parametrize("code", ["N", "L", "M", "U", "n"])
@pytest.mark.parametrize("system", [CONFIDENTIALITY, LEVELS_OF_OLD, None])
def test_a_level_of_normal_or_less_is_no_label(system: str | None, code: str) -> None:
    assert security.own_labels(labelled(system, code)) == frozenset()


@pytest.mark.parametrize(("code", "label"), [("S", "R"), ("C", "R"), ("T", "TBOO"), ("s", "R")])
def test_a_level_of_former_days_is_read_as_it_was_meant(code: str, label: str) -> None:
    assert security.own_labels(labelled(LEVELS_OF_OLD, code)) == {label}


@pytest.mark.parametrize(
    ("system", "code", "label"),
    [
        (CONFIDENTIALITY, "top secret", f"{CONFIDENTIALITY}|top%20secret"),
        ("https://example.org/labels", "R", "https://example.org/labels|R"),
        ("https://example.org/hl7.org/v3-ActCode", "PSY", None),
        ("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "PSY", None),
        ("urn:oid:2.16.840.1.113883.5.254", "R", None),
        (ACT_CODE, "new", "NEW"),
        (OWN_SYSTEM, "psy", "psy"),
        (None, "ours", "ours"),
    ],
)
def test_a_label_that_is_not_known_is_kept_with_its_system(
    system: str | None, code: str, label: str | None
) -> None:
    assert security.own_labels(labelled(system, code)) == {label or f"{system}|{code}"}


@pytest.mark.parametrize("system", ["http://terminology.hl7.org/CodeSystem/v3-ActReason", ACT_CODE])
def test_a_purpose_and_a_label_without_code_are_none(system: str) -> None:
    code = "HTEST" if system != ACT_CODE else ""
    assert security.own_labels(labelled(system, code)) == frozenset()


def test_hiv_is_withheld_as_the_code_lists_withhold_it() -> None:
    """They give it STD beside HIV, and STD is of the sensitive set."""
    coded = {"coding": [{"system": "http://snomed.info/sct", "code": "86406008"}]}
    listed = classify({"resourceType": "Condition", "code": coded}, custodian="RXX").labels
    assert security.own_labels(labelled(ACT_CODE, "HIV")) == listed == {"HIV", "STD"}
