"""How grants stand on a day, and how they are read from Consents."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from throughcare.consent import acting, directives
from throughcare.consent.acting import State, turns
from throughcare.consent.decide import decide
from throughcare.consent.explain import explain, explanation
from throughcare.consent.profile import default_text, parse
from throughcare.model.acting import CapacityFinding, Right
from throughcare.model.directive import Directive, PersonContext
from throughcare.model.entry import Category, EntryClass
from throughcare.model.request import Actor, Purpose, Request, Role

PROFILE = parse(default_text())
DAY = date(2026, 11, 24)
CLASSES = {1: EntryClass("Condition", Category.CONDITION)}


def grant(code: str, *, user: str = "sara", **more: Any) -> Directive:  # noqa: ANN401 - JSON
    role = {"coding": [{"system": "urn:throughcare:acting-for", "code": code}]}
    who = {"identifier": {"system": "urn:throughcare:user", "value": user}}
    provision = {"type": "permit", "actor": [{"role": role, "reference": who}], **more}
    resource = {
        "resourceType": "Consent",
        "id": code,
        "status": "active",
        "dateTime": "2024-01-01",
        "provision": {"provision": [provision]},
    }
    return directives.read(resource, subject=1, version=1)


def decided(context: PersonContext, user: str = "sara") -> Any:  # noqa: ANN401 - code and text
    actor = Actor(user, Role.PROXY, "", person=context.person)
    request = Request(actor, Purpose.FAMRQT, datetime(2026, 11, 24, 9, tzinfo=UTC))
    decision = decide(request, context, CLASSES, PROFILE)
    return decision.code, explain(decision, request, PROFILE, "staff")


@pytest.mark.parametrize(
    ("born", "years", "day"),
    [
        (date(2012, 2, 29), 13, date(2025, 3, 1)),
        (date(2012, 2, 29), 16, date(2028, 2, 29)),
        (date(2012, 2, 28), 13, date(2025, 2, 28)),
    ],
)
def test_who_was_born_on_a_leap_day_is_a_year_older_on_the_first_of_march(
    born: date, years: int, day: date
) -> None:
    assert turns(born, years) == day


def test_a_held_proxy_is_told_word_for_word_what_somebody_without_a_grant_is_told() -> None:
    context = PersonContext(7, (grant("parental-responsibility"),), born=date(2019, 1, 1))
    assert decided(context)[0] == "permit"
    held = PersonContext(7, context.directives, born=context.born, hold=True)
    none = PersonContext(7)
    assert decided(held)[1] == decided(none)[1]


def test_a_grant_says_until_when_it_stays_as_it_is() -> None:
    born = date(2017, 6, 1)
    context = PersonContext(7, (grant("parental-responsibility"),), born=born)
    (found,) = acting.standings(context, "sara", PROFILE.proxies, DAY)
    assert (found.right, found.state) == (Right.PARENTAL, State.WHOLE)
    assert found.until == date(2028, 5, 31)
    ended = grant("parental-responsibility", period={"end": "2026-12-31"})
    context = PersonContext(7, (ended,), born=born)
    (found,) = acting.standings(context, "sara", PROFILE.proxies, DAY)
    assert found.until == date(2026, 12, 31)


def test_no_birth_date_opens_nothing_to_a_parent() -> None:
    assert decided(PersonContext(7, (grant("parental-responsibility"),)))[0] == "suspended"


def test_a_newer_finding_of_capacity_ends_an_attorneys_right_at_once() -> None:
    lost = CapacityFinding(
        "Observation/1", lacking=True, since=date(2026, 1, 1), until=date(2027, 1, 1)
    )
    found = CapacityFinding("Observation/2", lacking=False, since=date(2026, 11, 1), until=None)
    directive = grant("deputy")
    assert decided(PersonContext(7, (directive,), capacity=(lost,)))[0] == "permit"
    assert decided(PersonContext(7, (directive,), capacity=(lost, found)))[0] == "capacity"


def test_a_lack_of_capacity_without_an_end_counts_for_nothing() -> None:
    lost = CapacityFinding("Observation/1", lacking=True, since=date(2026, 1, 1), until=None)
    assert decided(PersonContext(7, (grant("deputy"),), capacity=(lost,)))[0] == "capacity"


def test_a_permit_to_the_role_alone_lets_nobody_act() -> None:
    role = {"coding": [{"system": "urn:throughcare:role", "code": "proxy"}]}
    provision = {"type": "permit", "actor": [{"role": role}]}
    resource = {
        "resourceType": "Consent",
        "status": "active",
        "provision": {"provision": [provision]},
    }
    directive = directives.read(resource, subject=1, version=1)
    assert decided(PersonContext(7, (directive,)))[0] == "no-grant"


def test_two_rights_in_one_provision_are_not_guessed_between() -> None:
    who = {"identifier": {"value": "sara"}}
    actors = [
        {"role": {"coding": [{"code": code}]}, "reference": who} for code in ("PRN", "HPOWATT")
    ]
    resource = {
        "resourceType": "Consent",
        "status": "active",
        "provision": {"provision": [{"type": "permit", "actor": actors}]},
    }
    directive = directives.read(resource, subject=1, version=1)
    assert directive.unreadable
    context = PersonContext(7, (directive,), born=date(2019, 1, 1))
    assert decided(context)[0] in {"no-grant", "unreadable-consent"}


def test_a_denial_that_names_the_mother_is_a_denial_whatever_right_it_names() -> None:
    who = {"identifier": {"value": "sara"}}
    actor = {"role": {"coding": [{"code": "PRN"}]}, "reference": who}
    resource = {
        "resourceType": "Consent",
        "status": "active",
        "dateTime": "2020-01-01",
        "provision": {"provision": [{"type": "deny", "actor": [actor]}]},
    }
    no = directives.read(resource, subject=1, version=1)
    yes = grant("parental-responsibility")
    context = PersonContext(7, (no, yes), born=date(2019, 1, 1))
    assert decided(context)[0] == "directive"


def test_a_hold_is_explained_to_nobody_but_the_privacy_officer() -> None:
    grants, born = (grant("parental-responsibility"),), date(2019, 1, 1)
    actor = Actor("sara", Role.PROXY, "", person=7)
    request = Request(actor, Purpose.FAMRQT, datetime(2026, 11, 24, 9, tzinfo=UTC))
    held = decide(request, PersonContext(7, grants, born=born, hold=True), CLASSES, PROFILE)
    none = decide(request, PersonContext(7), CLASSES, PROFILE)
    for audience in ("staff", "person"):
        told = [explanation(each, request, PROFILE, audience) for each in (held, none)]
        assert told[0] == told[1]
    assert explanation(held, request, PROFILE, "privacy-officer").code == "hold"
