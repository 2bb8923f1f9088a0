"""The validator against resources that are wrong in one known way, and against HL7's own files."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.hl7_examples import examples
from fhir import mutants
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import validation

Json = Any
Texts = Callable[..., Iterator[bytes]]
SEED = 20260101
LARGEST = 20_000
LARGEST_KNOWN = 21_000_000
DOCS = Path(__file__).parents[2] / "docs"

DEFINITIONS = tuple(
    f"SearchParameter-{start}-{end}"
    for start in ("codesystem-extensions-CodeSystem", "valueset-extensions-ValueSet")
    for end in ("author", "effective", "end", "keyword", "workflow")
)
ITEM_SUBJECT = "questionnaireresponse-extensions-QuestionnaireResponse-item-subject"

KNOWN: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "value",
        "A reference to a type that R4 does not allow there.",
        {
            "DeviceMetric-example": "DeviceMetric.parent.reference",
            "DeviceUseStatement-example": "DeviceUseStatement.reasonReference[0].reference",
            "MedicationRequest-medrx0301": "MedicationRequest.dispenseRequest.performer.reference",
            "Observation-clinical-gender": "Observation.performer[0].reference",
        },
    ),
    (
        "required",
        "The name and the status that R4 requires are missing; one file under two names.",
        {
            "ImplementationGuide-fhir": "ImplementationGuide.name",
            "ig-r4": "ImplementationGuide.name",
        },
    ),
    (
        "required",
        "Made by HL7's build for search parameters of extensions, without the base R4 requires.",
        dict.fromkeys(DEFINITIONS, "SearchParameter.base"),
    ),
    (
        "value",
        "An id of 67 characters, where R4 allows 64.",
        {f"SearchParameter-{ITEM_SUBJECT}": "SearchParameter.id"},
    ),
    (
        "invariant",
        "Logical models that are not abstract and name no base (sdf-4).",
        {
            f"StructureDefinition-{name}": "StructureDefinition"
            for name in ("Definition", "Event", "FiveWs", "Request")
        },
    ),
    (
        "required",
        "Items of the type display without the linkId that R4 requires.",
        {"Questionnaire-qs1": "Questionnaire.item[0].item[0].linkId"},
    ),
    (
        "value",
        "A narrative of white space alone (txt-2).",
        {
            "ActivityDefinition-blood-tubes-supply": "ActivityDefinition.text.div",
            "ActivityDefinition-heart-valve-replacement": "ActivityDefinition.text.div",
            "EventDefinition-example": "EventDefinition.text.div",
            "Questionnaire-zika-virus-exposure-assessment": "Questionnaire.text.div",
        },
    ),
    (
        "invariant",
        "Seven full urls stand twice, without versions (bdl-7).",
        {"Bundle-dataelements": "Bundle"},
    ),
)
"""What is wrong in HL7's own 5,306 files by the text of R4: code, cause, a place in each file."""
WRONG = {name: (code, place) for code, _, files in KNOWN for name, place in files.items()}


def _missed(resources: list[Json], count: int) -> Counter[str]:
    missed: Counter[str] = Counter()
    made: set[str] = set()
    for kind, _, mutant in mutants.mutants(resources, count, SEED):
        made.add(kind)
        if not validation.has_errors(validation.validate(mutant)):
            missed[kind] += 1
    assert made == set(mutants.KINDS)
    return missed


def test_mutants_of_synthea_are_caught(resource_texts: Texts, pytestconfig: pytest.Config) -> None:
    texts = [*resource_texts("synthea-2019", bundles=3), *resource_texts("synthea-2021", bundles=3)]
    resources = [fhir_bytes.parse(text) for text in texts if len(text) < LARGEST]
    assert _missed(resources, pytestconfig.getoption("--mutants")) == Counter()


@pytest.mark.slow
def test_hl7s_own_examples_are_in_order_but_for_known_errors(pytestconfig: pytest.Config) -> None:
    largest = pytestconfig.getoption("--largest-example")
    found = {
        name: [(issue.code, issue.expression) for issue in issues if issue.severity == "error"]
        for name, text in examples(LARGEST_KNOWN)
        if (len(text) <= largest or name in WRONG)
        and validation.has_errors(issues := validation.validate(text))
    }
    assert found.keys() == WRONG.keys()
    assert all(WRONG[name] in issues for name, issues in found.items())


def test_the_known_errors_are_listed_by_cause() -> None:
    listed = (DOCS / "fhir" / "validation.md").read_text()
    for _, cause, files in KNOWN:
        assert f"| {cause} | {len(files)} |" in listed
    assert f"{len(WRONG)} of them" in listed


@pytest.mark.slow
def test_mutants_of_hl7s_examples_are_caught(pytestconfig: pytest.Config) -> None:
    resources = [fhir_bytes.parse(text) for name, text in examples(LARGEST) if name not in WRONG]
    assert _missed(resources, pytestconfig.getoption("--mutants")) == Counter()
