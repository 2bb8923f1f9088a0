"""Each thing in a profile that looks like an oversight is remarked, and nothing else is."""

from collections.abc import Iterator
from dataclasses import replace

from consent import strategies
from throughcare.consent import cells, coherence
from throughcare.consent.cells import Said, Situation
from throughcare.consent.profile import Profile, RoleView
from throughcare.model.request import Permission, Purpose, Reason, Relationship, Role

USUAL = strategies.profile()
FOR_CARE = frozenset({Purpose.TREAT})


def with_view(role: Role, view: RoleView) -> Profile:
    return replace(USUAL, roles={**USUAL.roles, role: view})


def new(profile: Profile) -> list[str]:
    """Return the remarks that a profile gets and the usual one does not."""
    usual = coherence.remarks(USUAL)
    return [remark for remark in coherence.remarks(profile) if remark not in usual]


def test_break_glass_needs_both_the_role_and_the_purpose() -> None:
    nurse = USUAL.view(Role.NURSE)
    assert Role.NURSE in USUAL.break_glass_roles
    (lacks,) = new(with_view(Role.NURSE, replace(nurse, purposes=nurse.purposes - {Purpose.BTG})))
    assert "break_glass.roles has nurse" in lacks
    (bare,) = new(replace(USUAL, break_glass_roles=USUAL.break_glass_roles - {Role.NURSE}))
    assert "break_glass.roles lacks nurse" in bare
    assert not any("break_glass" in remark for remark in coherence.remarks(USUAL))


def test_a_role_that_sees_kinds_for_no_purpose_sees_nothing() -> None:
    view = USUAL.view(Role.CARE_ASSISTANT)
    (remark,) = [
        each
        for each in new(with_view(Role.CARE_ASSISTANT, replace(view, purposes=frozenset())))
        if "roles.care-assistant" in each
    ]
    assert "no purpose" in remark
    nothing = RoleView(frozenset(), frozenset())
    assert not any(
        "roles.care-assistant" in each for each in new(with_view(Role.CARE_ASSISTANT, nothing))
    )
    assert not any("no purpose" in each for each in coherence.remarks(USUAL))


def test_the_roles_that_are_left_out_are_named() -> None:
    roles = {role: view for role, view in USUAL.roles.items() if role is not Role.ANALYST}
    assert "[roles] leaves out analyst: they see nothing." in new(replace(USUAL, roles=roles))
    assert not any("leaves out" in remark for remark in coherence.remarks(USUAL))


def test_what_is_to_be_named_is_listed_until_it_is() -> None:
    named = {"data_protection_officer": "Ms A", "caldicott_guardian": "Dr B", "dpia": "done"}
    written = replace(USUAL, controllers=("a trust",), retention="20 years", **named)

    def unwritten(profile: Profile) -> Iterator[str]:
        return (each for each in coherence.remarks(profile) if "before live use" in each)

    assert list(unwritten(written)) == []
    (remark,) = unwritten(replace(written, dpia="to be written"))
    assert remark.startswith("[locality] dpia: ")


def test_a_cell_asks_as_its_reader_would() -> None:
    situation = Situation(Relationship.NO, Permission.REFUSED, "other", Said.OBJECTED)
    for role in Role:
        request, context = cells.asked(role, Purpose.TREAT, situation)
        bound = role in {Role.PATIENT, Role.PROXY}
        assert (request.actor.person == context.person) is bound
        assert bool(request.actor.organisation) is not bound
        assert request.reason == Reason("in words", "other")
        assert len(context.directives) == 1
    bare = Situation(Relationship.NO, Permission.REFUSED, "", Said.NOTHING)
    request, context = cells.asked(Role.NURSE, Purpose.TREAT, bare)
    assert request.reason is None
    assert context.directives == ()


def test_a_purpose_that_only_one_profile_gives_a_role_is_compared() -> None:
    view = USUAL.view(Role.CARE_ASSISTANT)
    assert Purpose.TREAT not in view.purposes
    wider = with_view(Role.CARE_ASSISTANT, replace(view, purposes=view.purposes | FOR_CARE))
    for old, later, opens in ((USUAL, wider, True), (wider, USUAL, False)):
        found = list(cells.changes_for(old, later, Role.CARE_ASSISTANT, Purpose.TREAT))
        assert found
        assert {change.opens for change in found} == {opens}
