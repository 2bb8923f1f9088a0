"""What parent and child, or two parts of one provision, leave of each other."""

from datetime import date, datetime
from typing import Any

import pytest

from consent.test_reading_consents import GRANT, read
from throughcare.consent import profile, vocabulary
from throughcare.consent.provisions import interval
from throughcare.kernel import LONDON, BadInputError
from throughcare.model.directive import Rule

FIRST, SECOND, THIRD = (date(2026, month, 1) for month in (1, 2, 3))


def denied(inner: dict[str, Any], **outer: Any) -> list[Rule]:  # noqa: ANN401 - FHIR JSON
    """Return what a denial in a permit denies."""
    found = read(provision={"type": "permit", **outer, "provision": [{"type": "deny", **inner}]})
    return [rule for rule in found.rules if not rule.permit]


def days(first: date | None, last: date | None) -> dict[str, Any]:
    ends = {"start": first, "end": last}
    return {"period": {name: day.isoformat() for name, day in ends.items() if day}}


@pytest.mark.parametrize(
    ("outer", "inner", "left"),
    [
        ((FIRST, THIRD), (None, SECOND), (FIRST, SECOND)),
        ((None, SECOND), (FIRST, THIRD), (FIRST, SECOND)),
        ((FIRST, None), (SECOND, None), (SECOND, None)),
        ((SECOND, None), (FIRST, None), (SECOND, None)),
        ((None, THIRD), (None, SECOND), (None, SECOND)),
        ((None, SECOND), (SECOND, None), (SECOND, SECOND)),
        ((None, FIRST), (SECOND, None), None),
    ],
)
def test_two_periods_leave_the_days_of_both(
    outer: tuple[date | None, date | None],
    inner: tuple[date | None, date | None],
    left: tuple[date | None, date | None] | None,
) -> None:
    assert [rule.period for rule in denied(days(*inner), **days(*outer))] == (
        [left] if left else []
    )


def test_a_period_of_the_parent_alone_is_the_childs() -> None:
    (rule,) = denied({}, **days(FIRST, SECOND))
    assert rule.period == (FIRST, SECOND)


def test_a_level_of_confidentiality_needs_its_system_or_none() -> None:
    system = next(iter(vocabulary.CONFIDENTIALITY_SYSTEMS))
    for given in ({"system": system, "code": "R"}, {"code": "R"}):
        (rule,) = denied({"securityLabel": [given]})
        assert rule.labels == {"R", "V"}
    (rule,) = denied({"securityLabel": [{"system": "urn:other", "code": "R"}]})
    assert rule.system


def test_an_author_is_known_by_the_entry_and_by_the_names_in_the_reference() -> None:
    who = {"reference": "Practitioner/a", "identifier": {"value": "dr"}}
    (rule,) = denied({"data": [{"meaning": "authoredby", "reference": who}]})
    assert rule.authors >= {"Practitioner/a", "dr"}


def test_an_author_is_known_by_the_address_that_they_have_elsewhere() -> None:
    address = "https://a.example/fhir/Practitioner/a"
    who = {"reference": f"{address}/_history/2"}
    (rule,) = denied({"data": [{"meaning": "authoredby", "reference": who}]})
    assert rule.authors >= {"Practitioner/a", address}


def test_an_actor_in_two_rights_is_not_guessed_at() -> None:
    (actor,) = GRANT["actor"]
    coding = [*actor["role"]["coding"], {**actor["role"]["coding"][0], "code": "PRN"}]
    both = {**actor, "role": {"coding": coding}}
    found = read(provision={"type": "deny", "provision": [{"type": "permit", "actor": [both]}]})
    assert found.unreadable


def test_every_action_that_is_known_together_is_one_that_reads() -> None:
    known = sorted(vocabulary.READING | vocabulary.WRITING)
    (rule,) = denied({"action": [{"coding": [{"code": code} for code in known]}]})
    assert not rule.system


def test_a_year_or_month_is_all_its_days() -> None:
    assert interval({"start": "2026", "end": "2026"}) == (date(2026, 1, 1), date(2026, 12, 31))
    assert interval({"start": "2024-02", "end": "2024-02"}) == (date(2024, 2, 1), date(2024, 2, 29))


def test_versions_are_removed_after_a_day_at_the_earliest_and_with_a_ground() -> None:
    def removal(days: int, ground: str) -> int | None:
        section = f'\n[retention]\nsuperseded_after_days = {days}\nlegal_basis = "{ground}"\n'
        found = profile.parse(profile.default_text() + section).removal
        return found.superseded_after.days if found else None

    assert removal(1, "an act") == 1
    for days_, ground in ((0, "an act"), (1, "  ")):
        with pytest.raises(BadInputError, match="retention"):
            removal(days_, ground)


DAY, NEXT = date(2026, 6, 1), date(2026, 6, 2)


@pytest.mark.parametrize(
    ("period", "touched", "since", "until"),
    [
        ({"start": "2026-06-01", "end": "2026-06-02"}, (DAY, NEXT), None, None),
        ({"start": "2026-06-01T09:00:00Z"}, (DAY, None), "2026-06-01T09:00:00Z", None),
        ({"end": "2026-06-02T09:00:00Z"}, (None, NEXT), None, "2026-06-02T09:00:00Z"),
        # It is still the day before in London, or the day after already.
        ({"start": "2026-06-02T00:30:00+05:00"}, (DAY, None), "2026-06-01T19:30:00Z", None),
        ({"end": "2026-06-01T23:30:00-05:00"}, (None, NEXT), None, "2026-06-02T04:30:00Z"),
        # Here London is the later, or the earlier, of the two: the day that is written counts too.
        ({"start": "2026-06-01T23:30:00-05:00"}, (DAY, None), "2026-06-02T04:30:00Z", None),
        ({"end": "2026-06-02T00:30:00+05:00"}, (None, NEXT), None, "2026-06-01T19:30:00Z"),
    ],
)
def test_a_permit_lasts_from_moment_to_moment_and_touches_their_days(
    period: dict[str, str],
    touched: tuple[date | None, date | None],
    since: str | None,
    until: str | None,
) -> None:
    (rule,) = read(provision={"type": "permit", "period": period}).rules
    moments = tuple(each and datetime.fromisoformat(each) for each in (since, until))
    assert rule.period == touched
    assert rule.lasting == (moments if since or until else None)


def test_a_time_without_a_zone_is_londons() -> None:
    period = {"start": "2026-06-01T09:00:00", "end": "2026-06-01T17:00:00"}
    (rule,) = read(provision={"type": "permit", "period": period}).rules
    assert rule.lasting == tuple(datetime(2026, 6, 1, hour, tzinfo=LONDON) for hour in (9, 17))


def test_a_denial_binds_on_all_of_its_days() -> None:
    period = {"start": "2026-06-01T09:00:00Z", "end": "2026-06-02T09:00:00Z"}
    (rule,) = denied({"period": period})
    assert (rule.period, rule.lasting) == ((DAY, NEXT), None)
