"""The demo's people: nobody real, the same every time, and each feed in its source's own format."""

import csv
import io
import json
import re
from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_data import shared
from throughcare.demo import Locality, generate
from throughcare.demo.chance import Chance
from throughcare.demo.people import check_digit
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import validate
from throughcare.kernel import BadInputError

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def locality() -> Locality:
    return generate(today=TODAY)


def rows(locality: Locality, name: str, encoding: str = "utf-8") -> list[dict[str, str]]:
    text = locality.files[name].decode(encoding)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def bundles(locality: Locality) -> list[dict[str, list[dict[str, dict[str, object]]]]]:
    return [json.loads(line) for line in locality.files["gp.ndjson"].splitlines()]


def bundle_of(locality: Locality, key: str) -> str:
    number = next(one.nhs_number for one in locality.personas if one.key == key)
    lines = locality.files["gp.ndjson"].decode().splitlines()
    return next(line for line in lines if number in line)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**64 - 1), people=st.integers(12, 60))
def test_the_same_seed_gives_the_same_bytes(seed: int, people: int) -> None:
    assert generate(today=TODAY, seed=seed, people=people) == generate(
        today=TODAY, seed=seed, people=people
    )


def test_another_seed_gives_other_people(locality: Locality) -> None:
    other = generate(today=TODAY, seed=7)
    assert other.files["gp.ndjson"] != locality.files["gp.ndjson"]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**64 - 1))
def test_nhs_numbers_are_valid_and_of_the_range_for_tests(seed: int) -> None:
    locality = generate(today=TODAY, seed=seed, people=60)
    numbers = [local_id[4:] for source, local_id in locality.truth if source == "gp"]
    assert len(set(numbers)) == 60
    for number in numbers:
        assert re.fullmatch(r"999\d{7}", number)
        weighted = sum(int(digit) * (10 - place) for place, digit in enumerate(number[:9]))
        assert (weighted + int(number[9])) % 11 == 0


def test_a_known_nhs_number_has_its_check_digit() -> None:
    assert check_digit("943476591") == "9"
    assert check_digit("999000000") is None, "its digit would be 10"


def test_telephones_are_of_the_range_for_drama_and_postcodes_of_no_place(
    locality: Locality,
) -> None:
    text = b"\n".join(locality.files.values()).decode("utf-8", errors="replace")
    phones = re.findall(r"\b0\d{4} ?\d{6}\b", text)
    assert phones
    assert all(re.fullmatch(r"07700 900\d{3}", phone) for phone in phones)
    codes = [row["Post code"] for row in rows(locality, "ambulance.csv")]
    codes += [row["Postcode"] for row in rows(locality, "social_care_cld.csv", "cp1252")]
    assert all(re.fullmatch(r"MB\d \d[A-Z]{2}", code) for code in codes)


def test_every_source_has_a_feed_and_truth_says_whose_each_record_is(locality: Locality) -> None:
    assert len(bundles(locality)) == 300
    per_source = Counter(source for source, _ in locality.truth)
    assert set(per_source) == {"gp", "hospital", "social", "ambulance", "carehome"}
    assert min(per_source.values()) >= 10
    council = {row["LA_Person_Unique_Identifier"] for row in rows_of_council(locality)}
    assert {f"LA:{one}" for one in council} == ids(locality, "social")
    assert {row["CAD No"] for row in rows(locality, "ambulance.csv")} == ids(locality, "ambulance")
    assert {row["Resident"] for row in rows(locality, "care_home.csv")} == ids(locality, "carehome")


def rows_of_council(locality: Locality) -> list[dict[str, str]]:
    return rows(locality, "social_care_cld.csv", "cp1252")


def ids(locality: Locality, source: str) -> set[str]:
    return {local_id for of, local_id in locality.truth if of == source}


def test_tables_have_the_headings_that_the_real_ones_have(locality: Locality) -> None:
    for name in ("social_care_cld.csv", "ambulance.csv", "care_home.csv", "consent.csv"):
        real = shared("one-locality", name).read_bytes().split(b"\r\n", 1)[0]
        assert locality.files[name].split(b"\r\n", 1)[0] == real


