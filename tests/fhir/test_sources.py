"""Code systems from the files of their publishers."""

from collections.abc import Sequence

import pytest

from fhir.release_files import DMD, ICD_10, LOINC, SNOMED, TextFile
from throughcare.fhir.terminology import keeping, sources
from throughcare.fhir.terminology.codes import CodeTable
from throughcare.fhir.terminology.sources import lists
from throughcare.kernel import BadInputError, DamagedError

DIABETES = "73211009"


def test_snomed_has_parents_and_the_name_that_the_nhs_prefers() -> None:
    table = sources.read(SNOMED)
    found = table.get(DIABETES)
    assert found is not None
    assert (table.url, table.version, len(table)) == ("http://snomed.info/sct", "20240101", 4)
    assert found.display == "Diabetes mellitus"
    assert found.names == ('DM - "sugar" diabetes', "Diabetes mellitus (disorder)")
    assert found.parents == ("64572001",)
    assert found.values("sufficientlyDefined") == (True,)
    assert table.above(DIABETES) == {"64572001", "138875005"}
    assert table.below("138875005") == {"64572001", DIABETES}
    retired = table.get("99999999")
    assert retired is not None
    assert not retired.is_active


def test_dmd_products_stand_below_what_they_are_made_of() -> None:
    table = sources.read(DMD)
    assert (table.url, table.version) == ("https://dmd.nhs.uk", "010124")
    assert table.above("5") == {"6", "4", "2", "1"}
    assert [each.display for each in table] == [
        "Aspirin",
        "Aspirin 75mg tablets",
        "Old tablets",
        "Aspirin 75mg tablets (A & Co)",
        "28 tablets",
    ]
    assert [each.code for each in table if not each.is_active] == ["3"]
    assert [value for each in table for value in each.values("kind")] == [
        *("VTM", "VMP", "VMP", "AMP", "AMPP")
    ]


def test_icd_10_subdivisions_stand_below_their_categories() -> None:
    table = sources.read(ICD_10)
    assert (table.url, table.version) == ("http://hl7.org/fhir/sid/icd-10", "20160401")
    assert {each.code: each.parents for each in table} == {
        "A00": (),
        "A00.0": ("A00",),
        "M45.X": (),
        "M45.X0": ("M45.X",),
    }
    assert table.get("A00.0").names == ("A000",)


def test_loinc_has_its_axes_as_properties() -> None:
    table = sources.read(LOINC)
    rate, old = table
    assert (table.url, table.version) == ("http://loinc.org", "2.73")
    assert (rate.display, rate.names) == ('Heart rate, "resting"', ("Heart rate",))
    assert rate.values("PROPERTY") == ("NRat",)
    assert rate.values("METHOD_TYP") == ()
    assert not old.is_active


@pytest.mark.parametrize("files", [SNOMED, DMD, ICD_10, LOINC])
def test_what_a_node_keeps_is_what_was_read(files: Sequence[TextFile]) -> None:
    table = sources.read(files)
    kept = keeping.pack(table)
    again = keeping.unpack(kept)
    assert list(again) == list(table)
    assert (again.url, again.name, again.version) == (table.url, table.name, table.version)
    assert again.is_case_sensitive == table.is_case_sensitive
    assert keeping.url(kept) == table.url


def test_a_damaged_file_is_named_as_damaged() -> None:
    kept = keeping.pack(CodeTable("urn:x", (), {}))
    for damaged in (b"", b"text", kept[:-3]):
        with pytest.raises(DamagedError):
            keeping.unpack(damaged)


@pytest.mark.parametrize(
    "files",
    [
        [],
        [TextFile("letter.txt", "Dear Ada")],
        SNOMED[:2],
        [TextFile(SNOMED[0].name, "id\tactive\r\n1\t1\r\n"), *SNOMED[1:]],
        [TextFile(DMD[0].name, "<VTM><VTMID>1")],
        [TextFile(DMD[0].name, "<EMPTY/>")],
        [TextFile(ICD_10[0].name, "CODE,DESCRIPTION\r\n")],
        [TextFile("Loinc.csv", "LOINC_NUM\r\n1-8\r\n")],
    ],
    ids=["none", "another", "part", "column", "cut off", "empty", "other form", "few columns"],
)
def test_files_that_are_no_release_are_refused(files: Sequence[TextFile]) -> None:
    with pytest.raises(BadInputError):
        sources.read(files)


@pytest.mark.parametrize(
    ("header", "code"),
    [("code,term", "1"), ("Code,Name", "1"), ("type,id,nm", "2"), ("dmd_type,dmd_id,x", "2")],
)
def test_a_code_list_is_a_value_set(header: str, code: str) -> None:
    made = lists.codelist(TextFile("ours-asthma-1a.csv", f"{header}\r\n1,2,3\r\n,,\r\n"), "urn:s")
    assert made["url"] == "https://www.opencodelists.org/codelist/ours-asthma-1a"
    (include,) = made["compose"]["include"]
    assert include["system"] == "urn:s"
    assert [each["code"] for each in include["concept"]] == [code]


def test_a_list_without_codes_is_refused() -> None:
    with pytest.raises(BadInputError):
        lists.codelist(TextFile("x.csv", "a,b\r\n1,2\r\n"), "urn:s")
