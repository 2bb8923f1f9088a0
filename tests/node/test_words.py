"""Ledger lines, switches and alerts in the words that people read."""

from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import replace

from throughcare.app import words
from throughcare.consent.choices import SWITCHES
from throughcare.model.audit import AuditEntry

LINE = AuditEntry(
    id="1",
    at=datetime(2026, 11, 24, 14, 5, tzinfo=UTC),
    action="summary",
    outcome="permit",
    user="sreid",
    role="paramedic",
    organisation="RX8",
    purpose="ETREAT",
)
NAMES = {"sreid": "Sam Reid"}


def test_a_look_is_told_by_name_and_one_s_own_as_you() -> None:
    assert words.look(LINE, NAMES).who == "Sam Reid"
    own = words.look(LINE, NAMES, "sreid")
    assert (own.who, own.role) == ("You", "")


def test_a_user_without_a_name_is_told_by_id() -> None:
    assert words.look(msgspec.structs.replace(LINE, user="elsewhere"), NAMES, "").who == "elsewhere"


@pytest.mark.parametrize("action", sorted(words.REFUSED))
def test_nobody_is_said_to_have_seen_what_was_refused(action: str) -> None:
    told = words.look(msgspec.structs.replace(LINE, action=action, outcome="deny"), NAMES)
    assert told.refused
    assert told.action.startswith(("asked", "searched", "tried"))
    assert "not" in told.action or "nothing" in told.action


def test_only_a_switch_of_the_sensitive_set_is_kept_back() -> None:
    sensitive = frozenset({"STD", "TERM"})
    kept = {
        key
        for key, switch in SWITCHES.items()
        if words.choice(switch, sensitive, shared=True).kept_back
    }
    assert kept == {"sexual-health"}


def test_deliveries_of_one_source_in_a_row_are_told_once_and_looks_never_are() -> None:
    load = replace(LINE, action="load", what="carehome", purpose="HOPERAT")
    other = replace(load, what="gp")
    lines = [LINE, LINE, load, load, other, load]
    told = words.together(words.look(line, NAMES) for line in lines)
    assert [(line.who, line.times) for line in told] == [
        *[("Sam Reid", 1)] * 2,
        ("Delivery: care home", 2),
        ("Delivery: GP", 1),
        ("Delivery: care home", 1),
    ]
    assert sum(line.times for line in told) == len(lines)


@pytest.mark.parametrize("action", ["alert", "reviews", "match", "export"])
def test_what_is_done_to_many_records_at_once_is_told_in_words_too(action: str) -> None:
    told = words.look(msgspec.structs.replace(LINE, action=action), NAMES, "reader")
    assert " " in told.action


def test_broken_glass_is_told_in_plain_words() -> None:
    told = words.look(msgspec.structs.replace(LINE, purpose="BTG"), NAMES, "reader")
    assert told.overridden
    assert told.ground == "with a reason, without asking"
