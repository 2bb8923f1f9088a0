"""A nurse of A&E: the board that keeps itself up to date, and one click to the summary."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator

from node.conftest import Served, start, stop
from node.journeys.conftest import Links, Visit, links_of
from node.journeys.views import NURSE
from node.journeys.visitor import Visitor
from throughcare.app.system import SystemClock

pytestmark = [pytest.mark.browser, pytest.mark.server]

NHS = "https://fhir.nhs.uk/Id/nhs-number"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
PEOPLE = {"Arkwright": "9990005028", "Bolling": "9990005036", "Cawthra": "9990005044"}
LONG = 60_000
"""Milliseconds after which a test gives up. How long it takes is measured in ``bench``."""


def patient(family: str) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": NHS, "value": PEOPLE[family]}],
        "name": [{"family": family, "given": ["Nell"]}],
        "birthDate": f"19{50 + len(family)}-07-{len(family):02}",
        "gender": "female",
    }


def visit_of(about: str, status: str = "arrived") -> dict[str, Any]:
    began = SystemClock().now() - timedelta(minutes=5)
    return {
        "resourceType": "Encounter",
        "status": status,
        "class": {"system": ACT, "code": "EMER"},
        "subject": {"reference": about},
        "period": {"start": began.isoformat(timespec="seconds")},
    }


def refusal(about: str) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": about},
        "dateTime": SystemClock().now().isoformat(timespec="seconds"),
        "policy": [{"uri": "urn:example:policy"}],
        "provision": {"type": "deny"},
    }


@pytest.fixture(scope="module")
def hospital(served: Served) -> Iterator[httpx.Client]:
    with served.client("nurse", "TREAT", "--org", "RXX") as client:
        yield client


def sent(hospital: httpx.Client, resource: dict[str, Any]) -> str:
    """Record something as the hospital's; return its reference."""
    made = hospital.post(resource["resourceType"], json=resource)
    assert made.status_code == httpx.codes.CREATED, made.text
    return f"{resource['resourceType']}/{made.json()['id']}"


@pytest.fixture(scope="module")
def people(hospital: httpx.Client) -> dict[str, str]:
    """Return whom the hospital knows, by family name; nobody of them has come yet."""
    return {family: sent(hospital, patient(family)) for family in PEOPLE}


def row(nurse: Visitor, family: str) -> Locator:
    return nurse.page.locator("#board li", has_text=family.upper())


def focused(nurse: Visitor) -> str:
    return str(nurse.page.evaluate("document.activeElement.textContent"))


def test_the_demo_has_people_on_the_board_and_not_who_said_no(visit: Visit) -> None:
    nurse = visit(NURSE)
    nurse.go("/arrivals")
    for family in ("Bainbridge", "Nair", "Rahman"):
        assert row(nurse, family).count() == 1
    assert row(nurse, "Pickering").count() == 0
    assert "Expected" in row(nurse, "Hartley").inner_text()


def test_the_board_follows_what_happens_and_the_focus_stays(
    visit: Visit, hospital: httpx.Client, people: dict[str, str]
) -> None:
    nurse = visit(NURSE)
    sent(hospital, visit_of(people["Arkwright"]))
    nurse.go("/arrivals")
    link = row(nurse, "Arkwright").get_by_role("link")
    link.focus()
    nurse.page.get_by_text("Up to date.").wait_for(timeout=LONG)

    sent(hospital, visit_of(people["Bolling"]))
    row(nurse, "Bolling").wait_for(timeout=LONG)
    assert focused(nurse) == "ARKWRIGHT, Nell"
    assert "Ask before you look" in row(nurse, "Bolling").inner_text()
    nurse.is_sound()

    nurse.begin()
    nurse.tap(row(nurse, "Arkwright").get_by_role("link"))
    assert nurse.taps == 1
    nurse.press("Agrees")
    nurse.go("/arrivals")
    row(nurse, "Arkwright").get_by_role("link").focus()
    epilepsy = {
        "resourceType": "Condition",
        "code": {"text": "Epilepsy"},
        "subject": {"reference": people["Arkwright"]},
    }
    sent(hospital, epilepsy)
    row(nurse, "Arkwright").get_by_text("Epilepsy").wait_for(timeout=LONG)
    assert focused(nurse) == "ARKWRIGHT, Nell"
    assert "epilepsy" not in row(nurse, "Bolling").inner_text().casefold()

    nurse.begin()
    nurse.tap(row(nurse, "Arkwright").get_by_role("link"))
    assert nurse.page.locator("#medicines").count() == 1
    assert nurse.taps == 1
    nurse.is_silent()


