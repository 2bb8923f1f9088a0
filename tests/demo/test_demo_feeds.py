"""The demo's feeds are taken by intake as everybody's are: nothing rejected, nobody lost."""

from datetime import date

import pytest

from throughcare.demo import generate
from throughcare.intake import recognise
from throughcare.intake.reading import read
from throughcare.intake.recognition import Recognised
from throughcare.model.submission import Rejection, Submission

LOCALITY = generate(today=date(2026, 11, 24))
SOURCES = {
    "gp.ndjson": "gp",
    "hospital.hl7": "hospital",
    "social_care_cld.csv": "social",
    "ambulance.csv": "ambulance",
    "care_home.csv": "carehome",
}


@pytest.mark.parametrize("name", sorted(LOCALITY.files))
def test_nothing_of_a_feed_is_rejected(name: str) -> None:
    results = list(read(name, LOCALITY.files[name]))
    assert [one for one in results if isinstance(one, Rejection)] == []
    assert any(isinstance(one, Submission) for one in results)


@pytest.mark.parametrize(("name", "source"), SOURCES.items())
def test_the_records_of_a_feed_are_those_that_the_truth_lists(name: str, source: str) -> None:
    found = recognise(name, LOCALITY.files[name])
    assert isinstance(found, Recognised)
    assert found.source == source
    submissions = [one for one in read(name, LOCALITY.files[name]) if isinstance(one, Submission)]
    seen = {patient.local_id for one in submissions for patient in one.patients}
    assert seen == {local_id for of, local_id in LOCALITY.truth if of == source}
