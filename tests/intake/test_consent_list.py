"""Consent CSV: each row a Consent that the consent room reads, or a rejection that says how."""

import pytest

from throughcare import intake
from throughcare.consent import directives
from throughcare.model.submission import Rejection, Submission

HEADER = "nhs_number,decision,scope,what,until\n"
NUMBER = "9990830169"


def units(*rows: str) -> list[Submission | Rejection]:
    found = list(intake.read("c.csv", (HEADER + "\n".join(rows)).encode()))
    return [unit for unit in found if isinstance(unit, Submission | Rejection)]


@pytest.mark.parametrize(
    ("row", "decision", "dimension", "values"),
    [
        ("deny,all,,", "deny", "labels", set()),
        ("deny,provider,RXX,", "deny", "actors", {"RXX"}),
        ("deny,category,mental-health,", "deny", "labels", {"PSY"}),
        ("deny,category,Mental Health,", "deny", "labels", {"PSY"}),
        ("permit,category,sexual-health,", "permit", "labels", {"STD", "SEX"}),
        ("permit,category,dementia,", "permit", "labels", {"COGN"}),
        ("deny,category,fertility,", "deny", "labels", {"FERT"}),
    ],
)
def test_a_row_is_one_readable_rule(
    row: str, decision: str, dimension: str, values: set[str]
) -> None:
    (found,) = units(f"{NUMBER},{row}")
    assert isinstance(found, Submission)
    directive = directives.read({**found.items[1].resource, "id": "1"}, subject=1, version=1)
    assert not directive.unreadable
    (rule,) = directive.rules
    assert rule.permit is (decision == "permit")
    assert getattr(rule, dimension) >= values
    assert bool(getattr(rule, dimension)) is bool(values)


def test_an_end_is_the_end_of_the_rule() -> None:
    (found,) = units(f"{NUMBER},permit,provider,rxx,31/12/2026")
    assert isinstance(found, Submission)
    provision = found.items[1].resource["provision"]["provision"][0]
    assert provision["period"] == {"end": "2026-12-31"}


def test_another_decision_of_the_same_scope_is_the_same_consent() -> None:
    first, second = units(f"{NUMBER},deny,all,,", f"{NUMBER},permit,all,,")
    assert isinstance(first, Submission)
    assert isinstance(second, Submission)
    assert first.items[1].full_url == second.items[1].full_url
    assert first.digest != second.digest


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("9990830160,deny,all,,", "nhs_number"),
        (f"{NUMBER},maybe,all,,", "decision"),
        (f"{NUMBER},deny,some,,", "scope"),
        (f"{NUMBER},deny,category,weather,", "what"),
        (f"{NUMBER},deny,provider,?,", "what"),
        (f"{NUMBER},deny,all,RXX,", "what"),
        (f"{NUMBER},deny,all,,soon", "until"),
    ],
)
def test_a_row_that_is_not_understood_is_rejected_with_its_column(row: str, column: str) -> None:
    (found,) = units(row)
    refused = found.stands_for if isinstance(found, Submission) else found
    assert refused is not None
    assert refused.place.at == f"line 2, column {column}"
    assert isinstance(found, Rejection) is (column == "nhs_number")


def test_the_categories_allowed_are_named() -> None:
    (found,) = units(f"{NUMBER},deny,category,weather,")
    assert isinstance(found, Submission)
    assert found.stands_for is not None
    assert "mental-health" in found.stands_for.remedy


@pytest.mark.parametrize(
    "row",
    [
        f"{NUMBER},maybe,all,,",
        f"{NUMBER},deny,some,,",
        f"{NUMBER},deny,all,,soon",
        f"{NUMBER},deny,all",
        f'{NUMBER},deny,"all,,',
    ],
)
def test_a_row_that_is_not_understood_is_a_denial_of_everything_by_the_system(row: str) -> None:
    (found,) = units(row)
    assert isinstance(found, Submission)
    directive = directives.read({**found.items[1].resource, "id": "1"}, subject=1, version=1)
    assert directive.active
    assert directive.unreadable
    (rule,) = directive.rules
    assert rule.system
    assert not rule.permit
    assert {rule.labels, rule.actors, rule.purposes} == {frozenset()}
    assert not valid_number_in(found.stands_for)


def valid_number_in(refused: Rejection | None) -> bool:
    assert refused is not None
    return NUMBER in f"{refused.place} {refused.rule} {refused.remedy}"


@pytest.mark.parametrize(
    ("row", "corrected", "is_next_version"),
    [
        ("maybe,all,,", "deny,all,,", True),
        ("deny,provider,RXX,soon", "deny,provider,RXX,2027-01-01", True),
        ("deny,category,mental-heath,", "deny,category,mental-health,", False),
    ],
)
def test_a_corrected_row_is_the_next_version_where_its_scope_was_read(
    row: str, corrected: str, *, is_next_version: bool
) -> None:
    before, after = units(f"{NUMBER},{row}", f"{NUMBER},{corrected}")
    assert isinstance(before, Submission)
    assert isinstance(after, Submission)
    assert (before.items[1].full_url == after.items[1].full_url) is is_next_version
