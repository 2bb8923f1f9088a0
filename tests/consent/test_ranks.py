"""Each refusal and each yes names its rank, its code and the rule that it rests on."""

from dataclasses import replace
from datetime import date

import pytest
from msgspec import structs

from consent import strategies
from consent.test_decision_table import DENY, PERMIT, PERMIT_ALL, PERMIT_LABEL, asked, said
from throughcare.consent.asked import Outcome, ask
from throughcare.consent.decide import decide, decide_directory, ordinary_class
from throughcare.consent.profile import LegalDenial, RoleView
from throughcare.consent.ranks import rank
from throughcare.consent.scope import covers_class
from throughcare.consent.uses import Uses
from throughcare.consent.verdict import Verdict
from throughcare.model.directive import PersonContext, Rule
from throughcare.model.entry import Category, EntryClass
from throughcare.model.permit import Basis, LegalPermit
from throughcare.model.request import Purpose, Reason, Request, Role

OPT_OUT, OPT_IN = strategies.profile(), strategies.profile(opt_in="opt-in")
EXCEPTED = LegalDenial(
    "GRA",
    "an act",
    "an order",
    frozenset({Purpose.BTG}),
    frozenset({Role.NURSE}),
    frozenset({"cannot-be-asked"}),
)
LAWFUL = replace(OPT_OUT, law=(EXCEPTED,))
NOBODY = Verdict()


def entry(*labels: str, critical: bool = False, kind: Category = Category.CONDITION) -> EntryClass:
    return EntryClass("Condition", kind, frozenset(labels), "B86001", critical=critical)


def own() -> Request:
    request = asked("PATRQT", role=Role.PATIENT, organisation="")
    return structs.replace(request, actor=replace(request.actor, person=strategies.PERSON))


def proxy() -> Request:
    request = asked("FAMRQT", role=Role.PROXY, organisation="")
    return structs.replace(request, actor=replace(request.actor, person=strategies.PERSON))


def no(at: int, code: str, *because: str) -> Outcome:
    return Outcome(permit=False, rank=at, code=code, because=because)


def yes(at: int, *because: str, alert: bool = False) -> Outcome:
    return Outcome(permit=True, rank=at, code="permit", because=because, alert=alert)


