"""A note that somebody taps in: valid FHIR, told as theirs, or refused with the way out."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from throughcare.intake.noting import KINDS, By, submission
from throughcare.kernel import BadInputError

BY = By("Kasia Nowak", "VM001", datetime(2026, 11, 24, 9, 5, tzinfo=UTC), "rq-1")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_one_observation_with_its_author_and_time(kind: str) -> None:
    value = "200" if KINDS[kind].unit else "calm"
    made = submission("Patient/p1", kind, value, BY)
    (item,) = made.items
    assert item.resource["performer"] == [{"display": "Kasia Nowak"}]
    assert item.resource["effectiveDateTime"] == "2026-11-24T09:05:00+00:00"
    assert item.resource["subject"] == {"reference": "Patient/p1"}
    assert made.custodian == "VM001"


def test_a_number_keeps_its_digits_and_may_name_its_unit() -> None:
    (item,) = submission("Patient/p1", "weight", "53.60 kg", BY).items
    assert item.resource["valueQuantity"]["value"] == Decimal("53.60")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("drink", ""), ("nothing", "x"), ("drink", "a cup"), ("drink", "20000")),
        *(("weight", "-3"), ("weight", "NaN"), ("note", "  ")),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(kind: str, value: str) -> None:
    with pytest.raises(BadInputError, match=r"^(Write|Say) ") as refused:
        submission("Patient/p1", kind, value, BY)
    assert refused.value.place == "value"
