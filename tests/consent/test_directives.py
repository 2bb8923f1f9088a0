from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare.consent import directives
from throughcare.model.directive import Directive

SAID = "2024-05-06"
OPTIN = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTIN"}]
}
OPTOUT = {"coding": [{"code": "OPTOUT"}]}
PSY = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}]
HOSPITAL = {
    "role": {"coding": [{"code": "IRCP"}]},
    "reference": {
        "identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code"} | {"value": "RXX"}
    },
}


def read(**parts: Any) -> Directive:  # noqa: ANN401 - FHIR JSON
    consent = {
        "resourceType": "Consent",
        "id": "c",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "dateTime": SAID,
    }
    return directives.read(consent | parts, subject=4, version=2)


def test_opt_in_alone_permits_everything() -> None:
    directive = read(policyRule=OPTIN)
    [rule] = directive.rules
    assert rule.permit
    assert rule.id == directive.id == "Consent/c"
    assert rule.recorded == datetime(2024, 5, 6, tzinfo=UTC)
    assert (directive.subject, directive.version) == (4, 2)
    assert not directive.unreadable


def test_opt_out_alone_denies_everything() -> None:
    [rule] = read(policyRule=OPTOUT).rules
    assert not rule.permit
    assert not rule.system


@pytest.mark.parametrize(
    ("code", "permit"), [("OPTIN", True), ("OPTINR", True), ("OPTOUT", False), ("OPTOUTE", False)]
)
def test_every_word_for_yes_and_no_is_read(code: str, permit: bool) -> None:  # noqa: FBT001
    [rule] = read(policyRule={"coding": [{"code": code}]}).rules
    assert (rule.permit, rule.system) == (permit, False)


def test_behavioural_health_is_mental_health_addiction_dementia_and_abuse() -> None:
    coding = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "BH"}
    [rule] = read(provision={"type": "deny", "securityLabel": [coding]}).rules
    assert rule.labels >= {"BH", "PSY", "MH", "ETH", "SUD", "ALC", "COGN", "DVD"}


def test_plain_r4_has_its_base_in_policy_rule_and_exceptions_below() -> None:
    base, exception = read(
        policyRule=OPTIN, provision={"provision": [{"type": "deny", "securityLabel": PSY}]}
    ).rules
    assert base.permit
    assert not base.labels
    assert not exception.permit
    assert "PSY" in exception.labels
    assert exception.id == "Consent/c#provision.provision[0]"


def test_plain_r4_without_policy_rule_has_its_nested_rules_alone() -> None:
    [rule] = read(provision={"provision": [{"type": "deny"}]}).rules
    assert not rule.permit


def test_the_pcf_profile_has_a_type_at_the_root() -> None:
    [rule] = read(provision={"type": "permit", "actor": [HOSPITAL]}).rules
    assert rule.permit
    assert rule.actors == {"RXX"}


def test_a_child_inherits_the_limits_of_its_parent_to_any_depth() -> None:
    innermost = {"type": "permit", "dataPeriod": {"start": "2014-03", "end": "2014"}}
    middle = {"type": "deny", "securityLabel": PSY, "provision": [innermost]}
    root = {"type": "permit", "actor": [HOSPITAL], "provision": [middle]}
    rules = read(provision=root).rules
    assert [rule.permit for rule in rules] == [True, False, True]
    assert all(rule.actors == {"RXX"} for rule in rules)
    assert "PSY" in rules[2].labels
    assert rules[2].data_period == (date(2014, 3, 1), date(2014, 12, 31))


def test_actors_of_parent_and_child_must_both_match() -> None:
    profession = {"role": {"coding": [{"code": "psychiatrist"}]}}
    rules = read(
        provision={
            "type": "deny",
            "actor": [HOSPITAL],
            "provision": [{"type": "permit", "actor": [profession]}],
        }
    ).rules
    assert rules[1].actors == {"RXX&role:psychiatrist"}


def test_a_child_outside_its_parent_says_nothing() -> None:
    rules = read(
        provision={
            "type": "permit",
            "purpose": [{"code": "HRESCH"}],
            "provision": [{"type": "deny", "purpose": [{"code": "CAREMGT"}]}],
        }
    ).rules
    assert len(rules) == 1


def test_treatment_covers_emergencies_and_break_glass() -> None:
    [rule] = read(provision={"type": "deny", "purpose": [{"code": "TREAT"}]}).rules
    assert rule.purposes == {"TREAT", "ETREAT", "BTG"}


