"""The scenarios of consent.md, each from FHIR to the decision: read, label, decide."""

import json
import tomllib
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from consent import naive, strategies
from throughcare.consent import directives, labels
from throughcare.consent.decide import decide, visible
from throughcare.consent.profile import Profile
from throughcare.model.acting import CapacityFinding
from throughcare.model.decision import Atom, AuthorIs, DateWithin, Decision
from throughcare.model.directive import Directive, PersonContext
from throughcare.model.entry import EntryClass
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)

HERE = Path(__file__).parent / "scenarios"
PROFILES = {
    "O": strategies.profile(),
    "I": strategies.profile(opt_in="opt-in"),
    "N": strategies.profile(overridable="false"),
    "O, per-section": strategies.profile(warnings="per-section"),
}
ORGANISATIONS = {"nurse": "RXX", "psychiatrist": "RXX", "gp": "B99999", "paramedic": "RYY"}


def table(name: str) -> Any:  # noqa: ANN401 - TOML of four shapes
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


SCENARIOS = [
    scenario for name in ("care", "comparison", "proxies") for scenario in table(name)["scenario"]
]
CONSENTS = table("consents")["consent"] | table("proxies")["consent"]


@cache
def classes() -> dict[str, EntryClass]:
    """Classify the record as admission does, by the names of the scenarios."""
    members = {
        name: labels.Member(
            f"{resource['resourceType']}/{resource.get('id', name)}", resource, entry["custodian"]
        )
        for name, entry in table("entries")["entry"].items()
        for resource in [json.loads(entry["resource"])]
    }
    classified = labels.classify_record(members.values())
    return {name: classified[member.reference] for name, member in members.items()}


def days() -> dict[str, date | None]:
    return {name: entry.get("date") for name, entry in table("entries")["entry"].items()}


def directive(name: str) -> Directive:
    shared = {
        "resourceType": "Consent",
        "id": name,
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"coding": [{"code": "IDSCL"}]}],
        "patient": {"reference": "Patient/p"},
    }
    resource = shared | json.loads(CONSENTS[name])
    return directives.read(resource, subject=1, version=1)


def request_of(scenario: dict[str, Any]) -> Request:
    asked = scenario["request"]
    role = Role(asked["role"])
    return Request(
        actor=Actor(
            user=asked.get("user", "somebody"),
            role=role,
            organisation=asked.get("organisation", ORGANISATIONS.get(role.value, "")),
            person=strategies.PERSON if role in {Role.PATIENT, Role.PROXY} else None,
        ),
        purpose=Purpose(asked["purpose"]),
        at=datetime.combine(scenario.get("at", date(2026, 11, 24)), time(9), UTC),
        relationship=Relationship(asked.get("relationship", "no")),
        permission=Permission(asked.get("permission", "not-asked")),
        reason=Reason("in words", asked["reason"]) if "reason" in asked else None,
    )


def context_of(scenario: dict[str, Any]) -> PersonContext:
    about = scenario.get("about", {})
    found = about.get("lacking")
    return PersonContext(
        strategies.PERSON,
        tuple(directive(name) for name in scenario.get("consents", [])),
        born=about.get("born"),
        capacity=(CapacityFinding("Observation/c", lacking=True, **found),) if found else (),
        hold=about.get("hold", False),
    )


def decided(scenario: dict[str, Any], profile: Profile) -> tuple[Decision, dict[str, int]]:
    numbers = {name: number for number, name in enumerate(classes())}
    context = context_of(scenario)
    table_of_classes = {numbers[name]: cls for name, cls in classes().items()}
    return decide(request_of(scenario), context, table_of_classes, profile), numbers


def shown(decision: Decision, number: int, day: date | None) -> bool:
    atoms: set[Atom] = set()
    for clause in decision.residual.clauses:
        for atom in (*clause.holds, *clause.fails):
            if isinstance(atom, DateWithin) and naive.inside(day, (atom.low, atom.high)):
                atoms.add(atom)
            assert not isinstance(atom, AuthorIs)
    return visible(decision.residual, number, atoms)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[each["number"] for each in SCENARIOS])
def test_a_scenario_is_decided_as_the_specification_says(scenario: dict[str, Any]) -> None:
    decision, numbers = decided(scenario, PROFILES[scenario["locality"]])
    day = days()
    seen = {name for name in numbers if shown(decision, numbers[name], day[name])}
    assert set(scenario.get("see", [])) <= seen
    assert not set(scenario.get("not", [])) & seen
    assert set(scenario.get("duties", [])) <= {duty.value for duty in decision.obligations}
    assert set(scenario.get("masked", [])) <= {
        name for name in seen if numbers[name] in decision.residual.masked
    }
    if "code" in scenario:
        assert decision.code == scenario["code"]
        assert not decision.permitted
    if "hint" in scenario:
        assert decision.break_glass is scenario["hint"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[each["number"] for each in SCENARIOS])
def test_the_naive_reading_agrees_on_every_scenario(scenario: dict[str, Any]) -> None:
    profile = PROFILES[scenario["locality"]]
    decision, numbers = decided(scenario, profile)
    context = context_of(scenario)
    day = days()
    for name, cls in classes().items():
        fact = naive.Fact(cls, f"{cls.type}/{name}", day[name])
        expected = naive.seen(request_of(scenario), context, fact, profile)
        assert shown(decision, numbers[name], day[name]) == expected
