"""The scenarios of consent.md, each from FHIR to the decision: read, label, decide."""

from datetime import date
from functools import cache

import pytest

from consent import naive
from consent.cases import (
    CASES,
    ENTRIES,
    PROFILES,
    Case,
    context_of,
    listed,
    request_of,
    resource_of,
    table,
)
from house.repository import ROOT
from throughcare.consent import counts, labels
from throughcare.consent.decide import decide, visible
from throughcare.consent.profile import Profile
from throughcare.model.decision import Atom, AuthorIs, DateWithin, Decision
from throughcare.model.entry import EntryClass


@cache
def classes() -> dict[str, EntryClass]:
    """Classify the record as admission does, by the names of the scenarios."""
    members = {
        name: labels.Member(
            f"{resource['resourceType']}/{resource.get('id', name)}", resource, entry["custodian"]
        )
        for name, entry in ENTRIES.items()
        for resource in [resource_of(name)]
    }
    classified = labels.classify_record(members.values())
    return {name: classified[member.reference] for name, member in members.items()}


def days() -> dict[str, date | None]:
    return {name: entry.get("date") for name, entry in ENTRIES.items()}


def decided(scenario: Case, profile: Profile) -> tuple[Decision, dict[str, int]]:
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


@pytest.mark.parametrize("scenario", CASES, ids=[each["number"] for each in CASES])
def test_a_scenario_is_decided_as_the_specification_says(scenario: Case) -> None:
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


@pytest.mark.parametrize("scenario", CASES, ids=[each["number"] for each in CASES])
def test_the_naive_reading_agrees_on_every_scenario(scenario: Case) -> None:
    profile = PROFILES[scenario["locality"]]
    decision, numbers = decided(scenario, profile)
    context = context_of(scenario)
    day = days()
    for name, cls in classes().items():
        fact = naive.Fact(cls, f"{cls.type}/{name}", day[name])
        expected = naive.seen(request_of(scenario), context, fact, profile)
        assert shown(decision, numbers[name], day[name]) == expected


@pytest.mark.parametrize(
    "scenario", [each for each in CASES if "figures" in each], ids=lambda each: each["number"]
)
def test_a_scenario_of_figures_shows_them_as_it_says(scenario: Case) -> None:
    assert counts.refusal(request_of(scenario), PROFILES[scenario["locality"]]) == ""
    for people, expected in scenario["figures"]:
        count = counts.shown(people)
        assert ("*" if count is None else str(count)) == expected


def test_the_document_lists_every_scenario_as_the_case_files_have_it() -> None:
    document = (ROOT / "docs" / "consent" / "scenarios.md").read_text(encoding="utf-8")
    assert listed() in document, "print the list anew: PYTHONPATH=tests python -m consent.cases"


def test_every_number_of_the_specification_is_a_case_or_says_what_it_takes() -> None:
    numbers: list[str] = table("numbers")["numbers"]
    later: dict[str, dict[str, str]] = table("numbers")["later"]
    cases = [case["number"] for case in CASES]
    assert len(set(cases)) == len(cases)
    assert [number for number in numbers if number not in cases] == list(later)
    assert {number.partition(",")[0] for number in cases} == set(numbers) - set(later)
    document = (ROOT / "docs" / "consent" / "scenarios.md").read_text(encoding="utf-8")
    for number, each in later.items():
        assert f"| {number} | {each['story']} | {each['takes']} |" in document
