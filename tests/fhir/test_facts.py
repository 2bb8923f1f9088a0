"""The smaller modules: specification, references, NHS numbers, outcomes, capability, examples."""

import doctest
from datetime import UTC, datetime
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.fhir import (
    answers,
    capability,
    criteria,
    expressions,
    fold_text,
    index,
    narrative,
    nhs,
    outcome,
    query,
    ranges,
    references,
    spec,
    text,
    ucum,
    validation,
)
from throughcare.fhir import (
    bytes as fhir_bytes,
)
from throughcare.fhir.patching import fhirpath as fhirpath_patching
from throughcare.fhir.patching import merge, pointers
from throughcare.fhir.path import moments, quantities, syntax
from throughcare.fhir.path.functions import standard
from throughcare.fhir.tables import rows
from throughcare.kernel import BadInputError

nine_digits = st.text("0123456789", min_size=9, max_size=9)


@pytest.mark.parametrize(
    "module",
    [
        answers,
        criteria,
        expressions,
        fhir_bytes,
        fhirpath_patching,
        index,
        merge,
        narrative,
        nhs,
        moments,
        outcome,
        pointers,
        quantities,
        query,
        ranges,
        references,
        rows,
        spec,
        standard,
        syntax,
        text,
        ucum,
        validation,
    ],
    ids=lambda module: module.__name__,
)
def test_the_examples_in_the_documentation_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert result.attempted
    assert not result.failed


def test_the_pack_holds_the_whole_of_r4() -> None:
    assert len(spec.resource_types()) == 146
    parameters = {
        (each.url) for name in spec.resource_types() for each in spec.parameters(name).values()
    }
    assert len(parameters) == 1387
    assert len(spec.compartment("Patient")) == 66


def test_what_the_pack_does_not_hold_is_a_key_error() -> None:
    for lookup in (spec.structure, spec.parameters, spec.compartment, spec.value_set):
        with pytest.raises(KeyError):
            lookup("Dragon")


def test_references_are_found_at_any_depth() -> None:
    resource = {
        "resourceType": "List",
        "contained": [{"resourceType": "Flag", "subject": {"reference": "Patient/1"}}],
        "entry": [{"item": {"reference": "#a"}}, {"item": {"display": "x"}}],
    }
    assert list(references.of(resource)) == [
        ("List.contained[0].subject", "Patient/1"),
        ("List.entry[0].item", "#a"),
    ]


@given(nine_digits)
def test_every_single_wrong_digit_is_found(digits: str) -> None:
    check = nhs.check_digit(digits)
    if not check:
        return
    number = digits + check
    assert nhs.is_nhs_number(number)
    for place in range(10):
        for wrong in "0123456789":
            changed = number[:place] + wrong + number[place + 1 :]
            assert nhs.is_nhs_number(changed) == (wrong == number[place])


@pytest.mark.parametrize("written", ["943 476 5919", "943-476-5919", " 9434765919 "])
def test_an_nhs_number_may_be_spaced(written: str) -> None:
    assert nhs.is_nhs_number(written)
    assert nhs.normalise(written) == "9434765919"


@pytest.mark.parametrize("written", ["", "943476591", "94347659190", "٩434765919", "943476591X"])
def test_what_is_no_nhs_number_is_not_taken(written: str) -> None:
    assert not nhs.is_nhs_number(written)


@pytest.mark.parametrize(
    ("number", "issuer"),
    [
        ("4010232137", nhs.NumberRange.ENGLAND_AND_WALES),
        ("6328797966", nhs.NumberRange.ENGLAND_AND_WALES),
        ("3200000000", nhs.NumberRange.NORTHERN_IRELAND),
        ("0101701234", nhs.NumberRange.SCOTLAND),
        ("9990000018", nhs.NumberRange.SYNTHETIC),
        ("5000000000", nhs.NumberRange.UNISSUED),
        ("0000000000", nhs.NumberRange.UNISSUED),
    ],
)
def test_the_first_digits_name_the_issuer(number: str, issuer: nhs.NumberRange) -> None:
    assert nhs.number_range(number) is issuer


@given(st.text())
def test_folding_twice_is_folding_once(value: str) -> None:
    assert fold_text(fold_text(value)) == fold_text(value)


def test_case_accents_and_spaces_do_not_count() -> None:
    assert fold_text("Siân  ÓNEILL") == fold_text("sian oneill")
    assert fold_text("Łódź") == "lodz"
    assert fold_text("Straße") == "strasse"


def test_an_error_is_an_operation_outcome() -> None:
    said = outcome.outcome(BadInputError("Text is not JSON: correct it.", place="byte 5"))
    assert said["issue"] == [
        {
            "severity": "error",
            "code": "invalid",
            "diagnostics": "Text is not JSON: correct it.",
            "expression": ["byte 5"],
        }
    ]
    assert validation.validate(said) == []


def test_issues_are_an_operation_outcome() -> None:
    issues = validation.validate({"resourceType": "Patient", "gender": "unicorn"})
    said = outcome.outcome(issues)
    assert said["issue"][0]["code"] == "code-invalid"
    assert validation.validate(said) == []
    assert validation.validate(outcome.outcome([])) == []


def test_the_capability_statement_is_valid_and_lists_what_is_parsed() -> None:
    everything = "http://hl7.org/fhir/OperationDefinition/Patient-everything"
    service = capability.Service(
        interactions=("read", "vread", "create", "update", "search-type"),
        system_interactions=("transaction",),
        operations=(("Patient", "everything", everything),),
    )
    said = capability.statement(
        service,
        url="https://node.example/fhir",
        software_version="0.1.0",
        published=datetime(2026, 11, 24, tzinfo=UTC),
    )
    assert validation.validate(said) == []
    listed = {row["type"]: row for row in said["rest"][0]["resource"]}
    assert set(listed) == spec.resource_types()
    assert listed["Patient"]["operation"] == [{"name": "everything", "definition": everything}]
    for name, row in listed.items():
        codes = {parameter["name"] for parameter in row["searchParam"]}
        assert codes == set(index.supported(name))
        assert (
            query.parse(
                name, [(f"{code}:missing", "true") for code in codes - {"_id", "_lastUpdated"}]
            ).ignored
            == ()
        )
