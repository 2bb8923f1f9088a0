"""What a snapshot of another node binds here: denials for good, permits for a day."""

import copy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import naive, strategies
from consent.cases import consent
from consent.test_decide_properties import disclosed, facts
from throughcare.consent import directives, snapshots, wording
from throughcare.consent.decide import decide
from throughcare.consent.explain import explanation
from throughcare.consent.profile import Profile
from throughcare.consent.together import together
from throughcare.model.directive import Directive, PersonContext, Rule, Told
from throughcare.model.entry import EntryClass
from throughcare.model.request import Request

HOME = "a" * 32
SINCE = strategies.NOW - timedelta(hours=1)
TOLD = Told(HOME, 3, SINCE, SINCE + timedelta(hours=24))
STALE = Told(HOME, 3, strategies.NOW - timedelta(hours=24), strategies.NOW)


def incoming(*consents: dict[str, Any], told: Told = TOLD) -> tuple[Directive, ...]:
    return snapshots.incoming(consents, told, 1)[1:]


def rules(*consents: dict[str, Any]) -> list[Rule]:
    return [rule for each in incoming(*consents) for rule in each.rules]


def saying(provision: dict[str, Any], **more: object) -> dict[str, Any]:
    made: dict[str, Any] = consent("deny-all-2024") | {"provision": provision} | more
    return made


def actor(**reference: object) -> dict[str, Any]:
    return {"role": {"coding": [{"code": "IRCP"}]}, "reference": reference}


def as_told(given: list[Rule], told: Told) -> tuple[Directive, ...]:
    """Return rules as another node would have told them."""
    bound = tuple(replace(r, lasting=(None, told.until)) if r.permit else r for r in given)
    marker = snapshots.incoming((), told, 1)
    return (*marker, replace(strategies.directive(list(bound)), told=told))


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(strategies.WELCOME, strategies.CARE_REQUESTS),
    strategies.PLAIN_CONTEXTS,
    st.lists(strategies.rules(("actors", "labels")), max_size=4),
    st.lists(strategies.PLAIN_CLASSES, min_size=1, max_size=3),
    strategies.PROFILES,
)
def test_nothing_opens_at_the_moment_a_snapshot_ends(
    request: Request,
    context: PersonContext,
    said: list[Rule],
    classes: list[EntryClass],
    profile: Profile,
) -> None:
    numbered = dict(enumerate(classes))
    people = [
        replace(context, directives=(*context.directives, *as_told(said, told)))
        for told in (TOLD, STALE)
    ]
    before, after = (decide(request, each, numbered, profile) for each in people)
    turned = replace(people[1], directives=people[1].directives[::-1])
    again = decide(request, turned, numbered, profile)
    for number, cls in numbered.items():
        for fact in facts(cls)[::5]:
            assert disclosed(before, number, fact) or not disclosed(after, number, fact)
            for person, decision in zip(people, (before, after), strict=True):
                assert disclosed(decision, number, fact) == naive.seen(
                    request, person, fact, profile
                )
            assert disclosed(after, number, fact) == disclosed(again, number, fact)


@settings(max_examples=150, deadline=None)
@given(
    strategies.WELCOME,
    st.lists(strategies.rules(("actors", "labels")), max_size=3),
    strategies.RULES,
    strategies.PLAIN_CLASSES,
    strategies.PROFILES,
    st.sampled_from([TOLD, STALE]),
)
def test_a_denial_more_in_a_snapshot_never_opens_anything(  # noqa: PLR0913, PLR0917 - each is drawn
    request: Request,
    said: list[Rule],
    rule: Rule,
    cls: EntryClass,
    profile: Profile,
    told: Told,
) -> None:
    denial = replace(rule, permit=False)
    before, after = (
        decide(request, PersonContext(1, as_told(each, told)), {0: cls}, profile)
        for each in (said, [*said, denial])
    )
    for fact in facts(cls)[::5]:
        assert disclosed(before, 0, fact) or not disclosed(after, 0, fact)


def test_permits_end_with_the_snapshot_and_denials_do_not() -> None:
    (permit,), (deny,) = rules(consent("permit-hospital")), rules(consent("deny-all-2024"))
    assert permit.lasting == (None, TOLD.until)
    assert permit.lasts(TOLD.until - timedelta(microseconds=1))
    assert not permit.lasts(TOLD.until)
    assert deny.lasting is None


