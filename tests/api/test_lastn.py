"""$lastn: the newest of one person's observations, and of nobody else's."""

from typing import Any

import httpx
import pytest

from api.test_exports import client_of
from doors.node_parts import asks, consent, load, names, patient, submission
from throughcare.app.node import Node

NURSE = asks()
VITAL = "http://terminology.hl7.org/CodeSystem/observation-category"
OF_MOSS = "Observation/$lastn?patient.name=Moss&category=vital-signs&max=9"


def pulse(about: str, day: int) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": VITAL, "code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": about},
        "effectiveDateTime": f"2026-01-{day:02}",
        "valueQuantity": {"value": 70},
    }


@pytest.fixture
async def ida(node: Node) -> str:
    """Load a person of two sources, each with a pulse, and return one of her Patients."""
    outcomes = await load(
        node,
        *(
            submission(source, patient("Moss", "9990000018"), pulse(f"urn:{source}:Moss", day))
            for day, source in enumerate(("gp", "hospital"), 1)
        ),
    )
    return names(outcomes[0])[0]


async def namesake(node: Node, *more: dict[str, Any]) -> str:
    """Load another person of the same name with a pulse."""
    other = patient("Moss", "9990000026", birthDate="1970-01-02")
    given = submission("clinic", other, pulse("urn:clinic:Moss", 3), *more)
    (outcome,) = await load(node, given)
    return names(outcome)[0]


def days(reply: httpx.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    found = [each["resource"] for each in reply.json().get("entry", ())]
    return [each["effectiveDateTime"][-2:] for each in found if "effectiveDateTime" in each]


@pytest.mark.parametrize(
    "asked",
    [
        "patient:missing=false&category=vital-signs",
        "subject:missing=false&category=vital-signs",
        "patient={ida}&category:missing=false",
        "patient={ida}&category:not=laboratory",
        "patient={ida}&code:missing=false",
        "patient={ida}&code:not=x&category=vital-signs",
        "patient={ida}&code:not-in=urn:x",
        "patient={ida},Patient/other&category=vital-signs",
        "subject={ida},{ida}&category=vital-signs",
    ],
)
async def test_what_may_mean_several_persons_or_any_kind_is_refused(
    node: Node, ida: str, asked: str
) -> None:
    async with client_of(node, NURSE) as client:
        reply = await client.get(f"Observation/$lastn?{asked.format(ida=ida)}")
    assert reply.status_code == 400, reply.text


async def test_the_last_are_of_all_sources_of_one_person_and_of_one_person_alone(
    node: Node, ida: str
) -> None:
    async with client_of(node, NURSE) as client:
        assert days(await client.get(OF_MOSS)) == ["02", "01"]
        other = await namesake(node)
        mixed = await client.get(OF_MOSS)
        assert mixed.status_code == 400
        assert "one person" in mixed.json()["issue"][0]["diagnostics"]
        for person, expected in ((ida, ["02", "01"]), (other, ["03"])):
            asked = f"Observation/$lastn?patient={person}&category=vital-signs&max=9"
            assert days(await client.get(asked)) == expected


async def test_a_person_who_is_hidden_is_not_counted_among_those_found(
    node: Node, ida: str
) -> None:
    other = await namesake(node, consent("urn:clinic:Moss"))
    async with client_of(node, NURSE) as client:
        assert (await client.get(other)).status_code == 404
        assert (await client.get(ida)).status_code == 200
        assert days(await client.get(OF_MOSS)) == ["02", "01"]
