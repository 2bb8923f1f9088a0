"""A person with their own record: who looked, and who may."""

import pytest

from node.conftest import EDITH
from node.journeys.conftest import Visit
from node.journeys.reading_age import reading_age
from node.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.server]

OLDEST = 14
"""Years of schooling's age that the choices may ask for: what most adults of the UK read."""


def _choose(person: Visitor, link: str, button: str) -> None:
    person.begin()
    person.follow("Who can see")
    person.follow(link)
    person.press(button)
    assert person.taps <= 3
    assert "Your choice is in force now." in person.main()


def test_a_person_reads_who_looked_in_one_click(visit: Visit) -> None:
    crew = visit("Sam Reid, paramedic")
    crew.fill(nhs_number=EDITH)
    crew.press("Search")
    crew.press("Agrees")
    edith = visit("Edith Thwaite, patient")
    edith.begin()
    edith.follow("Who has looked")
    assert edith.taps == 1
    assert "Sam Reid, paramedic, RX8" in edith.main()
    edith.is_silent()


def test_a_person_stops_sharing_in_three_clicks_and_shares_again_in_three(visit: Visit) -> None:
    edith = visit("Edith Thwaite, patient")
    nurse = visit("Nia Owen, nurse")
    nurse.fill(nhs_number=EDITH)
    nurse.press("Search")
    nurse.press("Agrees")
    record = nurse.page.url.removeprefix(nurse.base)
    _choose(edith, "Stop sharing My whole record", "Stop sharing")
    assert nurse.go(record).locator("#medicines").count() == 0
    _choose(edith, "Share again My whole record", "Share again")
    assert nurse.go(record).locator("#medicines").count() == 1
    edith.is_silent()


def test_the_choices_are_in_words_that_most_people_read(visit: Visit) -> None:
    edith = visit("Edith Thwaite, patient")
    edith.follow("Who can see")
    assert reading_age(edith.main()) <= OLDEST


@pytest.mark.parametrize("path", ["mine", "add", "wrong", "sharing", "looks"])
def test_a_persons_pages_are_sound_in_welsh_too(visit: Visit, path: str) -> None:
    edith = visit("Edith Thwaite, patient", scripts=True)
    edith.go("/language/cy?back=/me")
    edith.go(edith.page.url.removeprefix(edith.base).replace("mine", path))
    assert edith.page.get_attribute("html", "lang") == "cy"
    edith.is_sound()
    edith.go("/language/en-GB?back=/me")


def test_a_person_takes_their_record_along_in_one_tap_as_file_and_as_paper(visit: Visit) -> None:
    edith = visit("Edith Thwaite, patient")
    edith.go("/me")
    for name, kind in (("PDF to keep", "application/pdf"), ("Download", "application/fhir+json")):
        link = edith.page.get_by_role("link", name=name).get_attribute("href")
        answer = edith.context.request.get(f"{edith.base}{link}")
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.json()["resourceType"] == "Bundle"
    assert answer.json()["total"] > 10
