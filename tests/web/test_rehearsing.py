"""A file that is tried: what it would come to, with place, rule and way out of each fault."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare.admission.rehearsing import rehearse
from throughcare.fhir import positions
from throughcare.model.rehearsal import Rehearsal
from throughcare.web.examples import EXAMPLES

HL7 = next(each.text for each in EXAMPLES if each.key == "hl7").encode()
CSV = next(each.text for each in EXAMPLES if each.key == "csv").encode()
FHIR = next(each.text for each in EXAMPLES if each.key == "fhir").encode()

BROKEN: dict[str, tuple[bytes, str, str]] = {
    "a wrong date": (FHIR.replace(b"1950-02-03", b"03/02/1950"), "line 12, column 22",
                     "Not a valid date"),
    "cut off": (FHIR[:150], "line 7, column 11", "not JSON"),
    "a zip": (b"PK\x03\x04...", "byte 0", "zip archive"),
    "a PDF": (b"%PDF-1.7", "byte 0", "document"),
    "CDA": (b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>', "the whole file", "CDA"),
    "nothing": (b"", "line 1", "empty"),
    "a table that nobody maps": (b"a,b,c\n1,2,3\n", "line 1", "No mapping has these columns"),
    "HL7 without a person": (HL7.replace(b"PID|", b"ZZZ|"), "message 1, segment PID",
                             "names no person"),
    "XML that is cut off": (b'<Patient xmlns="http://hl7.org/fhir"><birthDate', "line 1", "XML"),
}  # fmt: skip


@pytest.mark.parametrize("each", EXAMPLES, ids=lambda each: each.key)
def test_every_example_works_when_it_is_pasted(each) -> None:  # noqa: ANN001 - an example
    found = rehearse("pasted", each.text.encode())
    assert found.accepted == len(found.mapped) > 0
    assert [one for one in found.findings if one.refused] == []


@pytest.mark.parametrize("what", BROKEN)
def test_each_fault_names_place_rule_and_way_out(what: str) -> None:
    data, place, rule = BROKEN[what]
    found = rehearse("file", data)
    first = next(each for each in found.findings if each.refused)
    assert first.place.startswith(place), first
    assert rule in first.rule
    assert first.remedy
    assert found.accepted == 0


def test_a_fault_in_xml_is_named_by_its_path() -> None:
    text = next(each.text for each in EXAMPLES if each.key == "xml")
    (fault,) = rehearse("p.xml", text.replace("1950-02-03", "03/02/1950").encode()).findings
    assert fault.place == "Patient.birthDate"


def test_bytes_that_are_no_utf8_are_named_by_line_and_column() -> None:
    found = rehearse("calls.csv", CSV.replace(b"Rose", b"Ros\xe9"))
    (first,) = [each for each in found.findings if "UTF-8" in each.rule]
    assert (first.place, first.refused) == ("line 2, column 37", False)
    assert found.accepted == 1


def test_a_number_that_fails_its_check_digit_links_nobody() -> None:
    said = rehearse("f", FHIR.replace(b"9990000018", b"9990000019")).mapped[0].person
    assert "fails the check digit" in said
    assert "would link to a known person" in rehearse("f", FHIR).mapped[0].person


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.from_regex("[a-z]{1,3}", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=12,
)


def paths(value: object, path: str) -> list[tuple[str, object]]:
    """Naive oracle: every path of a value, with what is there."""
    found = [(path, value)]
    if isinstance(value, dict):
        for name, inner in value.items():
            found += paths(inner, f"{path}.{name}")
    if isinstance(value, list):
        for place, inner in enumerate(value):
            found += paths(inner, f"{path}[{place}]")
    return found


@settings(max_examples=60)
@given(VALUES, st.sampled_from([None, 1]))
def test_every_path_leads_to_the_value_that_stands_there(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    for path, wanted in paths(value, "Basic"):
        there, _ = json.JSONDecoder().raw_decode(text, positions.offset(text, path))
        assert there == wanted


@settings(max_examples=40)
@given(st.binary(max_size=200), st.sampled_from([HL7, FHIR, CSV]), st.integers(0, 300))
def test_no_bytes_whatever_end_a_rehearsal(noise: bytes, message: bytes, place: int) -> None:
    assert isinstance(rehearse("f", message[:place] + noise + message[place:]), Rehearsal)
