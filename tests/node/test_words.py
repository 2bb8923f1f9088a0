"""Ledger lines, switches and alerts in the words that people read."""

from datetime import UTC, datetime, timedelta

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


def test_deliveries_of_one_source_in_a_row_are_told_once_and_looks_of_others_never_are() -> None:
    load = replace(LINE, action="load", what="carehome", purpose="HOPERAT")
    other = replace(load, what="gp")
    lines = [LINE, LINE, load, load, other, load]
    told, taken = words.together((words.look(line, NAMES) for line in lines), most=40)
    assert taken is None
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


def test_what_the_reader_did_in_a_row_on_one_day_is_told_once_with_all_that_it_was() -> None:
    own = replace(LINE, user="edith", role="patient", purpose="PATRQT", action="own-record")
    looks = replace(own, action="looks")
    refused = replace(own, action="sharing", outcome="deny")
    before = replace(own, at=LINE.at - timedelta(days=1))
    lines = [own, looks, own, LINE, looks, refused, refused, before]
    told, taken = words.together((words.look(line, NAMES, "edith") for line in lines), most=40)
    assert taken is None
    assert [(line.who, line.action, line.times) for line in told] == [
        ("You", "read the record in plain words; looked at who has looked", 3),
        ("Sam Reid", "looked at the emergency summary", 1),
        ("You", "looked at who has looked", 1),
        *[("You", "asked who can see, and was not told", 1)] * 2,
        ("You", "read the record in plain words", 1),
    ]


def test_pages_of_lines_that_are_told_together_hold_each_line_once() -> None:
    own = replace(LINE, user="edith", action="own-record")
    lines = [own, own, LINE, own, LINE, LINE, own, own, own]
    told: list[int] = []
    start: int | None = 0
    while start is not None:
        shown = (words.look(line, NAMES, "edith") for line in lines[start:])
        page, taken = words.together(shown, most=2)
        assert len(page) <= 2
        told.append(sum(line.times for line in page))
        start = None if taken is None else start + taken
    assert told == [3, 2, 4]
    assert sum(told) == len(lines)
