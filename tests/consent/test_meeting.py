"""What several entries of one person say of codes and words, met in another entry."""

from typing import Any

import pytest

from throughcare.consent.codelists import coding_of
from throughcare.consent.meeting import PersonLabels, met, together

SCT = "http://snomed.info/sct"
GOUT, BURN = ({"system": SCT, "code": code} for code in ("90560007", "125666000"))
R, V = (frozenset(label) for label in "RV")


def coded(coding: dict[str, str], labels: frozenset[str]) -> PersonLabels:
    return PersonLabels({coding_of(coding): labels})


def about(*codings: dict[str, str]) -> dict[str, Any]:
    return {"resourceType": "Observation", "code": {"coding": list(codings)}}


def test_what_each_entry_says_is_met() -> None:
    person = together([coded(GOUT, R), PersonLabels(), coded(BURN, V)])
    assert met(about(GOUT), None, person) == R
    assert met(about(BURN), None, person) == V


def test_a_code_and_a_word_have_the_labels_of_all_that_say_them() -> None:
    word = (PersonLabels(terms={"gout": R}), PersonLabels(terms={"gout": V}))
    assert met(about(GOUT), None, together([coded(GOUT, R), coded(GOUT, V)])) == R | V
    assert met({"description": "Gout."}, None, together(word)) == R | V


def test_words_that_mean_something_else_are_innocent_whoever_says_so() -> None:
    innocent = PersonLabels(terms={"gout": R}, innocent={"gout weed": frozenset()})
    plain = PersonLabels(terms={"burn": V})
    for parts in ([innocent, plain], [plain, innocent]):
        assert met({"description": "Gout weed in the garden"}, None, together(parts)) == set()
        assert met({"description": "Gout, not gout weed"}, None, together(parts)) == R


@pytest.mark.parametrize("codes", [[b"90560007"], [b"90560007", b"8302-2"], [b"8302-2"]])
def test_an_entry_is_looked_through_if_one_of_its_codes_is_meant(codes: list[bytes]) -> None:
    found = met(about(GOUT), codes, coded(GOUT, R))
    assert found == (R if b"90560007" in codes else set())