def test_custodians_and_authors_are_not_readers() -> None:
    data_of = {"role": {"coding": [{"code": "CST"}]}, "reference": {"reference": "Organization/B1"}}
    written = {"role": {"coding": [{"code": "AUT"}]}, "reference": {"reference": "Practitioner/d"}}
    [rule] = read(provision={"type": "deny", "actor": [data_of, written]}).rules
    assert rule.custodians == {"B1"}
    assert rule.authors == {"d", "Practitioner/d"}
    assert not rule.actors


def test_a_reference_is_known_by_id_identifier_contained_and_directory() -> None:
    contained = [{"resourceType": "Organization", "id": "o", "identifier": [{"value": "RZZ"}]}]
    actors = [
        {"role": {"coding": [{"code": "IRCP"}]}, "reference": {"reference": name}}
        for name in ("#o", "Organization/made-up-7", "https://example.org/fhir/Practitioner/dr")
    ]
    directive = directives.read(
        {
            "resourceType": "Consent",
            "id": "c",
            "status": "active",
            "dateTime": SAID,
            "contained": contained,
            "provision": {"type": "deny", "actor": actors},
        },
        subject=1,
        version=1,
        known={
            "Organization/made-up-7": frozenset({"RYY"}),
            "Practitioner/dr": frozenset({"dr-1"}),
        },
    )
    [rule] = directive.rules
    assert rule.actors == {"RZZ", "made-up-7", "RYY", "dr", "dr-1"}


def test_single_entries_and_types_are_limits() -> None:
    datum = [{"meaning": "instance", "reference": {"reference": "Condition/7"}}]
    [rule] = read(
        provision={
            "type": "deny",
            "class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}],
            "data": datum,
        }
    ).rules
    assert rule.types == {"Condition"}
    assert rule.instances == {"Condition/7"}


def test_a_denial_of_a_listed_code_denies_its_label() -> None:
    coding = {"system": "http://snomed.info/sct", "code": "35489007"}
    [rule] = read(provision={"type": "deny", "code": [{"coding": [coding]}]}).rules
    assert rule.labels == {"PSY"}
    assert not rule.system


def test_a_permit_for_single_codes_opens_nothing_and_is_reported() -> None:
    coding = {"system": "http://snomed.info/sct", "code": "35489007"}
    directive = read(provision={"type": "permit", "code": [{"coding": [coding]}]})
    [rule] = directive.rules
    assert rule.system
    assert rule.labels == {"PSY"}
    assert directive.unreadable


def test_a_rule_about_writing_says_nothing_of_reading() -> None:
    action = [{"coding": [{"code": "collect"}]}]
    directive = read(provision={"type": "deny", "action": action})
    assert not directive.rules
    assert not directive.unreadable


def test_an_advance_decision_is_no_privacy_directive() -> None:
    directive = read(scope={"coding": [{"code": "adr"}]}, policyRule=OPTOUT)
    assert not directive.rules
    assert not directive.unreadable


@pytest.mark.parametrize(
    "status", ["inactive", "draft", "proposed", "rejected", "entered-in-error"]
)
def test_only_an_active_consent_is_in_force(status: str) -> None:
    assert not read(status=status, policyRule=OPTOUT).active


