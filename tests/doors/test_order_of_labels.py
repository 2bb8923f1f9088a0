"""Labels are those of the whole record, in whatever order its entries came."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random  # noqa: TID251 - seeded, so that a case can be had again
from typing import Any

import pytest
from msgspec import structs

from doors.node_parts import ACT, asks, condition, load, node_in, patient, person_of, submission
from node.withheld.making import ASTHMA, Maker
from node.withheld.world import World
from throughcare.admission.sight import Sight
from throughcare.app.node import Node
from throughcare.consent.labels import Member, classify_record
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.entry import EntryClass
from throughcare.model.submission import Method, Submission

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

NOTHING = frozenset[str]()
SEALED = {"meta": {"security": [{"system": ACT, "code": "STD"}]}}
PEOPLE = 60
SAID = (Maker.condition, Maker.observation, Maker.allergy, Maker.encounter)
SAYING = (
    *(Maker.provenance, Maker.looked, Maker.composition, Maker.document, Maker.condition),
    *(Maker.report, Maker.origin, Maker.procedure),
)


def drawn(random: Random) -> World:
    """Return a world of many people, each with next to nothing: most labels reach one entry."""
    maker = Maker(random)
    for number in range(PEOPLE):
        day = f"19{30 + number}-0{1 + number % 9}-1{number % 10}"
        members = {"name": [{"family": f"F{number * 7919}"}], "birthDate": day}
        person = maker.put("Patient", members, "")
        for kind in (random.choice(SAID), random.choice(SAYING), random.choice(SAYING)):
            kind(maker, person)
    return maker.world


async def bring(node: Node, world: World, random: Random) -> None:
    """Send the people of a world, then all else in any order, two of anybody's at once."""
    people = [name for name in world.entries if name.startswith("Patient/")]
    others = [name for name in world.entries if not name.startswith("Patient/")]
    random.shuffle(others)
    together = [others[at : at + 2] for at in range(0, len(others), 2)]
    for number, names in enumerate((people, *together)):
        source = "gp"
        sent = [world.told(name, NOTHING) for name in names]
        (outcome,) = await load(node, submission(source, *sent, key=str(number)))
        assert outcome.rejection is None, outcome.rejection


def ends(given: Submission) -> Submission:
    """Return the end of what a submission brings."""
    items = [replace(item, method=Method.DELETE, raw=None) for item in given.items]
    return replace(given, items=tuple(items))


async def post(node: Node, resource: dict[str, Any], number: int) -> None:
    """Create an entry as a client does, which gets its id with its request."""
    new = {name: member for name, member in resource.items() if name != "id"}
    request = structs.replace(asks(), id=f"request-{number}")
    sight = Sight(*await node.disclosure.sight(request))
    given = submission("api-RXX", new, key=f"post{number}")
    outcome = await node.admission.interact(request, given, sight)
    assert outcome.rejection is None, outcome.rejection


async def change(node: Node, world: World, random: Random, numbers: Iterator[int]) -> None:
    """Write so much again, take so much away and add so much that labels come and go."""
    names = [name for name in world.entries if not name.startswith(("Patient/", "Practitioner/"))]
    for name, number in zip(random.choices(names, k=4 * PEOPLE), numbers, strict=False):
        told = world.told(name, NOTHING)
        labelled = SEALED if random.random() < 0.05 else {}
        plain = {key: member for key, member in told.items() if key != "meta"}
        way = random.choice(("again", "else", "plain", "post", "post", "end"))
        if way == "post":
            await post(node, plain | labelled, number)
            continue
        sent = {"again": told, "else": plain | {"language": "cy"}, "plain": plain | labelled}
        given = submission("gp", sent.get(way, told), key=f"again{number}")
        await load(node, ends(given) if way == "end" else given)


async def classes(node: Node, person: str) -> tuple[dict[str, EntryClass], dict[str, EntryClass]]:
    """Return the classes of a person's entries as stored, and as worked out of all at once."""
    number = await person_of(node, person)
    async with node.store.snapshot() as reader:
        subjects = await node.persons.subjects_of(reader, number)
        entries = await node.records.unfiltered(reader, subjects)
    members = [
        Member(f"{each.type}/{each.id}", fhir_bytes.read_again(each.body), each.cls.custodian)
        for each in entries
    ]
    return {f"{each.type}/{each.id}": each.cls for each in entries}, classify_record(members)


async def test_an_entry_has_the_labels_of_the_whole_record_whatever_came_first(
    tmp_path: Path,
) -> None:
    random = Random(9)  # noqa: S311 - no secret is made of it
    world = drawn(random)
    async with node_in(tmp_path) as node:
        await bring(node, world, random)
        for person in (name for name in world.entries if name.startswith("Patient/")):
            stored, whole = await classes(node, person)
            assert stored == whole


async def test_an_entry_has_the_labels_of_the_whole_record_whatever_became_of_the_others(
    tmp_path: Path,
) -> None:
    random = Random(10)  # noqa: S311 - no secret is made of it
    world = drawn(random)
    found = 0
    async with node_in(tmp_path) as node:
        await bring(node, world, random)
        await change(node, world, random, count())
        for person in (name for name in world.entries if name.startswith("Patient/")):
            stored, whole = await classes(node, person)
            assert stored == whole
            found += sum(bool(cls.labels) for cls in stored.values())
    assert found > PEOPLE


async def test_a_label_of_one_person_is_none_of_another_in_the_same_delivery(
    tmp_path: Path,
) -> None:
    labelled = condition("Patient/a", ASTHMA) | {"id": "a"} | SEALED
    sent = [
        *(patient("Abbott", id="a"), patient("Castle", id="c", birthDate="1940-02-03")),
        *(labelled, condition("Patient/c", ASTHMA) | {"id": "c"}),
    ]
    async with node_in(tmp_path) as node:
        await load(node, submission("gp", *sent))
        stored, _ = await classes(node, "Patient/a")
        assert stored["Condition/a"].labels == {"STD"}
        stored, _ = await classes(node, "Patient/c")
        assert stored["Condition/c"].labels == NOTHING
