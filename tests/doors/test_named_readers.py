"""A Consent binds whom it names, also where it names them by their entry in the directory."""

from pathlib import Path
from typing import Any

import pytest

from doors.node_parts import asks, condition, consent, load, names, node_in, patient, submission
from store.engines import on_every_engine
from throughcare.admission.naming import derived_id
from throughcare.app.node import Node
from throughcare.kernel import NotFoundError
from throughcare.model.request import Purpose, Reason, Role

pytestmark = pytest.mark.parametrize("engine", on_every_engine, indirect=True)

NUMBER = "9990000018"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
URL = "urn:gp:hospital"
PLACE = f"Organization/{derived_id('gp', URL)}"


def hospital(*codes: str) -> dict[str, Any]:
    named = {"identifier": [{"system": ODS, "value": code} for code in codes]} if codes else {}
    return {"resourceType": "Organization", "name": "Made-up Hospital", **named}


async def directory(node: Node, resource: dict[str, Any], key: str, url: str = URL) -> str:
    """Load an entry of the directory, or the next version of it; return its name."""
    (outcome,) = await load(node, submission("gp", resource, key=key, ids=[url]))
    (name,) = names(outcome)
    return name


async def came(node: Node) -> str:
    """Load somebody with one condition; return its name."""
    ill = condition("urn:gp:Khan", "38341003")
    (outcome,) = await load(node, submission("gp", patient("Khan", NUMBER), ill))
    return names(outcome)[1]


async def said(node: Node, kind: str, name: str, role: str = "IRCP", key: str = "1") -> None:
    actor = {"role": {"coding": [{"code": role}]}, "reference": {"reference": name}}
    words = consent("urn:rx:Khan", provision={"type": kind, "actor": [actor]})
    (outcome,) = await load(node, submission("rx", patient("Khan", NUMBER), words, key=key))
    names(outcome)


async def sees(node: Node, name: str, organisation: str = "RXX", *, glass: bool = False) -> bool:
    reason = Reason("found alone", "danger-to-life") if glass else None
    purpose = Purpose.BTG if glass else Purpose.TREAT
    request = asks(Role.NURSE, purpose, organisation=organisation, reason=reason)
    try:
        await node.disclosure.read(request, *name.split("/"))
    except NotFoundError:
        return False
    return True


async def tasks(node: Node) -> int:
    async with node.store.snapshot() as reader:
        return len(await reader.rows("admission.tasks"))


async def test_a_denial_of_an_entry_binds_whoever_has_its_identifier(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        name = await came(node)
        assert await directory(node, hospital("rxx"), "d") == PLACE
        assert await sees(node, name)
        await said(node, "deny", PLACE)
        assert not await sees(node, name)
        assert await sees(node, name, "RYY")
        assert await tasks(node) == 0


async def test_a_denial_binds_who_had_the_identifier_in_a_former_version(tmp_path: Path) -> None:
    """Whoever may write the directory opens nothing by writing an entry anew, or by ending it."""
    async with node_in(tmp_path) as node:
        name = await came(node)
        await directory(node, hospital("RXX"), "d")
        await said(node, "deny", PLACE)
        assert await sees(node, name, "RYY")
        await directory(node, hospital("RYY"), "e")
        assert not await sees(node, name)
        assert not await sees(node, name, "RYY")
        assert await sees(node, name, "RZZ")


async def test_who_is_not_known_here_is_everybody_until_they_are(tmp_path: Path) -> None:
    """By the system, so that the glass can be broken; and somebody is to look at it."""
    async with node_in(tmp_path) as node:
        name = await came(node)
        await said(node, "deny", PLACE)
        assert not await sees(node, name)
        assert not await sees(node, name, "RYY")
        assert await sees(node, name, "RYY", glass=True)
        assert await tasks(node) == 1
        await directory(node, hospital(), "d")
        assert not await sees(node, name, "RYY")
        await directory(node, hospital("RXX"), "e")
        assert not await sees(node, name)
        assert await sees(node, name, "RYY")


async def test_a_practitioner_in_a_role_is_denied_at_that_organisation(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        name = await came(node)
        await directory(node, hospital("RXX"), "d")
        who = {"resourceType": "Practitioner", "identifier": [{"value": "somebody"}]}
        doctor = await directory(node, who, "e", "urn:gp:doctor")
        role = {
            "resourceType": "PractitionerRole",
            "practitioner": {"reference": doctor},
            "organization": {"reference": PLACE},
        }
        await said(node, "deny", await directory(node, role, "f", "urn:gp:role"))
        assert not await sees(node, name)
        assert await sees(node, name, "RYY")
        await said(node, "deny", doctor, key="2")
        assert not await sees(node, name, "RYY")


async def test_a_denial_of_what_a_custodian_keeps_knows_them_by_their_entry(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        name = await came(node)
        await directory(node, hospital("GP"), "d")
        await said(node, "deny", PLACE, role="CST")
        assert not await sees(node, name)


async def test_a_permit_opens_to_nobody_by_an_entry(tmp_path: Path) -> None:
    """Else whoever may write the directory could write themselves into it."""
    async with node_in(tmp_path) as node:
        name = await came(node)
        await directory(node, hospital("RYY"), "d")
        await said(node, "deny", PLACE)
        await said(node, "permit", PLACE, key="2")
        assert not await sees(node, name, "RYY")


async def epoch(node: Node) -> int:
    async with node.store.snapshot() as reader:
        ((newest,),) = await reader.rows("admission.newest_epoch")
    return int(newest or 0)


async def test_what_no_consent_names_has_nothing_decided_anew(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await came(node)
        before = await epoch(node)
        await directory(node, hospital("RYY"), "d")
        await directory(node, hospital("RXX"), "e")
        assert await epoch(node) == before
        who = {"resourceType": "Practitioner", "identifier": [{"value": "somebody"}]}
        doctor = await directory(node, who, "f", "urn:gp:doctor")
        role = {"resourceType": "PractitionerRole", "practitioner": {"reference": doctor}}
        named = await directory(node, {"resourceType": "PractitionerRole"}, "g", "urn:gp:role")
        await said(node, "deny", named)
        for key, entry, url in (
            ("h", role, "urn:gp:role"),  # what is named, and who stands behind it since
            ("i", {"resourceType": "Practitioner"}, "urn:gp:doctor"),
        ):
            before = await epoch(node)
            await directory(node, entry, key, url)
            assert await epoch(node) > before
        before = await epoch(node)
        await directory(node, hospital("RZZ"), "j")
        assert await epoch(node) == before
