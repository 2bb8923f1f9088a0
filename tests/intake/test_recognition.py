"""What a file is comes from its content; what is not taken is said, never passed over."""

import gzip

import pytest

from shared_data import shared
from throughcare import intake
from throughcare.intake import Format, NotAFeed, NotSupported, Recognised
from throughcare.model.submission import Rejection, Submission

PATIENT = b'{"resourceType":"Patient","id":"1"}'


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("x", PATIENT, Format.FHIR),
        ("x", PATIENT + b"\n" + PATIENT, Format.NDJSON),
        ("x.ndjson", PATIENT, Format.NDJSON),
        ("x", gzip.compress(PATIENT, mtime=0), Format.FHIR),
        ("x", b"\xef\xbb\xbf" + PATIENT, Format.FHIR),
        ("x", b"\x0bMSH|^~\\&|A", Format.HL7V2),
        ("x.hl7", b"// a note\nMSH|^~\\&|A", Format.HL7V2),
        ("x", b"nhs_number,decision,scope,what,until\n", Format.CONSENTS),
        ("x", b"Re: Jo Wright   DOB 03 Sep 1933\n", Format.LETTER),
        ("x", "Patient: Jo Wright\nNHS number: 999 083 0169".encode("utf-16"), Format.LETTER),
    ],
)
def test_a_feed_is_recognised_by_its_content(name: str, data: bytes, form: Format) -> None:
    found = intake.recognise(name, data)
    assert isinstance(found, Recognised)
    assert found.format is form


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n",
        b'{"a": 1}',
        b"a,b,c\n1,2,3\n",
        b"# Readme\n\nNHS numbers and dates of birth\n",
        b"<html></html>",
        b"\x1f\x8b\x00",
    ],
)
def test_what_is_no_feed_says_why(data: bytes) -> None:
    found = intake.recognise("x", data)
    assert isinstance(found, NotAFeed)
    assert found.why.startswith("not a feed: ")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'<?xml version="1.0"?><Patient xmlns="http://hl7.org/fhir"/>', "FHIR XML"),
        (b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>', "CDA or HL7 v3"),
        (b"UNA:+.? 'UNB+UNOA:2+TES5+X26+020114:1619+1'", "EDIFACT"),
        (b"UNH+1+MEDRPT:0:1:RT:NHS003'BGM+LSR'", "EDIFACT"),
        (b'{"_type":"COMPOSITION","archetype_node_id":"openEHR-EHR-COMPOSITION.x.v1"}', "openEHR"),
        (
            b'{"resourceType":"Patient","meta":{"profile":["http://x/STU3/StructureDefinition/X"]}}',
            "FHIR STU3",
        ),
    ],
)
def test_a_format_that_is_not_read_yet_is_rejected_by_name(data: bytes, name: str) -> None:
    found = intake.recognise("x", data)
    assert isinstance(found, NotSupported)
    assert found.name == name
    (unit,) = intake.read("x", data)
    assert isinstance(unit, Rejection)
    assert name in unit.rule


def test_a_cut_off_gzip_file_is_a_rejection() -> None:
    (unit,) = intake.read("x.gz", gzip.compress(PATIENT * 50)[:-9])
    assert isinstance(unit, Rejection)


def test_the_head_of_a_big_file_is_enough() -> None:
    path = shared("one-locality", "gp.ndjson")
    head, whole = path.read_bytes()[:65536], path.read_bytes()
    assert intake.recognise("x", head) == intake.recognise("x", whole)


@pytest.mark.parametrize("folder", ["synthea-2019", "synthea-2021"])
def test_every_synthea_bundle_is_one_submission_with_the_bytes_of_each_resource(
    folder: str,
) -> None:
    for path in sorted(shared("fhir", folder).iterdir())[:12]:
        (unit,) = intake.read(path.name, path.read_bytes())
        assert isinstance(unit, Submission)
        text = gzip.decompress(path.read_bytes())
        assert all(item.raw is not None and item.raw in text for item in unit.items)


def test_every_file_of_the_uk_guides_is_answered() -> None:
    for folder in ("uk-guides", "uk-pds", "uk-bars", "uk-core", "uk-nrlf", "uk-immunisation"):
        for path in sorted(shared("fhir", folder).rglob("*")):
            if path.is_file():
                found = intake.recognise(path.name, path.read_bytes())
                units = list(intake.read(path.name, path.read_bytes()))
                assert units, path.name
                if isinstance(found, NotSupported):
                    assert isinstance(units[0], Rejection)
