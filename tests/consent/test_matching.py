"""Who decides which records are one person's."""

from throughcare.consent import matching, profile
from throughcare.consent.toml import Table
from throughcare.model.request import Role


def test_nobody_who_reads_their_own_record_is_a_match_reviewer() -> None:
    section = Table({"reviewers": ["gp", "patient", "proxy"]}, "matching")
    assert matching.of(section) == {Role.GP}
    assert [fault.rule for fault in section.faults] == ["may not hold patient, proxy"]


def test_roles_that_may_review_are_no_fault() -> None:
    section = Table({"reviewers": ["gp"]}, "matching")
    assert matching.of(section) == {Role.GP}
    assert section.faults == []


def test_it_and_privacy_officer_review_where_the_profile_is_silent() -> None:
    usual = {Role.IT_LEAD, Role.PRIVACY_OFFICER}
    assert matching.of(Table({}, "matching")) == usual
    assert profile.parse(profile.default_text()).reviewers == usual


def test_a_role_that_may_not_review_is_told_who_may() -> None:
    assert matching.refusal(Role.GP, frozenset({Role.GP, Role.NURSE})) == ""
    told = matching.refusal(Role.PATIENT, frozenset({Role.GP, Role.NURSE}))
    assert "here gp, nurse." in told
    assert "here nobody." in matching.refusal(Role.GP, frozenset())
