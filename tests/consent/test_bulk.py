"""Who may take many records away at once, or their own whole one, and what is said of it."""

from datetime import UTC, datetime
from itertools import product

import pytest

from throughcare.consent import bulk, profile
from throughcare.model.request import Actor, Purpose, Request, Role

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
SHIPPED = profile.parse(profile.default_text())


def asked(role: Role, purpose: Purpose) -> Request:
    return Request(Actor("somebody", role, "RXX"), purpose, AT)


def test_the_person_and_researchers_export_and_nobody_else() -> None:
    may = {
        (role, purpose)
        for role, purpose in product(Role, Purpose)
        if not bulk.refusal(asked(role, purpose), SHIPPED)
    }
    assert may == {(Role.PATIENT, Purpose.PATRQT), (Role.RESEARCHER, Purpose.HRESCH)}


@pytest.mark.parametrize(
    ("role", "purpose", "said"),
    [
        (Role.NURSE, Purpose.TREAT, "An export is not for TREAT"),
        (Role.RESEARCHER, Purpose.PUBHLTH, "may not export for PUBHLTH here"),
        (Role.ANALYST, Purpose.PUBHLTH, "may not export for PUBHLTH here"),
        (Role.PROXY, Purpose.PATRQT, "may not export for PATRQT here"),
    ],
)
def test_a_refusal_names_what_is_wrong(role: Role, purpose: Purpose, said: str) -> None:
    assert said in bulk.refusal(asked(role, purpose), SHIPPED)


def test_nobody_exports_the_record_of_somebody_else_as_their_own() -> None:
    """Whatever the locality's profile says."""
    text = profile.default_text().replace(
        'purposes = ["HRESCH"]', 'purposes = ["HRESCH", "PATRQT"]', 1
    )
    odd = profile.parse(text)
    assert "Sign in as that person" in bulk.refusal(asked(Role.RESEARCHER, Purpose.PATRQT), odd)
    assert not bulk.refusal(asked(Role.RESEARCHER, Purpose.HRESCH), odd)


def test_what_an_export_leaves_out_is_said_of_secondary_purposes_alone() -> None:
    remarked = {each for each in Purpose if bulk.remark(asked(Role.RESEARCHER, each))}
    assert remarked == {Purpose.HRESCH, Purpose.PUBHLTH, Purpose.HOPERAT}
