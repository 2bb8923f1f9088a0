"""People who care for others: GP, social worker and care assistant, each on their own page."""

import re
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from node.conftest import EDITH, Served
from node.journeys.conftest import Visit
from node.journeys.finding import summary_of
from node.journeys.reading_age import reading_age
from node.journeys.views import CARER, CREW, DOCTOR, WINIFRED, WORKER
from node.journeys.visitor import Visitor
from web.test_printing import SHEETS, pages

pytestmark = [pytest.mark.browser, pytest.mark.server]

OLDEST = 11
"""Reading age that the page of a care assistant may ask for."""
MOST_TAPS = 3
ENTRIES, WRIST = 2000, 1000
SOMEBODY: dict[str, Any] = {
    "resourceType": "Patient",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990005060"}],
    "name": [{"family": "Longlife", "given": ["Ada"]}],
    "birthDate": "1931-05-02",
    "gender": "female",
}


def find(visitor: Visitor, number: str = EDITH) -> None:
    """Search for somebody and open their record on the page of one's role."""
    visitor.go("/people")
    visitor.fill(nhs_number=number)
    visitor.press("Search")
    agrees = visitor.page.get_by_role("button", name="Agrees")
    if agrees.count():
        visitor.tap(agrees.first)
    else:
        visitor.tap(visitor.page.locator(".tc-found__name a").first)


def test_a_page_that_needs_an_answer_asks_for_it_itself(visit: Visit) -> None:
    doctor = visit(DOCTOR)
    doctor.go("/people")
    doctor.fill(nhs_number="999 471 8614")
    doctor.press("Search")
    doctor.tap(doctor.page.locator(".tc-found__name a").first)
    assert doctor.page.url.endswith("/overview")
    assert "Ask the person first" in doctor.main()
    doctor.is_sound()
    doctor.press("Agrees")
    assert doctor.page.url.endswith("/overview")
    assert "Problems" in doctor.main()


def test_a_gp_begins_with_the_overview_and_finds_an_episode_in_three_clicks(visit: Visit) -> None:
    doctor = visit(DOCTOR)
    find(doctor)
    assert doctor.page.url.endswith("/overview")
    for text in ("New since you last looked", "Problems", "Mild dementia", "Medicines"):
        assert text in doctor.main()
    doctor.begin()
    doctor.follow(re.compile("^2024 "))
    doctor.tap(doctor.page.locator("a[href*='month=2024-'], .tc-line").first)
    assert doctor.taps <= MOST_TAPS
    assert "dementia" in doctor.main()
    doctor.is_sound()


@pytest.fixture(scope="module")
def long_record(served: Served) -> str:
    """Return the NHS number of somebody of whom the hospital knows 2,000 things."""
    with served.client("nurse", "TREAT", "--org", "RXX") as hospital:
        made = hospital.post("Patient", json=SOMEBODY)
        assert made.status_code == httpx.codes.CREATED, made.text
        about = {"reference": f"Patient/{made.json()['id']}"}
        for first in range(0, ENTRIES, 500):
            entries = [_entry(about, number) for number in range(first, first + 500)]
            bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
            answer = hospital.post("", json=bundle, timeout=300)
            assert answer.status_code == httpx.codes.OK, answer.text[:500]
    return str(SOMEBODY["identifier"][0]["value"])


def _entry(about: dict[str, str], number: int) -> dict[str, Any]:
    """Return one of 2,000 things of twenty years; one of them is a broken wrist in June 2013."""
    if number == WRIST:
        made: dict[str, Any] = {
            "resourceType": "Condition",
            "code": {"text": "Broken wrist"},
            "subject": about,
            "onsetDateTime": "2013-06-17",
        }
    else:
        made = {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "Pulse"},
            "subject": about,
            "effectiveDateTime": (date(2006, 1, 1) + timedelta(days=number * 3)).isoformat(),
            "valueQuantity": {"value": 60 + number % 30, "unit": "beats a minute"},
        }
    return {"resource": made, "request": {"method": "POST", "url": made["resourceType"]}}


