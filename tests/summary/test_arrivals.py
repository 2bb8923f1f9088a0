"""Who is on the board: which visit counts, what a row says, and the order of rows."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from summary.entries import NOW, TODAY, condition, entry, patient
from throughcare.summary.arrivals import (
    STATES,
    WINDOW,
    Arrival,
    Visit,
    arrival,
    in_order,
    visit_of,
)
from throughcare.summary.banner import banner
from throughcare.summary.entry import SummaryEntry

OWN = "RXX"


def visit(
    status: str = "arrived", hours: float = -1, code: str = "EMER", custodian: str = OWN
) -> SummaryEntry:
    start = (NOW + timedelta(hours=hours)).isoformat()
    resource = {
        "resourceType": "Encounter",
        "status": status,
        "class": {"code": code},
        "period": {"start": start},
    }
    return structs.replace(entry(resource, "hospital"), custodian=custodian)


def booked(start: str, status: str = "booked") -> SummaryEntry:
    made: dict[str, Any] = {"resourceType": "Appointment", "status": status, "start": start}
    return structs.replace(entry(made, "hospital"), custodian=OWN)


def note(text: str, minutes: int = 10, **more: object) -> SummaryEntry:
    resource = {"resourceType": "DocumentReference", "description": text, **more}
    return structs.replace(entry(resource), updated=NOW - timedelta(minutes=minutes))


def row(*entries: SummaryEntry, unread: bool = False) -> Arrival:
    people = [patient()]
    who, came = banner(people, TODAY), Visit(NOW, timed=True, state="Arrived")
    return arrival("p", who, came, [*people, *entries], NOW, unread=unread)


def test_a_booked_appointment_is_expected_at_its_time() -> None:
    found = visit_of([booked("2026-11-24T16:00:00+00:00")], OWN, NOW)
    assert found is not None
    assert (found.is_expected, found.timed, f"{found.at:%H:%M}") == (True, True, "16:00")


def test_a_day_without_a_time_is_the_moment_at_which_the_visit_became_known() -> None:
    found = visit_of([booked("2026-11-24")], OWN, NOW)
    assert found == Visit(NOW, timed=False, state="Expected")


def test_a_time_without_a_zone_is_local_and_one_that_is_none_is_no_time() -> None:
    local = visit_of([booked("2026-11-24T16:00:00")], OWN, NOW)
    assert local is not None
    assert local.at.utcoffset() == timedelta(0)
    broken = visit_of([booked("2026-11-24T99:00:00")], OWN, NOW)
    assert broken is not None
    assert not broken.timed


def test_who_has_come_is_not_also_expected() -> None:
    found = visit_of([visit("planned", 2), visit("triaged", -2), visit("arrived", -3)], OWN, NOW)
    assert found is not None
    assert found.state == "Triaged"


def test_wards_ends_and_others_visits_put_nobody_on_the_board() -> None:
    others = [
        *(visit(code="IMP"), visit("finished"), visit("cancelled"), visit(custodian="RYY")),
        *(visit(hours=-24.1), visit("planned", 24.1), booked("2026-11-24T16:00:00Z", "cancelled")),
    ]
    assert visit_of(others, OWN, NOW) is None
    assert visit_of([visit(custodian="")], "", NOW) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*STATES, "finished"]),
            st.floats(-30, 30),
            st.sampled_from(["EMER", "IMP"]),
            st.sampled_from([OWN, "RYY"]),
        ),
        max_size=5,
    )
)
def test_the_visit_that_counts_is_the_newest_of_those_who_came_else_of_the_expected(
    drawn: list[tuple[str, float, str, str]],
) -> None:
    found = visit_of([visit(*each) for each in drawn], OWN, NOW)
    mine = [
        (STATES[status] != "Expected", NOW + timedelta(hours=hours), STATES[status])
        for status, hours, code, custodian in drawn
        if status in STATES and code == "EMER" and custodian == OWN
        if abs(timedelta(hours=hours)) <= WINDOW
    ]
    if found is None:
        assert not mine
    else:
        assert (not found.is_expected, found.at) == max(mine)[:2]


def test_a_row_has_the_newest_handover_and_the_alerts() -> None:
    shown = row(
        note("Ambulance handover: fell", 50),
        note("Ambulance handover: fell twice", 20),
        note("Letter about a knee", 5),
        note("Ambulance handover: of the week before", 60 * 24 + 1),
        note("Ambulance handover: taken back", 1, status="entered-in-error"),
        condition("Epilepsy", "84757009"),
    )
    assert shown.note == "Ambulance handover: fell twice"
    assert [item.kind for item in shown.alerts] == ["epilepsy"]


def test_a_row_says_that_nothing_may_be_seen_and_not_that_there_is_nothing() -> None:
    assert row(unread=True).unread
    assert not row().unread


def test_who_has_come_stands_newest_first_and_who_is_expected_soonest_first() -> None:
    def at(hours: float, state: str) -> Arrival:
        came = Visit(NOW + timedelta(hours=hours), timed=True, state=state)
        return arrival(f"{hours}", banner([patient()], TODAY), came, (), NOW, unread=False)

    board = [at(3, "Expected"), at(-2, "Arrived"), at(1, "Expected"), at(-0.5, "Being seen")]
    assert [each.person_id for each in in_order(board)] == ["-0.5", "-2", "1", "3"]
