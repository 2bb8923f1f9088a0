"""The decision table of the specification, row by row, and corners that chance seldom meets."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from consent import strategies
from throughcare.consent.decide import decide, visible
from throughcare.consent.profile import Profile, default_text, parse
from throughcare.model.decision import DateWithin, Decision, Obligation
from throughcare.model.directive import Directive, PersonContext, Rule
from throughcare.model.entry import Category, EntryClass
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
REASON = Reason("she does not answer", "cannot-be-asked")
OPT_OUT, OPT_IN = strategies.profile(), strategies.profile(opt_in="opt-in")
NORMAL = EntryClass("Condition", Category.CONDITION, custodian="B86001")
SENSITIVE = EntryClass("Condition", Category.CONDITION, frozenset({"STD"}), "B86001")
CRITICAL = EntryClass("Condition", Category.CONDITION, frozenset({"R"}), "B86001", critical=True)
SOURCE_ONLY = EntryClass("Condition", Category.CONDITION, frozenset({"SRC"}), "B86001")
PERMIT = Rule("Consent/yes", permit=True, recorded=NOW, actors=frozenset({"RXX"}))
PERMIT_LABEL = replace(PERMIT, id="Consent/std", labels=frozenset({"STD"}))
PERMIT_ALL = Rule("Consent/all", permit=True, recorded=NOW)
DENY = Rule("Consent/no", permit=False, recorded=NOW)


def said(*rules: Rule) -> PersonContext:
    directive = Directive("Consent/1", 1, 1, NOW, active=bool(rules), rules=rules)
    return PersonContext(strategies.PERSON, (directive,) if rules else ())


def asked(  # noqa: PLR0913, PLR0917 - each is a column of the table
    purpose: str,
    relationship: str = "yes",
    permission: str = "given",
    role: Role = Role.NURSE,
    organisation: str = "RXX",
    reason: Reason | None = REASON,
) -> Request:
    return Request(
        Actor("somebody", role, organisation),
        Purpose(purpose),
        NOW,
        Relationship(relationship),
        Permission(permission),
        reason,
    )


def answer(request: Request, context: PersonContext, cls: EntryClass, profile: Profile) -> str:
    """Return what the table says: ``deny``, ``permit``, or ``permit`` with its duties."""
    decision = decide(request, context, {1: cls}, profile)
    if not decision.residual.clauses:
        return "deny"
    if Obligation.TIME_BOX in decision.obligations:
        assert {Obligation.ALERT, Obligation.NOTIFY} <= decision.obligations
        return "permit+alert+notify"
    return "permit+alert" if 1 in decision.alert_on else "permit"


YES, ALERT, GLASS, NO = "permit", "permit+alert", "permit+alert+notify", "deny"

TABLE = [
    # directive, relationship, permission, entry, TREAT, ETREAT, BTG
    ((), "yes", "given", NORMAL, YES, YES, GLASS),
    ((), "yes", "not-asked", NORMAL, NO, ALERT, GLASS),
    ((), "yes", "unable", NORMAL, NO, ALERT, GLASS),
    ((), "yes", "refused", NORMAL, NO, NO, GLASS),
    ((), "yes", "refused", SENSITIVE, NO, NO, GLASS),
    ((), "no", "not-asked", NORMAL, NO, ALERT, GLASS),
    ((), "self", "not-asked", NORMAL, ALERT, ALERT, GLASS),
    ((), "yes", "given", SENSITIVE, NO, NO, GLASS),
    ((), "yes", "given", CRITICAL, NO, ALERT, GLASS),
    ((), "no", "unable", CRITICAL, NO, ALERT, GLASS),
    ((), "yes", "refused", CRITICAL, NO, NO, GLASS),
    ((PERMIT,), "no", "not-asked", NORMAL, YES, YES, GLASS),
    ((PERMIT,), "no", "refused", NORMAL, NO, NO, GLASS),
    ((PERMIT,), "yes", "given", SENSITIVE, NO, NO, GLASS),
    ((PERMIT_LABEL,), "no", "not-asked", SENSITIVE, YES, YES, GLASS),
    ((DENY,), "yes", "given", NORMAL, NO, NO, GLASS),
    ((DENY,), "yes", "given", CRITICAL, NO, NO, GLASS),
    ((), "yes", "given", SOURCE_ONLY, NO, NO, NO),
    ((PERMIT,), "yes", "given", SOURCE_ONLY, NO, NO, NO),
]


@pytest.mark.parametrize(("rules", "relationship", "permission", "cls", "t", "e", "b"), TABLE)
def test_an_opt_out_locality_answers_as_the_table_says(  # noqa: PLR0913, PLR0917 - its columns
    rules: tuple[Rule, ...],
    relationship: str,
    permission: str,
    cls: EntryClass,
    t: str,
    e: str,
    b: str,
) -> None:
    found = [
        answer(asked(purpose, relationship, permission), said(*rules), cls, OPT_OUT)
        for purpose in ("TREAT", "ETREAT", "BTG")
    ]
    assert found == [t, e, b]


@pytest.mark.parametrize(("purpose", "expected"), [("TREAT", NO), ("ETREAT", NO), ("BTG", GLASS)])
def test_an_opt_in_locality_waits_for_a_yes(purpose: str, expected: str) -> None:
    assert answer(asked(purpose), said(), NORMAL, OPT_IN) == expected


def test_a_yes_that_names_nobody_agrees_and_claims_no_relationship() -> None:
    assert answer(asked("TREAT"), said(PERMIT_ALL), NORMAL, OPT_IN) == YES
    assert answer(asked("TREAT", "no"), said(PERMIT_ALL), NORMAL, OPT_IN) == NO
    assert answer(asked("TREAT", "yes", "not-asked"), said(PERMIT_ALL), NORMAL, OPT_OUT) == NO


@pytest.mark.parametrize(("role", "purpose"), [("researcher", "HRESCH"), ("analyst", "HOPERAT")])
def test_secondary_purposes_need_a_consent_that_names_them(role: str, purpose: str) -> None:
    request = asked(purpose, role=Role(role))
    for rules in ((), (PERMIT,), (PERMIT_ALL,)):
        assert answer(request, said(*rules), NORMAL, OPT_OUT) == NO


@pytest.mark.parametrize("purpose", ["ETREAT", "BTG"])
@pytest.mark.parametrize("reason", [None, Reason(""), Reason("  ")])
def test_without_a_reason_an_emergency_is_asked_for_one(
    purpose: str, reason: Reason | None
) -> None:
    decision = decide(asked(purpose, reason=reason), said(PERMIT), {1: NORMAL}, OPT_OUT)
    assert (decision.permitted, decision.code) == (False, "reason-needed")
    assert not decision.residual.clauses


def test_a_code_is_reason_enough_for_an_emergency_and_not_for_break_glass() -> None:
    coded = Reason("", "cannot-be-asked")
    assert answer(asked("ETREAT", reason=coded), said(), NORMAL, OPT_OUT) == YES
    assert answer(asked("BTG", reason=coded), said(), NORMAL, OPT_OUT) == NO


def test_four_rules_that_drop_each_other_in_a_ring_mean_no() -> None:
    def rule(number: int, year: int, *, permit: bool, **limits: frozenset[str]) -> Rule:
        recorded = datetime(year, 1, 1, tzinfo=UTC)
        return Rule(f"Consent/{number}", permit, recorded, **limits)  # type: ignore[arg-type]

    hospital, label = frozenset({"RXX"}), frozenset({"PSY"})
    treat, kind = frozenset({"TREAT"}), frozenset({"Condition"})
    rules = (
        rule(1, 2021, permit=False, types=kind),
        rule(2, 2021, permit=True, types=kind, purposes=treat),
        rule(3, 2020, permit=False, types=kind, purposes=treat, actors=hospital),
        rule(4, 2020, permit=True, types=kind, purposes=treat, actors=hospital, labels=label),
    )
    cls = EntryClass("Condition", Category.CONDITION, label, "B86001")
    assert answer(asked("TREAT"), said(*rules), cls, OPT_OUT) == NO


def test_a_refusal_of_one_custodians_data_leaves_the_others() -> None:
    rule = Rule("Consent/1", permit=False, recorded=NOW, custodians=frozenset({"B86001"}))
    other = EntryClass("Condition", Category.CONDITION, custodian="RYY")
    decision = decide(asked("TREAT"), said(rule), {1: NORMAL, 2: other}, OPT_OUT)
    assert [clause.classes for clause in decision.residual.clauses] == [{2}]


def test_the_law_excepts_only_the_roles_that_it_names() -> None:
    wide = 'except_roles = ["paramedic", "nurse", "gp", "psychiatrist", "pharmacist"]'
    assert wide in default_text()
    narrow = parse(default_text().replace(wide, 'except_roles = ["gp"]'))
    certificate = EntryClass("Condition", Category.CONDITION, frozenset({"GRA"}), "B86001")
    assert answer(asked("BTG", role=Role.GP), said(), certificate, narrow) == GLASS
    assert answer(asked("BTG", role=Role.NURSE), said(), certificate, narrow) == NO


def test_break_glass_is_offered_only_to_who_may_ask_for_it() -> None:
    def offered(profile: Profile, **columns: Role) -> bool:
        return decide(asked("TREAT", **columns), said(DENY), {}, profile).break_glass

    assert offered(OPT_OUT)
    assert not offered(strategies.profile(overridable="false"))
    assert not offered(OPT_OUT, role=Role.RECEPTIONIST)
    without = parse(
        default_text().replace(
            '[roles.nurse]\npurposes = ["TREAT", "ETREAT", "BTG", "CAREMGT"]',
            '[roles.nurse]\npurposes = ["TREAT", "CAREMGT"]',
        )
    )
    assert not offered(without)


def test_a_label_beyond_the_cap_stays_closed_to_break_glass() -> None:
    capped = strategies.profile(beyond_cap='"STD"')
    assert answer(asked("BTG"), said(), SENSITIVE, capped) == NO
    assert answer(asked("BTG"), said(), NORMAL, capped) == GLASS
    assert answer(asked("BTG"), said(PERMIT_LABEL), SENSITIVE, capped) == GLASS


def test_a_proxy_sees_nothing_without_a_grant() -> None:
    def read(role: Role, person: int, *rules: Rule) -> Decision:
        actor = Actor("mother", role, "", person=person)
        purpose = Purpose.FAMRQT if role is Role.PROXY else Purpose.PATRQT
        return decide(Request(actor, purpose, NOW), said(*rules), {1: NORMAL}, OPT_OUT)

    names = Rule("Consent/2", permit=True, recorded=NOW, actors=frozenset({"mother"}))
    grant = replace(names, purposes=frozenset({"FAMRQT"}))
    assert read(Role.PROXY, strategies.PERSON).code == "no-grant"
    assert read(Role.PROXY, strategies.PERSON, names).code == "no-grant"
    assert read(Role.PROXY, strategies.PERSON, grant).permitted
    assert read(Role.PROXY, 99, grant).code == "no-grant"
    assert read(Role.PATIENT, 99).code == "not-own-record"


def test_a_safeguarding_hold_closes_the_record_to_a_proxy_alone() -> None:
    mother, family = frozenset({"mother"}), frozenset({"FAMRQT"})
    grant = Rule("Consent/2", permit=True, recorded=NOW, actors=mother, purposes=family)
    held = PersonContext(strategies.PERSON, said(grant).directives, hold=True)
    actor = Actor("mother", Role.PROXY, "", person=strategies.PERSON)
    decision = decide(Request(actor, Purpose.FAMRQT, NOW), held, {1: NORMAL}, OPT_OUT)
    assert (decision.permitted, decision.code, decision.rank) == (False, "hold", 2)
    assert answer(asked("TREAT"), held, NORMAL, OPT_OUT) == YES


def test_contacts_of_a_restricted_person_are_closed_to_all_but_the_person() -> None:
    contact = EntryClass("RelatedPerson", Category.CONTACT, custodian="B86001")
    restricted = PersonContext(strategies.PERSON, restricted=True)
    assert answer(asked("TREAT"), restricted, contact, OPT_OUT) == NO
    assert answer(asked("BTG"), restricted, contact, OPT_OUT) == NO
    assert answer(asked("TREAT"), said(), contact, OPT_OUT) == YES
    own = Actor("me", Role.PATIENT, "", person=strategies.PERSON)
    assert decide(Request(own, Purpose.PATRQT, NOW), restricted, {1: contact}, OPT_OUT).permitted


def test_the_system_denial_is_dropped_by_no_permit() -> None:
    broken = Rule("Consent/old", permit=False, recorded=NOW.replace(year=2000), system=True)
    assert answer(asked("TREAT"), said(broken, PERMIT), NORMAL, OPT_OUT) == NO
    assert answer(asked("ETREAT"), said(broken, PERMIT), CRITICAL, OPT_OUT) == ALERT
    assert answer(asked("ETREAT"), said(broken, DENY), CRITICAL, OPT_OUT) == NO


def test_an_entry_within_two_overlapping_periods_is_under_both_rules() -> None:
    year, summer = (date(2014, 1, 1), date(2014, 12, 31)), (date(2014, 7, 1), date(2015, 6, 30))
    rules = replace(PERMIT, data_period=year), replace(DENY, data_period=summer)
    decision = decide(asked("TREAT"), said(*rules), {1: NORMAL}, OPT_OUT)
    within = {DateWithin(*year), DateWithin(*summer)}
    assert not visible(decision.residual, 1, within)
    assert visible(decision.residual, 1, {DateWithin(*year)})
    assert not visible(decision.residual, 1, {DateWithin(*summer)})
