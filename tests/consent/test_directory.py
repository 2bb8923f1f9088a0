"""Whom an entry of a reader names, and what of that a Consent is read to mean."""

from typing import Any

import pytest

from throughcare.consent import directory
from throughcare.consent.references import References, Unreadable

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


def entry(type_: str, *values: str, system: str = "urn:x", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    listed = [{"system": system, "value": value} for value in values]
    return {"resourceType": type_, "identifier": listed, **more}


def link(name: str) -> dict[str, str]:
    return {"reference": name}


def test_an_entry_has_the_names_of_all_its_versions() -> None:
    versions = [entry("Organization", "rxx", system=ODS), entry("Organization", "RYY", "b")]
    assert directory.names({"Organization/1": versions, "Organization/2": []}) == {
        "Organization/1": {"rxx", "RXX", "RYY", "b"},
        "Organization/2": frozenset(),
    }


@pytest.mark.parametrize("value", ["role:nurse", "RXX&role:nurse", " ", ""])
def test_no_identifier_stands_for_a_role_or_for_two_at_once(value: str) -> None:
    found = directory.names({"Organization/1": [entry("Organization", value)]})
    assert found == {"Organization/1": frozenset()}
    odd = {"resourceType": "Organization", "identifier": "RXX"}
    assert directory.names({"Organization/1": [odd]}) == {"Organization/1": frozenset()}


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ({}, {"r"}),
        ({"practitioner": link("Practitioner/1")}, {"r", "dr"}),
        ({"organization": link("Organization/1")}, {"r"}),
        (
            {"practitioner": link("Practitioner/1"), "organization": link("Organization/1")},
            {"r", "RXX&dr", "RXY&dr"},
        ),
        ({"practitioner": link("Practitioner/1"), "organization": link("Organization/2")}, {"r"}),
        ({"practitioner": link("Practitioner/1"), "organization": "Organization/1"}, {"r"}),
        ({"practitioner": link("Practitioner/9")}, {"r"}),
    ],
)
def test_a_role_is_its_practitioner_at_its_organisation(
    links: dict[str, Any], expected: set[str]
) -> None:
    """Or whoever has an identifier of the role itself; nobody by an organisation alone."""
    role = entry("PractitionerRole", "r", **links)
    found = directory.names(
        {
            "PractitionerRole/1": [role],
            "Practitioner/1": [entry("Practitioner", "dr")],
            "Organization/1": [entry("Organization", "RXX", "RXY")],
            "Organization/2": [entry("Organization")],
        }
    )
    assert found["PractitionerRole/1"] == expected
    assert found["Practitioner/1"] == {"dr"}


def test_what_stands_behind_a_role_is_read_with_it() -> None:
    role = entry(
        "PractitionerRole",
        practitioner=link("https://a.example/fhir/Practitioner/1/_history/2"),
        organization=link("Organization/1"),
    )
    assert directory.behind(role) == {"Practitioner/1", "Organization/1"}
    assert directory.behind({**role, "practitioner": {"display": "Dr Made-up"}}) == {
        "Organization/1"
    }
    assert directory.behind({**role, "practitioner": "Dr"}) == {"Organization/1"}
    assert directory.behind({**role, "resourceType": "Practitioner"}) == frozenset()


def test_the_entries_that_a_consent_names_are_found_to_any_depth() -> None:
    def actor(name: str) -> dict[str, Any]:
        return {"actor": [{"reference": link(name)}, {"reference": {"display": "x"}}, "odd"]}

    consent = {
        "resourceType": "Consent",
        "provision": {
            **actor("Organization/1"),
            "provision": [{**actor("Practitioner/2"), "provision": [actor("RelatedPerson/3")]}],
        },
    }
    other = {"resourceType": "Consent", "provision": actor("Patient/4")}
    no_consent = {**consent, "resourceType": "Contract"}
    assert directory.named_in([consent, other]) == {
        "Organization/1",
        "Practitioner/2",
        "RelatedPerson/3",
    }
    assert directory.named_in([no_consent, {"resourceType": "Consent"}]) == frozenset()
    for provision in ({"actor": "x", "provision": "y"}, [], {"actor": [{"reference": "z"}]}):
        assert directory.named_in([{**consent, "provision": provision}]) == frozenset()


@pytest.mark.parametrize("member", ["identifier", "practitioner", "organization"])
def test_an_entry_that_names_others_than_before_bears_on_consents(member: str) -> None:
    """Also one that is new, or that has ended."""
    for type_ in ("Organization", "Practitioner", "PractitionerRole", "RelatedPerson"):
        before = {"resourceType": type_, member: [{"value": "a"}], "name": "A"}
        assert directory.bears(before, {**before, member: [{"value": "b"}]})
        assert directory.bears({}, before)
        assert directory.bears(before, {})
        assert not directory.bears(before, {**before, "name": "B"})
    assert not directory.bears({}, {"resourceType": "Location", member: []})


def test_a_denial_knows_more_of_an_entry_than_a_permit() -> None:
    known = References({}, {"Organization/a": frozenset({"RXX"}), "Organization/b": frozenset()})
    assert known.names(link("Organization/a")) == {"a", "RXX"}
    assert known.names(link("Organization/a"), permit=True) == {"a"}
    for nobody in ("Organization/b", "Practitioner/c"):
        with pytest.raises(Unreadable):
            known.names(link(nobody))
        assert known.names(link(nobody), permit=True) == {nobody[-1]}
        given = {**link(nobody), "identifier": {"value": "RZZ"}}
        assert known.names(given) == {nobody[-1], "RZZ"}
    assert known.names(link("Patient/p")) == {"p"}
    assert References({}).names(link("Organization/b")) == {"b"}
