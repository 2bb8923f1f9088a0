"""What is a type 1 objection, and what a practice's newest word is."""

from typing import Any

import pytest

from throughcare.consent.objections import (
    DISSENT,
    WITHDRAWN,
    may_speak,
    objected,
    speaks,
)

SNOMED = "http://snomed.info/sct"
STORED = {"lastUpdated": "2026-01-01T09:00:00Z"}


def entry(code: str, day: str = "", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    coding = [{"system": SNOMED, "code": code}]
    said = {"effectiveDateTime": day} if day else {}
    return {"resourceType": "Observation", "code": {"coding": coding}, **said, **more}


@pytest.mark.parametrize("code", [DISSENT, WITHDRAWN])
@pytest.mark.parametrize("kind", ["Observation", "Condition"])
def test_both_codes_speak_in_both_kinds_of_entry(code: str, kind: str) -> None:
    assert may_speak(kind, code.encode())
    assert speaks(entry(code, resourceType=kind))


@pytest.mark.parametrize(
    "system",
    [
        {"system": f"{SNOMED}/83821000000107"},
        {"system": f"{SNOMED}|2026"},
        {"system": "https://snomed.info/sct"},
        {"system": "urn:oid:2.16.840.1.113883.6.96"},
        {},
    ],
)
def test_an_objection_is_known_by_every_form_of_its_system(system: dict[str, str]) -> None:
    coded = {"code": {"coding": [{**system, "code": DISSENT}]}}
    assert objected([("B1", entry(DISSENT) | coded)]) == {"B1"}
    other = {"code": {"coding": [{"system": "urn:other", "code": DISSENT}]}}
    assert objected([("B1", entry(DISSENT) | other)]) == set()


def test_no_other_code_and_no_other_kind_speaks() -> None:
    assert not may_speak("Procedure", DISSENT.encode())
    assert not may_speak("Observation", b"38341003")
    assert not speaks(entry(DISSENT, resourceType="Procedure"))
    assert not speaks(entry("38341003"))


@pytest.mark.parametrize(
    ("entries", "objects"),
    [
        ([], False),
        ([entry(DISSENT, "2026-01-01")], True),
        ([entry(WITHDRAWN, "2026-01-01")], False),
        ([entry(DISSENT, "2026-01-01"), entry(WITHDRAWN, "2026-01-02")], False),
        ([entry(WITHDRAWN, "2026-01-01"), entry(DISSENT, "2026-01-02")], True),
        ([entry(DISSENT, "2026-01-01"), entry(WITHDRAWN, "2026-01-01")], True),
        ([entry(DISSENT, "2026"), entry(WITHDRAWN, "2026-12-31")], True),
        ([entry(DISSENT, "2026-01-01"), entry(WITHDRAWN, "2026")], True),
        ([entry(DISSENT), entry(WITHDRAWN, "2026-01-01")], True),
        ([entry(DISSENT, "2026-01-01"), entry(WITHDRAWN)], True),
        ([entry(WITHDRAWN, "2031-01-01", meta=STORED), entry(DISSENT, "2026-01-02")], True),
        ([entry(WITHDRAWN, "2031-01-01", meta=STORED), entry(DISSENT, "2025-12-31")], False),
        ([entry(DISSENT, "2031-01-01", meta=STORED), entry(WITHDRAWN, "2026-01-02")], True),
        ([entry(DISSENT, "2026-01-01", status="entered-in-error")], False),
        ([entry("38341003", "2026-01-01")], False),
    ],
)
def test_the_newest_word_of_a_practice_counts(
    entries: list[dict[str, Any]], *, objects: bool
) -> None:
    for order in (entries, entries[::-1]):
        assert objected(("B1", each) for each in order) == ({"B1"} if objects else set())


def test_an_entry_whose_status_is_an_error_says_nothing() -> None:
    wrong = {"verificationStatus": {"coding": [{"code": "other"}, {"code": "entered-in-error"}]}}
    right = {"verificationStatus": {"coding": [{"code": "confirmed"}]}}
    assert objected([("B1", entry(DISSENT, **wrong))]) == set()
    assert objected([("B1", entry(DISSENT, **right))]) == {"B1"}