PLACE = entry(kind=Category.CONTACT)
DIRECTORY = entry(kind=Category.DIRECTORY)
PERSONAL = said()
RESTRICTED = replace(PERSONAL, restricted=True)
UNREADABLE = Verdict(unreadable=("Consent/broken",))
UNREADABLE_BESIDE_YES = Verdict(unreadable=("Consent/broken",), permits=(PERMIT_ALL,))
CASES = [
    # rank 0
    (asked("CAREMGT", role=Role.CARE_ASSISTANT), entry(), OPT_OUT, PERSONAL, NOBODY,
     no(0, "role", "profile:roles.care-assistant")),
    (asked("TREAT"), DIRECTORY, OPT_OUT, PERSONAL, NOBODY, no(0, "role", "profile:roles.nurse")),
    # rank 1
    (asked("TREAT"), entry("GRA"), LAWFUL, PERSONAL, NOBODY, no(1, "law", "profile:law.GRA")),
    (asked("BTG", role=Role.GP), entry("GRA"), LAWFUL, PERSONAL, NOBODY,
     no(1, "law", "profile:law.GRA")),
    (asked("BTG", reason=Reason("words", "other")), entry("GRA"), LAWFUL, PERSONAL, NOBODY,
     no(1, "law", "profile:law.GRA")),
    (asked("BTG", reason=None), entry("GRA"), LAWFUL, PERSONAL, NOBODY,
     no(1, "law", "profile:law.GRA")),
    (asked("BTG"), entry("GRA"), LAWFUL, PERSONAL, NOBODY, yes(4, "break-glass", alert=True)),
    # rank 2
    (own(), entry("NOPAT"), OPT_OUT, PERSONAL, NOBODY, no(2, "not-for-patient", "label:NOPAT")),
    (own(), entry("THIRD", "NOPAT"), OPT_OUT, PERSONAL, NOBODY,
     no(2, "not-for-patient", "label:NOPAT", "label:THIRD")),
    (proxy(), entry("THIRD"), OPT_OUT, PERSONAL, NOBODY, no(2, "not-for-patient", "label:THIRD")),
    (asked("TREAT"), entry("SRC"), OPT_OUT, PERSONAL, NOBODY, no(2, "source-only", "label:SRC")),
    (asked("TREAT", organisation=""), entry("SRC"), OPT_OUT, PERSONAL, NOBODY,
     no(2, "source-only", "label:SRC")),
    (asked("BTG"), entry("LOCATION"), OPT_OUT, PERSONAL, NOBODY,
     no(2, "location", "label:LOCATION")),
    (asked("BTG"), PLACE, OPT_OUT, RESTRICTED, NOBODY, no(2, "location", "restricted-person")),
    (asked("TREAT", organisation="B86001"), entry("SRC"), OPT_OUT, PERSONAL, NOBODY,
     yes(6, "profile:opt-out")),
    # rank 3
    (own(), entry("SRC", "GRA"), LAWFUL, PERSONAL, Verdict(dissent=("a",)),
     yes(3, "profile:own-record")),
    # rank 4
    (asked("BTG"), entry("STD"), OPT_OUT, PERSONAL, Verdict(dissent=("a",)),
     yes(4, "break-glass", alert=True)),
    (asked("BTG"), entry("STD"), replace(OPT_OUT, beyond_cap=frozenset({"STD"})), PERSONAL, NOBODY,
     no(6, "cap", "profile:break-glass.beyond-cap")),
    (asked("BTG"), entry(), replace(OPT_OUT, dissent_overridable=False), PERSONAL,
     Verdict(dissent=("a",)), no(5, "directive", "a")),
    (asked("BTG"), entry(), replace(OPT_OUT, dissent_overridable=False), PERSONAL, UNREADABLE,
     yes(4, "break-glass", alert=True)),
    # rank 5
    (asked("TREAT"), entry(), OPT_OUT, PERSONAL, Verdict(dissent=("a",)), no(5, "directive", "a")),
    (asked("TREAT"), entry(), OPT_OUT, PERSONAL, UNREADABLE,
     no(5, "unreadable-consent", "Consent/broken")),
    (asked("ETREAT"), entry(critical=True), OPT_OUT, PERSONAL, UNREADABLE,
     yes(5, "profile:critical-set", alert=True)),
    (asked("ETREAT", permission="refused"), entry(critical=True), OPT_OUT, PERSONAL, UNREADABLE,
     no(5, "unreadable-consent", "Consent/broken")),
    (asked("TREAT"), entry(critical=True), OPT_OUT, PERSONAL, UNREADABLE,
     no(5, "unreadable-consent", "Consent/broken")),
    (asked("ETREAT"), entry(critical=True), OPT_IN, PERSONAL, UNREADABLE,
     no(5, "unreadable-consent", "Consent/broken")),
    (asked("ETREAT"), entry(critical=True), OPT_IN, PERSONAL, UNREADABLE_BESIDE_YES,
     yes(5, "profile:critical-set", alert=True)),
    (asked("ETREAT"), entry(), OPT_IN, PERSONAL, UNREADABLE_BESIDE_YES,
     no(5, "unreadable-consent", "Consent/broken")),
    (asked("TREAT", "no"), entry(), OPT_OUT, PERSONAL, Verdict(permits=(PERMIT,)),
     yes(5, PERMIT.id)),
    (asked("TREAT", "no"), entry("STD"), OPT_OUT, PERSONAL, Verdict(permits=(PERMIT_LABEL,)),
     yes(5, PERMIT_LABEL.id)),
    (proxy(), entry(), OPT_OUT, PERSONAL, NOBODY, no(6, "no-grant", "profile:proxy")),
    # rank 6
    (asked("TREAT", permission="refused"), entry(), OPT_OUT, PERSONAL, Verdict(permits=(PERMIT,)),
     no(6, "refused", "profile:permission-refused")),
    (asked("TREAT"), entry(), OPT_IN, PERSONAL, NOBODY, no(6, "opt-in", "profile:opt-in")),
    (asked("TREAT"), entry(), OPT_IN, PERSONAL, Verdict(permits=(PERMIT_ALL,)),
     yes(6, "profile:opt-in")),
    (asked("TREAT"), entry("STD"), OPT_OUT, PERSONAL, NOBODY,
     no(6, "sensitive", "profile:sensitive-set")),
    (asked("ETREAT"), entry("R", critical=True), OPT_OUT, PERSONAL, NOBODY,
     yes(6, "profile:critical-set", alert=True)),
    (asked("ETREAT"), entry(), OPT_OUT, PERSONAL, NOBODY, yes(6, "profile:emergency")),
    (asked("ETREAT", "no"), entry(), OPT_OUT, PERSONAL, NOBODY,
     yes(6, "profile:emergency", alert=True)),
    (asked("ETREAT", permission="unable"), entry(), OPT_OUT, PERSONAL, NOBODY,
     yes(6, "profile:emergency", alert=True)),
    (asked("TREAT", "no"), entry(), OPT_OUT, PERSONAL, NOBODY,
     no(6, "no-relationship", "profile:relationship")),
    (asked("TREAT", "self"), entry(), OPT_OUT, PERSONAL, NOBODY,
     yes(6, "profile:self-claimed-relationship", alert=True)),
    (asked("TREAT", permission="not-asked"), entry(), OPT_OUT, PERSONAL, NOBODY,
     no(6, "ask", "profile:permission-not-asked")),
    (asked("TREAT", permission="unable"), entry(), OPT_OUT, PERSONAL, NOBODY,
     no(6, "use-etreat", "profile:permission-unable")),
    (asked("TREAT"), entry(), OPT_OUT, PERSONAL, NOBODY, yes(6, "profile:opt-out")),
    (asked("HRESCH", role=Role.RESEARCHER), entry(), OPT_OUT, PERSONAL, NOBODY,
     no(6, "purpose", "profile:secondary-purpose")),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "cls", "profile", "context", "verdict", "expected"), CASES)