def test_a_gp_finds_one_episode_among_two_thousand_entries_in_three_clicks(
    visit: Visit, long_record: str
) -> None:
    doctor = visit(DOCTOR)
    find(doctor, long_record)
    assert doctor.page.url.endswith("/overview")
    doctor.begin()
    doctor.follow(re.compile("^2013 "))
    doctor.tap(doctor.page.locator("a[href*='month=2013-06']").first)
    assert doctor.taps <= MOST_TAPS
    assert "Broken wrist" in doctor.main()
    doctor.is_silent()


def test_a_social_worker_sees_how_edith_lives_and_no_clinical_list(visit: Visit) -> None:
    worker = visit(WORKER)
    find(worker)
    assert worker.page.url.endswith("/network")
    for text in ("Accommodation", "Home Support", "Margaret", "Capacity is presumed"):
        assert text in worker.main()
    assert "Metformin" not in worker.page.content()
    assert "penicillin" not in worker.page.content()
    assert re.search("Not shared with this role.*medicines", worker.main())
    worker.is_sound()


def test_a_care_assistant_notes_a_drink_in_three_taps_and_reads_it_at_once(visit: Visit) -> None:
    carer = visit(CARER)
    carer.begin()
    find(carer)
    carer.press("Drank 200 ml")
    assert carer.taps <= MOST_TAPS
    shown = carer.main()
    assert "Noted." in shown
    assert "Notes of today" in shown
    assert "200 mL" in shown
    assert "Call me Edie" in shown
    assert "CPR attempts not recommended" in shown
    carer.is_sound()
    assert reading_age(carer.page.inner_text("main")) <= OLDEST


def test_the_pack_for_the_hospital_prints_on_two_sheets(visit: Visit) -> None:
    carer = visit(CARER)
    find(carer)
    carer.follow("Send to hospital")
    assert carer.sheets() == 2
    carer.page.emulate_media(media="print")
    printed = carer.main()
    carer.page.emulate_media(media="screen")
    for text in ("penicillin", "CPR attempts not recommended", "Metformin", "Margaret"):
        assert text in printed
    assert "Safeguarding" not in printed


def test_how_a_key_safe_is_opened_takes_a_tap_of_its_own_that_the_person_reads_of(
    visit: Visit,
) -> None:
    crew, winifred = visit(CREW), visit(WINIFRED)
    record = summary_of(crew, winifred)
    assert "back door" not in crew.page.content()
    crew.go(record.replace("emergency", "timeline"))
    assert "back door" not in crew.page.content()
    crew.go(record)
    crew.page.emulate_media(color_scheme="dark")
    crew.is_sound()  # its button is dark, too
    crew.page.emulate_media(color_scheme="light")
    crew.begin()
    crew.press("Show the key-safe code")
    assert crew.taps == 1
    assert "Key safe left of the back door" in crew.main()
    crew.is_sound()
    crew.page.emulate_media(media="print")
    assert "back door" not in crew.main()
    crew.page.emulate_media(media="screen")
    winifred.follow("Who has looked")
    assert "Looked at how your key safe is opened" in winifred.main()


def test_a_record_that_its_person_took_as_pdf_is_told_apart_from_one_they_read(
    visit: Visit,
) -> None:
    edith = visit("Edith Thwaite, patient")
    edith.go("/me")
    link = edith.page.get_by_role("link", name="PDF to keep").get_attribute("href")
    answer = edith.context.request.get(f"{edith.base}{link}")
    assert answer.headers["content-type"] == "application/pdf"
    assert pages(answer.body())
    edith.follow("Who has looked")
    assert "Took the record in plain words as PDF, to print" in edith.main()


def test_only_the_paper_counts_as_paper_in_the_ledger(visit: Visit) -> None:
    carer, edith = visit(CARER), visit("Edith Thwaite, patient")
    find(carer)
    carer.follow("Send to hospital")

    def papers() -> int:
        edith.go("/me")
        edith.follow("Who has looked")
        assert "Looked at what goes to hospital with you" in edith.main()
        return edith.main().count("Took what goes to hospital with you as PDF")

    assert papers() == 0
    link = carer.page.get_by_role("link", name="PDF to print").get_attribute("href")
    answer = carer.context.request.get(f"{carer.base}{link}")
    assert answer.headers["content-type"] == "application/pdf"
    assert len(pages(answer.body())) == SHEETS
    assert papers() == 1
