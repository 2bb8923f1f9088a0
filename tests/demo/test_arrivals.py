"""Who comes to the demo's emergency department, as the hospital's system tells it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from throughcare.demo import arrivals, generate
from throughcare.intake import read
from throughcare.model.submission import Rejection, Submission

NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
PEOPLE = list(generate(today=date(2026, 11, 24), people=60).people)


def registered(now: datetime) -> list[Submission]:
    data = arrivals.write(PEOPLE, now)
    made = list(read("arrivals.hl7", data))
    assert not any(isinstance(each, Rejection) for each in made)
    return [each for each in made if isinstance(each, Submission)]


def visits(now: datetime) -> list[dict[str, Any]]:
    found = (item.resource for each in registered(now) for item in each.items)
    return [dict(each) for each in found if each["resourceType"] == "Encounter"]


def test_each_registration_is_an_emergency_visit_of_the_last_two_hours() -> None:
    came = [each for each in visits(NOW) if each["status"] == "in-progress"]
    assert len(came) == len(arrivals.CAME)
    for visit in came:
        assert visit["class"]["code"] == "EMER"
        began = datetime.fromisoformat(visit["period"]["start"])
        assert NOW - timedelta(hours=2) < began <= NOW


def test_who_is_on_the_way_has_a_planned_visit_of_the_next_hour() -> None:
    coming = [each for each in visits(NOW) if each["status"] == "planned"]
    assert len(coming) == len(arrivals.EXPECTED)
    for visit in coming:
        assert visit["class"]["code"] == "EMER"
        due = datetime.fromisoformat(visit["period"]["start"])
        assert NOW < due <= NOW + timedelta(hours=1)


def test_registrations_of_one_day_are_the_same_deliveries_and_of_the_next_others() -> None:
    keys = [{each.key for each in registered(NOW + timedelta(hours=hours))} for hours in (0, 3, 24)]
    assert keys[0] == keys[1]
    assert keys[0].isdisjoint(keys[2])
