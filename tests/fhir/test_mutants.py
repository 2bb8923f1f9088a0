"""The validator against resources that are wrong in one known way, and against HL7's own files."""

import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fhir import mutants
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import validation

Json = Any
Texts = Callable[..., Iterator[bytes]]
SEED = 20260101
LARGEST = 20_000

NO_BASE = "codesystem-extensions-CodeSystem", "valueset-extensions-ValueSet"
KNOWN: dict[str, str] = {
    # References to types that R4 does not allow there.
    "DeviceMetric-example": "DeviceMetric.parent.reference",
    "DeviceUseStatement-example": "DeviceUseStatement.reasonReference[0].reference",
    "MedicationRequest-medrx0301": "MedicationRequest.dispenseRequest.performer.reference",
    "Observation-clinical-gender": "Observation.performer[0].reference",
    # Without the name and status that R4 requires.
    "ImplementationGuide-fhir": "ImplementationGuide.name",
    "ig-r4": "ImplementationGuide.name",
    # Made by HL7's build, for search parameters of extensions: without a base.
    **{
        f"SearchParameter-{start}-{end}": "SearchParameter.base"
        for start in NO_BASE
        for end in ("author", "effective", "end", "keyword", "workflow")
    },
    # 68 characters.
    "SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject": (
        "SearchParameter.id"
    ),
    # Logical models that are not abstract and name no base (sdf-4).
    "StructureDefinition-Definition": "StructureDefinition",
    "StructureDefinition-Event": "StructureDefinition",
    "StructureDefinition-FiveWs": "StructureDefinition",
    "StructureDefinition-Request": "StructureDefinition",
    # Items of the type display without the linkId that R4 requires.
    "Questionnaire-qs1": "Questionnaire.item[0].item[0].linkId",
    # A narrative of white space (txt-2).
    "ActivityDefinition-blood-tubes-supply": "ActivityDefinition.text.div",
    "ActivityDefinition-heart-valve-replacement": "ActivityDefinition.text.div",
    "EventDefinition-example": "EventDefinition.text.div",
    "Questionnaire-zika-virus-exposure-assessment": "Questionnaire.text.div",
    # Seven full urls stand twice, without versions (bdl-7).
    "Bundle-dataelements": "Bundle",
}
"""What is wrong in HL7's own 5,306 files, by the text of R4: file and a place."""


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


def test_hl7s_own_examples_are_in_order_but_for_known_errors(pytestconfig: pytest.Config) -> None:
    wrong = {
        name: [issue.expression for issue in issues if issue.severity in {"error", "fatal"}]
        for name, text in _examples(pytestconfig)
        if validation.has_errors(issues := validation.validate(text))
    }
    assert wrong.keys() == KNOWN.keys()
    assert all(KNOWN[name] in places for name, places in wrong.items())


def test_mutants_of_hl7s_examples_are_caught(pytestconfig: pytest.Config) -> None:
    resources = [
        fhir_bytes.parse(text)
        for name, text in _examples(pytestconfig)
        if len(text) < LARGEST and name not in KNOWN
    ]
    assert _missed(resources, pytestconfig.getoption("--mutants")) == Counter()


def _examples(config: pytest.Config) -> Iterator[tuple[str, bytes]]:
    package = config.getoption("--examples")
    if package is None:
        pytest.skip("HL7's examples absent: give --examples FILE.tgz")
    with tarfile.open(package) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None and not member.name.endswith("/package.json"):
                yield member.name.partition("/")[2].removesuffix(".json"), file.read()
