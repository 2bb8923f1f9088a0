"""The cells of who may see what: what is asked in them, and what two profiles decide otherwise."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.test_profile_changes import EDITS, PROFILES, ROLES, edited
from throughcare.consent import cells
from throughcare.consent.cells import Change, Kind, Said, Situation
from throughcare.consent.profile import Profile, Retention
from throughcare.consent.recording import Recording
from throughcare.consent.strictness import USUAL
from throughcare.model.entry import Category
from throughcare.model.request import Permission, Purpose, Relationship, Role

KNOWN = Situation(Relationship.YES, Permission.GIVEN, "", Said.NOTHING)
PLAIN, STD = (Kind(Category.CONDITION, label, critical=False) for label in ("", "STD"))


def seen(
    said: Said,
    *edits: str,
    role: Role = Role.NURSE,
    purpose: Purpose = Purpose.TREAT,
    situation: Situation = KNOWN,
) -> str:
    """Return which of a condition and a sexual health condition are seen, in one letter each."""
    profile = edited(*edits)
    shown = cells.seen(profile, role, purpose, (profile, profile))[replace(situation, said=said)]
    return "".join(letter for letter, kind in (("c", PLAIN), ("s", STD)) if kind in shown)


@pytest.mark.parametrize(
    ("said", "opt_out", "opt_in", "broken", "bound"),
    [
        (Said.NOTHING, "c", "", "cs", "cs"),
        (Said.AGREED, "c", "c", "cs", "cs"),
        (Said.NAMED, "c", "c", "cs", "cs"),
        (Said.OBJECTED, "", "", "cs", ""),
        (Said.UNREADABLE, "", "", "cs", "cs"),
    ],
)
def test_what_the_person_has_said_is_heard(
    said: Said, opt_out: str, opt_in: str, broken: str, bound: str
) -> None:
    """By a nurse who cares for them, and by one who breaks the glass for a reason."""
    assert seen(said) == opt_out
    assert seen(said, "opt-in") == opt_in
    glass = replace(KNOWN, reason="other")
    assert seen(said, purpose=Purpose.BTG, situation=glass) == broken
    assert seen(said, "bound", purpose=Purpose.BTG, situation=glass) == bound


def test_who_is_named_needs_no_relationship_and_who_gives_no_reason_breaks_no_glass() -> None:
    stranger = replace(KNOWN, relationship=Relationship.NO)
    assert seen(Said.AGREED, situation=stranger) == ""
    assert seen(Said.NAMED, situation=stranger) == "c"
    assert seen(Said.NAMED, situation=replace(stranger, permission=Permission.REFUSED)) == ""
    assert seen(Said.NOTHING, purpose=Purpose.BTG) == ""


def test_a_patient_asks_for_their_own_record_and_a_proxy_who_is_named_for_that_person() -> None:
    own = {"role": Role.PATIENT, "purpose": Purpose.PATRQT}
    assert {seen(said, **own) for said in Said} == {"cs"}
    acting = {"role": Role.PROXY, "purpose": Purpose.FAMRQT}
    assert [said for said in Said if seen(said, **acting)] == [Said.NAMED]


def test_the_labels_of_a_table_are_all_that_either_profile_speaks_of() -> None:
    """By its sensitive set, its cap or its law; each of them alone is enough."""
    plain = replace(edited(), sensitive=frozenset({"STD"}), beyond_cap=frozenset(), law=())
    capped = replace(plain, sensitive=frozenset(), beyond_cap=frozenset({"PSY"}))
    lawful = replace(plain, sensitive=frozenset(), law=edited().law)
    assert cells.labels((plain, plain)) == ["", "STD"]
    assert cells.labels((capped, lawful)) == ["", "GRA", "PSY"]


OTHER = {
    "version": "2-0123456789ab",
    "name": "Elsewhere",
    "number": 2,
    "controllers": ("A practice",),
    "data_protection_officer": "dpo@example.org",
    "caldicott_guardian": "somebody else",
    "dpia": "https://example.org",
    "retention": "ten years",
    "removal": Retention(timedelta(days=1), "a law"),
    "custodians": {"feed": "RXX"},
    "validation": {"feed": replace(USUAL)},
    "recording": Recording(frozenset({Role.GP}), is_written=True),
    "existence_disclosed": True,
    "warnings": "none",
    "sentence": "Something is left out.",
    "time_box": timedelta(hours=1),
    "notify_after": timedelta(hours=1),
    "offline": True,
    "second_lock": True,
    "own_ids": True,
    "reviewers": frozenset({Role.GP}),
}


@pytest.mark.parametrize("key", OTHER)
def test_a_key_that_no_decision_looks_at_leaves_every_role_alike(key: str) -> None:
    old = edited()
    new = replace(old, **{key: OTHER[key]})
    assert new != old
    assert all(cells.asked_alike(old, new, role) for role in Role)
    assert not list(cells.changes(old, new))


def test_a_role_that_may_break_glass_is_another_than_one_that_may_not() -> None:
    old, new = edited(), edited("glass")
    apart = [role for role in Role if not cells.asked_alike(old, new, role)]
    assert apart == [Role.PARAMEDIC]


def test_a_role_that_may_export_is_asked_as_one_that_may_not() -> None:
    old = edited()
    view = replace(old.view(Role.NURSE), export=True)
    new = replace(old, roles={**old.roles, Role.NURSE: view})
    assert cells.asked_alike(old, new, Role.NURSE)
    other = replace(old, roles={**old.roles, Role.NURSE: replace(view, oversight=True)})
    assert [each for each in Role if not cells.asked_alike(old, other, each)] == [Role.NURSE]


@settings(max_examples=30, deadline=None)
@given(PROFILES, PROFILES, ROLES, st.sampled_from(Purpose))
def test_roles_that_are_asked_alike_see_alike(
    old: Profile, new: Profile, role: Role, purpose: Purpose
) -> None:
    changed = list(cells.changes_for(old, new, role, purpose))
    assert not (changed and cells.asked_alike(old, new, role))


@pytest.mark.parametrize(("old", "new"), [("results", ""), ("", "results")])
def test_the_table_is_that_of_every_role_and_purpose(old: str, new: str) -> None:
    """The rules of care assistants alone are changed."""
    before, after = (edited(*filter(None, [name])) for name in (old, new))
    every = set(cells.changes(before, after))
    assert every == {
        change
        for role, purpose in product((Role.CARE_ASSISTANT, Role.GP), Purpose)
        for change in cells.changes_for(before, after, role, purpose)
    }
    opened = {change.kind.category for change in every if change.opens}
    closed = {change.kind.category for change in every if not change.opens}
    assert (opened, closed) == (
        ({Category.TEST_RESULT}, {Category.CONTACT})
        if new
        else ({Category.CONTACT}, {Category.TEST_RESULT})
    )


def test_the_directory_is_in_no_cell_and_stands_for_nothing_else() -> None:
    """It is nobody's record: what is opened together with it is opened all the same."""
    old = edited()
    view = old.view(Role.CARE_ASSISTANT)
    wider = replace(view, categories=view.categories | {Category.DIRECTORY, Category.OTHER})
    new = replace(old, roles={**old.roles, Role.CARE_ASSISTANT: wider})
    changed = set(cells.changes(old, new))
    assert {(change.kind.category, change.opens) for change in changed} == {(Category.OTHER, True)}
    assert (
        Change(
            Role.CARE_ASSISTANT,
            Purpose.CAREMGT,
            opens=True,
            kind=Kind(Category.OTHER, "", critical=False),
            situation=KNOWN,
        )
        in changed
    )


def test_every_edit_of_these_tests_changes_what_is_asked_of_some_role() -> None:
    for name in EDITS:
        assert any(not cells.asked_alike(edited(), edited(name), role) for role in Role), name
