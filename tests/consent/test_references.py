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


@pytest.mark.parametrize("target", ["a", "Condition/", "/a", "", 7, None])
def test_half_an_address_names_no_entry(target: object) -> None:
    with pytest.raises(Unreadable):
        KNOWN.entry({"reference": target})


@pytest.mark.parametrize("target", ["", 7, None, "Group/a", "https://a.example/fhir/Group/a"])
def test_nobody_and_a_group_are_no_actor(target: object) -> None:
    with pytest.raises(Unreadable):
        KNOWN.names({"reference": target})


def test_one_part_that_is_modified_anywhere_is_enough() -> None:
    odd = {"modifierExtension": []}
    for value in (odd, {"a": 1, "b": odd}, [1, odd], {"a": [{"b": odd}, {}]}):
        assert modified(value)
    for value in ({}, [], {"a": 1}, [{"extension": []}], "modifierExtension"):
        assert not modified(value)
