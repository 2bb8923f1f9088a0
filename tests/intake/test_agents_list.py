"""A register of who acts for whom, as CSV."""

import pytest

from throughcare import intake
from throughcare.consent import bearings, directives
from throughcare.intake.recognition import Format, Recognised, recognise
from throughcare.model.acting import Right
from throughcare.model.submission import Rejection, Submission

HEAD = "nhs_number,what,account,name,since,until,reviewed,state\n"
ROWS = (
    "9990000018,parental-responsibility,sara,Sara Khan,2024-01-01,,01/06/2026,\n"
    "9990000018,lacks-capacity,,Dr Green,2026-10-01,2027-04-01,,\n"
    "9990000018,safeguarding-hold,,,no date,,,active\n"
)


def read(text: str) -> list[Submission | Rejection]:
    return [
        found
        for found in intake.read("acting.csv", (HEAD + text).encode())
        if isinstance(found, Submission | Rejection)
    ]


def test_the_columns_of_a_register_are_recognised() -> None:
    found = recognise("x.csv", (HEAD + ROWS).encode())
    assert isinstance(found, Recognised)
    assert (found.format, found.source) == (Format.AGENTS, "acting")


def test_each_row_is_what_the_decision_reads() -> None:
    right, finding, hold = read(ROWS)
    assert isinstance(right, Submission)
    assert isinstance(finding, Submission)
    assert isinstance(hold, Submission)
    (rule,) = directives.read(right.items[1].resource, subject=1, version=1).rules
    assert (rule.right, rule.actors) == (Right.PARENTAL, frozenset({"sara"}))
    assert str(rule.reviewed) == "2026-06-01"
    found = bearings.capacity(finding.items[1].resource)
    assert found is not None
    assert (found.lacking, str(found.until)) == (True, "2027-04-01")
    assert bearings.holds(hold.items[1].resource)


def test_a_later_row_of_the_same_right_is_its_next_version_and_can_end_it() -> None:
    first, last = read("9990000018,deputy,omar,,,,,\n9990000018,deputy,omar,,,,,ended\n")
    assert isinstance(first, Submission)
    assert isinstance(last, Submission)
    assert first.items[1].full_url == last.items[1].full_url
    assert last.items[1].resource["status"] == "inactive"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("9990000019,deputy,omar,,,,,", "nhs_number"),
        ("9990000018,aunt,omar,,,,,", "what"),
        ("9990000018,deputy,,,,,,", "account"),
        ("9990000018,deputy,omar,,,someday,,", "until"),
        ("9990000018,deputy,omar,,,,,asleep", "state"),
        ("9990000018,lacks-capacity,,,2026-10-01,,,", "until"),
        ("9990000018,has-capacity,,,,,,", "since"),
    ],
)
def test_a_row_that_cant_be_read_opens_nothing_and_names_its_column(row: str, column: str) -> None:
    (found,) = read(row + "\n")
    assert isinstance(found, Rejection)
    assert found.place.at == f"line 2, column {column}"