def test_a_row_goes_when_consent_does_and_hands_the_focus_on(
    visit: Visit, hospital: httpx.Client, people: dict[str, str]
) -> None:
    nurse = visit(NURSE)
    sent(hospital, visit_of(people["Cawthra"]))
    nurse.go("/arrivals")
    nurse.page.get_by_text("Up to date.").wait_for(timeout=LONG)
    row(nurse, "Cawthra").get_by_role("link").focus()
    sent(hospital, refusal(people["Cawthra"]))
    row(nurse, "Cawthra").wait_for(state="detached", timeout=LONG)
    assert nurse.page.evaluate("document.activeElement.matches('#board li a')")
    nurse.is_silent()


def test_a_board_that_hears_nothing_says_so_and_loads_itself_anew(visit: Visit) -> None:
    nurse = visit(NURSE)
    nurse.page.route("**/arrivals/events", lambda route: route.abort())
    nurse.go("/arrivals")
    nurse.page.get_by_text("Not up to date: trying again.").wait_for(timeout=LONG)
    nurse.page.unroute("**/arrivals/events")
    nurse.page.get_by_text("Up to date.", exact=False).and_(
        nurse.page.locator("#live:not(:has-text('Not'))")
    ).wait_for(timeout=LONG)
    assert any("ERR_FAILED" in each for each in nurse.said)
    nurse.said.clear()


def test_without_scripts_the_page_loads_itself_anew_for_whom_asks_and_stops(
    visit: Visit, hospital: httpx.Client
) -> None:
    nurse = visit(NURSE, scripts=False)
    nurse.go("/arrivals")
    nurse.follow("Keep this page up to date")
    other = patient("Arkwright") | {
        "name": [{"family": "Dyson", "given": ["Nell"]}],
        "identifier": [{"system": NHS, "value": "9990005052"}],
        "birthDate": "1961-12-30",
    }
    sent(hospital, visit_of(sent(hospital, other)))
    row(nurse, "Dyson").wait_for(timeout=LONG)
    nurse.follow("Stop")
    assert "This page stays as it is." in nurse.main()
    nurse.is_silent()


@contextmanager
def signed_in(base: str, path: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base, timeout=60, follow_redirects=True) as client:
        client.post(path, data={"token": token_of(client.get(path).text)})
        yield client


def token_of(page: str) -> str:
    found = re.search('name="token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_board_that_is_open_ends_with_the_session(served: Served, links: Links) -> None:
    with signed_in(served.base, next(links[NURSE])) as client:
        token = token_of(client.get("/arrivals").text)
        with client.stream("GET", "/arrivals/events") as events:
            lines = events.iter_lines()
            assert any(line.startswith("data: ") for line in lines)
            client.post("/sign-out", data={"token": token})
            assert "event: ended" in lines


def test_a_board_that_is_open_does_not_keep_the_server_from_stopping(served: Served) -> None:
    other, base = start(served.node)
    with (
        signed_in(base, links_of(served.node)[NURSE][0]) as client,
        client.stream("GET", "/arrivals/events") as events,
    ):
        lines = events.iter_lines()
        assert any(line.startswith("data: ") for line in lines)
        stop(other)
        assert list(lines)[-1:] in ([], [""])
    assert other.returncode == 0
