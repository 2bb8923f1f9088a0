import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from throughcare.consent import explain, profile
from throughcare.consent.decide import decide
from throughcare.consent.judging import Judge
from throughcare.model.directive import Directive, PersonContext, Rule
from throughcare.model.entry import Category, EntryClass
from throughcare.model.explanation import Audience
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LOCALITY = profile.parse(profile.default_text())
NURSE = Request(
    Actor("n1", Role.NURSE, "RXX"),
    Purpose.TREAT,
    NOW,
    Relationship.YES,
    Permission.GIVEN,
)
NO = Directive("Consent/1", 1, 1, NOW, active=True, rules=(Rule("Consent/1", False, NOW),))  # noqa: FBT003
PLAIN = {1: EntryClass("Condition", Category.CONDITION)}
AUDIENCES: tuple[Audience, ...] = ("staff", "person", "privacy-officer")
HIDDEN = PLAIN | {2: EntryClass("Condition", Category.CONDITION, frozenset({"R", "PSY"}))}


def codes_in_the_room() -> set[str]:
    """Return every code that a module of the consent room can decide with."""
    room = Path(explain.__file__).parent
    found = set()
    for path in room.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            values: list[ast.expr] = []
            if isinstance(node, ast.keyword) and node.arg == "code":
                values = [node.value]
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "_no":
                values = node.args[:1]
            found |= {
                leaf.value
                for value in values
                for leaf in ast.walk(value)
                if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
            }
    return found


def test_every_code_that_a_decision_can_have_has_a_text_for_staff() -> None:
    codes = codes_in_the_room()
    assert {"permit", "directive", "cap", "ask"} <= codes
    decision = decide(NURSE, PersonContext(1), PLAIN, LOCALITY)
    for code in sorted(codes):
        denied = structs.replace(decision, code=code, permitted=False)
        assert explain.explain(denied, NURSE, LOCALITY, "staff"), code
        assert explain.explain(denied, NURSE, LOCALITY, "person"), code


@pytest.mark.parametrize("directives", [(), (NO,)])
def test_staff_read_the_same_whether_or_not_something_is_hidden(
    directives: tuple[Directive, ...],
) -> None:
    context = PersonContext(1, directives)
    texts = {
        explain.explain(decide(NURSE, context, classes, LOCALITY), NURSE, LOCALITY, "staff")
        for classes in (PLAIN, HIDDEN)
    }
    assert len(texts) == 1


def test_staff_are_told_of_break_glass_only_where_it_is_theirs() -> None:
    context = PersonContext(1, (NO,))
    nurse = decide(NURSE, context, PLAIN, LOCALITY)
    assert "break the glass" in explain.explain(nurse, NURSE, LOCALITY, "staff")
    carer = structs.replace(
        NURSE, actor=Actor("c1", Role.CARE_ASSISTANT, "VM1"), purpose=Purpose.CAREMGT
    )
    decision = decide(carer, context, PLAIN, LOCALITY)
    assert "break the glass" not in explain.explain(decision, carer, LOCALITY, "staff")


def test_broken_glass_whose_time_is_over_opens_nothing_and_says_how_to_go_on() -> None:
    context = PersonContext(1, (NO,))
    broken = structs.replace(NURSE, purpose=Purpose.BTG, reason=Reason("no answer"))
    before = decide(
        structs.replace(broken, until=NOW + timedelta(seconds=1)), context, PLAIN, LOCALITY
    )
    assert before.residual.clauses
    over = structs.replace(broken, until=NOW)
    after = decide(over, context, PLAIN, LOCALITY)
    assert (after.permitted, after.code, after.residual.clauses) == (False, "expired", ())
    assert after.because == ("profile:break-glass.hours",)
    assert "same reason" in explain.explain(after, over, LOCALITY, "staff")


def test_a_no_that_a_wider_yes_did_not_open_says_how_to_open_it() -> None:
    label = frozenset({"PSY"})
    no = Rule("Consent/8", permit=False, recorded=NOW - timedelta(days=9), labels=label)
    yes = Rule("Consent/10", permit=True, recorded=NOW)
    directives = tuple(
        Directive(r.id, 1, 1, r.recorded, active=True, rules=(r,)) for r in (no, yes)
    )
    psychiatry = EntryClass("Condition", Category.CONDITION, label)
    outcome = Judge(NURSE, PersonContext(1, directives), LOCALITY).of(psychiatry, lambda _: False)
    decision = structs.replace(
        decide(NURSE, PersonContext(1, directives), PLAIN, LOCALITY),
        permitted=outcome.permit,
        rank=outcome.rank,
        because=outcome.because,
        code=outcome.code,
    )
    told = explain.explanation(decision, NURSE, LOCALITY, "person", directives=directives)
    assert not told.permitted
    assert told.choices == (
        "On 15 November 2026: nobody may see what is about mental health.",
        explain.STAYS,
    )