def test_the_hospital_feed_brings_what_real_ones_bring(locality: Locality) -> None:
    messages = locality.files["hospital.hl7"].rstrip().split(b"\r\n\r\n")
    kinds = Counter(re.findall(rb"ADT\^(A\d\d)", b"\n".join(messages)))
    assert set(kinds) == {b"A28", b"A01", b"A03", b"A31", b"A40"}
    assert len(set(messages)) < len(messages), "a message is sent twice"
    times = [message.split(b"|")[6] for message in messages]
    assert times != sorted(times), "a pair is out of order"
    numbers = set(re.findall(rb"(RX\d{6})\^\^\^RXX\^PI", locality.files["hospital.hl7"]))
    assert {f"MRN:{one.decode()}" for one in numbers} == ids(locality, "hospital")


def test_references_of_a_bundle_stay_inside_it_and_no_full_url_comes_twice(
    locality: Locality,
) -> None:
    seen: set[object] = set()
    for bundle in bundles(locality):
        own = {entry["fullUrl"] for entry in bundle["entry"]}
        assert not own & seen
        seen |= own
        text = json.dumps(bundle)
        assert set(re.findall(r'"reference": "([^"]+)"', text)) <= own


def test_every_resource_of_the_gp_is_valid_fhir(locality: Locality) -> None:
    for line in locality.files["gp.ndjson"].splitlines():
        for entry in fhir_bytes.parse(line)["entry"]:
            assert validate(entry["resource"]) == []


def test_no_event_is_before_birth(locality: Locality) -> None:
    for row in rows(locality, "ambulance.csv"):
        assert int(row["Age"]) >= 0


def test_edith_has_mild_dementia_diabetes_and_falls(locality: Locality) -> None:
    bundle = bundle_of(locality, "edith")
    for expected in ("Mild dementia", "Type 2 diabetes", "penicillin", "ReSPECT", "Call me Edie"):
        assert expected in bundle
    number = next(one.nhs_number for one in locality.personas if one.key == "edith")
    spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
    calls = [row for row in rows(locality, "ambulance.csv") if row["NHS No"] == spaced]
    assert [row["Chief complaint"] for row in calls] == ["FALL", "FALL"]
    notes = [row["Type"] for row in rows(locality, "care_home.csv") if row["NHS"] == number]
    assert "Fall" in notes


def test_george_denies_all_and_priya_denies_mental_health(locality: Locality) -> None:
    number = {one.key: one.nhs_number for one in locality.personas}
    said = {row["nhs_number"]: row for row in rows(locality, "consent.csv")}
    assert said[number["george"]]["scope"] == "all"
    assert said[number["priya"]]["what"] == "mental-health"
    assert "35489007" in bundle_of(locality, "priya")


def test_callums_condition_is_restricted_by_the_gp_and_not_by_the_hospital(
    locality: Locality,
) -> None:
    assert '"security"' in bundle_of(locality, "callum")
    messages = locality.files["hospital.hl7"].split(b"\r\n\r\n")
    assert any(b"Reid^Callum" in one and b"DG1|1||35489007" in one for one in messages)


def test_the_twins_differ_in_nothing_but_given_name_and_number(locality: Locality) -> None:
    patients = [
        bundles(locality)[place]["entry"][0]["resource"]
        for place, one in enumerate(locality.personas)
        if one.key in {"ayesha", "zainab"}
    ]
    first, second = patients
    for same in ("birthDate", "gender", "address"):
        assert first[same] == second[same]
    assert first["identifier"] != second["identifier"]


def test_the_call_to_somebody_like_joan_has_no_number_another_home_and_a_swapped_birth_date(
    locality: Locality,
) -> None:
    call = next(row for row in rows(locality, "ambulance.csv") if row["Pt name"] == "Joan Ellis")
    assert call["NHS No"] == ""
    assert call["Post code"] == "MB9 9ZX"
    assert call["DOB"] == "11-Feb-46"


def test_nothing_is_recorded_of_tom(locality: Locality) -> None:
    assert len(json.loads(bundle_of(locality, "tom"))["entry"]) == 1


def test_fewer_people_than_personas_are_refused() -> None:
    with pytest.raises(BadInputError, match="12 to 20000"):
        generate(today=TODAY, people=3)


def test_a_branch_does_not_depend_on_what_was_drawn() -> None:
    fresh, used = Chance(5), Chance(5)
    used.bits()
    assert fresh.branch("a").bits() == used.branch("a").bits()
    assert fresh.branch("a").bits() != fresh.branch("b").bits()


@given(seed=st.integers(0, 2**64 - 1), low=st.integers(-50, 50), size=st.integers(0, 500))
def test_a_draw_lies_between_its_ends(seed: int, low: int, size: int) -> None:
    assert low <= Chance(seed).between(low, low + size) <= low + size
