"""Whom a snapshot names, as it leaves one node and as it binds at another."""

from dataclasses import replace
from datetime import date
from typing import Any

from consent.cases import consent
from consent.test_snapshots import actor, rules, saying
from throughcare.consent import directives, snapshots

KNOWN = {"Organization/7": frozenset({"RXX"})}
ENTRY = actor(reference="Organization/7")
NAMED = actor(identifier={"value": "RXX"})
OPTOUT = {"code": "OPTOUT"}


def left(provision: dict[str, Any], *rule: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
    """Return the provision of a Consent of these codes of ``policyRule`` as it leaves."""
    said = saying(provision, policyRule={"coding": list(rule)})
    return snapshots.outgoing(said, KNOWN)["provision"]


def test_a_permit_to_an_account_in_a_role_opens_nothing_here() -> None:
    permit = consent("permit-psychiatrist")
    (one,) = permit["provision"]["actor"]
    for value, found in (("RXX", ["RXX&role:psychiatrist"]), ("dr-ex", [])):
        told = permit | {
            "provision": permit["provision"]
            | {"actor": [one | {"reference": {"identifier": {"value": value}}}]}
        }
        assert [token for rule in rules(told) for token in rule.actors] == found


def test_a_choice_of_which_one_rule_lasts_is_in_force() -> None:
    read = directives.read(consent("deny-all-2024"), subject=1, version=1)
    (rule,) = read.rules
    ended = replace(rule, period=(None, date(2026, 1, 1)))
    both = replace(read, rules=(ended, rule))
    assert snapshots.is_in_force(both, date(2026, 11, 24))
    assert not snapshots.is_in_force(replace(read, rules=(ended,)), date(2026, 11, 24))


def test_a_root_says_no_where_one_of_the_codes_of_its_rule_does() -> None:
    assert left({"actor": [ENTRY]}, {"code": "local"}, OPTOUT)["actor"] == [NAMED]
    assert left({"actor": [ENTRY]}, {"code": "local"})["actor"] == [ENTRY]


def test_only_a_root_has_its_type_from_the_rule() -> None:
    inner = left({"provision": [{"actor": [ENTRY]}]}, OPTOUT)["provision"]
    assert [each["actor"] for each in inner] == [[ENTRY]]