@pytest.mark.parametrize(
    "parts",
    [
        {"policyRule": OPTIN, "modifierExtension": [{"url": "x", "valueBoolean": True}]},
        {"policyRule": OPTIN, "implicitRules": "https://example.org/other-rules"},
        {"policyRule": OPTIN, "status": "sort-of"},
        {"policyRule": OPTIN, "scope": {"coding": [{"code": "unheard-of"}]}},
        {"policyRule": OPTIN, "dateTime": "yesterday"},
        {"policyRule": OPTIN, "verification": [{"modifierExtension": []}]},
        {"policyRule": OPTIN, "provision": [{"type": "permit"}]},
        {"policyRule": "OPTIN"},
        {"policyRule": {"coding": [{"code": "local-rule-9"}]}},
        {"policyRule": OPTOUT, "provision": {"type": "permit"}},
        {"policyRule": {"coding": [*OPTIN["coding"], *OPTOUT["coding"]]}},
        {"policyRule": OPTIN, "provision": {"period": {"start": "2030", "end": "2020"}}},
        {"provision": {"type": "perhaps"}},
        {"policy": [{"uri": "urn:some-policy"}]},
        {},
    ],
)
def test_what_cannot_be_read_as_a_whole_is_denied_as_a_whole(parts: dict[str, Any]) -> None:
    directive = read(**parts)
    whole = [rule for rule in directive.rules if rule.system]
    assert directive.active
    assert directive.unreadable
    assert any(not (rule.actors or rule.labels or rule.period) for rule in whole)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("actor", [{"role": {"coding": [{"code": "IRCP"}]}, "reference": {"display": "Dr Ex"}}]),
        ("actor", [HOSPITAL | {"reference": {"reference": "CareTeam/1"}}]),
        ("actor", [HOSPITAL | {"role": {"coding": [{"code": "WIZARD"}]}}]),
        ("actor", [HOSPITAL | {"modifierExtension": [{"url": "x"}]}]),
        ("actor", "RXX"),
        ("purpose", [{"system": "urn:another", "code": "TREAT"}]),
        ("purpose", [{"code": "MADEUP"}]),
        ("class", [{"system": "urn:ietf:rfc:3986", "code": "Condition"}]),
        ("code", [{"coding": [{"system": "http://loinc.org", "code": "1-2"}]}]),
        ("dataPeriod", {"start": "2014-13"}),
        ("dataPeriod", {"from": "2014"}),
        ("dataPeriod", {"start": "2014-06-02", "end": "2014-06-01"}),
        ("period", {"start": "2015", "end": "2014"}),
        ("data", [{"meaning": "related", "reference": {"reference": "Encounter/1"}}]),
        ("action", [{"coding": [{"code": "ponder"}]}]),
        ("futureLimit", True),
    ],
)
def test_an_unreadable_limit_denies_what_the_readable_ones_leave(name: str, value: object) -> None:
    child = {"type": "permit", "securityLabel": PSY, name: value}
    directive = read(policyRule=OPTIN, provision={"provision": [child]})
    base, refused = directive.rules
    assert base.permit
    assert refused.system
    assert not refused.permit
    assert "PSY" in refused.labels
    assert not refused.actors
    assert f"provision.provision[0].{name}" in directive.unreadable[0]


def test_reports_of_unreadable_parts_hold_no_value() -> None:
    secret = {
        "role": {"coding": [{"code": "Jane Secret"}]},
        "reference": {"display": "Jane Secret"},
    }
    directive = read(provision={"type": "deny", "actor": [secret]})
    assert directive.unreadable
    assert not any("Secret" in text for text in directive.unreadable)


def test_without_a_date_a_permit_is_the_oldest_and_a_denial_the_newest() -> None:
    base, exception = directives.read(
        {
            "resourceType": "Consent",
            "id": "c",
            "status": "active",
            "policyRule": OPTIN,
            "provision": {"provision": [{"type": "deny"}]},
        },
        subject=1,
        version=1,
    ).rules
    assert base.recorded == datetime(1970, 1, 1, tzinfo=UTC)
    assert exception.recorded == datetime(9999, 1, 1, tzinfo=UTC)


def test_a_period_of_one_day_is_a_period() -> None:
    [rule] = read(
        provision={"type": "deny", "period": {"start": "2014-06-01", "end": "2014-06-01"}}
    ).rules
    assert rule.period == (date(2014, 6, 1), date(2014, 6, 1))
    assert not rule.system


@pytest.mark.parametrize(
    ("said", "stored", "recorded"),
    [
        ("2024-05-06", "2024-05-07T09:00:00.000Z", datetime(2024, 5, 6, tzinfo=UTC)),
        ("2999-01-01", "2024-05-07T09:00:00.000Z", datetime(2024, 5, 7, 9, tzinfo=UTC)),
        (None, "2024-05-07T09:00:00.000Z", datetime(2024, 5, 7, 9, tzinfo=UTC)),
    ],
)
def test_nothing_was_said_after_it_was_stored(
    said: str | None, stored: str, recorded: datetime
) -> None:
    """Else a permit with a date to come would end every refusal until that date."""
    directive = read(dateTime=said, policyRule=OPTIN, meta={"lastUpdated": stored})
    assert [rule.recorded for rule in directive.rules if rule.permit] == [recorded]


JSON = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["permit", "deny", "PSY", "RXX", "2014", "active"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["coding", "code", "type", "reference", "start", "provision", "actor"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["status", "scope", "policyRule", "provision", "dateTime", "meta", "id"])
        | st.sampled_from(["contained", "other"]),
        JSON,
        max_size=5,
    )
)
def test_reading_never_raises_and_never_lets_a_fault_pass(consent: dict[str, Any]) -> None:
    directive = directives.read(consent, subject=1, version=1)
    assert bool(directive.unreadable) == any(rule.system for rule in directive.rules)
