"""CSV: encodings, delimiters, names, dates, faults, and mappings of one's own."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare import intake
from throughcare.intake.tables.convert import born, full_name
from throughcare.kernel import BadInputError
from throughcare.model.submission import Rejection, Remark, Submission

HEADER = (
    "CAD No,Call date/time,Pt name,DOB,Age,Address,Post code,NHS No,Chief complaint,SpO2,BP,Outcome"
)
ROW = "CAD1,12/01/2026 13:01,Seán Okafor,10-Jan-08,18,1 Way,HX2 2AN,,FALL,94,92/73,conveyed"


def units(text: str, encoding: str = "utf-8") -> list[Submission | Rejection | Remark]:
    return list(intake.read("f.csv", text.encode(encoding)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_any_encoding_and_delimiter_is_read(encoding: str, delimiter: str) -> None:
    (found,) = units(f"{HEADER}\r\n{ROW}\r\n".replace(",", delimiter), encoding)
    assert isinstance(found, Submission)
    assert found.items[0].resource["name"][0]["given"] == ["Seán"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("before", ["", "\ufeff", "\ufeff \n\n", "\n"])
def test_any_line_ending_is_read_and_blank_lines_are_counted(end: str, before: str) -> None:
    text = f"{before}{HEADER},\n\n{ROW},\n,,\nCAD2,too short\n".replace("\n", end)
    found = units(text)
    assert [type(unit) for unit in found] == [Submission, Rejection]
    assert isinstance(found[1], Rejection)
    assert found[1].place.at == f"line {5 + before.count(chr(10))}"


@pytest.mark.parametrize("born", ["10-Jan-2008", "10/01/2008", "2008-01-10", "10 January 2008"])
@pytest.mark.parametrize("at", ["2026-01-12T13:01:00", "12/01/2026 13:01:33", "12/01/2026"])
def test_a_date_in_another_usual_form_is_read(born: str, at: str) -> None:
    text = ROW.replace("10-Jan-08", born).replace("12/01/2026 13:01", at)
    (found,) = units(f"{HEADER}\n{text}\n")
    assert isinstance(found, Submission)
    assert found.items[0].resource["birthDate"] == "2008-01-10"
    assert found.items[1].resource["period"]["start"].startswith("2026-01-12")
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("CAD1,12/01/2026 13:01,Jo", "line 2"),
        (ROW + ",more", "line 2"),
        (ROW.replace("CAD1", "").replace("Seán Okafor", ""), "line 2"),
        (ROW.replace("CAD1", '"CAD1"x'), "line 2"),
    ],
)
def test_a_bad_row_costs_only_itself_and_has_its_line(row: str, place: str) -> None:
    found = units(f"{HEADER}\n{row}\n{ROW}\n")
    assert [type(unit) for unit in found] == [Rejection, Submission]
    assert isinstance(found[0], Rejection)
    assert found[0].place.at == place


def test_a_bad_date_is_remarked_by_column_and_the_row_kept() -> None:
    (found,) = units(f"{HEADER}\n{ROW.replace('10-Jan-08', 'unknown')}\n")
    assert isinstance(found, Submission)
    assert "birthDate" not in found.items[0].resource
    assert str(found.remarks[0].place) == "f.csv: line 2, column dob"


def test_the_row_is_kept_whole_as_its_source() -> None:
    (found,) = units(f"{HEADER}\n{ROW}\n")
    assert isinstance(found, Submission)
    assert found.original.decode().splitlines() == [HEADER, ROW]


def test_a_fall_has_an_observation_that_the_summary_can_read() -> None:
    (found,) = units(f"{HEADER}\n{ROW}\n")
    assert isinstance(found, Submission)
    urls = [item.full_url.rpartition(":")[2] for item in found.items]
    assert urls == ["CAD1", "attendance", "fall", "oxygen-saturation", "blood-pressure"]
    assert found.items[2].resource["encounter"] == {"reference": found.items[1].full_url}


@pytest.mark.parametrize(
    ("text", "style", "given", "family"),
    [
        ("Charlie van der Berg", "forename surname", ["Charlie"], "van der Berg"),
        ("Patricia Ó Briain", "forename surname", ["Patricia"], "Ó Briain"),
        ("Mary Jane Smith", "forename surname", ["Mary", "Jane"], "Smith"),
        ("WOOD, ISLA", "surname, forename", ["ISLA"], "WOOD"),
        ("Le Roux, Harry", "surname, forename", ["Harry"], "Le Roux"),
        ("Wood, Isla", "forename surname", ["Isla"], "Wood"),
        ("Prince", "forename surname", None, "Prince"),
    ],
)
def test_names_are_split(text: str, style: str, given: list[str] | None, family: str) -> None:
    found = full_name(text, style)
    assert (found.get("given"), found["family"]) == (given, family)


def test_a_title_is_no_forename() -> None:
    found = full_name("Mrs Jo Wright", "forename surname")
    assert (found["prefix"], found["given"], found["family"]) == (["Mrs"], ["Jo"], "Wright")


@given(st.dates(date(1925, 1, 1), date(2026, 6, 1)))
def test_the_age_in_calendar_years_settles_every_century(birth: date) -> None:
    event = date(2026, 6, 1)
    age = str(event.year - birth.year)
    assert born(birth.strftime("%d-%b-%y"), "%d-%b-%y", event, age) == birth


@given(st.dates(date(1900, 3, 1), date(2026, 6, 1)))
def test_without_an_age_nobody_is_born_after_the_event(birth: date) -> None:
    event = date(2026, 6, 1)
    found = born(birth.strftime("%d-%b-%y"), "%d-%b-%y", event, "")
    assert found is not None
    assert found <= event
    assert found.strftime("%d%m%y") == birth.strftime("%d%m%y")


OWN = """
name = "pharmacy"
source = "pharmacy"
custodian = "FXX01"
columns = ["Ref", "Patient", "Item"]
[row]
at = "Date"
at_format = "%Y-%m-%d"
[person]
id = "Ref"
prefix = "PH:"
name_style = "forename surname"
name = "Patient"
[[entry]]
key = "item"
[entry.resource]
resourceType = "MedicationStatement"
status = "active"
medicationCodeableConcept = { text = "{Item}" }
subject = { reference = "{$patient}" }
effectiveDateTime = "{$at}"
"""


def test_a_mapping_of_ones_own_is_read_like_a_built_in_one() -> None:
    mappings = intake.mappings([OWN])
    data = b"Ref;Date;Patient;Item;Shelf\n7;2026-01-02;Jo Wright;Apixaban 5 mg;B\n"
    found = list(intake.read("x.csv", data, mappings=mappings))
    assert isinstance(found[0], Submission)
    assert (found[0].source, found[0].custodian) == ("pharmacy", "FXX01")
    assert found[0].patients[0].local_id == "PH:7"
    assert found[0].items[1].resource["medicationCodeableConcept"] == {"text": "Apixaban 5 mg"}
    assert isinstance(found[1], Remark)
    assert "(shelf)" in found[1].text


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("{Item}", "{Item|guess}"), "converter guess"),
        (('name_style = "forename surname"', 'name_style = "any"'), "name_style"),
        (('id = "Ref"', 'ident = "Ref"'), "ident"),
        (('at = "Date"', ""), "'at'"),
        (('name = "pharmacy"', "name ="), "no TOML"),
        (('columns = ["Ref", "Patient", "Item"]', "columns = []"), "columns is empty"),
    ],
)
def test_a_faulty_mapping_says_what_is_wrong(change: tuple[str, str], word: str) -> None:
    with pytest.raises(BadInputError, match=word):
        intake.mappings([OWN.replace(*change)])