def test_the_person_reads_why_in_plain_words_without_ids() -> None:
    decision = decide(NURSE, PersonContext(1, (NO,)), PLAIN, LOCALITY)
    text = explain.explain(decision, NURSE, LOCALITY, "person")
    assert text == "They could not look, because of a choice that you recorded."


def test_of_nobody_who_runs_the_service_is_said_that_they_care_for_the_person() -> None:
    asked = Request(Actor("pat", Role.PRIVACY_OFFICER, ""), Purpose.HOPERAT, NOW)
    told = {1: EntryClass("Patient", Category.DEMOGRAPHICS)}
    decision = decide(asked, PersonContext(1, ()), told, LOCALITY)
    assert decision.permitted
    text = explain.explain(decision, asked, LOCALITY, "person")
    assert text == "They may look, because their work for the service needs it."
    given = explain.explain(
        decide(NURSE, PersonContext(1, ()), PLAIN, LOCALITY), NURSE, LOCALITY, "person"
    )
    assert given == "They may look, because they care for you, and you had not said no."


def test_the_privacy_officer_reads_rank_rules_and_versions() -> None:
    decision = decide(NURSE, PersonContext(1, (NO,)), PLAIN, LOCALITY)
    text = explain.explain(decision, NURSE, LOCALITY, "privacy-officer")
    for part in ("rank 5", "Consent/1", LOCALITY.version, "n1", "RXX"):
        assert part in text


def test_each_explanation_names_decision_rank_and_version_and_the_officers_the_epoch() -> None:
    context = PersonContext(1, (NO,), epoch=7)
    decision = decide(NURSE, context, PLAIN, LOCALITY)
    for audience in AUDIENCES:
        said = explain.explanation(
            decision, NURSE, LOCALITY, audience, directives=context.directives
        )
        assert not said.permitted
        assert (said.rank, said.policy_version) == (5, LOCALITY.version)
        assert said.epoch == (7 if audience == "privacy-officer" else None)
        assert said.rules
        assert said.text


def test_only_the_person_and_the_officer_are_told_which_choice_decided() -> None:
    context = PersonContext(1, (NO,))
    decision = decide(NURSE, context, PLAIN, LOCALITY)
    said = {
        audience: explain.explanation(
            decision, NURSE, LOCALITY, audience, directives=context.directives
        )
        for audience in AUDIENCES
    }
    assert said["staff"].rules == ("directive",)
    assert said["staff"].choices == ()
    for audience in ("person", "privacy-officer"):
        assert said[audience].rules == ("Consent/1",)
        assert said[audience].choices == ("On 24 November 2026: nobody may see your whole record.",)


def test_the_person_is_told_that_a_limit_of_the_controller_decided_but_not_which() -> None:
    decision = structs.replace(
        decide(NURSE, PersonContext(1), PLAIN, LOCALITY),
        permitted=False,
        rank=2,
        code="source-only",
        because=("label:SRC",),
    )
    told = explain.explanation(decision, NURSE, LOCALITY, "person")
    assert (told.rank, told.code, told.rules) == (2, "", ())
    assert "source" not in told.text.casefold()
    officer = explain.explanation(decision, NURSE, LOCALITY, "privacy-officer")
    assert officer.rules == ("label:SRC",)


def test_the_officer_reads_the_verdict_and_every_duty() -> None:
    shown = decide(NURSE, PersonContext(1), PLAIN, LOCALITY)
    refused = decide(NURSE, PersonContext(1, (NO,)), PLAIN, LOCALITY)
    idle = structs.replace(shown, obligations=frozenset())
    for decision, begin, duties in (
        (shown, "Permitted at rank", "Duties: warn."),
        (refused, "Denied at rank", "Duties: warn."),
        (idle, "Permitted at rank", "Duties: none."),
    ):
        text = explain.explain(decision, NURSE, LOCALITY, "privacy-officer")
        assert text.startswith(begin)
        assert duties in text


def test_the_person_reads_whom_a_choice_names_by_name() -> None:
    rule = Rule("Consent/1", permit=False, recorded=NOW, actors=frozenset({"RXX"}))
    directives = (Directive("Consent/1", 1, 1, NOW, active=True, rules=(rule,)),)
    decision = decide(NURSE, PersonContext(1, directives), PLAIN, LOCALITY)

    def choices(names: dict[str, str] | None) -> tuple[str, ...]:
        return explain.explanation(
            decision, NURSE, LOCALITY, "person", directives=directives, names=names
        ).choices

    assert "Airedale" in choices({"RXX": "Airedale"})[0]
    assert "RXX" in choices(None)[0]
