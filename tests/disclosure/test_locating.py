"""A search that could tell where somebody lives is known for one, however it is put."""

import pytest

from throughcare.disclosure.disclosure import LOCATING, asks_location
from throughcare.fhir import query
from throughcare.fhir.terms import Query

ASKED = [
    ("Patient", "address", "Mill Lane"),
    ("Patient", "address-city:exact", "Leeds"),
    ("Patient", "phone", "01632 960001"),
    ("Patient", "general-practitioner", "Practitioner/a"),
    ("Patient", "general-practitioner:missing", "true"),
    ("Patient", "_filter", "not (address co lane)"),
    ("Patient", "_sort", "-address-postalcode"),
    ("Patient", "_include", "Patient:organization"),
    ("Patient", "_has:Observation:patient:patient.address", "lane"),
    ("Condition", "patient.address", "lane"),
    ("Condition", "subject:Patient.telecom", "01632"),
]
PLAIN = [
    ("Patient", "name", "Ada"),
    ("Condition", "code", "http://snomed.info/sct|1"),
    ("Condition", "patient", "Patient/a"),
    ("Condition", "_id", "a"),
    ("Condition", "_lastUpdated", "ge2020"),
    ("Observation", "code-value-quantity", "a$5"),
]


def by_every_word(asked: Query) -> bool:
    """Tell the same by the text of everything that is asked: slow, and leaves nothing out."""
    said = f"{asked.self_link.lower()} {[one.where for one in asked.each()]} {asked.includes}"
    return any(word in said for word in LOCATING)


@pytest.mark.parametrize(("type_", "name", "value"), [*ASKED, *PLAIN])
def test_a_search_speaks_of_a_place_where_its_whole_text_does(
    type_: str, name: str, value: str
) -> None:
    asked = query.parse(type_, [(name, value)])
    assert asks_location(asked) is ((type_, name, value) in ASKED)
    assert asks_location(asked) is by_every_word(asked)


@pytest.mark.parametrize(
    ("type_", "owner", "speaks"),
    [
        ("Patient", "Practitioner/a", True),
        ("Patient", "RelatedPerson/a", False),
        ("Observation", "Device/a", False),
    ],
)
def test_a_compartment_speaks_of_a_place_where_one_of_its_links_does(
    type_: str, owner: str, *, speaks: bool
) -> None:
    asked = query.parse(type_, [], compartment=owner)
    assert asks_location(asked) is speaks
    assert by_every_word(asked) is speaks
