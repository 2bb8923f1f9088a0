"""A Consent that is written carelessly, or to mislead, opens nothing that it was to close."""

from typing import Any

import pytest

from throughcare.consent import directives
from throughcare.consent.provisions import Limits, narrow
from throughcare.consent.references import Unreadable
from throughcare.model.directive import Directive, Rule

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
LEVEL = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
HIV = [{"coding": [{"system": "http://snomed.info/sct", "code": "86406008"}]}]
HOSPITAL = {"identifier": {"value": "RXX"}}
READER = {"coding": [{"code": "IRCP"}]}


def read(**parts: Any) -> Directive:  # noqa: ANN401 - FHIR JSON
    consent = {"resourceType": "Consent", "id": "c", "status": "active", "dateTime": "2024-05-06"}
    return directives.read(consent | parts, subject=4, version=2)


def base(*codes: str) -> dict[str, Any]:
    return {"coding": [{"system": ACT, "code": code} for code in codes]}


@pytest.mark.parametrize("kind", ["permit", "deny"])
@pytest.mark.parametrize(
    "actor",
    [
        {"role": {"text": "custodian"}, "reference": HOSPITAL},
        {"role": {"coding": [{"code": "CST"}, {"code": "IRCP"}]}, "reference": HOSPITAL},
        {"role": {"coding": [{"code": "AUT"}, {"code": "nurse"}]}, "reference": HOSPITAL},
        {"role": {"coding": [{"code": "AUT"}]}, "reference": HOSPITAL},
        {"role": READER, "reference": {"reference": "Organisation/a"}},
        {"role": READER, "reference": {"reference": "#a"}},
    ],
    ids=["words", "reader and keeper", "reader and author", "author", "misspelt", "contained"],
)
def test_an_actor_who_may_be_several_things_or_nobody_is_not_guessed_at(
    kind: str, actor: dict[str, Any]
) -> None:
    """A denial would bind nobody, and a permit open to more than it names."""
    said = read(provision={"type": kind, "actor": [actor]})
    (rule,) = said.rules
    assert (rule.permit, rule.system, rule.actors) == (False, True, frozenset())
    assert said.unreadable[0].startswith("provision.actor: ")


def test_nobody_among_the_actors_is_not_everybody() -> None:
    (rule,) = read(provision={"type": "permit", "actor": []}).rules
    assert rule.system


@pytest.mark.parametrize("name", ["MedicationOrder", "Conditions", "DomainResource", "condition"])
def test_a_type_that_is_none_is_unreadable(name: str) -> None:
    """A denial of it would speak of no entry."""
    coding = {"system": "http://hl7.org/fhir/resource-types", "code": name}
    for said in (
        read(provision={"type": "deny", "class": [coding]}),
        read(
            provision={
                "type": "deny",
                "data": [{"meaning": "instance", "reference": {"reference": f"{name}/1"}}],
            }
        ),
    ):
        (rule,) = said.rules
        assert (rule.system, rule.types, rule.instances) == (True, frozenset(), frozenset())


@pytest.mark.parametrize(
    "system",
    [
        "https://fhir.nhs.uk/Id/ods-organization-code",
        "https://fhir.nhs.uk/Id/ods-site-code",
        " HTTPS://fhir.nhs.uk/id/ODS-organization-code",
    ],
)
def test_an_ods_code_counts_in_small_letters_and_no_other_name_does(system: str) -> None:
    def actors(**identifier: str) -> frozenset[str]:
        actor = {"role": READER, "reference": {"identifier": identifier}}
        (rule,) = read(provision={"type": "deny", "actor": [actor]}).rules
        return rule.actors

    assert "RXX" in actors(system=system, value=" rxx")
    assert actors(system="urn:throughcare:user", value="rxx") == {"rxx"}


