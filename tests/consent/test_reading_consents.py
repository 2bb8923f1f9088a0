"""Single facts of how a Consent is read: dates, reviews, and what can't be understood."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from throughcare.consent import directives
from throughcare.model.acting import Right
from throughcare.model.directive import Directive

NEWEST = date(9999, 1, 1)
OF_PSY = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}]
GRANT = {
    "type": "permit",
    "actor": [
        {
            "role": {"coding": [{"system": "urn:throughcare:acting-for", "code": "deputy"}]},
            "reference": {"identifier": {"system": "urn:throughcare:user", "value": "sara"}},
        }
    ],
}


def read(**parts: Any) -> Directive:  # noqa: ANN401 - FHIR JSON
    consent = {"resourceType": "Consent", "id": "c", "status": "active"}
    return directives.read(consent | parts, subject=4, version=2)


KINDS = ("permit", "deny")


def dated(said: str | None) -> dict[str, str]:
    return {"dateTime": said} if said else {}


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-05", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024-05-06", datetime(2024, 5, 6, tzinfo=UTC)),
        ("2024-05-06T07:08:09+00:00", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
    ],
)
def test_a_date_without_day_or_month_is_the_first_that_it_can_mean(
    said: str, moment: datetime
) -> None:
    assert read(dateTime=said, provision={"type": "deny"}).recorded == moment


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("2024", datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 12, 31, tzinfo=UTC)),
        ("2024-02", datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)),
        ("2024-05-06", datetime(2024, 5, 6, tzinfo=UTC), datetime(2024, 5, 6, tzinfo=UTC)),
    ],
)
def test_of_a_date_without_its_day_a_permit_is_as_old_and_a_denial_as_new_as_can_be(
    said: str, first: datetime, last: datetime
) -> None:
    """So a permit of some day in 2024 ends no denial of "2024", and "2024" says no to it."""
    of = {kind: read(dateTime=said, provision={"type": kind}).rules[0] for kind in KINDS}
    assert of["permit"].recorded == first
    ends = last if len(said) == len("2024-05-06") else last + timedelta(days=1, microseconds=-1)
    assert of["deny"].recorded == ends


def test_no_year_makes_a_denial_newer_than_its_being_stored() -> None:
    stored = {"lastUpdated": "2024-05-06T07:08:09Z"}
    (rule,) = read(dateTime="2024", meta=stored, provision={"type": "deny"}).rules
    assert rule.recorded == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def test_only_what_was_ended_has_ended() -> None:
    found = {status: read(status=status) for status in ("active", "inactive", "entered-in-error")}
    assert {status: each.ended for status, each in found.items()} == {
        "active": False,
        "inactive": True,
        "entered-in-error": False,
    }


@pytest.mark.parametrize("said", ["2024-05-06", None])
def test_a_consent_that_cannot_be_read_is_a_denial_of_its_day_or_the_newest(
    said: str | None,
) -> None:
    (rule,) = read(provision="no object", **dated(said)).rules
    assert rule.system
    assert not rule.permit
    if said:
        assert rule.recorded == datetime(2024, 5, 6, tzinfo=UTC)
    else:
        assert rule.recorded.date() == NEWEST


@pytest.mark.parametrize("said", ["2024-05-06", None])
def test_a_part_that_cannot_be_read_denies_what_it_names_and_no_more(said: str | None) -> None:
    odd = {"type": "perhaps", "securityLabel": OF_PSY}
    found = read(provision={"type": "permit", "provision": [odd]}, **dated(said))
    (rule,) = [rule for rule in found.rules if rule.system]
    assert "PSY" in rule.labels
    expected = date(2024, 5, 6) if said else NEWEST
    assert rule.recorded.date() == expected


def test_the_newest_review_that_was_made_counts() -> None:
    verification = [
        {"verified": True, "verificationDate": "2024-01-01"},
        {"verified": True, "verificationDate": "2025-01-01"},
        {"verified": False, "verificationDate": "2026-01-01"},
        {"verified": True},
        "odd",
    ]
    provision = {"type": "deny", "provision": [GRANT]}
    found = read(verification=verification, provision=provision)
    (rule,) = [rule for rule in found.rules if rule.right is Right.DEPUTY]
    assert rule.reviewed == date(2025, 1, 1)


@pytest.mark.parametrize(
    ("made", "day"), [("2025", date(2025, 1, 1)), ("2025-03", date(2025, 3, 1))]
)
def test_a_review_without_its_day_was_made_on_the_first_that_it_can_mean(
    made: str, day: date
) -> None:
    """A parent's right stays open by a review only from some days before a birthday on."""
    verification = [{"verified": True, "verificationDate": made}]
    found = read(verification=verification, provision={"type": "deny", "provision": [GRANT]})
    assert [rule.reviewed for rule in found.rules if rule.right is Right.DEPUTY] == [day]


@pytest.mark.parametrize(
    ("stored", "reviewed"),
    [
        (None, date(2031, 1, 1)),
        ("2025-01-01T00:00:00.000Z", date(2025, 1, 1)),
        ("2024-12-31T23:59:59.999Z", date(2024, 1, 1)),
        ("2023-12-31T00:00:00.000Z", None),
    ],
)
def test_a_review_that_is_dated_after_it_was_stored_has_not_been_made(
    stored: str | None, reviewed: date | None
) -> None:
    """Else a date to come would keep a parent's right from ever being reviewed with the child."""
    days = ("2024-01-01", "2025-01-01", "2031-01-01")
    verification = [{"verified": True, "verificationDate": day} for day in days]
    meta = {"meta": {"lastUpdated": stored}} if stored else {}
    found = read(
        verification=verification, provision={"type": "deny", "provision": [GRANT]}, **meta
    )
    (rule,) = [rule for rule in found.rules if rule.right is Right.DEPUTY]
    assert rule.reviewed == reviewed
