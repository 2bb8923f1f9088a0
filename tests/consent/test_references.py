"""Whom and what a reference names."""

import pytest

from throughcare.consent.references import References, Unreadable, modified

KNOWN = References({}, {"Practitioner/a": frozenset({"dr"})})


def test_an_actor_is_known_by_id_and_directory_however_the_address_begins() -> None:
    for begin in ("", "https://a.example/fhir/", "https://a.example/"):
        assert KNOWN.names({"reference": f"{begin}Practitioner/a"}) == {"a", "dr"}
    assert KNOWN.names({"reference": "a"}) == {"a"}


def test_an_entry_is_named_by_the_last_two_words_of_an_address() -> None:
    for begin in ("", "https://a.example/fhir/"):
        assert KNOWN.entry({"reference": f"{begin}Condition/a"}) == "Condition/a"


def test_a_version_is_no_part_of_a_name() -> None:
    """A denial that names a version names the entry and the reader, whatever the version."""
    assert KNOWN.names({"reference": "Practitioner/a/_history/3"}) == {"a", "dr"}
    assert KNOWN.entry({"reference": "https://a.example/fhir/Condition/a/_history/3"}) == (
        "Condition/a"
    )


ODD = ["urn:uuid:5d1b", "Practitioner?identifier=a", "x/Condition?code=a", "Condition/a#b", "x/a"]


@pytest.mark.parametrize("target", ["a", "Condition/", "/a", "", 7, None, *ODD])
def test_half_an_address_names_no_entry(target: object) -> None:
    with pytest.raises(Unreadable):
        KNOWN.entry({"reference": target})


@pytest.mark.parametrize(
    "target",
    ["", 7, None, "Group/a", "https://a.example/fhir/Group/a", "Group/a/_history/1", *ODD[:4]],
)
def test_nobody_and_a_group_are_no_actor(target: object) -> None:
    with pytest.raises(Unreadable):
        KNOWN.names({"reference": target})


def test_a_group_is_no_actor_whatever_else_is_said_of_it() -> None:
    with pytest.raises(Unreadable):
        KNOWN.names({"reference": "Group/a", "identifier": {"value": "RXX"}})
    contained = References({"contained": [{"resourceType": "Group", "id": "g"}]}, {})
    with pytest.raises(Unreadable):
        contained.names({"reference": "#g", "identifier": {"value": "RXX"}})


def test_an_identifier_names_whose_address_cannot_be_read() -> None:
    assert KNOWN.names({"reference": "urn:uuid:5d1b", "identifier": {"value": " RXX "}}) == {"RXX"}


@pytest.mark.parametrize("value", ["role:nurse", "RXX&role:nurse", "A&E", " "])
def test_an_identifier_names_no_role_and_no_two_at_once(value: str) -> None:
    """These are words of rules: a name that looks like one would stand for others."""
    contained = [{"id": "o", "resourceType": "Organization", "identifier": [{"value": value}]}]
    for reference in ({"identifier": {"value": value}}, {"reference": "#o"}):
        with pytest.raises(Unreadable):
            References({"contained": contained}, {}).names(reference)


def test_one_name_that_looks_like_a_role_is_enough() -> None:
    identifiers = [{"value": "RXX"}, {"value": "role:nurse"}]
    contained = [{"id": "o", "resourceType": "Organization", "identifier": identifiers}]
    with pytest.raises(Unreadable):
        References({"contained": contained}, {}).names({"reference": "#o"})


def test_one_part_that_is_modified_anywhere_is_enough() -> None:
    odd = {"modifierExtension": []}
    for value in (odd, {"a": 1, "b": odd}, [1, odd], {"a": [{"b": odd}, {}]}):
        assert modified(value)
    for value in ({}, [], {"a": 1}, [{"extension": []}], "modifierExtension"):
        assert not modified(value)
