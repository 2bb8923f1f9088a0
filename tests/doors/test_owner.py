"""Whose record a resource belongs to."""

from typing import Any

import pytest

from throughcare.admission import owner
from throughcare.fhir import index
from throughcare.kernel import UnprocessableError

MOTHER, DAUGHTER = {"reference": "Patient/mother"}, {"reference": "Patient/daughter"}


def named(resource: dict[str, Any]) -> list[str]:
    return owner.patients_named(resource["resourceType"], index.extract(resource))


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Observation", "performer": [DAUGHTER], "subject": MOTHER},
        {"resourceType": "AllergyIntolerance", "asserter": DAUGHTER, "patient": MOTHER},
        {"resourceType": "DocumentReference", "author": [DAUGHTER], "subject": MOTHER},
        {"resourceType": "Coverage", "policyHolder": DAUGHTER, "beneficiary": MOTHER},
        {"resourceType": "Communication", "sender": DAUGHTER, "subject": MOTHER},
    ],
)
def test_what_somebody_reports_of_another_is_in_the_record_of_the_other(
    resource: dict[str, Any],
) -> None:
    assert named(resource) == ["Patient/mother"]


def test_without_a_subject_whoever_else_is_named_owns_it() -> None:
    assert named({"resourceType": "Coverage", "payor": [DAUGHTER]}) == ["Patient/daughter"]
    who = {"resourceType": "Appointment", "participant": [{"actor": MOTHER}]}
    assert named(who) == ["Patient/mother"]


def test_an_owner_is_the_named_patient_then_the_only_one_of_the_submission_then_nobody() -> None:
    def owned(type_: str, names: dict[str, int], sole: int | None, *, personal: bool) -> int:
        return owner.owner(type_, names, sole, personal=personal, place="here")

    assert owned("Condition", {"Patient/a": 3, "Patient/b": 4}, 9, personal=True) == 3
    assert owned("Practitioner", {}, 9, personal=False) == owner.NOBODY
    assert owned("Condition", {}, 9, personal=True) == 9
    assert owned("Basic", {}, None, personal=False) == owner.NOBODY
    with pytest.raises(UnprocessableError) as refused:
        owned("Condition", {}, None, personal=True)
    assert refused.value.waits
    assert refused.value.place == "here"
