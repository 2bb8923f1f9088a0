"""The compiled decision is the same as the rule-by-rule one, whatever people may say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from consent import naive, strategies
from throughcare.consent.decide import Deciding, decide, visible
from throughcare.consent.profile import Profile
from throughcare.model.decision import Atom, AuthorIs, DateWithin, Decision, EntryIs
from throughcare.model.directive import PersonContext, Rule
from throughcare.model.entry import EntryClass
from throughcare.model.request import Request

DAYS = (None, date(2013, 12, 31), date(2014, 8, 1), date(2014, 12, 31), date(2015, 3, 1))
AUTHORS = ("", "Practitioner/a", "RXX")
NAMES = ("a", "b", "c")
REQUESTS = st.one_of(strategies.REQUESTS, strategies.CARE_REQUESTS)


def facts(cls: EntryClass) -> list[naive.Fact]:
    return [
        naive.Fact(cls, f"{cls.type}/{name}", day, author)
        for day, author, name in product(DAYS, AUTHORS, NAMES)
    ]


def holds(atom: Atom, fact: naive.Fact) -> bool:
    match atom:
        case DateWithin(low, high):
            return naive.inside(fact.day, (low, high))
        case AuthorIs(author):
            return fact.author == author
        case EntryIs(reference):
            return fact.id == reference


def disclosed(decision: Decision, number: int, fact: naive.Fact) -> bool:
    atoms = {
        atom
        for clause in decision.residual.clauses
        for atom in (*clause.holds, *clause.fails)
        if holds(atom, fact)
    }
    return visible(decision.residual, number, atoms)


def check_as_naive(
    request: Request, context: PersonContext, classes: list[EntryClass], profile: Profile
) -> None:
    numbered = dict(enumerate(classes))
    decision = decide(request, context, numbered, profile)
    for number, cls in numbered.items():
        for fact in facts(cls):
            expected = naive.seen(request, context, fact, profile)
            assert disclosed(decision, number, fact) == expected


@settings(max_examples=150, deadline=None)
@given(REQUESTS, strategies.CONTEXTS, st.lists(strategies.CLASSES, max_size=4), strategies.PROFILES)
def test_the_compiled_residual_agrees_with_the_rules_on_every_entry(
    request: Request, context: PersonContext, classes: list[EntryClass], profile: Profile
) -> None:
    check_as_naive(request, context, classes, profile)


@settings(max_examples=400, deadline=None)
@given(
    strategies.PROXY_REQUESTS,
    strategies.ACTED_FOR,
    st.lists(strategies.PROXY_CLASSES, min_size=1, max_size=3),
    strategies.PROFILES,
)
def test_who_acts_for_somebody_sees_what_the_naive_reading_says(
    request: Request, context: PersonContext, classes: list[EntryClass], profile: Profile
) -> None:
    check_as_naive(request, context, classes, profile)


@settings(max_examples=100, deadline=None)
@given(
    strategies.AGENT_REQUESTS,
    strategies.ACTED_FOR,
    st.lists(strategies.PROXY_CLASSES, min_size=1, max_size=3),
    strategies.PROFILES,
)
def test_staff_who_act_for_somebody_see_what_the_naive_reading_says(
    request: Request, context: PersonContext, classes: list[EntryClass], profile: Profile
) -> None:
    check_as_naive(request, context, classes, profile)
    for ended in (False, True):
        idle = tuple(replace(said, active=False, ended=ended) for said in context.directives)
        check_as_naive(request, replace(context, directives=idle), classes, profile)


@settings(max_examples=150, deadline=None)
@given(
    strategies.PROXY_REQUESTS,
    strategies.ACTED_FOR,
    st.lists(strategies.PROXY_CLASSES, min_size=1, max_size=3),
    strategies.RULES,
)
def test_no_denial_opens_anything_to_a_proxy_and_no_order_does(
    request: Request, context: PersonContext, classes: list[EntryClass], rule: Rule
) -> None:
    numbered, profile = dict(enumerate(classes)), strategies.profile()
    more = strategies.directive([replace(rule, permit=False)])
    denied = replace(context, directives=(*context.directives, more))
    turned = replace(context, directives=context.directives[::-1])
    before, after, again = (
        decide(request, each, numbered, profile) for each in (context, denied, turned)
    )
    for number, cls in numbered.items():
        for fact in facts(cls):
            seen = disclosed(before, number, fact)
            assert seen or not disclosed(after, number, fact)
            assert seen == disclosed(again, number, fact)


@settings(max_examples=500, deadline=None)
@given(
    strategies.WELCOME,
    strategies.PLAIN_CONTEXTS,
    st.lists(strategies.PLAIN_CLASSES, min_size=1, max_size=3),
    strategies.PROFILES,
)
def test_rules_are_compared_as_the_naive_reading_compares_them(
    request: Request, context: PersonContext, classes: list[EntryClass], profile: Profile
) -> None:
    check_as_naive(request, context, classes, profile)


@settings(max_examples=300, deadline=None)
@given(
    strategies.RESEARCH,
    strategies.LAWFUL_CONTEXTS,
    st.lists(strategies.CLASSES, min_size=1, max_size=3),
    strategies.PROFILES,
)
def test_legal_permits_and_opt_outs_are_read_as_the_naive_reading_reads_them(
    request: Request, context: PersonContext, classes: list[EntryClass], profile: Profile
) -> None:
    check_as_naive(request, context, classes, profile)


@settings(max_examples=100, deadline=None)
@given(
    strategies.RESEARCH,
    strategies.LAWFUL_CONTEXTS,
    st.lists(strategies.CLASSES, min_size=1, max_size=3),
    strategies.PROFILES,
)
def test_an_opt_out_or_objection_never_opens_anything(
    request: Request, context: PersonContext, classes: list[EntryClass], profile: Profile
) -> None:
    numbered = dict(enumerate(classes))
    before = decide(request, context, numbered, profile)
    opted_out = replace(context, cleared_until=None)
    objecting = replace(context, objected=context.objected | {"RXX"})
    for after in (decide(request, each, numbered, profile) for each in (opted_out, objecting)):
        for number, cls in numbered.items():
            for fact in facts(cls):
                assert disclosed(before, number, fact) or not disclosed(after, number, fact)


@settings(max_examples=150, deadline=None)
@given(
    strategies.WELCOME,
    strategies.PLAIN_CONTEXTS,
    strategies.CLASSES,
    strategies.PROFILES,
    st.randoms(),
)
def test_the_order_of_consents_never_matters(
    request: Request,
    context: PersonContext,
    cls: EntryClass,
    profile: Profile,
    chance: object,
) -> None:
    rules = [
        rule for directive in context.directives if directive.active for rule in directive.rules
    ]
    shuffled = list(rules)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one = PersonContext(strategies.PERSON, (strategies.directive(rules),))
    other = PersonContext(
        strategies.PERSON, tuple(strategies.directive([rule]) for rule in shuffled)
    )
    left, right = (decide(request, person, {0: cls}, profile) for person in (one, other))
    assert (left.permitted, left.rank, left.because) == (right.permitted, right.rank, right.because)
    assert left.alert_on == right.alert_on
    for fact in facts(cls):
        assert disclosed(left, 0, fact) == disclosed(right, 0, fact)


@settings(max_examples=100, deadline=None)
@given(
    REQUESTS,
    st.one_of(strategies.CONTEXTS, strategies.PLAIN_CONTEXTS, strategies.LAWFUL_CONTEXTS),
    st.lists(st.one_of(strategies.CLASSES, strategies.PLAIN_CLASSES), min_size=8, max_size=16),
    strategies.PROFILES,
)
def test_many_classes_are_decided_as_each_would_be_alone(
    request: Request, context: PersonContext, classes: list[EntryClass], profile: Profile
) -> None:
    together = decide(request, context, dict(enumerate(classes)), profile)
    for number, cls in enumerate(classes):
        alone = decide(request, context, {number: cls}, profile)
        assert (number in together.alert_on) == (number in alone.alert_on)
        assert (number in together.residual.masked) == (number in alone.residual.masked)
        for fact in facts(cls)[::7]:
            assert disclosed(together, number, fact) == disclosed(alone, number, fact)


@settings(max_examples=100, deadline=None)
@given(
    REQUESTS,
    st.lists(
        st.one_of(strategies.CONTEXTS, strategies.PLAIN_CONTEXTS, strategies.LAWFUL_CONTEXTS),
        min_size=2,
        max_size=5,
    ),
    st.lists(strategies.CLASSES, min_size=9, max_size=10),  # fewer are not worth sharing
    strategies.PROFILES,
)
def test_people_who_said_alike_are_decided_as_each_would_be_alone(
    request: Request, people: list[PersonContext], classes: list[EntryClass], profile: Profile
) -> None:
    numbered = dict(enumerate(classes))
    deciding = Deciding(request, numbered, profile)
    later = [aged(context) for context in people]
    bare = [nameless(context) for context in people]
    for context in [*people, *later, *bare]:
        alone = decide(request, context, numbered, profile)
        assert deciding.about(context) == alone


def test_who_said_no_is_not_decided_as_who_said_yes_at_the_same_moment() -> None:
    classes = {n: EntryClass("Condition", strategies.Category.CONDITION) for n in range(9)}
    deciding = Deciding(strategies.asking(), classes, strategies.profile())
    yes = Rule(id="Consent/1", permit=True, recorded=strategies.NOW)
    opened = [
        bool(deciding.about(PersonContext(1, (strategies.directive([rule]),))).residual.clauses)
        for rule in (yes, replace(yes, permit=False), yes)
    ]
    assert opened == [True, False, True]


def aged(context: PersonContext) -> PersonContext:
    """Return the same person with other Consents of the same words, recorded a month later."""
    return reworded(
        context,
        lambda rule: replace(rule, id=f"{rule.id}a", recorded=rule.recorded + timedelta(days=30)),
    )


def nameless(context: PersonContext) -> PersonContext:
    """Return the same person with Consents that nothing but their words tells from others."""
    moment = strategies.directive([]).recorded
    return reworded(context, lambda rule: replace(rule, id="Consent/1", recorded=moment))


def reworded(context: PersonContext, changed: Callable[[Rule], Rule]) -> PersonContext:
    """Return the same person with each rule `changed`."""
    return replace(
        context,
        directives=tuple(
            replace(said, rules=tuple(map(changed, said.rules))) for said in context.directives
        ),
    )


@settings(max_examples=150, deadline=None)
@given(
    strategies.CARE_REQUESTS,
    strategies.CONTEXTS,
    strategies.PLAIN_CLASSES,
    strategies.PROFILES,
    strategies.RULES,
)
def test_what_nobody_can_read_never_opens_anything(
    request: Request, context: PersonContext, cls: EntryClass, profile: Profile, rule: Rule
) -> None:
    unread = strategies.directive([replace(rule, permit=False, system=True)])
    more = replace(context, directives=(*context.directives, unread))
    before, after = (decide(request, each, {0: cls}, profile) for each in (context, more))
    for fact in facts(cls):
        assert disclosed(before, 0, fact) or not disclosed(after, 0, fact)


@settings(max_examples=250, deadline=None)
@given(
    strategies.WELCOME,
    strategies.PLAIN_CONTEXTS,
    strategies.PLAIN_CLASSES,
    strategies.PROFILES,
    strategies.RULES,
)
def test_adding_a_denial_never_opens_anything(
    request: Request, context: PersonContext, cls: EntryClass, profile: Profile, rule: Rule
) -> None:
    denial = Rule(**{name: getattr(rule, name) for name in rule.__slots__} | {"permit": False})
    more = PersonContext(
        context.person,
        (*context.directives, strategies.directive([denial])),
        restricted=context.restricted,
        hold=context.hold,
    )
    before = decide(request, context, {0: cls}, profile)
    after = decide(request, more, {0: cls}, profile)
    for fact in facts(cls):
        assert disclosed(before, 0, fact) or not disclosed(after, 0, fact)


def test_a_class_that_falls_into_too_many_parts_is_hidden_rather_than_shown() -> None:
    profile = strategies.profile()
    rules = [
        Rule(
            id=f"Consent/{number}",
            permit=False,
            recorded=strategies.directive([]).recorded,
            data_period=(date(2000 + number, 1, 1), date(2000 + number, 2, 1)),
            authors=frozenset({f"Practitioner/{number}"}),
            instances=frozenset({f"Condition/{number}"}),
        )
        for number in range(14)
    ]
    context = PersonContext(strategies.PERSON, (strategies.directive(rules),))
    request = Request(
        actor=strategies.Actor("n", strategies.Role.NURSE, "RXX"),
        purpose=strategies.Purpose.TREAT,
        at=strategies.directive([]).recorded,
        relationship=strategies.Relationship.YES,
        permission=strategies.Permission.GIVEN,
    )
    cls = EntryClass("Condition", strategies.Category.CONDITION)
    decision = decide(request, context, {0: cls}, profile)
    for fact in facts(cls):
        assert not disclosed(decision, 0, fact) or naive.seen(request, context, fact, profile)


def test_hundreds_of_single_entries_can_be_refused_one_by_one() -> None:
    names = frozenset(f"Condition/{number}" for number in range(400))
    rule = Rule(
        id="Consent/1",
        permit=False,
        recorded=strategies.directive([]).recorded,
        instances=names,
    )
    context = PersonContext(strategies.PERSON, (strategies.directive([rule]),))
    request = Request(
        actor=strategies.Actor("n", strategies.Role.NURSE, "RXX"),
        purpose=strategies.Purpose.TREAT,
        at=strategies.directive([]).recorded,
        relationship=strategies.Relationship.YES,
        permission=strategies.Permission.GIVEN,
    )
    cls = EntryClass("Condition", strategies.Category.CONDITION)
    decision = decide(request, context, {0: cls}, strategies.profile())
    assert not disclosed(decision, 0, naive.Fact(cls, "Condition/7"))
    assert disclosed(decision, 0, naive.Fact(cls, "Condition/other"))