def test_the_rank_that_decides_says_so(  # noqa: PLR0913, PLR0917 - each is a column of the table
    request_: Request,
    cls: EntryClass,
    profile: strategies.Profile,
    context: PersonContext,
    verdict: Verdict,
    expected: Outcome,
) -> None:
    assert rank(ask(request_, context, profile), cls, verdict) == expected


def test_the_table_knows_every_rank() -> None:
    assert {case[-1].rank for case in CASES} == set(range(7))


def permit(basis: Basis, **more: frozenset[str]) -> LegalPermit:
    return LegalPermit(
        "1", basis, "a provision", "somebody", frozenset({"RXX"}), frozenset({"HRESCH"}),
        date(2026, 1, 1), date(2026, 12, 31), **more,
    )  # fmt: skip


RESEARCH = ask(asked("HRESCH", role=Role.RESEARCHER), PERSONAL, OPT_OUT)


def test_a_statute_opens_at_rank_1_and_support_at_rank_6_what_they_name() -> None:
    statute = structs.replace(RESEARCH, uses=Uses(statutes=(permit(Basis.STATUTE),)))
    support = structs.replace(RESEARCH, uses=Uses(supports=(permit(Basis.SUPPORT),)))
    refused = Verdict(dissent=("a",))
    assert rank(statute, entry(), refused) == yes(1, "permit:1")
    assert rank(statute, entry("STD"), NOBODY) == no(6, "purpose", "profile:secondary-purpose")
    assert rank(support, entry(), NOBODY) == yes(6, "permit:1")
    assert rank(support, entry(), refused) == no(5, "directive", "a")
    objected = structs.replace(support, uses=replace(support.uses, objected=frozenset({"B86001"})))
    assert rank(objected, entry(), NOBODY) == no(6, "purpose", "profile:secondary-purpose")
    waiting = structs.replace(support, profile=OPT_IN)
    assert rank(waiting, entry(), NOBODY) == no(6, "purpose", "profile:secondary-purpose")


OBSERVATION = EntryClass("Observation", Category.TEST_RESULT, frozenset(), "B86001")
REPORT = EntryClass("DiagnosticReport", Category.TEST_RESULT, frozenset(), "B86001")
CLASSES = {1: OBSERVATION, 2: REPORT, 3: replace(REPORT, custodian="RYY")}


def shown(*rules: Rule) -> set[int]:
    clauses = decide(asked("TREAT"), said(*rules), CLASSES, OPT_OUT).residual.clauses
    return {n for each in clauses if not each.holds + each.fails for n in each.classes}


def test_entries_of_one_kind_are_told_apart_by_what_a_rule_names() -> None:
    assert shown() == {1, 2, 3}
    assert shown(replace(DENY, types=frozenset({"Observation"}))) == {2, 3}
    assert shown(replace(DENY, types=frozenset({"Observation"})), PERMIT_ALL) == {2, 3}
    assert shown(replace(DENY, custodians=frozenset({"RYY"}))) == {1, 2}
    assert shown(replace(DENY, instances=frozenset({"Observation/a"}))) == {2, 3}


def directory(*labels: str, kind: Category = Category.DIRECTORY, by: str = "RYY") -> EntryClass:
    return EntryClass("Organization", kind, frozenset(labels), by)


DIRECTORIES = {
    1: directory(),
    2: directory("SRC"),
    3: directory("LOCATION"),
    4: directory("R"),
    5: directory("SRC", by="RXX"),
    6: directory(kind=Category.LETTER),
    7: directory("SRC", by=""),
}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (asked("TREAT"), {1, 5}),
        (asked("TREAT", organisation=""), {1}),
        (asked("HRESCH"), set()),
    ],
)
def test_what_is_nobodys_is_seen_by_all_but_what_its_source_keeps(
    request_: Request, expected: set[int]
) -> None:
    clauses = decide_directory(request_, DIRECTORIES, OPT_OUT).clauses
    assert {number for each in clauses for number in each.classes} == expected
    assert len(clauses) == (1 if expected else 0)


