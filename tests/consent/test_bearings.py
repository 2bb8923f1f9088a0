"""What Flags, Patients and Consents say about acting for somebody, and what says nothing."""

from datetime import date
from typing import Any

import pytest

from throughcare.consent import bearings
from throughcare.model.acting import CapacityFinding
from throughcare.model.granting import CAPACITY, HOLD, LACKING, SAFEGUARDING

BEGINS, ENDS = date(2026, 1, 1), date(2026, 12, 31)


def flag(system: str, *codes: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    coding = [{"system": system, "code": code} for code in codes]
    period = {"start": "2026-01-01", "end": "2026-12-31"}
    flag = {"resourceType": "Flag", "id": "f", "status": "active", "period": period}
    return {**flag, "code": {"coding": coding}, **more}


def consent(user: str, *more: dict[str, Any], status: str = "active") -> dict[str, Any]:
    role = {"coding": [{"system": "urn:throughcare:acting-for", "code": "deputy"}]}
    who = {"identifier": {"system": "urn:throughcare:user", "value": user}}
    provision = {"type": "permit", "actor": [{"role": role, "reference": who}]}
    inner = {"type": "permit", "provision": [provision, *more]}
    kind = {"resourceType": "Consent", "id": "c", "dateTime": "2024-01-01"}
    return {**kind, "status": status, "provision": inner}


OTHER = {
    "type": "permit",
    "actor": [{"reference": {"identifier": {"system": "urn:throughcare:user", "value": "dr"}}}],
}
ON_HOLD = flag(SAFEGUARDING, HOLD)
LACKS = flag(CAPACITY, LACKING)


@pytest.mark.parametrize(
    ("resource", "is_hold", "holds"),
    [
        (ON_HOLD, True, True),
        (flag(SAFEGUARDING, HOLD, status="inactive"), True, False),
        (flag(SAFEGUARDING, HOLD, resourceType="Condition"), False, False),
        (flag(SAFEGUARDING, "other"), False, False),
        (flag("urn:other", HOLD), False, False),
        (flag(SAFEGUARDING, HOLD, code="text"), False, False),
    ],
)
def test_a_hold_is_a_flag_of_its_code_and_in_force_while_active(
    resource: dict[str, Any], *, is_hold: bool, holds: bool
) -> None:
    assert (bearings.is_hold(resource), bearings.holds(resource)) == (is_hold, holds)


@pytest.mark.parametrize(
    ("resource", "lacking"),
    [
        (LACKS, True),
        (flag(CAPACITY, "has"), False),
        (flag(CAPACITY, LACKING, "has"), None),
        (flag(CAPACITY, LACKING, status="inactive"), None),
        (flag(CAPACITY, LACKING, resourceType="Condition"), None),
        (flag("urn:other", LACKING), None),
        (flag(CAPACITY, LACKING, period={"end": "2026-12-31"}), None),
        (flag(CAPACITY, LACKING, period={"start": "soon"}), None),
    ],
)
def test_a_finding_counts_if_it_is_one_and_says_since_when(
    resource: dict[str, Any], *, lacking: bool | None
) -> None:
    finding = lacking is not None and CapacityFinding(
        "Flag/f", lacking=lacking, since=BEGINS, until=ENDS
    )
    assert bearings.capacity(resource) == (finding or None)


def test_hold_and_finding_bear_on_acting_and_nothing_else_does() -> None:
    assert bearings.bears(ON_HOLD)
    assert bearings.bears(LACKS)
    assert not bearings.bears(flag("urn:other", HOLD))
    assert not bearings.is_capacity(LACKS | {"resourceType": "Condition"})


def test_a_birth_date_without_a_day_is_the_earliest_that_it_can_mean() -> None:
    assert bearings.born({"birthDate": "2016-05"}) == date(2016, 5, 1)
    assert bearings.born({"birthDate": "May"}) is None
    assert bearings.born({}) is None
    assert bearings.earliest([None, BEGINS, ENDS]) == BEGINS
    assert bearings.earliest([None]) is None


def test_a_consent_that_grants_something_lets_somebody_act_in_force_or_not() -> None:
    assert bearings.grants(consent("sara", OTHER))
    assert bearings.grants(consent("sara", status="inactive"))
    assert not bearings.grants(consent("sara") | {"resourceType": "Contract"})
    assert not bearings.grants(consent("sara") | {"provision": {"provision": [OTHER]}})


def test_accounts_are_of_grants_in_force_or_that_were() -> None:
    known = bearings.accounts(consent("sara", OTHER))
    assert "sara" in known
    assert "dr" not in known
    over, draft = consent("sara", status="inactive"), consent("sara", status="draft")
    assert bearings.accounts(over) == frozenset()
    assert "sara" in bearings.accounts(over, ended=True)
    assert bearings.accounts(draft, ended=True) == frozenset()
    assert bearings.accounts(consent("sara") | {"resourceType": "Contract"}) == frozenset()


def test_a_consent_is_bound_by_its_id_and_anything_else_by_its_type_too() -> None:
    assert bearings.bound_name("Consent", "a") == "a"
    assert bearings.bound_name("Flag", "a") == "Flag/a"
