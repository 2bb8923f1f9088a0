"""The International Patient Summary: what stands in it, and what an empty section says."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summary.entries import (
    ANSWERED,
    NOW,
    SILENT,
    TODAY,
    allergy,
    concept,
    condition,
    entry,
    medicine,
    observation,
    patient,
    plan,
)
from summary.test_sifting import entries
from throughcare.fhir.validation import has_errors, validate
from throughcare.summary.emergency import emergency_summary
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.ips import Frame, document

BASE = "http://node/fhir"
URNS = [f"urn:uuid:00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3)]
REQUIRED = {"medicines": "10160-0", "allergies": "48765-2", "conditions": "11450-4"}
Made = tuple[dict[str, Any], list[SummaryEntry]]


def made(
    *given_: SummaryEntry,
    limited: frozenset[str] = frozenset(),
    title_limited: bool = False,
    silent: bool = False,
) -> Made:
    person = patient()
    summary = emergency_summary(
        [person], given_, SILENT if silent else ANSWERED, today=TODAY, title_limited=title_limited
    )
    frame = Frame(person.reference, BASE, *URNS, NOW)
    return document(summary, [person, *given_], limited, frame)


def sections(found: Made) -> dict[str, dict[str, Any]]:
    composition = found[0]["entry"][0]["resource"]
    return {each["code"]["coding"][0]["code"]: each for each in composition["section"]}


def reason(section: dict[str, Any]) -> str:
    assert "entry" not in section
    return str(section["emptyReason"]["coding"][0]["code"])


def names(section: dict[str, Any]) -> list[str]:
    return [each["reference"].removeprefix(f"{BASE}/") for each in section["entry"]]


@pytest.mark.parametrize("name", REQUIRED)
def test_an_empty_section_says_what_is_known(name: str) -> None:
    code = REQUIRED[name]
    assert reason(sections(made())[code]) == "notasked"
    assert reason(sections(made(silent=True))[code]) == "unavailable"
    limits = made(limited=frozenset(REQUIRED), title_limited=True)
    assert reason(sections(limits)[code]) == "withheld"


def test_no_known_allergies_is_the_sources_own_statement() -> None:
    none = allergy("No known allergies", "716186003")
    found = sections(made(none))["48765-2"]
    assert names(found) == [none.reference]
    assert "No known allergies" in found["text"]["div"]
    doubtful = sections(made(none, title_limited=True))["48765-2"]
    assert "may be incomplete" in doubtful["text"]["div"]


def test_each_kind_stands_in_its_section() -> None:
    penicillin, asthma = allergy("Penicillin"), condition("Asthma")
    over = condition("Measles", clinicalStatus=concept(code="resolved"))
    aspirin, respect = medicine("Aspirin 75 mg"), plan("Not for resuscitation")
    category = [concept(code="laboratory")]
    sodium = concept("Sodium", code="2951-2")
    older = observation(sodium, "2026-01-02", "gp", category=category, valueInteger=139)
    newer = observation(sodium, "2026-03-04", "gp", category=category, valueInteger=141)
    jab = entry(
        {"resourceType": "Immunization", "status": "completed", "vaccineCode": concept("Flu")}
    )
    never = entry(
        {"resourceType": "Immunization", "status": "not-done", "vaccineCode": concept("MMR")}
    )
    found = sections(made(penicillin, asthma, over, aspirin, respect, older, newer, jab, never))
    assert {code: names(section) for code, section in found.items()} == {
        "10160-0": [aspirin.reference],
        "48765-2": [penicillin.reference],
        "11450-4": [asthma.reference],
        "11369-6": [jab.reference],
        "30954-2": [newer.reference],
        "11348-0": [over.reference],
        "42348-3": [respect.reference],
    }
    assert "Sodium 141" in found["30954-2"]["text"]["div"]


def test_what_is_for_the_screen_alone_does_not_leave_with_the_document() -> None:
    coded = concept("Violence towards staff")
    flag = entry({"resourceType": "Flag", "status": "active", "code": coded})
    found, chosen = made(flag)
    assert "Violence" not in str(found)
    assert flag not in chosen


def test_a_medication_of_its_own_comes_with_the_request_that_names_it() -> None:
    tablets = entry({"resourceType": "Medication", "code": concept("Metformin")})
    asked = entry(
        {
            "resourceType": "MedicationRequest",
            "status": "active",
            "intent": "order",
            "medicationReference": {"reference": tablets.reference},
        }
    )
    found, chosen = made(asked, tablets)
    assert [each.type for each in chosen] == ["Patient", "MedicationRequest", "Medication"]
    assert "Metformin" in str(found)


def test_a_narrative_quotes_and_never_speaks_html() -> None:
    found = sections(made(condition("<script>alert(1)</script> & more")))["11450-4"]
    assert "<script>" not in found["text"]["div"]
    assert "&lt;script&gt;" in found["text"]["div"]


@settings(max_examples=150, deadline=None)
@given(drawn=st.lists(entries(), max_size=4), limited=st.booleans(), silent=st.booleans())
def test_any_record_makes_a_valid_composition_over_visible_entries(
    drawn: list[SummaryEntry], *, limited: bool, silent: bool
) -> None:
    names_ = frozenset(REQUIRED) if limited else frozenset[str]()
    bundle, chosen = made(*drawn, limited=names_, title_limited=limited, silent=silent)
    for each in bundle["entry"]:
        assert not has_errors(validate(each["resource"]))
    found = sections((bundle, chosen))
    assert set(REQUIRED.values()) <= set(found)
    listed = {name for section in found.values() if "entry" in section for name in names(section)}
    assert listed <= {each.reference for each in chosen}
    assert {each.reference for each in chosen[1:]} <= {each.reference for each in drawn}
    assert all(("entry" in each) != ("emptyReason" in each) for each in found.values())