def test_the_denial_of_what_is_stale_is_the_systems_and_begins_with_its_end() -> None:
    (marker,) = snapshots.incoming((), TOLD, 1)
    (rule,) = marker.rules
    assert rule.system
    assert not rule.permit
    assert not rule.lasts(TOLD.until - timedelta(microseconds=1))
    assert rule.lasts(TOLD.until)
    assert marker.told == TOLD


def test_rules_are_named_after_the_node_and_are_consents_to_whoever_explains() -> None:
    (rule,) = rules(consent("deny-all-2024"))
    assert rule.id == f"Consent/{HOME}/deny-all-2024"


@pytest.mark.parametrize(
    ("who", "opens"),
    [
        ({"identifier": {"value": "RXX"}}, True),
        ({"identifier": {"value": "B86001"}}, True),
        ({"reference": "Organization/RXX"}, True),
        ({"identifier": {"value": "dr-ex"}}, False),
        ({"reference": "Practitioner/dr-ex"}, False),
        ({"reference": "Organization/7"}, False),
    ],
)
def test_a_permit_opens_to_organisations_and_to_no_account_of_another_node(
    who: dict[str, Any],
    opens: bool,  # noqa: FBT001 - a case
) -> None:
    found = rules(saying({"type": "permit", "actor": [actor(**who)]}))
    assert bool(found) is opens


def test_a_permit_to_a_role_is_one_here_too() -> None:
    (rule,) = rules(consent("permit-psychiatrist"))
    assert rule.actors == {"RXX&role:psychiatrist"}


def test_a_permit_of_single_entries_or_an_author_opens_nothing_here() -> None:
    single = {"data": [{"meaning": "instance", "reference": {"reference": "Condition/1"}}]}
    by = {"data": [{"meaning": "authoredby", "reference": {"reference": "Organization/RXX"}}]}
    for data in (single, by):
        assert rules(saying({"type": "permit", **data})) == []
        assert [rule.permit for rule in rules(saying({"type": "deny", **data}))] == [False]


def test_a_right_to_act_is_not_carried_to_another_node() -> None:
    act = {"type": "permit", "actor": [actor(identifier={"value": "RXX"})]}
    assert rules(saying(act | {"purpose": [{"code": "FAMRQT"}]})) == []


def test_a_denial_by_an_entry_of_another_node_is_unreadable_and_denies() -> None:
    (found,) = incoming(saying({"type": "deny", "actor": [actor(reference="Organization/7")]}))
    assert found.unreadable
    assert all(rule.system and not rule.permit for rule in found.rules)


def test_what_leaves_names_whom_a_denial_binds_and_widens_no_permit() -> None:
    known = {"Organization/7": frozenset({"RXX", "RYY"})}
    entry = actor(reference="Organization/7")
    deny = snapshots.outgoing(saying({"type": "deny", "actor": [entry]}), known)
    (rule,) = rules(deny)
    assert rule.actors == {"RXX", "RYY"}
    assert not rule.system
    permit = snapshots.outgoing(saying({"type": "permit", "actor": [entry]}), known)
    assert rules(permit) == []
    inner = {"provision": [{"type": "deny", "actor": [entry]}]}
    out = {"policyRule": {"coding": [{"code": "OPTIN"}]}}
    nested = snapshots.outgoing(saying(inner, **out), known)
    assert [rule.actors for rule in rules(nested) if not rule.permit] == [{"RXX", "RYY"}]
    root = {"policyRule": {"coding": [{"code": "OPTOUT"}]}}
    (bare,) = rules(snapshots.outgoing(saying({"actor": [entry]}, **root), known))
    assert bare.actors == {"RXX", "RYY"}


def test_what_leaves_means_what_it_meant_and_says_no_more() -> None:
    more = {
        "patient": {"reference": "Patient/1", "display": "Ida Khan"},
        "text": {"status": "generated", "div": "<div>Ida Khan</div>"},
        "performer": [{"display": "Ida Khan"}],
        "sourceAttachment": {"title": "Ida Khan"},
        "meta": {"lastUpdated": "2026-01-01T00:00:00Z", "source": "#khan"},
    }
    whole = consent("no-mental-health") | more
    left = snapshots.outgoing(whole, {})
    assert "Khan" not in str(left)
    assert "khan" not in str(left)
    before = directives.read(whole, subject=0, version=0)
    assert directives.read(left, subject=0, version=0).rules == before.rules