@pytest.mark.parametrize(
    "parts",
    [
        {"policyRule": base("OPTIN"), "provision": {"code": HIV}},
        {"provision": {"code": HIV, "provision": [{"type": "permit"}]}},
        {"provision": {"type": "deny", "code": HIV, "provision": [{"type": "permit"}]}},
        {
            "provision": {
                "code": HIV,
                "provision": [{"type": "deny", "provision": [{"type": "permit"}]}],
            }
        },
    ],
    ids=["by the rule", "by the root", "by a denial", "by what is around a denial"],
)
def test_no_permit_for_single_codes_opens_all_that_has_their_labels(parts: dict[str, Any]) -> None:
    """A code is known by its labels alone, and so are other codes that the permit does not name."""
    said = read(**parts)
    assert not any(rule.permit for rule in said.rules)
    assert "single codes can't be applied" in said.unreadable[0]


def test_a_permit_beside_what_is_limited_by_codes_is_one() -> None:
    children = [{"type": "deny", "code": HIV}, {"type": "permit", "class": [{"code": "Condition"}]}]
    denial, permit = read(provision={"provision": children}).rules
    assert (denial.permit, permit.permit, permit.types) == (False, True, {"Condition"})


@pytest.mark.parametrize("code", ["EMRGONLY", "GRANTORCHOICE", "NOCONSENT", "NOPP", "IMPLIEDD"])
@pytest.mark.parametrize("root", [{}, {"provision": {"type": "permit"}}])
def test_another_directive_beside_a_yes_is_no_plain_yes(code: str, root: dict[str, Any]) -> None:
    for codes in ([code], ["OPTIN", code]):
        (rule,) = read(policyRule=base(*codes), **root).rules
        assert (rule.permit, rule.system) == (False, True)


def test_a_denial_of_what_is_restricted_is_one_of_what_is_very_restricted() -> None:
    def labels(kind: str, *codes: str) -> frozenset[str]:
        listed = [{"system": LEVEL if code in "RV" else ACT, "code": code} for code in codes]
        (rule,) = read(provision={"type": kind, "securityLabel": listed}).rules
        return rule.labels

    assert labels("deny", "R") == {"R", "V"}
    assert labels("deny", "R", "STD") == {"R", "V", "STD"}
    assert labels("deny", "V") == {"V"}
    assert labels("permit", "R") == {"R"}


def test_an_exception_to_a_denial_of_what_is_restricted_names_its_level_alone() -> None:
    level = [{"system": LEVEL, "code": "R"}]
    kind = [{"system": ACT, "code": "STD"}]
    denial, permit, second = read(
        provision={
            "type": "deny",
            "securityLabel": level,
            "provision": [{"type": "permit"}, {"type": "deny", "securityLabel": kind}],
        }
    ).rules
    assert denial.labels == {"R", "V"}
    assert permit.labels == {"R"}
    assert second.labels == {"R&STD", "STD&V"}


def test_limits_within_limits_do_not_multiply_without_end() -> None:
    """Else one Consent would hold up the node for as long as its sender likes."""
    codes = ("PSY", "STD", "HIV", "FERT", "TERM", "GEND", "GRA", "COGN", "ETH", "SEX", "SDV", "VIO")
    provision: dict[str, Any] = {"type": "deny"}
    for _ in range(20):
        labels = [{"system": ACT, "code": code} for code in codes]
        provision = {"type": "deny", "securityLabel": labels, "provision": [provision]}
    (rule,) = read(provision=provision).rules
    assert (rule.system, rule.labels) == (True, frozenset())


def test_4096_pairs_are_told_apart_and_one_more_is_not() -> None:
    (rule,) = read(policyRule=base("OPTOUT")).rules

    def within(outer: int, inner: int) -> Rule | None:
        first = narrow(rule, Limits(actors=frozenset(f"a{n}" for n in range(outer))))
        assert first is not None
        return narrow(first, Limits(actors=frozenset(f"b{n}" for n in range(inner))))

    found = within(64, 64)
    assert found is not None
    assert len(found.actors) == 4096
    with pytest.raises(Unreadable):
        within(17, 241)
