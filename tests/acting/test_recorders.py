"""Who opens a record by a Consent, and who only closes it, over FHIR."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from acting.test_acting_at_the_doors import sees
from api.export_parts import client_of
from doors.node_parts import (
    asks,
    condition,
    consent,
    load,
    names,
    node_in,
    patient,
    submission,
)
from throughcare.app import profiles
from throughcare.app.node import Node
from throughcare.consent.profile import default_text
from throughcare.model.request import Role

USUAL = 'recorders = ["gp", "psychiatrist", "social-worker"]'


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as opened:
        yield opened


def permits(about: str, reader: str) -> dict[str, Any]:
    """Return a yes of the person to one organisation or account."""
    who = {"role": {"coding": [{"code": "IRCP"}]}, "reference": {"identifier": {"value": reader}}}
    return consent(about, provision={"type": "permit", "actor": [who]})


async def patient_of(node: Node, *said: dict[str, Any]) -> tuple[str, str]:
    """Load somebody; return their Patient and a condition."""
    sent = (patient("Khan", "9990000018"), condition("urn:gp:Khan", "195967001"), *said)
    (outcome,) = await load(node, submission("gp", *sent))
    name, asthma, *_ = names(outcome)
    return name, asthma


async def test_a_nurse_takes_down_a_no_and_opens_nothing(node: Node) -> None:
    name, asthma = await patient_of(node)
    async with client_of(node, asks(Role.NURSE)) as nurse:
        refused = await nurse.post("Consent", json=permits(name, "RXX"))
        assert refused.status_code == 403
        assert "gp, psychiatrist, social-worker (locality.toml, [consents])" in refused.text
        taken = await nurse.post("Consent", json=consent(name))
        assert taken.status_code == 201
        no = taken.json()
        for changed in (
            {**no, "status": "inactive"},
            {**no, "provision": {"type": "permit"}},
        ):
            assert (await nurse.put(f"Consent/{no['id']}", json=changed)).status_code == 403
        assert not await sees(node, asks(Role.NURSE), asthma)
    async with client_of(node, asks(Role.PSYCHIATRIST)) as doctor:
        ended = await doctor.put(f"Consent/{no['id']}", json={**no, "status": "inactive"})
        assert ended.status_code == 200


async def test_a_yes_to_the_own_organisation_is_told_as_that(node: Node) -> None:
    name, asthma = await patient_of(node, consent("urn:gp:Khan"))
    async with client_of(node, asks(Role.GP)) as doctor:
        assert (await doctor.post("Consent", json=permits(name, "RYY"))).status_code == 201
        assert (await doctor.post("Consent", json=permits(name, "RXX"))).status_code == 201
    assert await sees(node, asks(Role.NURSE), asthma)
    async with node.store.whole() as reader:
        for kind in ("alert", "notice"):
            rows = await reader.rows("admission.notices_of_kind", kind=kind, most=9)
            texts = sorted(str(row[6]) for row in rows if "consent" in str(row[6]))
            assert texts == [
                "gp recorded or changed a consent",
                "gp recorded or changed a consent that opens to their own organisation",
            ]


async def test_nobody_opens_a_record_to_their_own_account(node: Node) -> None:
    name, _ = await patient_of(node)
    async with client_of(node, asks(Role.GP)) as doctor:
        refused = await doctor.post("Consent", json=permits(name, "somebody"))
        assert refused.status_code == 403
        assert "Ask a colleague" in refused.text


async def test_recorders_of_another_profile_are_in_force_at_once(node: Node) -> None:
    name, asthma = await patient_of(node, consent("urn:gp:Khan"))
    text = default_text().replace(USUAL, 'recorders = ["nurse"]')
    await profiles.use(node, text, "the ward asks")
    async with client_of(node, asks(Role.NURSE)) as nurse:
        assert (await nurse.post("Consent", json=permits(name, "RXX"))).status_code == 201
    async with client_of(node, asks(Role.GP)) as doctor:
        assert (await doctor.post("Consent", json=permits(name, "RXX"))).status_code == 403
    assert await sees(node, asks(Role.NURSE), asthma)
