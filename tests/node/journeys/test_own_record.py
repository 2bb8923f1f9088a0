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
