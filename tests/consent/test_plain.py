"""What stands by itself is labelled by what is said of its person, the same way for everybody."""

from typing import Any

from throughcare.consent import adding, labels
from throughcare.consent.adding import Addition
from throughcare.consent.categories import TAG
from throughcare.consent.labels import Member, read
from throughcare.consent.lists import shipped

Json = dict[str, Any]
HIV, GOUT = "86406008", "90560007"
NUMBER = {"identifier": [{"system": "urn:x", "value": "7"}]}
OTHER = {"identifier": [{"system": "urn:x", "value": "8"}]}


def coded(code: str, kind: str = "Condition", **more: Any) -> Json:  # noqa: ANN401 - FHIR JSON
    coding = {"system": "http://snomed.info/sct", "code": code}
    return {"resourceType": kind, "code": {"coding": [coding]}, **more}


def said(*resources: Json) -> adding.Labelled:
    """Return what labelled entries say together."""
    parts = [
        read(Member(f"{each['resourceType']}/l", each, "RXX"), shipped()) for each in resources
    ]
    return adding.merged([adding.labelled(each) for each in parts])


SEALED_GOUT = said(coded(GOUT, meta={"security": [{"code": "R"}]}))
PANEL = said(coded(HIV, "Observation", hasMember=[{"identifier": NUMBER["identifier"][0]}]))


def plain(resource: Json, labelled: adding.Labelled, *, is_fresh: bool = True) -> Any:  # noqa: ANN401
    """Return the labels by `adding.plain`; None where it does not tell."""
    reading = read(Member(f"{resource['resourceType']}/n", resource, "RXX"), shipped())
    cls = adding.plain(Addition(reading, is_fresh=is_fresh), labelled)
    return None if cls is None else set(cls.labels)


def test_what_stands_by_itself_has_its_own_labels_and_those_of_its_person() -> None:
    for labelled, expected in ((adding.NOTHING, set()), (SEALED_GOUT, {"R"})):
        assert plain(coded(GOUT), labelled) == expected
    assert plain(coded("38341003"), SEALED_GOUT) == set()


def test_an_identifier_that_nothing_labelled_names_changes_nothing() -> None:
    for labelled in (adding.NOTHING, SEALED_GOUT, PANEL):
        assert plain(coded("38341003", **OTHER), labelled) == set()


def test_what_others_may_name_and_label_is_not_told_by_itself() -> None:
    assert plain(coded("38341003", **NUMBER), PANEL) is None
    assert plain(coded("38341003", **NUMBER), SEALED_GOUT) == set()
    assert plain(coded(GOUT, **NUMBER), SEALED_GOUT) is None


def test_what_has_to_do_with_others_is_not_told_by_itself() -> None:
    visit = {"reference": "Encounter/e"}
    assert plain(coded(GOUT, encounter=visit), adding.NOTHING) is None
    assert plain(coded(GOUT, "Observation", hasMember=[visit]), adding.NOTHING) is None
    assert plain(coded(GOUT), adding.NOTHING, is_fresh=False) is None
    for kind in ("DiagnosticReport", "Binary", "Communication"):
        assert plain({"resourceType": kind}, adding.NOTHING) is None


def test_what_is_merged_says_what_each_says() -> None:
    both = said(
        coded(HIV, "Observation", hasMember=[{"reference": "Observation/m"}], **NUMBER),
        coded(GOUT, meta={"security": [{"code": "R"}]}),
    )
    assert both.holds == {"Observation/m"}
    assert both.own == {"Observation urn:x|7", "* urn:x|7"}
    assert both.said.codes["snomed", GOUT] == {"R"}
    assert "STD" in both.said.codes["snomed", HIV]


def test_the_class_of_what_stands_by_itself_is_that_of_the_whole() -> None:
    reading = read(Member("Condition/n", coded(GOUT), "RXX"), shipped())
    whole = labels.classify_readings([reading], {0: SEALED_GOUT.said})
    assert labels.class_of(reading, SEALED_GOUT.said) == whole["Condition/n"]


def test_a_report_that_is_a_letter_is_told_of_the_whole_where_its_file_shows_results() -> None:
    letter = {"meta": {"tag": [{"system": TAG, "code": "letter"}]}}
    report = {"resourceType": "DiagnosticReport", "result": [{"reference": "Observation/l"}]}
    around = adding.Around(said(coded(HIV, "Observation")), [0], {}, {})
    for more, is_told in (({}, True), ({"presentedForm": [{"url": "Binary/f"}]}, False)):
        member = Member("DiagnosticReport/n", report | letter | more, "RXX")
        reading = read(member, shipped())
        assert not reading.reaches_others
        told = adding.classes([Addition(reading, is_fresh=True)], around)
        assert (told is not None) is is_told
