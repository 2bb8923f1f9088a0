from datetime import UTC, date, datetime
from typing import Any

import pytest

from throughcare.consent import directives, wording
from throughcare.consent.choices import SWITCHES, refusal
from throughcare.model.directive import Rule, Told

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
NAMES = {"RXX": "Airedale hospital", "smith": "Dr Smith"}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule("C", False, AT), "nobody may see your whole record."),  # noqa: FBT003
        (Rule("C", True, AT), "everybody who cares for you may see your whole record."),  # noqa: FBT003
        (
            Rule("C", permit=True, recorded=AT, actors=frozenset({"RXX"})),
            "Airedale hospital may see your whole record.",
        ),
        (
            Rule("C", permit=False, recorded=AT, labels=frozenset({"PSY", "MH", "PSYTHPN"})),
            "nobody may see what is about mental health.",
        ),
        (
            Rule(
                "C",
                permit=False,
                recorded=AT,
                actors=frozenset({"RXX&role:nurse", "smith"}),
                purposes=frozenset({"TREAT", "ETREAT", "BTG"}),
            ),
            "a nurse at Airedale hospital or Dr Smith may not see your whole record for your care.",
        ),
        (
            Rule(
                "C",
                permit=False,
                recorded=AT,
                types=frozenset({"DocumentReference"}),
                labels=frozenset({"STD"}),
                custodians=frozenset({"RYY"}),
                data_period=(date(2014, 1, 1), None),
            ),
            "nobody may see letters about sexual health from RYY dated from 1 January 2014.",
        ),
        (
            Rule("C", permit=True, recorded=AT, period=(None, date(2026, 12, 31))),
            "everybody who cares for you may see your whole record until 31 December 2026.",
        ),
    ],
)
def test_a_rule_is_said_in_plain_words(rule: Rule, said: str) -> None:
    assert wording.sentence(rule, NAMES) == f"On 1 June 2026: {said}"


def test_a_code_without_a_plain_name_is_told_rather_than_left_out() -> None:
    rule = Rule("C", permit=False, recorded=AT, labels=frozenset({"XYZ"}), types=frozenset({"Foo"}))
    assert "Foo about XYZ" in wording.sentence(rule, {})


def test_what_could_not_be_read_says_that_it_stays_at_no() -> None:
    rule = Rule("C", permit=False, recorded=AT, system=True)
    assert "could not be read" in wording.sentence(rule, {})


@pytest.mark.parametrize("key", SWITCHES)
def test_every_switch_that_is_off_reads_as_one_sentence(key: str) -> None:
    consent = {"id": "1", **refusal(SWITCHES[key], "Patient/1", AT)}
    read = directives.read(consent, subject=1, version=1)
    said = wording.sentences([read], [rule.id for rule in read.rules], {})
    assert len(said) == 1
    assert "nobody may see" in said[0]


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        ({"instances": {"Condition/a"}}, "one entry"),
        ({"instances": {"Condition/a", "Condition/b"}}, "2 single entries"),
        ({"custodians": {"RYY"}}, "what is recorded from RYY"),
        ({"authors": {"smith"}}, "what is recorded from Dr Smith"),
        ({"data_period": (date(2014, 1, 1), None)}, "what is recorded dated from 1 January 2014"),
        ({"data_period": (None, date(2014, 1, 1))}, "what is recorded dated up to 1 January 2014"),
        (
            {"data_period": (date(2014, 1, 1), date(2014, 1, 2))},
            "what is recorded dated 1 January 2014 to 2 January 2014",
        ),
        ({"data_period": (None, None)}, "your whole record"),
        ({"labels": {"X", "Y"}}, "what is about X or Y"),
        ({"labels": {"X", "Y", "Z"}}, "what is about X, Y or Z"),
        ({"period": (date(2014, 1, 1), None)}, "your whole record from 1 January 2014"),
        ({}, "your whole record"),
    ],
)
def test_each_limit_is_said(limits: dict[str, Any], what: str) -> None:
    named = {
        name: frozenset(value) if isinstance(value, set) else value
        for name, value in limits.items()
    }
    rule = Rule("C", permit=False, recorded=AT, **named)
    assert wording.sentence(rule, NAMES) == f"On 1 June 2026: nobody may see {what}."


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ({}, True),
        ({"system": True}, True),
        ({"lasting": (None, AT)}, True),
        ({"system": True, "lasting": (AT, None)}, False),  # it is ours: theirs is stale
    ],
)
def test_who_told_of_a_rule_is_said_unless_it_is_that_what_they_told_is_stale(
    more: dict[str, Any], *, is_told: bool
) -> None:
    said = wording.told(Rule("C", permit=False, recorded=AT, **more), Told("RXX", 1, AT, AT), NAMES)
    assert said.startswith("Airedale hospital told us on 1 June 2026: ") is is_told
