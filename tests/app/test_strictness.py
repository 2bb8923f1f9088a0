"""What becomes of a feed's resources that break a rule of FHIR, as its locality says."""

from pathlib import Path

import pytest

from doors.node_parts import LOADER, patient, submission
from throughcare.admission.outcome import Outcome, Result
from throughcare.app.folder import create
from throughcare.app.node import opened
from throughcare.audit import scan
from throughcare.consent import profile, strictness
from throughcare.kernel import BadInputError

BODY_WEIGHT = "http://hl7.org/fhir/StructureDefinition/bodyweight"


def observation(**more: object) -> dict[str, object]:
    """Return an observation in which nothing is wrong by R4."""
    code = {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}
    return {"resourceType": "Observation", "status": "final", "code": code, **more}


BROKEN = observation(valueString="x", dataAbsentReason={"text": "unknown"})
"""It has a value and says why it has none (obs-6)."""
SHAPELESS = observation(effectiveDateTime="yesterday")


async def loaded(tmp_path: Path, rules: str, resource: dict[str, object]) -> tuple[Outcome, str]:
    """Load a resource about somebody under these rules; return outcome and the ledger's words."""
    folder = create(tmp_path / "node")
    folder.locality.write_text(f"{profile.default_text()}\n{rules}", "utf-8")
    async with opened(folder) as node:
        about = {**resource, "subject": {"reference": "urn:hospital:Khan"}}
        sent = submission("hospital", patient("Khan"), about)
        outcome = await node.admission.admit(sent, LOADER)
        await node.journal.settle()
        entries = [found.entry for found in scan.every(folder.ledger)]
        said = [entry.what for entry in entries if entry.action == "load"]
        return outcome, said[-1] if said else ""


async def test_a_broken_rule_rejects_where_the_locality_says_so(tmp_path: Path) -> None:
    outcome, _ = await loaded(tmp_path, '[validation.hospital]\nfaults = "reject"', BROKEN)
    assert outcome.result is Result.REJECTED
    assert outcome.rejection is not None
    assert "(obs-6)" in outcome.rejection.rule


USUAL = pytest.mark.parametrize("rules", ["", '[validation.hospital]\nfaults = "usual"'])


@USUAL
async def test_usually_a_broken_invariant_is_a_remark(tmp_path: Path, rules: str) -> None:
    outcome, _ = await loaded(tmp_path, rules, BROKEN)
    assert outcome.result is Result.STORED
    (remark,) = outcome.remarks
    assert "(obs-6)" in remark.text


@USUAL
async def test_usually_a_code_that_r4_does_not_know_rejects(tmp_path: Path, rules: str) -> None:
    outcome, _ = await loaded(tmp_path, rules, observation(status="unicorn"))
    assert outcome.result is Result.REJECTED


@pytest.mark.parametrize("feed", ["hospital", "others"])
async def test_a_warning_is_a_remark_and_the_resource_is_stored(tmp_path: Path, feed: str) -> None:
    outcome, said = await loaded(tmp_path, f'[validation.{feed}]\nfaults = "warn"', BROKEN)
    assert outcome.result is Result.STORED
    (remark,) = outcome.remarks
    assert "(obs-6)" in remark.text
    assert "fault" not in said


async def test_a_report_is_counted_in_the_ledger(tmp_path: Path) -> None:
    rules = '[validation.hospital]\nfaults = "report"'
    outcome, said = await loaded(tmp_path, rules, BROKEN)
    assert outcome.result is Result.STORED
    assert len(outcome.remarks) == 1
    assert "stored with 1 faults against FHIR" in said


@pytest.mark.parametrize("faults", list(strictness.Faulty))
async def test_what_has_not_the_structure_of_r4_is_never_stored(
    tmp_path: Path, faults: str
) -> None:
    rules = f'[validation.hospital]\nfaults = "{faults}"'
    outcome, _ = await loaded(tmp_path, rules, SHAPELESS)
    assert outcome.result is Result.REJECTED


@pytest.mark.parametrize(
    ("faults", "result"),
    [("reject", Result.REJECTED), ("usual", Result.REJECTED), ("warn", Result.STORED)],
)
async def test_a_feed_is_held_against_the_profiles_that_its_locality_names(
    tmp_path: Path, faults: str, result: Result
) -> None:
    rules = f'[validation.hospital]\nfaults = "{faults}"\nprofiles = ["{BODY_WEIGHT}"]'
    outcome, _ = await loaded(tmp_path, rules, observation(valueString="heavy"))
    assert outcome.result is result
    assert bool(outcome.remarks) == (result is Result.STORED)


async def test_a_profile_of_another_type_asks_for_nothing(tmp_path: Path) -> None:
    rules = f'[validation.hospital]\nfaults = "reject"\nprofiles = ["{BODY_WEIGHT}"]'
    basic: dict[str, object] = {"resourceType": "Basic", "code": {"text": "Referral"}}
    outcome, _ = await loaded(tmp_path, rules, basic)
    assert outcome.result is Result.STORED


def test_a_word_that_is_none_is_refused() -> None:
    with pytest.raises(BadInputError):
        profile.parse(f'{profile.default_text()}\n[validation.hospital]\nfaults = "maybe"')
