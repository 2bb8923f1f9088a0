"""What intake makes of the shared locality, counted against its truth."""

import csv
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from shared_data import shared
from throughcare import intake
from throughcare.intake.fold import fold
from throughcare.intake.systems import NHS_NUMBER
from throughcare.model.submission import Item, Merge, Method, Rejection, Remark, Submission


@cache
def units(*parts: str) -> tuple[Submission | Rejection | Remark, ...]:
    path = shared("one-locality", *parts)
    return tuple(intake.read(path.name, path.read_bytes()))


def submissions(*parts: str) -> list[Submission]:
    return [unit for unit in units(*parts) if isinstance(unit, Submission)]


def items(name: str, kind: str) -> list[Item]:
    return [
        item
        for submission in submissions(name)
        for item in submission.items
        if item.resource["resourceType"] == kind
    ]


FEEDS = {
    "gp.ndjson": ("gp", 166),
    "hospital.hl7": ("hospital", 305),
    "social_care_cld.csv": ("social", 98),
    "ambulance.csv": ("ambulance", 53),
    "care_home.csv": ("carehome", 89),
    "consent.csv": ("consents", 25),
}


@pytest.mark.parametrize("name", FEEDS)
def test_every_message_row_and_bundle_becomes_one_submission(name: str) -> None:
    found = submissions(name)
    assert (found[0].source, len(found)) == FEEDS[name]
    assert not [unit for unit in units(name) if isinstance(unit, Rejection)]


def test_the_source_records_are_those_of_the_truth() -> None:
    found = {
        (submission.source, patient.local_id)
        for name in FEEDS
        for submission in submissions(name)
        for patient in submission.patients
        if patient.feed
    }
    with shared("one-locality", "truth.csv").open(encoding="utf-8") as file:
        truth = {(row["source"], row["local_id"]) for row in csv.DictReader(file)}
    assert found == truth


@pytest.mark.parametrize("name", ["truth.csv", "pairs.csv", "expected.json", "../README.md"])
def test_what_is_no_feed_is_listed_as_such(name: str) -> None:
    path = shared("one-locality", name)
    found = intake.recognise(path.name, path.read_bytes())
    assert not found.is_feed
    assert found.why.startswith("not a feed")


def test_a_resend_has_the_key_and_digest_of_its_first() -> None:
    found = submissions("hospital.hl7")
    both = Counter((one.key, one.digest) for one in found)
    assert [key for (key, _), count in both.items() if count > 1] == [
        "PAS/RXX/M000268",
        "PAS/RXX/M000297",
    ]
    assert len({one.key for one in found}) == len(both)


def test_a40_names_survivor_and_retired() -> None:
    merges = [one.merge for one in submissions("hospital.hl7") if one.merge]
    assert len(merges) == 6
    assert Merge("MRN:RX700047", "MRN:RX900047") in merges


def test_admissions_and_diagnoses_are_all_there() -> None:
    assert len(items("hospital.hl7", "Encounter")) == 180
    assert len(items("hospital.hl7", "Condition")) == 70


def test_the_age_settles_the_century_of_a_two_digit_year() -> None:
    path = shared("one-locality", "ambulance.csv")
    with path.open(encoding="utf-8") as file:
        ages = {row["CAD No"]: int(row["Age"]) for row in csv.DictReader(file)}
    born = {
        one.patients[0].local_id: int(one.items[0].resource["birthDate"][:4])
        for one in submissions("ambulance.csv")
    }
    assert born == {call: 2026 - age for call, age in ages.items()}


def test_a_call_before_the_birth_is_kept_with_a_remark() -> None:
    texts = [remark.text for one in submissions("ambulance.csv") for remark in one.remarks]
    assert texts == ["The event is before the date of birth; kept as it is."]


