"""HL7 v2: delimiters, escapes, frames, events, and the place of every fault."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared_data import shared
from throughcare import intake
from throughcare.intake.fold import fold
from throughcare.intake.hl7.message import Delimiters, messages, unescape
from throughcare.model.submission import Item, Merge, Rejection, Remark, Submission

MSH = "MSH|^~\\&|PAS|RXX|TIE|L|202601021924||ADT^{}|M1|P|2.4\rEVN|{}|202601021924\r"
PID = "PID|1||9990830169^^^NHS^NH~RX1^^^RXX^PI||Wright^Jo^^^MRS||19250324|2\r"


def units(text: str | bytes) -> list[Submission | Rejection | Remark]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(intake.read("f.hl7", data))


def one(event: str, *segments: str) -> Submission:
    text = MSH.format(event, event) + "\r".join(segments)
    found = [unit for unit in units(text) if isinstance(unit, Submission)]
    assert len(found) == 1
    return found[0]


def by_type(submission: Submission, kind: str) -> Item:
    return next(item for item in submission.items if item.resource["resourceType"] == kind)


@pytest.mark.parametrize("ending", ["\r", "\n", "\r\n", "\r\n\r\n"])
@pytest.mark.parametrize(
    "frame", [("", ""), ("\x0b", "\x1c\r"), ("FHS|^~\\&\rBHS|^~\\&\r", "\rBTS|1")]
)
def test_any_line_ending_and_frame_is_read(ending: str, frame: tuple[str, str]) -> None:
    text = frame[0] + (MSH.format("A28", "A28") + PID).replace("\r", ending) + frame[1]
    (found,) = [unit for unit in units(text) if isinstance(unit, Submission)]
    assert found.patients[0].local_id == "MRN:RX1"


def test_unusual_delimiters_are_those_that_the_header_names() -> None:
    text = (MSH.format("A28", "A28") + PID).translate(str.maketrans("|^~", "*$!"))
    (found,) = units(text)
    assert isinstance(found, Submission)
    assert found.items[0].resource["name"][0]["family"] == "Wright"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", "a|b^c&d~e\\f"),
        (r"\X4A6F\ ", "Jo "),
        (r"one\.br\two", "one\ntwo"),
        (r"\H\bold\N\ ", "bold "),
        (r"\Zodd\ stays", r"\Zodd\ stays"),
        ("lone \\ mark", "lone \\ mark"),
    ],
)
def test_escapes_are_replaced(text: str, expected: str) -> None:
    assert unescape(text, Delimiters()) == expected


@pytest.mark.parametrize("charset", ["8859/1", "UNICODE UTF-8", ""])
def test_the_charset_of_the_header_is_used(charset: str) -> None:
    encoding = "latin-1" if charset == "8859/1" else "utf-8"
    header = "MSH|^~\\&|A|B|||20260102||ADT^A28|M1|P|2.4||||||" + charset + "\r"
    found = units((header + PID.replace("Jo", "Siân")).encode(encoding))[0]
    assert isinstance(found, Submission)
    assert found.items[0].resource["name"][0]["given"] == ["Siân"]


def test_windows_text_without_a_charset_is_read() -> None:
    found = units((MSH.format("A28", "A28") + PID.replace("Jo", "Siân")).encode("cp1252"))[0]
    assert isinstance(found, Submission)
    assert found.items[0].resource["name"][0]["given"] == ["Siân"]


def test_local_time_is_london_time_and_digits_keep_their_precision() -> None:
    summer = "PV1|1|I|W1|||||||||||||||||||||||||||||||||||||||||202607011200"
    visit = by_type(one("A01", PID, summer.replace("W1", "W1^B1^3^RXX")), "Encounter")
    assert visit.resource["period"]["start"] == "2026-07-01T12:00:00+01:00"


def test_a_visit_number_out_of_its_place_is_used_and_remarked() -> None:
    pv1 = "PV1|1|I|W12^BAY1^3^RXX|||||||||||||||||V000272"
    found = units(MSH.format("A01", "A01") + PID + pv1)
    assert isinstance(found[0], Submission)
    visit = by_type(found[0], "Encounter")
    assert visit.full_url == "urn:throughcare:hospital:MRN:RX1:visit:V000272"
    assert "PV1-20" in str(found[1])


def test_a_financial_class_is_no_visit_number() -> None:
    visit = by_type(one("A01", PID, "PV1|1|I|W1|||||||||||||||||SELF"), "Encounter")
    assert "identifier" not in visit.resource


def test_an_uncovered_event_gives_the_person_and_keeps_the_message() -> None:
    found = units(MSH.format("A02", "A02") + PID + "PV1|1|I|W1||||||||||||||||V000272")
    assert isinstance(found[0], Submission)
    assert [item.resource["resourceType"] for item in found[0].items] == ["Patient"]
    assert found[0].original.startswith(b"MSH")
    assert isinstance(found[1], Remark)
    assert "event A02" in found[1].text


def test_a_merge_of_two_pairs_is_two_submissions() -> None:
    text = MSH.format("A40", "A40") + PID + "MRG|RX2^^^RXX^PI\r" + PID + "MRG|RX3^^^RXX^PI\r"
    found = [unit for unit in units(text) if isinstance(unit, Submission)]
    assert [unit.merge for unit in found] == [
        Merge("MRN:RX1", "MRN:RX2"),
        Merge("MRN:RX1", "MRN:RX3"),
    ]
    assert len({unit.key for unit in found}) == 2


def test_the_retired_number_keeps_a_record_that_names_its_survivor() -> None:
    found = one("A40", PID.strip(), "MRG|RX2^^^RXX^PI")
    assert [patient.local_id for patient in found.patients] == ["MRN:RX1", "MRN:RX2"]
    assert found.items[1].resource["link"] == [
        {"other": {"reference": "urn:throughcare:hospital:MRN:RX1"}, "type": "replaced-by"}
    ]


SECOND = PID.replace("RX1", "RX2").replace("9990830169", "9990830177").strip()


@pytest.mark.parametrize(("event", "undo"), [("A24", False), ("A37", True)])
def test_two_persons_are_linked_and_unlinked_without_a_number_retired(
    event: str,
    undo: bool,  # noqa: FBT001
) -> None:
    found = one(event, PID.strip(), SECOND)
    assert found.merge == Merge("MRN:RX1", "MRN:RX2", undo=undo)
    assert [patient.local_id for patient in found.patients] == ["MRN:RX1", "MRN:RX2"]
    assert all(item.resource.get("active", True) for item in found.items)


def test_an_unlink_ends_that_a_number_was_retired_whatever_comes_first() -> None:
    retired = one("A40", PID.strip(), "MRG|RX2^^^RXX^PI").items[1]
    parted = one("A37", PID.strip(), SECOND).items[1]
    times = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)
    updates = list(zip((retired, parted), times, strict=True))
    stored = []
    for order in (updates, updates[::-1]):
        made = None
        for item, at in (*order, *order):
            made = fold(made, item.resource, at=at, ended=item.ended)
        stored.append(made)
    assert stored[0] == stored[1]
    assert stored[0] is not None
    assert stored[0]["active"] is True
    assert "link" not in stored[0]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (MSH.format("A37", "A37") + PID, "message 1, segment PID, field 3"),
        (MSH.format("A24", "A24") + PID + PID, "message 1, segment PID, field 3"),
        ("MSH|^~\\&|A|B|||20260102||ADT^A01||P|2.4\r" + PID, "message 1, segment MSH, field 10"),
        (MSH.format("A01", "A01"), "message 1, segment PID"),
        (MSH.format("A01", "A01") + "PID|1||||Wright^Jo", "message 1, segment PID, field 3"),
        (MSH.format("A40", "A40") + PID, "message 1, segment MRG, field 1"),
        ("MSH|^~\\&|A|B|||soon||ADT^A01|M1|P|2.4\r" + PID, "message 1, segment MSH, field 7"),
    ],
)
def test_a_fault_is_named_by_message_segment_and_field(text: str, place: str) -> None:
    (found,) = units(text)
    assert isinstance(found, Rejection)
    assert found.place.at == place
    assert found.rule.endswith(".")
    assert found.remedy.endswith(".")


def test_one_bad_message_costs_only_itself() -> None:
    good = MSH.format("A28", "A28") + PID
    bad = MSH.format("A28", "A28").replace("M1", "M2")
    kinds = [type(unit).__name__ for unit in units(good + bad + good.replace("M1", "M3"))]
    assert kinds == ["Submission", "Rejection", "Submission"]


def test_a_bad_birth_date_is_left_out_with_its_place() -> None:
    found = one("A28", PID.replace("19250324", "196513121515"))
    assert "birthDate" not in found.items[0].resource
    assert [str(remark.place) for remark in found.remarks] == ["f.hl7: message 1, segment PID"]


def corpus() -> Iterator[Path]:
    for folder in ("ms-converter", "uk-itk", "fr-cda-in-v2", "hapi"):
        yield from sorted(shared("hl7v2", folder).iterdir())


def test_every_message_of_the_corpora_is_read_or_refused_with_its_segment() -> None:
    for path in corpus():
        count = len(list(messages(path.read_bytes())))
        found = list(intake.read(path.name, path.read_bytes()))
        read = [unit for unit in found if isinstance(unit, Submission)]
        refused = [unit for unit in found if isinstance(unit, Rejection)]
        acknowledged = [unit for unit in found if "acknowledgement" in str(unit).casefold()]
        assert len(read) + len(refused) + len(acknowledged) >= count > 0, path.name
        assert all("segment" in rejection.place.at for rejection in refused), path.name


def test_uk_itk_keeps_kin_practice_and_allergy() -> None:
    path = shared("hl7v2", "uk-itk", "A01_example.txt")
    (found, *_) = intake.read(path.name, path.read_bytes())
    assert isinstance(found, Submission)
    patient = found.items[0].resource
    assert patient["contact"][0]["name"]["family"] == "SMITH"
    assert patient["generalPractitioner"][0]["identifier"]["value"] == "Y06601"
    assert by_type(found, "AllergyIntolerance").resource["code"]["coding"][0]["code"] == "Z88.5"
    coding = by_type(found, "Condition").resource["code"]["coding"][0]
    assert coding["system"] == "http://hl7.org/fhir/sid/icd-10"


def test_who_is_expected_has_a_planned_visit_that_their_coming_begins() -> None:
    visit = "PV1|1|E|ED^^^RXX|||||||||||||||||E4711"
    expected = by_type(one("A05", PID.rstrip("\r"), visit, "PV2||||||||202601022015"), "Encounter")
    assert expected.resource["status"] == "planned"
    assert expected.resource["period"] == {"start": "2026-01-02T20:15:00+00:00"}
    come = by_type(one("A04", PID.rstrip("\r"), visit), "Encounter")
    assert come.resource["status"] == "in-progress"
    assert come.full_url == expected.full_url


def test_who_is_expected_without_a_time_has_a_visit_without_one() -> None:
    visit = "PV1|1|E|ED^^^RXX|||||||||||||||||E4711"
    expected = by_type(one("A05", PID.rstrip("\r"), visit), "Encounter")
    assert expected.resource["status"] == "planned"
    assert "period" not in expected.resource
