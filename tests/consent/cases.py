"""The scenarios of consent.md, read from `scenarios/`: tests and documentation at once.

A case says who asks, what the person said, what is known of them, and what must hold. It is run
from values (`test_scenarios`), and on nodes, over their doors and over HTTP (`node/test_cases`).
Run as a module, this prints the list in docs/consent/scenarios.md.
"""

import json
import sys
import tomllib
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from consent import strategies
from throughcare.consent import directives, snapshots
from throughcare.consent.profile import Profile
from throughcare.model.acting import CapacityFinding
from throughcare.model.directive import Directive, PersonContext, Told
from throughcare.model.permit import Basis, LegalPermit
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)
from throughcare.model.snapshot import LONGEST, Snapshot

Case = dict[str, Any]

HERE = Path(__file__).parent / "scenarios"
FILES = ("care", "comparison", "proxies", "uses", "snapshots")
LOCALITIES = {
    "O": {},
    "I": {"opt_in": "opt-in"},
    "N": {"overridable": "false"},
    "O, per-section": {"warnings": "per-section"},
}
PROFILES: dict[str, Profile] = {
    name: strategies.profile(**changes) for name, changes in LOCALITIES.items()
}
ORGANISATIONS = {"nurse": "RXX", "psychiatrist": "RXX", "gp": "B99999", "paramedic": "RYY"}
DAY = date(2026, 11, 24)
APPROVER = "the Caldicott Guardian"
HOME = "a" * 32
"""Id of the node that tells of Consents, where a case has a snapshot."""


@cache
def table(name: str) -> Any:  # noqa: ANN401 - TOML of several shapes
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


CASES: list[Case] = [case for name in FILES for case in table(name)["scenario"]]
CONSENTS: dict[str, str] = table("consents")["consent"] | table("proxies")["consent"]
PERMITS: dict[str, dict[str, Any]] = table("uses")["permit"]
ENTRIES: dict[str, dict[str, Any]] = table("entries")["entry"]


def resource_of(name: str) -> dict[str, Any]:
    """Return the resource of an entry, as the file has it."""
    found: dict[str, Any] = json.loads(ENTRIES[name]["resource"])
    return found


def consent(name: str, patient: str = "Patient/p", scope: str = "") -> dict[str, Any]:
    """Return a Consent of the case files, whole; `scope` is the system of its scope."""
    system = {"system": scope} if scope else {}
    shared = {
        "resourceType": "Consent",
        "id": name,
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"} | system]},
        "category": [{"coding": [{"code": "IDSCL"}]}],
        "patient": {"reference": patient},
    }
    return shared | json.loads(CONSENTS[name])


def directive(name: str) -> Directive:
    return directives.read(consent(name), subject=1, version=1)


def day_of(case: Case) -> date:
    day: date = case.get("at", DAY)
    return day


def request_of(case: Case, person: int = strategies.PERSON) -> Request:
    asked = case["request"]
    role = Role(asked["role"])
    return Request(
        actor=Actor(
            user=asked.get("user", "somebody"),
            role=role,
            organisation=asked.get("organisation", ORGANISATIONS.get(role.value, "")),
            person=person if role in {Role.PATIENT, Role.PROXY} else None,
        ),
        purpose=Purpose(asked["purpose"]),
        at=datetime.combine(day_of(case), time(9), UTC),
        relationship=Relationship(asked.get("relationship", "no")),
        permission=Permission(asked.get("permission", "not-asked")),
        reason=Reason("in words", asked["reason"]) if "reason" in asked else None,
    )


def snapshot_of(case: Case, day: date, audience: str = "", number: str = "") -> Snapshot | None:
    """Return what the home told, so many hours before it is asked on `day`; None if nothing."""
    said = case.get("snapshot")
    if said is None:
        return None
    issued = datetime.combine(day, time(9), UTC) - timedelta(hours=said["hours"])
    consents = tuple(consent(name) for name in said["consents"])
    return Snapshot(HOME, audience, number, 1, issued, issued + LONGEST, consents)


def told(case: Case) -> tuple[Directive, ...]:
    """Return what a snapshot of the case binds: nothing of one that is forged."""
    found = snapshot_of(case, day_of(case))
    if found is None or case["snapshot"].get("forged"):
        return ()
    by = Told(HOME, found.epoch, found.issued, found.until)
    return snapshots.incoming(found.consents, by, subject=1)


def permit(name: str) -> LegalPermit:
    said = PERMITS[name]
    named = {part: frozenset(said.get(part, ())) for part in ("categories", "labels")}
    return LegalPermit(
        id=name,
        basis=Basis(said["basis"]),
        provision=said["provision"],
        approver=APPROVER,
        recipients=frozenset(said["recipients"]),
        purposes=frozenset(said["purposes"]),
        starts=date(2026, 1, 1),
        ends=date(2030, 12, 31),
        **named,
    )


def context_of(case: Case) -> PersonContext:
    about = case.get("about", {})
    found = about.get("lacking")
    return PersonContext(
        strategies.PERSON,
        (*(directive(name) for name in case.get("consents", [])), *told(case)),
        born=about.get("born"),
        capacity=(CapacityFinding("Observation/c", lacking=True, **found),) if found else (),
        hold=about.get("hold", False),
        permits=tuple(permit(name) for name in about.get("permits", ())),
        cleared_until=day_of(case) if about.get("clear") else None,
        objected=frozenset(about.get("objected", ())),
    )


def listed() -> str:
    """Return the list of all cases, as docs/consent/scenarios.md holds it."""
    lines = ["| # | rules | story | sees | does not see |", "|---|---|---|---|---|"]
    for case in CASES:
        see, unseen = (", ".join(case.get(part, ())) for part in ("see", "not"))
        lines.append(
            f"| {case['number']} | {case['locality']} | {case['story']} | {see} | {unseen} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(listed())
