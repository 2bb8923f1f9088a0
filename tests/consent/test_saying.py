"""What a change of the profile opens and closes, in words that can be read back."""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare.consent import profile, saying
from throughcare.consent.cells import Said, Situation
from throughcare.consent.difference import ALL, ALWAYS, Line, Situations
from throughcare.model.entry import Category
from throughcare.model.request import Permission, Purpose, Relationship, Role

TEXT = profile.default_text()
LINE = Line(
    opens=True,
    readers=((Role.NURSE, (Purpose.TREAT,)),),
    categories=ALL,
    labels=frozenset(),
    spares_critical=False,
    critical_alone=False,
    when=ALWAYS,
    among=ALWAYS,
)
EVERY = frozenset(
    Situation(*each)
    for each in product(Relationship, Permission, ("", "other", "cannot-be-asked"), Said)
)
PHRASES = {
    "a known care relationship": Relationship.YES,
    "a relationship they claim themselves": Relationship.SELF,
    "no care relationship": Relationship.NO,
    "gave permission to view": Permission.GIVEN,
    "was not asked": Permission.NOT_ASKED,
    "could not be asked": Permission.UNABLE,
    "refused at this contact": Permission.REFUSED,
    "has said nothing": Said.NOTHING,
    "agreed to sharing": Said.AGREED,
    "agreed to this very reader": Said.NAMED,
    "objected": Said.OBJECTED,
    "has a consent that can't be read": Said.UNREADABLE,
}
"""What each value is called, once more."""


def when(some: Situations, among: Situations = EVERY) -> list[str]:
    """Return the alternatives in which a line says that something changes."""
    said = saying.sentence(replace(LINE, when=some, among=among))
    head, _, words = said.removesuffix(".").partition(", where ")
    assert head == "Nurse for care: all kinds of entry they see"
    return words.split("; or where ") if words else []


def holds(limit: str, situation: Situation) -> bool:
    """Read one limit of an alternative back, as somebody who knows the phrases."""
    if limit == "the person did not refuse at this contact":
        return situation.permission is not Permission.REFUSED
    if limit == "the person did not agree to this very reader":
        return situation.said is not Said.NAMED
    if "reason is" in limit:
        if not situation.reason:
            return "no reason is given" in limit
        return situation.reason in re.split("[ ,]+", limit)
    sides = (situation.relationship, situation.permission, situation.said)
    named = [value for phrase, value in PHRASES.items() if phrase in limit]
    assert named, limit
    return any(value in sides for value in named)


def read_back(alternatives: Iterable[str], among: Situations) -> Situations:
    return frozenset(
        situation
        for alternative in alternatives
        for situation in among
        if all(holds(limit, situation) for limit in alternative.split(" and "))
    )


SUBSETS = st.tuples(
    *(
        st.lists(st.sampled_from(list(values)), min_size=1, unique=True)
        for values in (Relationship, Permission, ["", "other", "cannot-be-asked"], Said)
    )
).map(lambda sides: frozenset(Situation(*each) for each in product(*sides)))
"""Situations that are told apart by nothing but limits on their sides."""


@settings(max_examples=150, deadline=None)
@given(SUBSETS, st.lists(SUBSETS, min_size=1, max_size=3), st.sampled_from([EVERY, None]))
def test_what_is_said_is_read_back_as_just_these_situations(
    first: Situations, others: list[Situations], every: Situations | None
) -> None:
    among = every or first.union(*others)
    for some in (first, others[0], first.union(*others), among - first):
        if some and some <= among:
            alternatives = when(some, among)
            assert some == (read_back(alternatives, among) if alternatives else among)


@settings(max_examples=100, deadline=None)
@given(SUBSETS, st.sampled_from([EVERY, None]))
def test_no_limit_is_said_that_limits_nothing(some: Situations, among: Situations | None) -> None:
    """A side of which every value is meant has no words; the others have one limit each."""
    among = among or EVERY - {min(EVERY)} | some
    found = when(some, among)
    if some == among:
        assert found == []
    elif len(found) == 1:
        limits = found[0].split(" and ")
        assert len(limits) == sum(
            {getattr(each, side) for each in some} != {getattr(each, side) for each in among}
            for side in Situation.__slots__
        )
        for limit in limits:
            assert any(not holds(limit, each) for each in among)


def of(
    relationships: Iterable[Relationship] = Relationship,
    permissions: Iterable[Permission] = Permission,
    reasons: Iterable[str] = ("", "other", "cannot-be-asked"),
    said: Iterable[Said] = Said,
) -> Situations:
    return frozenset(
        Situation(*each) for each in product(relationships, permissions, reasons, said)
    )


def test_the_fewest_alternatives_are_said() -> None:
    """Along the permission there would be three."""
    some = of([Relationship.YES], [Permission.GIVEN, Permission.UNABLE])
    assert when(some | of([Relationship.NO], [Permission.GIVEN, Permission.REFUSED])) == [
        (
            "they have no care relationship and the person gave permission to view or refused at "
            "this contact"
        ),
        (
            "they have a known care relationship and the person gave permission to view or could "
            "not be asked"
        ),
    ]


def test_values_that_go_with_the_same_others_are_said_together() -> None:
    some = of([Relationship.YES, Relationship.SELF], [Permission.GIVEN])
    assert when(some | of([Relationship.NO], [Permission.UNABLE])) == [
        "they have no care relationship and the person could not be asked",
        (
            "they have a known care relationship or a relationship they claim themselves and the "
            "person gave permission to view"
        ),
    ]


