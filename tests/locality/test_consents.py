"""One locality, loaded from its real feeds: who may see what, for every consent it came with."""

import csv
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from shared_data import shared
from throughcare.app import asking, folder
from throughcare.app.node import Node, opened
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)

pytestmark = pytest.mark.slow

Json = Mapping[str, Any]
CANNOT_ASK = Reason("unconscious, cannot be asked", "cannot-be-asked")
SECTIONS = ("allergies", "plans", "alerts", "medicines", "conditions", "measurements", "contacts")


@pytest.fixture
async def node(locality_node: Path) -> AsyncIterator[Node]:
    async with opened(folder.existing(locality_node)) as node:
        yield node


def consents(decision: str, scope: str) -> list[dict[str, str]]:
    text = shared("one-locality", "consent.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    found = [row for row in rows if (row["decision"], row["scope"]) == (decision, scope)]
    assert found
    return found


def expected() -> Json:
    found: Json = json.loads(shared("one-locality", "expected.json").read_text("utf-8"))
    return found


def asks(  # noqa: PLR0913 - each is a claim of its own
    node: Node,
    role: Role,
    purpose: Purpose,
    *,
    organisation: str = "RX8",
    permission: Permission = Permission.GIVEN,
    reason: Reason | None = None,
) -> Request:
    return Request(
        Actor("tester", role, organisation),
        purpose,
        node.clock.now(),
        Relationship.YES,
        permission,
        reason,
        id=node.ids.new(),
    )


def crew(node: Node, purpose: Purpose = Purpose.ETREAT) -> Request:
    return asks(node, Role.PARAMEDIC, purpose, permission=Permission.UNABLE, reason=CANNOT_ASK)


def items(summary: Json) -> list[str]:
    return [item["text"] for name in SECTIONS for item in summary[name]["items"]]


def restricted() -> dict[str, set[str]]:
    """Return, by NHS number, the conditions that the GP labelled as restricted."""
    found: dict[str, set[str]] = {}
    for line in shared("one-locality", "gp.ndjson").read_text("utf-8").splitlines():
        resources = [entry["resource"] for entry in json.loads(line)["entry"]]
        number = resources[0]["identifier"][0]["value"]
        for resource in resources[1:]:
            if resource.get("meta", {}).get("security"):
                found.setdefault(number, set()).add(resource["code"]["coding"][0]["display"])
    assert len(found) > 5
    return found


async def test_a_crew_sees_every_expected_alert_where_consent_allows(node: Node) -> None:
    denied = {row["nhs_number"] for row in consents("deny", "all")}
    for number, person in expected().items():
        if number in denied:
            continue
        summary = await asking.emergency(node, number, crew(node))
        said = " | ".join(items(summary)).casefold()
        for wanted in person["emergency view must show"]:
            assert wanted.casefold() in said, number


async def test_a_no_to_everybody_shows_nothing_clinical_but_the_sentence(node: Node) -> None:
    for row in consents("deny", "all"):
        summary = await asking.emergency(node, row["nhs_number"], crew(node))
        assert items(summary) == []
        withheld = summary["withheld"]
        assert (withheld["decision"], withheld["rank"]) == ("deny", 5)
        assert withheld["text"]
        assert withheld["break_glass"] is True


async def test_break_glass_with_a_reason_opens_it_and_tells_two_people(node: Node) -> None:
    shown = 0
    for row in consents("deny", "all"):
        summary = await asking.emergency(node, row["nhs_number"], crew(node, Purpose.BTG))
        assert summary["withheld"] is None
        shown += len(items(summary))
        person = await asking.person_with(node, row["nhs_number"])
        kinds = {notice.kind for notice in await node.oversight.notices_about(person)}
        assert kinds == {"alert", "notice"}
    assert shown > 0


async def test_a_no_to_one_provider_binds_its_readers_and_nobody_else(node: Node) -> None:
    for row in consents("deny", "provider"):
        number = row["nhs_number"]
        theirs = asks(node, Role.NURSE, Purpose.TREAT, organisation=row["what"])
        others = asks(node, Role.NURSE, Purpose.TREAT, organisation="RX8")
        assert (await asking.emergency(node, number, theirs))["withheld"]["rank"] == 5
        assert (await asking.emergency(node, number, others))["withheld"] is None


async def test_a_no_to_mental_health_hides_depression_and_never_dementia(node: Node) -> None:
    for row in consents("deny", "category"):
        number = row["nhs_number"]
        for request in (asks(node, Role.NURSE, Purpose.TREAT), crew(node)):
            record = await asking.whole_record(node, number, request)
            assert "depress" not in record.casefold(), number
    jack = await asking.emergency(node, "9991701079", crew(node))
    assert "dementia" in " ".join(items(jack)).casefold()


async def test_a_restricted_condition_is_in_no_ordinary_view_of_any_source(node: Node) -> None:
    for number, names in restricted().items():
        for request in (
            asks(node, Role.GP, Purpose.TREAT),
            asks(node, Role.NURSE, Purpose.TREAT, organisation="RXX"),
            crew(node),
        ):
            record = await asking.whole_record(node, number, request)
            for name in names:
                assert name.casefold() not in record.casefold(), number


async def test_the_person_reads_all_of_it_whatever_they_decided(node: Node) -> None:
    for row in consents("deny", "all"):
        person = await asking.person_with(node, row["nhs_number"])
        own = Request(
            Actor("self", Role.PATIENT, "", person=person),
            Purpose.PATRQT,
            node.clock.now(),
            id=node.ids.new(),
        )
        summary = await asking.emergency(node, row["nhs_number"], own)
        assert summary["withheld"] is None
