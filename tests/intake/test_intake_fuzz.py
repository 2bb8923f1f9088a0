"""No bytes whatever make a reader raise: they become submissions, rejections or remarks."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare import intake
from throughcare.intake import consents, fhir_json, letters
from throughcare.intake.hl7 import adt
from throughcare.intake.tables import rows
from throughcare.intake.tables.mapping import built_in
from throughcare.model.submission import Rejection, Remark, Submission

ADT = (
    "MSH|^~\\&|PAS|RXX|TIE|L|202601021924||ADT^A01|M1|P|2.4\rEVN|A01|202601021924\r"
    "PID|1||9990830169^^^NHS^NH~RX1^^^RXX^PI||Wright^Jo^^^MRS||19250324|2|||1 Way^^LEEDS^^HX2 9AA\r"
    "NK1|1|Wright^Al|SPO\rPV1|1|I|W1^B1^3^RXX||||||||||||||||V000272\rDG1|1||44^Dementia^SCT\r"
    "AL1|1|DA|Z88^Penicillin^I10|SV|rash\rMRG|RX2^^^RXX^PI\r"
)
BUNDLE = (
    '{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:p0","resource":'
    '{"resourceType":"Patient","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number",'
    '"value":"9990830169"}]},"request":{"method":"PUT","url":"Patient/1"}}]}\n{}'
)
LETTER = "Discharge\nRe: Jo Wright   DOB 03 Sep 1933   NHS 999 083 0169\n1 Way, HX2 9AA\n"
TABLES = [
    ",".join(mapping.columns) + "\n" + ",".join(["1/1/26", '"'] * len(mapping.columns))
    for mapping in built_in()
]
CONSENTS = "nhs_number,decision,scope,what,until\n9990830169,deny,category,mental-health,1/2/2026\n"
SEEDS = [ADT, BUNDLE, LETTER, CONSENTS, *TABLES]


@st.composite
def damaged(draw: st.DrawFn, seeds: list[str] = SEEDS) -> bytes:
    """Draw a feed with pieces cut out, doubled, or replaced by something else."""
    data = draw(st.sampled_from(seeds)).encode()
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 30)))
        piece = draw(
            st.sampled_from([b"", data[start:end] * 2, b"|", b"^", b"\\X9\\", b'"', b"\r"])
        )
        odd = draw(
            st.sampled_from([b"", "Ó".encode(), b"\xff", b"\x00", b"9" * 30, b"null", b"{}"])
        )
        data = data[:start] + piece + odd + data[end:]
    return data


def harmless(units: object) -> None:
    for unit in units:  # type: ignore[attr-defined]
        assert isinstance(unit, Submission | Rejection | Remark)
        if isinstance(unit, Submission):
            urls = [item.full_url for item in unit.items]
            assert all(patient.full_url in urls for patient in unit.patients)
            assert all(item.resource["resourceType"] for item in unit.items)


@given(st.binary(max_size=300), st.sampled_from(["a.json", "a.hl7", "a.csv", "a.txt", "a.gz"]))
def test_any_bytes_are_read_without_an_error(data: bytes, name: str) -> None:
    harmless(intake.read(name, data))


@settings(max_examples=600)
@given(damaged())
def test_a_damaged_feed_is_read_without_an_error(data: bytes) -> None:
    harmless(intake.read("feed", data))


READERS: list[Callable[[bytes], object]] = [
    lambda data: fhir_json.read_document("f", data, "gp"),
    lambda data: fhir_json.read_lines("f", data, "gp"),
    lambda data: adt.read("f", data, "hospital"),
    lambda data: letters.read("f", data, "letters"),
    lambda data: consents.read("f", data, "consents"),
    *[lambda data, one=one: rows.read("f", data, one, "s") for one in built_in()],  # type: ignore[misc]
]


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=150)
@given(data=st.one_of(st.binary(max_size=200), damaged()))
def test_no_reader_raises_even_for_a_feed_of_another_kind(
    reader: Callable[[bytes], object], data: bytes
) -> None:
    harmless(reader(data))


@given(st.binary(max_size=200))
def test_recognition_never_raises_and_says_why(data: bytes) -> None:
    assert intake.recognise("x", data).why