def test_falls_are_coded_the_same_in_both_feeds() -> None:
    falls = Counter(
        name
        for name in ("ambulance.csv", "care_home.csv")
        for item in items(name, "Observation")
        for coding in item.resource["code"].get("coding", [])
        if coding["code"] == "217082002"
    )
    with shared("one-locality", "care_home.csv").open(encoding="utf-8") as file:
        rows = [row["Type"] == "Fall" or "floor" in row["Note"] for row in csv.DictReader(file)]
    assert falls == {"ambulance.csv": 13, "care_home.csv": sum(rows)}


def test_a_weight_is_a_quantity_with_its_digits_and_the_note_verbatim() -> None:
    weights = [
        item.resource
        for item in items("care_home.csv", "Observation")
        if item.full_url.endswith(":weight")
    ]
    assert len(weights) == 15
    assert weights[0]["valueQuantity"]["value"] == Decimal("52.4")
    assert weights[0]["note"] == [{"text": "52.4kg"}]


def test_absent_stays_absent() -> None:
    for item in items("care_home.csv", "Patient"):
        assert {"gender", "address", "telecom"}.isdisjoint(item.resource)


def test_particles_belong_to_the_family_name() -> None:
    families = {item.resource["name"][0]["family"] for item in items("ambulance.csv", "Patient")}
    assert {"Ó Briain", "van der Berg", "Fitzgerald-Hughes"} <= families


def test_dementia_reported_by_social_care_is_one_condition_a_person() -> None:
    found = [one for one in items("social_care_cld.csv", "Condition") if "dementia" in one.full_url]
    assert len(found) == 16
    assert {one.method for one in found} == {Method.FOLD}
    assert {one.resource["code"]["text"] for one in found} == {"Dementia (reported by social care)"}


def test_a_number_with_a_wrong_check_digit_is_kept_as_text() -> None:
    wrong = [
        identifier
        for name in ("hospital.hl7", "social_care_cld.csv")
        for item in items(name, "Patient")
        for identifier in item.resource.get("identifier", [])
        if "system" not in identifier
    ]
    assert wrong
    assert all("check digit wrong" in identifier["type"]["text"] for identifier in wrong)


def test_a_line_of_spaces_in_a_letter_takes_no_time() -> None:
    text = "Re: Ann Okafor  DOB 01 Jan 1980\n" + ("A" * 50_000 + " " * 50_000 + "\n") * 15
    (found,) = intake.read("letter.txt", text.encode())
    assert isinstance(found, Submission)
    assert found.items[0].resource["birthDate"] == "1980-01-01"


def test_a_letter_is_a_document_about_the_person_that_its_head_names() -> None:
    (letter,) = submissions("letters", "letter00.txt")
    person, document = letter.items
    assert letter.patients[0].feed is False
    assert person.resource == {
        "resourceType": "Patient",
        "identifier": [
            {"system": NHS_NUMBER, "value": "9990641005"},
            {
                "type": {
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/v2-0203",
                            "code": "MR",
                        }
                    ]
                },
                "value": "RX700049",
            },
        ],
        "name": [{"text": "Chukwuma Robinson", "family": "Robinson", "given": ["Chukwuma"]}],
        "birthDate": "1933-09-03",
        "address": [{"line": ["49 Queen Street"], "postalCode": "LS17 9NH"}],
    }
    assert document.resource["resourceType"] == "DocumentReference"
    assert document.resource["description"] == "Discharge summary"


def test_a_file_read_twice_gives_the_same_keys() -> None:
    path: Path = shared("one-locality", "care_home.csv")
    again = [
        one.key
        for one in intake.read("other.csv", path.read_bytes())
        if isinstance(one, Submission)
    ]
    assert again == [one.key for one in submissions("care_home.csv")]
    assert len(set(again)) == 89


def test_all_messages_of_a_number_fold_into_one_patient() -> None:
    folded: dict[str, dict[str, object]] = {}
    for item in items("hospital.hl7", "Patient"):
        before = folded.get(item.full_url)
        folded[item.full_url] = fold(before, item.resource, at=item.at)
    assert len(folded) == 104