def test_what_is_not_known_here_stays_in_it_and_denies_there() -> None:
    odd = consent("permit-all-2025") | {"modifierExtension": [{"url": "urn:x"}]}
    (found,) = incoming(snapshots.outgoing(odd, {}))
    assert found.unreadable


@pytest.mark.parametrize(
    ("more", "in_force"),
    [
        ({}, True),
        ({"status": "inactive"}, False),
        ({"provision": {"type": "deny", "period": {"end": "2026-11-23"}}}, False),
        ({"provision": {"type": "deny", "period": {"end": "2026-11-24"}}}, True),
        ({"provision": {"type": "deny", "period": {"start": "2027-01-01"}}}, True),
    ],
)
def test_what_ended_is_absent(
    more: dict[str, Any],
    in_force: bool,  # noqa: FBT001 - a case
) -> None:
    read = directives.read(consent("deny-all-2024") | more, subject=1, version=1)
    assert snapshots.is_in_force(read, date(2026, 11, 24)) is in_force


def test_what_another_node_told_is_not_told_on() -> None:
    (found,) = incoming(consent("deny-all-2024"))
    assert not snapshots.is_in_force(found, date(2026, 11, 24))


def test_all_three_are_told_that_it_is_old_and_staff_nothing_of_what_it_said() -> None:
    said = snapshots.incoming([consent("permit-hospital")], STALE, 1)
    request, profile = strategies.asking(), strategies.profile()
    decision = decide(request, PersonContext(1, said), {}, profile)
    assert decision.code == "stale-consent"
    staff, person, officer = (
        explanation(decision, request, profile, audience, directives=said)
        for audience in ("staff", "person", "privacy-officer")
    )
    assert "another place" in staff.text
    assert staff.choices == ()
    assert HOME not in str(staff)
    assert "does not count any more" in person.text
    (choice,) = person.choices
    assert choice == wording.sentence(said[0].rules[0], {})
    assert "at another place" in choice
    assert f"Consent/{HOME}" in officer.text
    assert "stale-consent" in officer.text


def test_the_person_reads_who_told_of_a_choice_and_when() -> None:
    said = snapshots.incoming([consent("deny-all-2024")], TOLD, 1)
    request, profile = strategies.asking(), strategies.profile()
    decision = decide(request, PersonContext(1, said), {}, profile)
    told = explanation(decision, request, profile, "person", directives=said, names={HOME: "Leeds"})
    assert told.choices == (
        "Leeds told us on 24 November 2026: On 1 January 2024: nobody may see your whole record.",
    )


def test_what_is_unread_and_stale_is_told_as_unread() -> None:
    said = snapshots.incoming([consent("broken")], STALE, 1)
    decision = decide(strategies.asking(), PersonContext(1, said), {}, strategies.profile())
    assert decision.code == "unreadable-consent"


def test_what_may_become_stale_takes_nothing_from_a_record_that_was_merged() -> None:
    yes = replace(directives.read(consent("permit-hospital"), subject=2, version=1), recorded=SINCE)
    newer = replace(yes, rules=tuple(replace(rule, recorded=SINCE) for rule in yes.rules))
    marker = snapshots.incoming((), TOLD, 1)
    assert together([marker, [newer]]) == (*marker, newer)
    no = snapshots.incoming([consent("deny-all-2024")], TOLD, 1)
    (*_, left) = together([no, [newer]])
    assert left.rules == ()


def test_a_number_in_two_records_of_a_person_is_told_once_and_by_the_newest() -> None:
    deny, permit = consent("deny-all-2024"), consent("permit-hospital")
    now, older = replace(TOLD, number="1"), replace(TOLD, epoch=2, number="1")
    others = (replace(now, number="2"), replace(now, node="b" * 32))
    made = {told: snapshots.incoming([deny, permit], told, 1) for told in (now, older, *others)}
    own = strategies.directive([])
    one, two = snapshots.newest([(own, *made[older]), (own, *made[now], *made[others[0]])])
    assert one == (own,)
    assert two == (own, *made[now], *made[others[0]])
    again = snapshots.newest([made[now], (*made[now], *made[others[1]])])
    assert again == [made[now], made[others[1]]]
    assert together(snapshots.newest([made[now], made[now]])) == made[now]


