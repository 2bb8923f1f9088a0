"""Match review on a node: by its pages, as the locality's profile lets its roles."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api.test_exports import all_lines
from api.test_merge import REVIEWER, ask, flag, person, state
from app.test_grounds import session_of
from doors.node_parts import asks, load, node_in, patient, person_of, submission
from throughcare.actors.directory import User
from throughcare.app.folder import create
from throughcare.app.gateway import gateway
from throughcare.app.matching import MatchingOf
from throughcare.app.node import Node, opened
from throughcare.audit.lines import Lines
from throughcare.consent import profile
from throughcare.disclosure.reviewers import BOTH_ACTIVE
from throughcare.kernel import BadInputError, DeniedError
from throughcare.model.person import PersonQuery, QueueQuery, Standing
from throughcare.model.request import Purpose, Role

OFFICER = User("officer", "Pat Lomax", (Role.PRIVACY_OFFICER,), "QWO")
LEAD = User("lead", "Ian Firth", (Role.IT_LEAD,), "QWO")
DOCTOR = User("gp-1", "Ruth Farrow", (Role.GP,), "B86001")
NUMBER = PersonQuery(nhs_number="9990000018")


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as made:
        yield made


async def subject_of(node: Node, name: str) -> int:
    async with node.store.snapshot() as reader:
        found = await node.records.subject_of(reader, *name.split("/"))
    assert found is not None
    return found


async def pair_of(node: Node, one: str, other: str) -> str:
    return f"{await subject_of(node, one)}-{await subject_of(node, other)}"


async def test_two_people_are_found_compared_linked_and_parted_again_byte_for_byte(
    node: Node,
) -> None:
    pages, officer = MatchingOf(node), await session_of(node, OFFICER)
    moss = await person(node, "gp", "Moss", "9990000018")
    rock = await person(node, "hospital", "Rock", "9990000026")
    (first,), left = await pages.find_records(officer, NUMBER)
    assert (left.total, left.is_whole) == (1, True)
    assert [(each.source, each.local_id) for each in first.records] == [("gp", "gp-Moss")]
    pair = await pair_of(node, moss, rock)
    assert pair.startswith(f"{first.records[0].subject}-")
    before = await state(node, [moss, rock])
    seen = await pages.pair(officer, pair)
    assert seen.pair.standing is Standing.TWO
    assert "Their NHS numbers differ." in seen.pair.cautions
    assert [len(group) for group in seen.ahead.after] == [2]
    for nothing in ("", "  "):
        with pytest.raises(BadInputError):
            await pages.rule(officer, pair, same=True, why=nothing)
    assert await state(node, [moss, rock]) == before
    await pages.rule(officer, pair, same=True, why="seen at the desk")
    assert await person_of(node, moss) == await person_of(node, rock)
    linked = (await pages.pair(officer, pair)).pair
    assert linked.ruled
    assert (linked.standing, linked.ruled.who) == (Standing.LINKED, "officer")
    await pages.undo(officer, pair)
    assert await state(node, [moss, rock]) == before
    persons = {await person_of(node, moss), await person_of(node, rock)}
    async with node.store.snapshot() as reader:
        found = await Lines(node.folder.ledger).lines_about(reader, persons)
    lines = [line for line in found if line.user == "officer"]
    assert [line.reason for line in lines if line.action == "merge"] == ["seen at the desk"]
    for action in ("compare", "merge", "undo"):
        assert persons in [set(line.persons) for line in lines if line.action == action]
    assert "find" in {line.action for line in lines}


async def test_what_the_index_linked_is_parted_on_the_page(node: Node) -> None:
    pages, officer = MatchingOf(node), await session_of(node, OFFICER)
    moss = await person(node, "gp", "Moss", "9990000018")
    other = await person(node, "hospital", "Moss", "9990000018")
    pair = await pair_of(node, moss, other)
    before = await state(node, [moss, other])
    assert (await pages.pair(officer, pair)).pair.standing is Standing.ONE
    await pages.rule(officer, pair, same=False, why="two people")
    assert (await pages.pair(officer, pair)).pair.standing is Standing.APART
    await pages.undo(officer, pair)
    assert await state(node, [moss, other]) == before


async def test_people_are_found_by_the_door_that_all_search_by(node: Node) -> None:
    await person(node, "gp", "Moss", "9990000018")
    pages = MatchingOf(node)
    with pytest.raises(DeniedError, match="does not see"):
        await pages.find_records(await session_of(node, LEAD), NUMBER)


async def test_care_of_both_in_the_last_months_is_warned_of(node: Node) -> None:
    pages, lead = MatchingOf(node), await session_of(node, LEAD)
    today = node.clock.now().date().isoformat()
    patients = []
    for source, family in (("gp", "Moss"), ("hospital", "Rock")):
        patients.append(await person(node, source, family))
    pair = await pair_of(node, *patients)
    assert BOTH_ACTIVE not in (await pages.pair(lead, pair)).pair.cautions
    for source, family in (("gp", "Moss"), ("hospital", "Rock")):
        seen = {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": {"reference": f"urn:{source}:{family}"},
            "period": {"start": today, "end": today},
        }
        await load(node, submission(source, patient(family), seen, key=f"{family} again"))
    assert BOTH_ACTIVE in (await pages.pair(lead, pair)).pair.cautions


async def test_the_profile_says_who_is_a_match_reviewer(tmp_path: Path) -> None:
    folder = create(tmp_path / "node")
    rules = profile.default_text()
    usual = 'reviewers = ["it-lead", "privacy-officer"]'
    assert usual in rules
    text = rules.replace(usual, 'reviewers = ["gp"]')
    (tmp_path / "node" / "locality.toml").write_text(text, encoding="utf-8")
    async with opened(folder) as node:
        pages = MatchingOf(node)
        lead, doctor = await session_of(node, LEAD), await session_of(node, DOCTOR)
        assert (lead.matches, doctor.matches) == (False, True)
        assert (await pages.queue(doctor, QueueQuery())).waiting == 0
        for call in (pages.queue(lead, QueueQuery()), pages.undo(lead, "1-2")):
            with pytest.raises(DeniedError, match="here gp"):
                await call
        refused = [line for line in await all_lines(node) if line.outcome == "deny"]
        assert {(line.user, line.action) for line in refused} == {
            ("lead", "refused"),
            ("lead", "undo"),
        }


def test_nobody_decides_whose_their_own_record_is() -> None:
    text = profile.default_text().replace('"it-lead", "privacy-officer"]', '"it-lead", "patient"]')
    with pytest.raises(BadInputError, match=r"matching\.reviewers may not hold patient"):
        profile.parse(text)
    silent = profile.default_text()
    start = silent.index("[matching]")
    without = silent[:start] + silent[silent.index("# People who act for others") :]
    usual = profile.parse(silent).reviewers
    assert profile.parse(without).reviewers == usual == {Role.IT_LEAD, Role.PRIVACY_OFFICER}


async def test_the_interface_shows_any_pair_and_what_contradicts(node: Node) -> None:
    moss, rock, hill = [await person(node, "hospital", each) for each in ("Moss", "Rock", "Hill")]
    assert (await ask(node, moss, rock)).status_code == 200
    assert (await ask(node, rock, hill)).status_code == 200
    refused = await ask(node, moss, hill, flag("keep-apart"), does="unmerge")
    assert refused.status_code == 409
    assert "both can't be true" in refused.json()["issue"][0]["diagnostics"]
    preview = await ask(node, moss, hill, flag("keep-apart"), flag("preview"), does="unmerge")
    told = [each for each in preview.json()["parameter"] if each["name"] == "unheeded"]
    assert len(told) == 1
    headers = {"authorization": f"Bearer {node.issue(REVIEWER, hours=1)}"}
    transport = httpx.ASGITransport(gateway(node))
    address = "http://node/api/reviews"
    async with httpx.AsyncClient(transport=transport, base_url=address, headers=headers) as client:
        pair = (await client.get(f"/{await pair_of(node, moss, rock)}")).json()
        assert (pair["standing"], pair["ruled"]["decision"]) == ("linked", "same")
        assert sum(each["weight"] for each in pair["fields"]) == pytest.approx(pair["score"])
        assert (await client.get("/contradictions")).json() == []
        assert (await client.get("/1-99")).status_code == 404
        headers["authorization"] = f"Bearer {node.issue(asks(Role.NURSE), hours=1)}"
        for path in ("", "/figures", "/changes", "/contradictions", "/1-2"):
            assert (await client.get(path, headers=headers)).status_code == 403
        assert REVIEWER.purpose is Purpose.HOPERAT
