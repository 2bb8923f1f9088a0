"""The lists label what they name, and nothing that only looks like it."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare.consent import lists
from throughcare.consent.codelists import Coding
from throughcare.consent.labels import classify
from throughcare.consent.lists import Row
from throughcare.kernel import BadInputError

SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
LOINC = "http://loinc.org"
OWN = lists.shipped()


def labels_of(resource: dict[str, Any], by: lists.Lists = OWN) -> frozenset[str]:
    return classify(resource, custodian="RXX", lists=by).labels


def coded(code: str, system: str | None = SNOMED, kind: str = "Condition") -> dict[str, Any]:
    coding = {"code": code} if system is None else {"system": system, "code": code}
    return {"resourceType": kind, "code": {"coding": [coding]}}


def worded(text: str) -> dict[str, Any]:
    return {"resourceType": "Condition", "code": {"text": text}}


NEAR: dict[str, list[tuple[str, str]]] = {
    "psy.csv": [
        *[(SNOMED, code) for code in ("52448006", "2776000", "110359009", "408856003", "84757009")],
        *[
            (ICD10, code)
            for code in ("F00.1", "F05.9", "F10.2", "F51.0", "F70.0", "F84.0", "G40.9")
        ],
        (ICD10, "E32.1"),
        (LOINC, "35489007"),
    ],
    "sensitive.csv": [
        *[(SNOMED, code) for code in ("2576002", "75116005", "77386006", "17369002")],
        *[(ICD10, code) for code in ("A49.9", "A63.8", "A65", "B19.9", "B25.0", "Z20.6", "Z22.3")],
        *[(ICD10, code) for code in ("O03.9", "O05.9", "Z31.4", "F65.0")],
    ],
    "substance.csv": [(ICD10, "F17.2"), (ICD10, "F09"), (ICD10, "K70.3"), (SNOMED, "77176002")],
    "cognition.csv": [(ICD10, "F04"), (ICD10, "G31.8"), (SNOMED, "386805003"), (SNOMED, "2776000")],
}
"""Codes beside those of a list: of other systems, neighbours in the chapter, what is excluded."""

GIVES = {
    "psy.csv": {"PSY"},
    "sensitive.csv": {"STD", "HIV", "FERT", "TERM", "GEND"},
    "substance.csv": {"ETH"},
    "cognition.csv": {"COGN"},
}


@pytest.mark.parametrize(
    ("name", "system", "code"),
    [(name, *near) for name, listed in NEAR.items() for near in listed],
)
def test_a_code_beside_a_list_is_not_labelled_by_it(name: str, system: str, code: str) -> None:
    assert not labels_of(coded(code, system)) & GIVES[name]


@pytest.mark.parametrize(
    "text",
    [
        "ST depression in V4 to V6",
        "Respiratory depression after opioids",
        "Bone marrow depression",
        "GAD antibodies positive, type 1 diabetes",
        "OCD of knee, right",
        "Haemoglobin, std deviation 2",
        "Antidepressant not needed",
        "Determination of blood group",
        "Chlamydophila psittaci",
        "HIVES",
        "Behaviour normal",
    ],
)
def test_words_that_look_alike_and_mean_something_else_give_no_label(text: str) -> None:
    assert labels_of(worded(text)) == frozenset()


def test_words_beside_innocent_ones_still_count() -> None:
    assert labels_of(worded("ST depression; depression since 2019")) == {"PSY"}


@pytest.mark.parametrize(
    "code", ["35489008", "123456", "F3", "mg", "F", "8302-2", "FF32", "12345678901234567890"]
)
def test_a_code_without_a_system_counts_only_if_it_has_the_form_of_one(code: str) -> None:
    assert labels_of(coded(code, None)) == frozenset()


@pytest.mark.parametrize(
    ("code", "expected"),
    [("35489007", {"PSY"}), ("F32.1", {"PSY"}), ("f32.1", {"PSY"}), ("8098009", {"STD"})],
)
def test_a_code_without_a_system_is_labelled_as_what_it_has_the_form_of(
    code: str, expected: set[str]
) -> None:
    assert labels_of(coded(code, None)) == expected


def test_a_reason_in_words_labels_the_visit_and_a_coded_one_goes_by_its_code() -> None:
    visit: dict[str, Any] = {"resourceType": "Encounter", "reasonCode": [{"text": "Depression"}]}
    assert labels_of(visit) == {"PSY"}
    pain = {"coding": [{"system": SNOMED, "code": "22253000"}], "text": "Depression score taken"}
    assert labels_of(visit | {"reasonCode": [pain]}) == frozenset()


# A hierarchy, made up: 1 above 2 above 3, and 4 below 2 too.
BELOW = {"35489007": ["900000000000011"], "52448006": ["900000000000022", "35489007"]}


def below(system: str, code: str) -> list[str]:
    return BELOW.get(code, []) if system == "snomed" else []


def test_a_release_puts_what_is_below_a_code_on_its_list() -> None:
    by = lists.made(lists.extended([Row("label", "PSY", "snomed", "35489007")], below))
    assert labels_of(coded("900000000000011"), by) == {"PSY"}
    assert labels_of(coded("900000000000011", "https://dmd.nhs.uk"), by) == {"PSY"}
    assert labels_of(coded("900000000000011", LOINC), by) == frozenset()


@pytest.mark.parametrize("code", ["", "=35489007", "3548*"])
def test_nothing_is_below_what_is_no_code_alone(code: str) -> None:
    asked: list[str] = []

    def seen(system: str, below_what: str) -> list[str]:
        asked.append(below_what)
        return below(system, below_what)

    rows = [Row("label", "PSY", "snomed", each, "low mood") for each in (code, "35489007")]
    by = lists.made(lists.extended(rows, seen))
    assert asked == ["35489007"]
    assert re.fullmatch("[0-9a-f]{12}", by.version)


def test_an_equals_sign_keeps_what_is_below_off_the_list() -> None:
    by = lists.made(lists.extended([Row("label", "PSY", "snomed", "=35489007")], below))
    assert labels_of(coded("35489007"), by) == {"PSY"}
    assert labels_of(coded("900000000000011"), by) == frozenset()


def test_an_exception_takes_its_label_from_all_below_it_whatever_gave_it() -> None:
    rows = [
        Row("label", "PSY COGN", "snomed", "35489007"),
        Row("label", "!PSY", "snomed", "52448006"),
        Row("label", "PSY", "icd10", "F3*"),
        Row("label", "!PSY", "icd10", "F32*"),
        Row("label", "!PSY", "icd10", "F33.1"),
    ]
    by = lists.made(lists.extended(rows, below))
    assert labels_of(coded("35489007"), by) == {"COGN"}
    found = {code: labels_of(coded(code, ICD10), by) for code in ("F31.0", "F32.1", "F33.1")}
    assert found == {"F31.0": {"PSY"}, "F32.1": frozenset(), "F33.1": frozenset()}


def test_with_every_list_shipped_dementia_below_a_listed_code_stays_out() -> None:
    tree = {"35489007": ["429998004"], "52448006": ["429998004"]}
    found = lists.extended(
        lists.shipped_rows(), lambda system, code: tree.get(code, []) if system == "snomed" else []
    )
    assert labels_of(coded("429998004"), lists.made(found)) == {"COGN"}


def test_a_row_may_stand_for_a_value_set() -> None:
    rows = lists.read("label,system,code,words\nSTD,valueset,http://a.example/vs,\n", "own.csv")
    known = {"http://a.example/vs": [(SNOMED, "900000000000011"), (ICD10, "n70.1")]}
    by = lists.made(lists.extended(rows, members=known.__getitem__))
    assert labels_of(coded("900000000000011"), by) == {"STD"}
    assert labels_of(coded("N70.1", ICD10), by) == {"STD"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a,b,c,d\n", "begins with label,system,code,words"),
        ("label,code,system,words\n", "begins with label,system,code,words"),
        ("marks,system,code,words\n", "begins with label,system,code,words"),
        ("label,system,code,words\nPSY,snomed\n", "four columns"),
        ("label,system,code,words\n,snomed,1,\n", "begins with labels"),
        ("label,system,code,words\nPSY|x,snomed,1,\n", "begins with labels"),
        ("label,system,code,words\nSTD PSY|x,snomed,1,\n", "begins with labels"),
        ("kind,system,code,words\nurgent,snomed,1,\n", "no kind of the critical set"),
        ("label,system,code,words\nPSY !STD,snomed,1,\n", "one label"),
        ("label,system,code,words\nPSY,snomed,,low mood\n", "needs a system and a code"),
        ("label,system,code,words\nPSY,,123,\n", "needs a system and a code"),
    ],
)
def test_a_list_that_is_none_is_refused_with_file_line_and_rule(text: str, rule: str) -> None:
    with pytest.raises(BadInputError, match=rule) as refused:
        lists.read(f"# Origin: a test\n{text}", "own.csv")
    line = 2 if rule.startswith("begins with label,") else 3
    assert refused.value.place == f"own.csv, line {line}"


def test_a_list_may_have_a_mark_of_its_encoding_blanks_and_a_url_for_a_system() -> None:
    text = f"\ufefflabel, system, code, words\nSTD, {ICD10}, n70*, \n\nSTD,dmd,41,a; b\n"
    assert lists.read(text, "own.csv") == [
        Row("label", "STD", "icd10", "N70*"),
        Row("label", "STD", "snomed", "41", "a; b"),
    ]


CODES = ("35489007", "52448006", "26929004", "8098009")
ROWS = st.builds(
    Row,
    st.just("label"),
    st.sampled_from(("PSY", "STD", "PSY STD", "!PSY", "!STD")),
    st.just("snomed"),
    st.sampled_from((*CODES, f"={CODES[0]}", "35*", "5*")),
)
TREE = st.dictionaries(st.sampled_from(CODES), st.lists(st.sampled_from(CODES), max_size=2))


def naively(rows: list[Row], tree: dict[str, list[str]], coding: Coding) -> set[str]:
    """Return the labels of a code, row by row."""
    given, taken = set(), set()
    for row in rows:
        begins = row.code.endswith("*") and coding[1].startswith(row.code[:-1])
        listed = [row.code.removeprefix("=")]
        if not row.code.startswith("=") and not row.code.endswith("*"):
            listed += tree.get(row.code, [])
        if begins or coding[1] in listed:
            (taken if row.marks.startswith("!") else given).update(row.marks.strip("!").split())
    return given - taken


@settings(max_examples=150)
@given(st.lists(ROWS, max_size=6), TREE)
def test_lists_say_what_their_rows_say_one_by_one(
    rows: list[Row], tree: dict[str, list[str]]
) -> None:
    found = lists.extended(rows, lambda _, code: tree.get(code, []))
    again = lists.rows_of(lists.text_of(found))
    assert again == found
    by = lists.made(again)
    assert by.version == lists.made(found).version
    for code in CODES:
        assert by.sensitivity.of_coding(("snomed", code)) == naively(rows, tree, ("snomed", code))