def test_what_is_believed_no_more_binds_as_if_it_had_ended() -> None:
    own = strategies.directive([])
    said = (
        own,
        *snapshots.incoming([consent("deny-all-2024"), consent("permit-hospital")], TOLD, 1),
    )
    assert snapshots.believed(said, lambda told: told == TOLD) is said
    first, marker, deny, permit = snapshots.believed(said, lambda _: False)
    assert first is own
    assert snapshots.stale(own) is own
    assert (deny.rules, permit.rules) == (said[2].rules, ())
    (stale,) = marker.rules
    assert stale.system
    assert stale.lasts(TOLD.since - timedelta(days=1))
    assert marker.told is not None
    assert marker.told.until < TOLD.since


ODD = [None, 1, True, "x", "", [], {}, [1], [[]], [None], {"a": 1}, [{"coding": 5}], {"type": []}]
FULL = consent("deny-all-2024") | {
    "contained": [{"resourceType": "Organization", "id": "o", "identifier": [{"value": "RXX"}]}],
    "verification": [{"verified": True, "verificationDate": "2026-01-01"}],
    "policyRule": {"coding": [{"code": "OPTOUT"}]},
    "provision": {
        "type": "deny",
        "period": {"start": "2026-01-01", "end": "2027-01-01"},
        "actor": [actor(reference="#o", type="Organization")],
        "securityLabel": [{"code": "PSY"}],
        "data": [{"meaning": "instance", "reference": {"reference": "Condition/1"}}],
        "provision": [{"type": "permit", "actor": [actor(identifier={"value": "RXX"})]}],
    },
}


def places(value: object, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where something stands in a JSON value."""
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    return [found for key, each in inner for found in ((*at, key), *places(each, (*at, key)))]


@pytest.mark.parametrize("place", places(FULL), ids=lambda place: ".".join(map(str, place)))
def test_no_value_of_whatever_kind_keeps_a_consent_from_being_read(place: tuple[Any, ...]) -> None:
    """Another node's text was checked for its signature, not against FHIR."""
    for odd in ODD:
        changed = copy.deepcopy(FULL)
        around: Any = changed
        for key in place[:-1]:
            around = around[key]
        around[place[-1]] = odd
        (read,) = incoming(changed)
        assert all(rule.lasting for rule in read.rules if rule.permit)


def test_what_changes_the_meaning_of_a_consent_goes_with_it() -> None:
    """A form or a policy that is modified can't be read here, nor there."""
    odd = [{"url": "urn:odd", "valueBoolean": True}]
    for name in ("policy", "verification"):
        said = consent("permit-hospital") | {name: [{"modifierExtension": odd}]}
        there = snapshots.outgoing(said, {})
        (rule,) = [rule for rule in rules(there) if rule.system]
        assert not rule.permit
    inner = {"resourceType": "Organization", "id": "o", "name": "x", "modifierExtension": odd}
    there = snapshots.outgoing(consent("permit-hospital") | {"contained": [inner]}, {})
    assert there["contained"] == [inner]


def test_what_people_and_entries_are_called_stays_at_home() -> None:
    doctor = {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Rees"}]}
    known = doctor | {"identifier": [{"value": "C1234567"}]}
    said = saying(
        {
            "type": "deny",
            "actor": [actor(reference="#d", display="Dr Rees")],
            "data": [
                {
                    "meaning": "instance",
                    "reference": {"reference": "Condition/1", "display": "Rees disease"},
                }
            ],
            "provision": [
                {"type": "permit", "actor": [actor(identifier={"value": "RXX"}, display="Rees")]}
            ],
        },
        contained=[known],
    )
    there = snapshots.outgoing(said, {})
    assert "Rees" not in str(there)
    assert [rule.actors for rule in rules(there)] == [rule.actors for rule in rules(said)]
    assert [rule.instances for rule in rules(there)] == [rule.instances for rule in rules(said)]


@pytest.mark.parametrize("hours", [1, 48])
def test_a_permit_that_is_told_ends_with_its_own_time_or_the_snapshots(hours: int) -> None:
    end = SINCE + timedelta(hours=hours)
    word = {"type": "permit", "period": {"end": end.isoformat()}}
    (rule,) = rules(saying(word))
    assert rule.lasting == (None, min(end, TOLD.until))
