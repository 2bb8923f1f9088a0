"""Modifiers, and searches over several types."""

import pytest

from throughcare.fhir import query, spec
from throughcare.fhir.codes import Codes
from throughcare.fhir.terms import (
    AnyOf,
    Chain,
    Criterion,
    Has,
    IdIs,
    Include,
    InRecordOf,
    RefersTo,
    TextIs,
    TokenIs,
    UriIs,
)
from throughcare.kernel import BadInputError


class Birds:
    """A terminology of three codes, one below the other."""

    LINE = ("animal", "bird", "wren")

    def members(self, value_set: str) -> Codes | None:
        """Return all, of one value set."""
        return self._among(range(3)) if value_set == "http://all" else None

    def below(self, system: str, code: str) -> Codes | None:
        """Return what stands from `code` on."""
        return self._among(range(self.LINE.index(code), 3)) if system == "b" else None

    def above(self, system: str, code: str) -> Codes | None:
        """Return what stands up to `code`."""
        return self._among(range(self.LINE.index(code) + 1)) if system == "b" else None

    def _among(self, places: range) -> Codes:
        return frozenset(("b", self.LINE[place]) for place in places)


BIRDS = Birds()


def asked(type_: str, name: str, value: str) -> Criterion:
    (found,) = query.parse(type_, [(name, value)], terminology=BIRDS).where
    return found


def test_tokens_are_asked_for_by_what_stands_beside_them() -> None:
    assert asked("Condition", "code:text", "heart,lung") == TextIs("code", ("heart", "lung"))
    assert asked("Patient", "identifier:of-type", "http://t|MR|446") == TokenIs(
        "identifier:of-type", (("http://t|MR", "446"),)
    )


def test_a_terminology_is_asked_for_members_and_subsumption() -> None:
    every = (("b", "animal"), ("b", "bird"), ("b", "wren"))
    assert asked("Condition", "code:in", "http://all") == TokenIs("code", every)
    assert asked("Condition", "code:not-in", "http://all") == TokenIs("code", every, negated=True)
    assert asked("Condition", "code:below", "b|bird") == TokenIs("code", every[1:])
    assert asked("Condition", "code:above", "b|bird") == TokenIs("code", every[:2])


def test_value_sets_that_r4_requires_are_known_without_a_terminology() -> None:
    url = "http://hl7.org/fhir/ValueSet/administrative-gender"
    (found,) = query.parse("Patient", [("gender:in", url)]).where
    # A code stands without its system in the data, which R4 implies.
    genders = ("female", "male", "other", "unknown")
    assert found == TokenIs("gender", tuple(("", code) for code in genders))


def test_a_code_is_found_by_the_system_that_is_implied_and_by_no_other() -> None:
    system = "http://hl7.org/fhir/administrative-gender"
    assert asked("Patient", "gender", f"{system}|male") == TokenIs("gender", (("", "male"),))
    assert asked("Patient", "gender", f"{system}|") == TokenIs("gender", (("", None),))
    for other in (f"{system}|x", "http://other|male"):
        assert asked("Patient", "gender", other) == TokenIs("gender", (tuple(other.split("|")),))
    stated = asked("Condition", "code", f"{system}|male")
    assert stated == TokenIs("code", ((system, "male"),))


def test_an_address_stands_above_and_below_others_by_its_segments() -> None:
    assert asked("ValueSet", "url:below", "http://a/b") == UriIs("url", ("http://a/b",), below=True)
    above = asked("ValueSet", "url:above", "http://a/b/c")
    assert isinstance(above, UriIs)
    assert set(above.values) == {"http://a/", "http://a", "http://a/b", "http://a/b/"} | {
        "http://a/b/c"
    }


def test_a_hierarchy_of_places_is_climbed_step_by_step() -> None:
    below = asked("Encounter", "location:below", "Location/1")
    assert isinstance(below, AnyOf)
    here, further = below.criteria
    assert here == RefersTo("location", ("Location/1",))
    assert isinstance(further, Chain)
    assert isinstance(further.criterion, AnyOf)
    part = RefersTo("partof", ("Location/1",))
    assert further.criterion.criteria[:2] == (part, Chain("partof", ("Location",), part))
    above = asked("Encounter", "location:above", "1")
    assert isinstance(above, AnyOf)
    assert isinstance(above.criteria[1], Chain)
    assert Has("Location", "partof", IdIs(("1",))) in above.criteria[1].criterion.criteria  # type: ignore[union-attr]


def test_a_list_is_asked_for_its_items() -> None:
    assert asked("Condition", "_list", "42,43") == Has("List", "item", IdIs(("42", "43")))


@pytest.mark.parametrize(
    ("type_", "name", "value"),
    [
        ("Condition", "code:in", "http://unknown"),
        ("Condition", "code:below", "bird"),
        ("Condition", "code:below", "other|bird"),
        ("Condition", "code:exact", "x"),
        ("Patient", "identifier:of-type", "MR|446"),
        ("ValueSet", "url:below", "urn:oid:1.2"),
        ("Condition", "asserter:below", "1"),
        ("Condition", "_list", "$current-problems"),
        ("Condition", "_list:not", "1"),
        ("Condition", "_explain", "perhaps"),
        ("Provenance", "target.target.target.target._id", "1"),
    ],
)
def test_what_can_not_be_told_is_refused_by_name(type_: str, name: str, value: str) -> None:
    with pytest.raises(BadInputError) as caught:
        query.parse(type_, [(name, value)], terminology=BIRDS)
    assert caught.value.place is not None
    assert caught.value.place in name


def test_a_search_of_several_types_asks_each_of_them() -> None:
    found = query.parse_types([("_type", "Patient,Condition"), ("_id", "a"), ("_sort", "-_id")])
    assert found.type == ""
    assert [(one.type, one.where) for one in found.each()] == [
        ("Condition", (IdIs(("a",)),)),
        ("Patient", (IdIs(("a",)),)),
    ]
    assert found.self_link == "_type=Patient,Condition&_id=a&_sort=-_id"
    everything = query.parse_types([])
    assert {one.type for one in everything.each()} == spec.resource_types()


def test_a_parameter_that_one_of_the_types_lacks_is_reported() -> None:
    found = query.parse_types([("_type", "Patient,Condition"), ("family", "x")])
    assert found.ignored == ("family",)
    with pytest.raises(BadInputError, match="_type: Dragon"):
        query.parse_types([("_type", "Dragon")])


def test_a_compartment_has_its_types_and_no_other() -> None:
    found = query.parse_types([], compartment="Patient/1")
    assert {one.where for one in found.each()} == {(InRecordOf(("Patient/1",)),)}
    assert "Patient" in {one.type for one in found.each()}
    assert "Organization" not in {one.type for one in found.each()}
    (inside,) = query.parse("Observation", [], compartment="Encounter/1").where
    assert inside == AnyOf((RefersTo("encounter", ("Encounter/1",)),))
    with pytest.raises(BadInputError, match="compartment of Encounter"):
        query.parse("Organization", [], compartment="Encounter/1")


def test_includes_may_be_all_and_go_on() -> None:
    found = query.parse("Condition", [("_include", "*"), ("_revinclude:iterate", "Provenance:*")])
    assert Include("Condition", "asserter") in found.includes
    assert Include("Provenance", "target", "", reverse=True, iterate=True) in found.includes
    onward = query.parse("Condition", [("_include:iterate", "Patient:organization")])
    assert onward.includes == (Include("Patient", "organization", iterate=True),)
    back = query.parse("Patient", [("_revinclude", "*")]).includes
    assert Include("Observation", "subject", reverse=True) in back
