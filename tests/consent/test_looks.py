"""Looks that tell something themselves: how they are labelled, and what a proxy reads of looks."""

from dataclasses import replace

import pytest

from consent.test_bulk import AT, SHIPPED
from throughcare.consent import looks
from throughcare.consent.proxies import Proxies
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Actor, Purpose, Reason, Request, Role

PRIVATE = Proxies(private_looks={"CLINIC": "STD"})
RULES = replace(SHIPPED, proxies=PRIVATE, custodians={"feed": "CLINIC", "other": "RXX"})
SAFEGUARDING = Reason("in words", "safeguarding")
LINE = AuditEntry(
    *("1", AT, "read", "permit", "sara", "nurse", "RXX", "TREAT"),
    because=("Consent/1",),
    reason="in words",
)


@pytest.mark.parametrize(
    ("organisation", "reason", "expected"),
    [
        ("RXX", None, ()),
        ("RXX", Reason("in words", "other"), ()),
        ("CLINIC", None, ("STD",)),
        ("CLINIC", Reason("in words", "other"), ("STD",)),
        ("RXX", SAFEGUARDING, ("SAFEGUARDING",)),
        ("CLINIC", SAFEGUARDING, ("SAFEGUARDING", "STD")),
    ],
)
def test_a_look_is_labelled_by_its_service_and_its_reason(
    organisation: str, reason: Reason | None, expected: tuple[str, ...]
) -> None:
    actor = Actor("sara", Role.NURSE, organisation)
    request = Request(actor, Purpose.TREAT, AT, reason=reason)
    assert looks.labels(request, PRIVATE) == expected


def line(**changes: object) -> AuditEntry:
    return AuditEntry(**{name: getattr(LINE, name) for name in LINE.__struct_fields__} | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": ("SAFEGUARDING",)},
        {"role": "patient"},
        {"organisation": "CLINIC"},
        {"action": "load", "what": "CLINIC;file"},
        {"action": "load", "what": "feed;file"},
    ],
)
def test_a_proxy_reads_no_line_that_tells_of_a_private_service_or_of_the_person(
    changes: dict[str, object],
) -> None:
    assert looks.to_proxy(line(**changes), RULES) is None


@pytest.mark.parametrize(
    "changes", [{}, {"action": "load", "what": "other;feed"}, {"what": "feed;file"}]
)
def test_a_proxy_reads_other_lines_without_their_reason(changes: dict[str, object]) -> None:
    assert looks.to_proxy(line(**changes), RULES) == line(reason="", because=(), **changes)


@pytest.mark.parametrize(
    ("changes", "is_theirs"),
    [
        ({}, True),
        ({"action": "summary"}, True),
        ({"action": "search"}, False),
        ({"outcome": "deny"}, False),
        ({"user": "tom"}, False),
        ({"role": "gp"}, False),
    ],
)
def test_a_line_is_of_whoever_looked_in_this_role_and_was_shown(
    changes: dict[str, object],
    is_theirs: bool,  # noqa: FBT001 - expected
) -> None:
    actor = Actor("sara", Role.NURSE, "ELSEWHERE")
    assert looks.is_by(line(**changes), actor, frozenset({"read", "summary"})) is is_theirs
