"""What a simulation counts is what the change then does."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from doors.node_parts import asks, condition, consent, load, node_in, patient, submission
from store.engines import on_every_engine
from throughcare.app import profiles
from throughcare.app.node import Node
from throughcare.audit import scan
from throughcare.consent.profile import default_text, parse
from throughcare.disclosure.simulating import contacts
from throughcare.model.request import Request

pytestmark = pytest.mark.parametrize("engine", on_every_engine, indirect=True)

EDITS = {
    "opt-in": ('"opt-out"', '"opt-in"'),
    "psychiatry": ('"FERT", "STD"', '"PSY", "FERT", "STD"'),
    "bound": ("dissent_overridable = true", "dissent_overridable = false"),
}
NUMBERS = ("9990000018", "9990000026", "9990000034")


def edited(name: str) -> str:
    old, new = EDITS[name]
    return default_text().replace(old, new, 1)


async def people(node: Node) -> None:
    """Load one who said nothing, one who refuses but 2014, and one who agreed to RXX."""
    yes = {
        "provision": {
            "type": "permit",
            "actor": [
                {
                    "role": {"coding": [{"code": "IRCP"}]},
                    "reference": {"identifier": {"value": "RXX"}},
                }
            ],
        }
    }
    no = {"provision": {"type": "deny", "dataPeriod": {"start": "2014", "end": "2014"}}}
    said: Sequence[dict[str, object] | None] = (None, no, yes)
    for number, more in enumerate(said):
        who = f"urn:f{number}:Khan"
        days = {"2014-05-01": "38341003", "2015-05-01": "35489007", "2013-02-02": "38341003"}
        dated = [condition(who, code) | {"recordedDate": day} for day, code in days.items()]
        about = [patient("Khan", NUMBERS[number]), *dated]
        if more is not None:
            about.append(consent(who, **more))
        await load(node, submission(f"f{number}", *about))


async def visible(node: Node, request: Request) -> dict[str, int]:
    """Return each entry that a request may see through the door, with its subject."""
    async with node.store.whole() as reader:
        ground = await node.disclosure.gates.ground(reader, request)
        rows = await reader.rows("disclosure.persons_of_all")
        subjects = [int(row[0] or 0) for row in rows]
        seen = await node.records.seen_of(reader, subjects, ground.gate)
    return {f"{each.type}/{each.id}": each.subject for each in seen}


@pytest.mark.parametrize("name", sorted(EDITS))
async def test_a_simulation_counts_what_the_change_then_does(tmp_path: Path, name: str) -> None:
    async with node_in(tmp_path) as node:
        await people(node)
        told: list[tuple[int, int]] = []
        before, after, found = await profiles.simulate(
            node, edited(name), lambda done, total: told.append((done, total))
        )
        assert (found.persons, told[-1]) == (len(NUMBERS), (len(NUMBERS), len(NUMBERS)))
        assert node.profile.version == before  # nothing was changed
        asked = list(contacts(node.profile, parse(edited(name)), asks()))
        shown = [await visible(node, request) for _, request in asked]
        await profiles.use(node, edited(name), "")
        assert node.profile.version == after
        expected = []
        for (effect, request), had in zip(asked, shown, strict=True):
            has = await visible(node, request)
            opened, closed = has.keys() - had.keys(), had.keys() - has.keys()
            if opened or closed:
                persons = len({has[each] for each in opened}), len({had[each] for each in closed})
                key = (effect.role, effect.purpose, effect.contact)
                expected.append((*key, len(opened), len(closed), *persons))
        assert expected
        assert expected == [
            (
                *(each.role, each.purpose, each.contact, each.opened, each.closed),
                *(len(each.opened_to), len(each.closed_to)),
            )
            for each in found.effects
        ]


async def test_a_simulation_is_in_the_ledger(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await people(node)
        await profiles.simulate(node, edited("bound"), lambda _done, _total: None)
        lines = [each.entry for each in scan.every(node.folder.ledger)]
        assert any(each.what.startswith("simulated 1-") for each in lines)