def test_a_role_that_sees_no_conditions_is_answered_by_what_it_does_see() -> None:
    carer = asked("CAREMGT", role=Role.CARE_ASSISTANT)
    decision = decide(carer, PERSONAL, {1: entry(kind=Category.DIET)}, OPT_OUT)
    assert (decision.permitted, decision.rank) == (True, 6)


@pytest.mark.parametrize(
    ("labels", "named", "opens"),
    [
        ({"R"}, set(), False),
        ({"R"}, {"R"}, True),
        ({"R"}, {"PSY"}, False),
        ({"R", "PSY"}, {"PSY"}, True),
        ({"R", "PSY"}, {"R"}, True),
        ({"STD"}, {"PSY"}, False),
        ({"STD", "TERM"}, {"STD"}, False),
        ({"STD", "TERM"}, {"STD&TERM"}, True),
        ({"PSY"}, set(), True),
    ],
)
def test_a_permit_opens_the_sensitive_set_only_where_it_names_the_label(
    labels: set[str],
    named: set[str],
    opens: bool,  # noqa: FBT001 - a column of the table
) -> None:
    said_yes = Verdict(permits=(replace(PERMIT, labels=frozenset(named)),))
    found = rank(ask(asked("TREAT"), PERSONAL, OPT_OUT), entry(*labels), said_yes)
    assert found == (yes(5, PERMIT.id) if opens else no(6, "sensitive", "profile:sensitive-set"))


GRANT = replace(PERMIT, actors=frozenset({"somebody"}), purposes=frozenset({"FAMRQT"}))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (GRANT, yes(5, GRANT.id)),
        (replace(GRANT, actors=frozenset({"somebody-else"})), no(6, "no-grant", "profile:proxy")),
        (replace(GRANT, purposes=frozenset()), no(6, "no-grant", "profile:proxy")),
    ],
)
def test_a_proxy_reads_by_a_grant_that_names_the_account_and_nothing_else(
    rule: Rule, expected: Outcome
) -> None:
    assert rank(ask(proxy(), PERSONAL, OPT_OUT), entry(), Verdict(permits=(rule,))) == expected


ALLERGY = EntryClass(
    "AllergyIntolerance",
    Category.ALLERGY,
    custodian="B86001",
    critical=True,
    episode=frozenset({"STD"}),
)
DENY_LABEL = replace(DENY, labels=frozenset({"STD"}))


@pytest.mark.parametrize(
    ("rules", "is_masked"),
    [
        ((), True),
        ((PERMIT_LABEL,), False),
        ((replace(PERMIT_LABEL, data_period=(date(2014, 1, 1), None)),), True),
        ((DENY_LABEL,), True),
        ((PERMIT_LABEL, DENY), None),
    ],
)
def test_an_episode_is_masked_unless_a_rule_about_its_label_opens_it(
    rules: tuple[Rule, ...],
    is_masked: bool | None,  # noqa: FBT001 - None: nothing is seen at all
) -> None:
    residual = decide(asked("TREAT"), said(*rules), {1: ALLERGY}, OPT_OUT).residual
    assert bool(residual.clauses) is (is_masked is not None)
    assert residual.masked == (frozenset({1}) if is_masked else frozenset())


def test_normal_is_what_has_no_level_above_it() -> None:
    normal = replace(DENY, labels=frozenset({"N"}))
    assert covers_class(normal, entry())
    assert covers_class(normal, entry("PSY"))
    assert not covers_class(normal, entry("R", "PSY"))
    assert not covers_class(normal, entry("V"))


def test_a_critical_entry_is_opened_by_the_rules_about_itself() -> None:
    unknown = asked("TREAT", "no")
    residual = decide(unknown, said(PERMIT), {1: ALLERGY}, OPT_OUT).residual
    assert [each.classes for each in residual.clauses] == [frozenset({1})]
    assert not decide(unknown, said(), {1: ALLERGY}, OPT_OUT).residual.clauses


def test_a_no_to_what_is_normal_counts_for_a_critical_entry_of_a_confidential_episode() -> None:
    denied = said(replace(DENY, labels=frozenset({"N"})))
    sealed = replace(ALLERGY, episode=frozenset({"R"}))
    assert not decide(asked("TREAT"), denied, {1: sealed}, OPT_OUT).residual.clauses


@pytest.mark.parametrize(
    ("seen", "ordinary"),
    [
        ({Category.CONDITION, Category.ALLERGY}, Category.CONDITION),
        ({Category.PLAN, Category.ALLERGY, Category.VITALS}, Category.ALLERGY),
        (set(), Category.CONDITION),
    ],
)
def test_an_ordinary_entry_is_a_condition_or_of_the_first_kind_that_a_role_sees(
    seen: set[Category], ordinary: Category
) -> None:
    view = RoleView(frozenset({Purpose.TREAT}), frozenset(seen))
    assert ordinary_class(view).category is ordinary
