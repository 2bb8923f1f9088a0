import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from throughcare.disclosure import mask

HIDDEN = frozenset({"Condition/hidden"})


def leaks(value: object) -> bool:
    """Say, naively, whether the hidden name stands anywhere."""
    return "Condition/hidden" in repr(value)


def test_a_reference_to_a_hidden_entry_becomes_a_masked_one() -> None:
    claim = {"resourceType": "Procedure", "reasonReference": {"reference": "Condition/hidden"}}
    cleaned = mask.without_links(claim, HIDDEN)
    assert cleaned["reasonReference"]["extension"][0]["valueCode"] == "masked"
    assert not leaks(cleaned)


def test_a_reference_to_a_version_of_a_hidden_entry_is_masked_too() -> None:
    resource = {"resourceType": "Basic", "a": {"reference": "Condition/hidden/_history/2"}}
    assert not leaks(mask.without_links(resource, HIDDEN))


def test_a_list_loses_the_row_of_a_hidden_entry_whole() -> None:
    resource = {
        "resourceType": "List",
        "entry": [
            {"item": {"reference": "Condition/hidden"}, "date": "2026-01-01"},
            {"item": {"reference": "Condition/seen"}},
        ],
    }
    assert mask.without_links(resource, HIDDEN)["entry"] == [
        {"item": {"reference": "Condition/seen"}}
    ]


def test_what_held_hidden_links_alone_goes_with_them() -> None:
    detail = {"detail": [{"reference": "Condition/hidden"}]}
    resource = {"resourceType": "Condition", "evidence": [detail], "id": "a"}
    assert mask.without_links(resource, HIDDEN) == {"resourceType": "Condition", "id": "a"}


def test_a_narrative_goes_where_something_was_taken_out() -> None:
    section = {"entry": [{"reference": "Condition/hidden"}, {"reference": "Condition/seen"}]}
    resource = {"resourceType": "Composition", "text": {"div": "depression"}, "section": [section]}
    cleaned = mask.without_links(resource, HIDDEN)
    assert "text" not in cleaned
    assert cleaned["section"][0]["entry"] == [{"reference": "Condition/seen"}]


def test_a_resource_without_hidden_links_stays_as_it_is() -> None:
    resource = {"resourceType": "List", "text": {"div": "x"}, "entry": [{"item": {"display": "a"}}]}
    assert mask.without_links(resource, HIDDEN) == resource


def test_an_episode_is_taken_out_but_not_the_substance() -> None:
    allergy = {
        "resourceType": "AllergyIntolerance",
        "code": {"text": "Penicillin"},
        "encounter": {"reference": "Encounter/clinic"},
        "recorder": {"reference": "Practitioner/sexual-health"},
        "note": [{"text": "told at the clinic"}],
    }
    shown = mask.without_episode(allergy)
    assert shown["code"] == {"text": "Penicillin"}
    assert "recorder" not in shown
    assert "note" not in shown
    assert "clinic" not in repr(shown)


def test_a_restricted_person_keeps_a_name_and_loses_every_place() -> None:
    patient = {
        "resourceType": "Patient",
        "name": [{"family": "Khan"}],
        "address": [{"postalCode": "LS1 1AA"}],
        "telecom": [{"value": "07700 900000"}],
        "contact": [{"name": {"family": "Khan"}}],
        "generalPractitioner": [{"reference": "Organization/1"}],
    }
    assert set(mask.without_location(patient)) == {"resourceType", "name"}


json_values = st.recursive(
    st.sampled_from(["Condition/hidden", "Condition/seen", "text"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["reference", "item", "entry", "a"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(json_values)
def test_no_reference_to_a_hidden_entry_survives_anywhere(value: object) -> None:
    cleaned = mask.without_links({"resourceType": "Basic", "a": value}, HIDDEN)
    assert not mask.links(cleaned) & HIDDEN


NAMES = st.sampled_from(["reference", "display", "subject", "item", "text"])
TEXTS = st.sampled_from(
    [
        "Patient/1",
        "Condition/2/_history/3",
        "http://a/Patient/1",
        "#c",
        'a "reference":"Patient/9"',
        "",
    ]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.booleans())
def test_links_read_off_a_stored_body_are_those_of_the_parsed_one(
    resource: dict[str, Any],
    ascii_only: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    body = json.dumps(resource, separators=(",", ":"), ensure_ascii=ascii_only).encode()
    local = {link for link in mask.links(resource) if link.count("/") == 1}
    assert mask.links_in([body]) == local


def test_a_reference_that_is_spelt_with_escapes_is_a_link_as_well() -> None:
    body = b'{"r\\u0065ference":"Condition\\/2","x":{"reference":"Patient/1"}}'
    assert mask.links_in([body]) == {"Condition/2", "Patient/1"}
