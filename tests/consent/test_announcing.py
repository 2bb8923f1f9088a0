"""Who is told of a right to act that changes by a date, on which days, and in what words."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from consent.test_acting_dates import GRANT, directive
from throughcare.consent.announcing import OVERDUE, Announcement, announcements
from throughcare.consent.proxies import Proxies
from throughcare.model.acting import CapacityFinding, Right
from throughcare.model.directive import PersonContext, Rule

DAY = timedelta(days=1)
BORN = date(2015, 5, 6)
LIMITED, REVIEW, ENDS = (date(year, 5, 6) for year in (2026, 2028, 2031))
PROXIES = Proxies()
WARNED = PROXIES.warned
MOTHER = replace(GRANT, actors=frozenset({"sara"}))
ATTORNEY = replace(MOTHER, right=Right.ATTORNEY)
LACKS = CapacityFinding("Flag/f", lacking=True, since=BORN, until=REVIEW - DAY)


def child(rule: Rule = MOTHER, *, born: date | None = BORN, hold: bool = False) -> PersonContext:
    return PersonContext(7, (directive(rule),), born=born, hold=hold)


def adult(*findings: CapacityFinding, rule: Rule = ATTORNEY) -> PersonContext:
    return PersonContext(7, (directive(rule),), born=BORN, capacity=findings)


def told(context: PersonContext, day: date, proxies: Proxies = PROXIES) -> list[Announcement]:
    return list(announcements([context], proxies, day))


def events(context: PersonContext, day: date, proxies: Proxies = PROXIES) -> list[str]:
    """Return event and kind of what is told by a day."""
    return [":".join(each.key.split(":")[2:4]) for each in told(context, day, proxies)]


@pytest.mark.parametrize(("event", "on"), [("limited", LIMITED), ("suspended", ENDS)])
def test_a_change_is_told_from_the_warning_to_the_day_before_and_then_for_a_year(
    event: str, on: date
) -> None:
    assert timedelta(365) == OVERDUE
    for day, kind in (
        (on - WARNED - DAY, None),
        (on - WARNED, "before"),
        (on - DAY, "before"),
        (on, "on"),
        (on + OVERDUE, "on"),
        (on + OVERDUE + DAY, None),
    ):
        found = [each for each in events(child(), day) if each.startswith(event)]
        assert found == ([f"{event}:{kind}"] if kind else [])


def test_what_is_told_names_grant_account_person_and_day() -> None:
    (found,) = told(child(), LIMITED)
    assert found == Announcement(
        "Consent/1:sara:limited:on:2026-05-06",
        7,
        "sara",
        "Since 6 May 2026 your parent sees your bookings and repeat prescriptions, "
        "not your record.",
        "Since 6 May 2026 you see a child's bookings and repeat prescriptions, not the record.",
    )
    (before,) = told(child(), LIMITED - DAY)
    assert before.to_person.startswith("From 6 May 2026 ")


def test_who_acts_is_told_nothing_under_a_hold() -> None:
    (found,) = told(child(hold=True), LIMITED)
    assert found.to_person
    assert found.to_proxy == ""


def test_a_review_is_a_task_unless_it_was_made_in_time() -> None:
    (found,) = [each for each in told(child(), REVIEW) if ":review:" in each.key]
    assert found.task == "proxy-review"
    for reviewed, kept in ((REVIEW - WARNED - DAY, True), (REVIEW - WARNED, False)):
        rule = replace(MOTHER, reviewed=reviewed)
        assert ("review:on" in events(child(rule), REVIEW)) is kept


def test_a_locality_without_years_between_tells_of_no_limit() -> None:
    same = replace(PROXIES, limited_from=PROXIES.review_at)
    assert events(child(), REVIEW, same) == ["review:on"]
    assert "limited:on" in events(child(), LIMITED)


def test_a_grant_that_does_not_reach_the_day_changes_no_more() -> None:
    for period, reaches in (
        ((None, LIMITED), True),
        ((None, LIMITED - DAY), False),
        ((LIMITED, None), True),
        ((LIMITED + DAY, None), False),
    ):
        assert bool(events(child(replace(MOTHER, period=period)), LIMITED)) is reaches


def test_nothing_is_known_of_a_birthday_without_a_birth_date_or_a_right_by_age() -> None:
    assert events(child(born=None), LIMITED) == []
    assert events(child(replace(MOTHER, right=Right.DELEGATION)), LIMITED) == []
    assert events(adult(), LIMITED) == []


@pytest.mark.parametrize("right", [Right.ATTORNEY, Right.DEPUTY])
def test_capacity_is_presumed_from_the_day_after_the_last_finding(right: Right) -> None:
    rule = replace(ATTORNEY, right=right)
    earlier = replace(LACKS, until=LIMITED)
    (found,) = told(adult(earlier, LACKS, rule=rule), REVIEW)
    assert found.key == f"Consent/1:sara:capacity:on:{REVIEW.isoformat()}"
    assert found.task == "capacity-review"


def test_a_finding_of_capacity_by_then_leaves_nothing_to_tell() -> None:
    has = replace(LACKS, lacking=False, since=REVIEW, until=None)
    later = replace(has, since=REVIEW + DAY)
    assert events(adult(LACKS, has), REVIEW) == []
    assert events(adult(LACKS, later, has), REVIEW) == []
    assert events(adult(LACKS, later), REVIEW) == ["capacity:on"]
    assert events(adult(replace(LACKS, until=None)), REVIEW) == []
    assert events(adult(replace(has, until=REVIEW - DAY)), REVIEW) == []
