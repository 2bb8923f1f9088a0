"""A file is of the kind that its documents are of, the one that the fewest roles see."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare.consent import filing, labels, profile, security
from throughcare.consent.labels import Member
from throughcare.consent.lists import shipped
from throughcare.model.entry import Category

ROLES = profile.parse(profile.default_text()).roles.values()
TAG = "urn:throughcare:category"
FILE = {"resourceType": "Binary", "contentType": "application/pdf", "data": "AA=="}
KINDS = ("care-note", "plan", "test-result", "consent", "letter", "about-me")


def seen_by(kind: Category) -> int:
    return sum(kind in view.categories for view in ROLES)


def document(kind: str = "", *files: str) -> dict[str, Any]:
    content = [{"attachment": {"url": name}} for name in files or ("Binary/f",)]
    tag = {"meta": {"tag": [{"system": TAG, "code": kind}]}} if kind else {}
    return {"resourceType": "DocumentReference", "content": content, **tag}


def signed(**source: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    return {"resourceType": "Consent", "status": "active", **source}


def kind_of(
    file: dict[str, Any], *pointing: tuple[dict[str, Any], str], name: str = "Binary/f"
) -> str:
    members = [
        Member(f"{resource['resourceType']}/{number}", resource, custodian)
        for number, (resource, custodian) in enumerate(pointing)
    ]
    found = labels.classify_record([Member("Binary/f", file, "RX"), *members])
    return found[name].category.value


def test_kinds_are_in_order_of_how_many_roles_see_them() -> None:
    assert sorted(filing.NARROWEST) == sorted(Category)
    counts = [seen_by(kind) for kind in filing.NARROWEST]
    assert counts == sorted(counts)


def test_the_scan_of_a_signed_consent_is_a_consent() -> None:
    scan = signed(sourceAttachment={"url": "Binary/f"})
    assert kind_of(FILE, (scan, "RX")) == "consent"
    assert kind_of(FILE, (scan, "RX"), (document(), "RX")) == "consent"
    assert kind_of(FILE, (scan, "GP")) == "consent"


def test_so_is_the_document_that_a_consent_names_and_its_file() -> None:
    scan = signed(sourceReference={"reference": "DocumentReference/1"})
    both = ((scan, "RX"), (document(), "RX"))
    assert kind_of(FILE, *both) == "consent"
    assert kind_of(FILE, *both, name="DocumentReference/1") == "consent"


@pytest.mark.parametrize(
    ("file", "pointing", "kind"),
    [
        (FILE, (), "letter"),
        (FILE, ((document(), "RX"),), "letter"),
        (FILE, ((document("plan"), "RX"),), "plan"),
        (FILE, ((document("plan"), "VM"),), "letter"),
        (FILE, ((document("plan"), "RX"), (document("care-note"), "VM")), "care-note"),
        (FILE | {"meta": {"tag": [{"system": TAG, "code": "plan"}]}}, (), "plan"),
        (
            FILE | {"meta": {"tag": [{"system": TAG, "code": "plan"}]}},
            ((document(), "RX"),),
            "letter",
        ),
        (
            FILE | {"securityContext": {"reference": "Patient/0"}},
            (({"resourceType": "Patient"}, "RX"),),
            "letter",
        ),
        (FILE, (({"resourceType": "Patient", "photo": [{"url": "Binary/f"}]}, "RX"),), "letter"),
        (
            FILE | {"securityContext": {"reference": "DocumentReference/0"}},
            ((document("consultation", "Binary/else"), "RX"),),
            "consultation",
        ),
        (
            FILE,
            (({"resourceType": "DiagnosticReport", "presentedForm": [{"url": "Binary/f"}]}, "RX"),),
            "test-result",
        ),
    ],
)
def test_what_points_at_a_file_says_its_kind(
    file: dict[str, Any], pointing: tuple[tuple[dict[str, Any], str], ...], kind: str
) -> None:
    assert kind_of(file, *pointing) == kind


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(["RX", "GP"])), max_size=3))
def test_a_file_is_never_wider_than_any_of_its_documents(said: list[tuple[str, str]]) -> None:
    pointing = [(document(kind), custodian) for kind, custodian in said]
    found = {kind_of(FILE, *each) for each in permutations(pointing)}
    assert len(found) == 1
    assert all(seen_by(Category(found.copy().pop())) <= seen_by(Category(kind)) for kind, _ in said)


def reaches(resource: dict[str, Any]) -> bool:
    return labels.read(Member("", resource, "RX"), shipped()).reaches_others


def test_an_entry_matters_to_others_that_says_what_their_files_are() -> None:
    tag = {"meta": {"tag": [{"system": TAG, "code": "plan"}]}}
    picture = {"resourceType": "Media", "content": {"url": "Binary/f"}}
    assert not reaches(FILE)
    assert reaches(FILE | tag)
    assert reaches(picture | tag)
    assert not reaches({"resourceType": "Media"} | tag)
    assert not reaches(document("letter"))
    assert reaches(document("plan"))
    assert not reaches({"resourceType": "Patient", "photo": [{"url": "Binary/f"}]})


def test_only_files_and_documents_take_over_a_kind() -> None:
    odd = signed(sourceAttachment={"url": "Condition/1"})
    condition = {"resourceType": "Condition", "code": {"text": "x"}}
    assert kind_of(FILE, (odd, "RX"), (condition, "RX"), name="Condition/1") == "condition"


def test_neither_the_critical_set_nor_a_document_labels_its_codes_elsewhere() -> None:
    def codes(kind: str, member: str, code: str) -> set[Any]:
        coding = {"coding": [{"system": "http://snomed.info/sct", "code": code}]}
        restricted = {"security": [{"system": security.CONFIDENTIALITY, "code": "R"}]}
        entry = {"resourceType": kind, member: coding, "meta": restricted}
        return set(labels.person_labels([entry]).codes)

    assert codes("Condition", "code", "38341003")
    assert not codes("Condition", "code", "84757009")
    assert not codes("DocumentReference", "type", "38341003")