@pytest.mark.parametrize(
    ("some", "expected"),
    [
        (of([Relationship.YES]), "they have a known care relationship"),
        (
            of([Relationship.YES, Relationship.NO]),
            "they have a known care relationship or no care relationship",
        ),
        (
            of(permissions=set(Permission) - {Permission.REFUSED}),
            "the person did not refuse at this contact",
        ),
        (
            of(permissions=set(Permission) - {Permission.GIVEN}),
            "the person was not asked, could not be asked or refused at this contact",
        ),
        (of(said=set(Said) - {Said.NAMED}), "the person did not agree to this very reader"),
        (of(said=[Said.NAMED]), "the person agreed to this very reader"),
        (of(reasons=[""]), "no reason is given"),
        (of(reasons=["other"]), "the reason is other"),
        (of(reasons=["other", "cannot-be-asked"]), "the reason is cannot-be-asked or other"),
        (of(reasons=["", "other"]), "the reason is other or no reason is given"),
        (
            of([Relationship.SELF], said=[Said.OBJECTED, Said.UNREADABLE]),
            (
                "they have a relationship they claim themselves and the person objected or has a "
                "consent that can't be read"
            ),
        ),
    ],
)
def test_situations_are_said_in_these_words(some: Situations, expected: str) -> None:
    assert when(some) == [expected]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Nurse for care: all kinds of entry they see."),
        (
            {"categories": frozenset({Category.PLAN, Category.ALERT})},
            "Nurse for care: alert and plan.",
        ),
        (
            {"labels": frozenset({"STD", "XYZ", "PSY"})},
            (
                "Nurse for care: all kinds of entry they see with the label PSY (mental health), "
                "STD (sexual health) or XYZ."
            ),
        ),
        (
            {"spares_critical": True},
            "Nurse for care: all kinds of entry they see, but not the critical set.",
        ),
        (
            {"critical_alone": True, "labels": frozenset({"XYZ"})},
            (
                "Nurse for care: all kinds of entry they see with the label XYZ, of the critical "
                "set alone."
            ),
        ),
        (
            {
                "readers": (
                    (Role.GP, (Purpose.TREAT, Purpose.BTG, Purpose.CAREMGT)),
                    (Role.CARE_ASSISTANT, (Purpose.CAREMGT,)),
                    (Role.NURSE, (Purpose.TREAT, Purpose.BTG, Purpose.CAREMGT)),
                )
            },
            (
                "GP and nurse for care, break-glass and care management; care assistant for care "
                "management: all kinds of entry they see."
            ),
        ),
        (
            {"readers": ((Role.SOCIAL_WORKER, (Purpose.CAREMGT, Purpose.TREAT)),)},
            "Social worker for care management and care: all kinds of entry they see.",
        ),
    ],
)
def test_a_line_says_who_for_what_and_which_entries(
    changes: dict[str, object], expected: str
) -> None:
    assert saying.sentence(replace(LINE, **changes)) == expected


def test_two_alternatives_are_said_one_after_the_other() -> None:
    some = of([Relationship.YES], [Permission.GIVEN]) | of([Relationship.NO], [Permission.UNABLE])
    assert saying.sentence(replace(LINE, when=some, among=EVERY)) == (
        "Nurse for care: all kinds of entry they see, where they have no care relationship and "
        "the person could not be asked; or where they have a known care relationship and the "
        "person gave permission to view."
    )


def recorded_by(roles: str) -> str:
    usual = 'recorders = ["gp", "psychiatrist", "social-worker"]'
    assert usual in TEXT
    return TEXT.replace(usual, f"recorders = {roles}")


def test_who_records_no_more_and_who_does_from_then_on() -> None:
    old = recorded_by('["gp", "social-worker", "nurse"]')
    new = recorded_by('["gp", "pharmacist"]')
    found = saying.report(old, new)
    lost = (
        "Nurse and social worker: no longer record Consents that open a record, or end one that "
        "closes it."
    )
    won = "Pharmacist: record Consents that open a record, and end those that close it."
    assert (found.closes, found.opens) == ((lost,), (won,))
    parsed = [profile.parse(text) for text in (old, new)]
    assert saying.recorders(*parsed) == [lost, won]
    assert saying.recorders(parsed[0], parsed[0]) == []


def test_what_opens_is_told_apart_from_what_closes() -> None:
    kinds = '"contact", "about-me",\n    "diet"]\n\n[roles.rec'
    other = TEXT.replace(kinds, kinds.replace("contact", "test-result"), 1)
    found = saying.report(TEXT, other)
    assert found.closes == ("Care assistant for care management: contact.",)
    assert found.opens == ("Care assistant for care management: test-result.",)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a = 1", "a = 2", ["a: 1 -> 2"]),
        ("a = true", "a = false", ["a: true -> false"]),
        ("a = 'x'", "b = 'x'", ["a: x -> not set", "b: not set -> x"]),
        ("a = ['x', 'y']", "a = ['y', 'z']", ["a: + z, - x"]),
        ("a = ['x', 'y']", "a = ['y', 'x']", ["a: reordered"]),
        ("a = ['x', 'y']", "", ["a: x, y -> not set"]),
        ("", "a = []", ["a: not set -> nothing"]),
        ("a = 'x'", "a = ['x']", ["a: x -> x"]),
        ("[a.b]\nc = 1\n[d]\ne = 2", "[a.b]\nc = 3\n[d]\ne = 2", ["a.b.c: 1 -> 3"]),
    ],
)
def test_every_key_that_differs_is_named_with_both_values(
    old: str, new: str, expected: list[str]
) -> None:
    assert saying.settings(old, new) == expected
