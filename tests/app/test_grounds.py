"""On what ground somebody looks on the pages: relationship, claim, broken glass and its end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.operated import SetClock
from doors.node_parts import asks, condition, consent, load, names, patient, person_of, submission
from throughcare.actors.directory import User
from throughcare.app import relationships
from throughcare.app.folder import create
from throughcare.app.node import Node, opened
from throughcare.app.pages import PagesOf
from throughcare.app.posts import PostsOf
from throughcare.app.relationships import Care
from throughcare.model.request import Actor, Permission, Purpose, Reason, Role
from throughcare.store.protocol import Transaction
from throughcare.summary.paper import for_copy
from throughcare.summary.timeline import Chosen
from throughcare.web import ports

KEEPER = Actor("keeper", Role.IT_LEAD, "", client="cli")
OFFICER = asks(Role.PRIVACY_OFFICER, Purpose.HOPERAT, organisation="QWO")


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def node(tmp_path: Path, clock: SetClock) -> AsyncIterator[Node]:
    async with opened(create(tmp_path / "node"), clock=clock) as made:
        yield made


async def person_in(node: Node, *more: dict[str, object]) -> tuple[int, str]:
    url = "urn:gp:Moss"
    given = submission("gp", patient("Moss", "9990000018"), condition(url, "195967001"), *more)
    (outcome,) = await load(node, given)
    return await person_id_of(node, names(outcome)[0])


async def person_id_of(node: Node, name: str) -> tuple[int, str]:
    number = await person_of(node, name)
    async with node.store.snapshot() as reader:
        return number, await node.persons.public_id(reader, number)


async def session_of(node: Node, user: User) -> ports.Session:
    async def work(tx: Transaction) -> str:
        await node.directory.put(tx, user)
        return await node.links.make(tx, user.id, user.roles[0])

    posts = PostsOf(node, PagesOf(node))
    signed_in = await posts.sign_in(await node.store.transact(work), "")
    assert signed_in is not None
    return signed_in.session


NURSE = User("nurse-1", "Nia Owen", (Role.NURSE,), "RXX")


async def test_without_any_recorded_relationship_a_reader_is_only_asked_for_permission(
    node: Node,
) -> None:
    _, public = await person_in(node)
    nurse, pages = await session_of(node, NURSE), PagesOf(node)
    view = await pages.emergency(nurse, public)
    assert view.withheld is not None
    assert view.withheld.code == "ask"


async def test_a_reader_without_a_recorded_relationship_claims_one_and_it_is_told(
    node: Node,
) -> None:
    person, public = await person_in(node)
    nurse, pages = await session_of(node, NURSE), PagesOf(node)
    care = Care(person, "B86001", ground="registered")
    await relationships.begin(node, care, KEEPER)
    for answer in (None, Permission.GIVEN):
        if answer is not None:
            await pages.permission(nurse, public, answer)
        view = await pages.emergency(nurse, public)
        assert view.withheld is not None
        assert view.withheld.code == "no-relationship"
    assert await node.oversight.cases(OFFICER) == []
    await pages.claim(nurse, public, Reason("just come to the ward"))
    view = await pages.emergency(nurse, public)
    assert view.withheld is None
    assert view.ground.claimed
    ((case, _),) = await node.oversight.cases(OFFICER)
    assert case.reasons == ("no care relationship",)
    assert case.said == "just come to the ward"
    await pages.hand_over(nurse, public)
    again = await pages.emergency(nurse, public)
    assert again.withheld is not None


async def test_a_recorded_relationship_needs_no_claim_until_it_ends(node: Node) -> None:
    person, public = await person_in(node)
    nurse, pages = await session_of(node, NURSE), PagesOf(node)
    care = Care(person, "RXX", ground="admitted")
    await relationships.begin(node, care, KEEPER)
    await pages.permission(nurse, public, Permission.GIVEN)
    assert (await pages.emergency(nurse, public)).withheld is None
    await pages.hand_over(nurse, public)
    assert await relationships.end(node, care, KEEPER) == 1
    view = await pages.emergency(nurse, public)
    assert view.withheld is not None
    assert view.withheld.code == "no-relationship"


async def test_broken_glass_ends_by_time_and_goes_on_with_the_same_reason(
    node: Node, clock: SetClock
) -> None:
    _, public = await person_in(node, consent("urn:gp:Moss"))
    nurse, pages = await session_of(node, NURSE), PagesOf(node)
    await pages.break_glass(nurse, public, Reason("unconscious", "cannot-be-asked"))
    view = await pages.emergency(nurse, public)
    assert view.withheld is None
    for _ in range(9):
        clock.pass_by(29 * 60)
        assert await pages.session(nurse.cookie) is not None
    over = await pages.emergency(nurse, public)
    assert over.withheld is not None
    assert (over.withheld.code, over.ground.reason) == ("expired", "unconscious")
    timeline = await pages.timeline(nurse, public, Chosen(), after="")
    assert timeline.withheld is not None
    assert not timeline.page.lines
    await pages.renew_glass(nurse, public)
    assert (await pages.emergency(nurse, public)).withheld is None
    states = [(case.reasons, case.said) for case, _ in await node.oversight.cases(OFFICER)]
    assert states == [(("break-glass",), "unconscious")] * 2  # each window is told of


@pytest.mark.parametrize("hours", [0, 5])
async def test_the_person_is_told_of_broken_glass_at_once_or_as_late_as_the_locality_says(
    tmp_path: Path, clock: SetClock, hours: int
) -> None:
    folder = create(tmp_path / "node")
    text = folder.locality.read_text("utf-8")
    late = text.replace("notify_after_hours = 0", f"notify_after_hours = {hours}")
    folder.locality.write_text(late, "utf-8")
    async with opened(folder, clock=clock) as node:
        number, public = await person_in(node, consent("urn:gp:Moss"))
        nurse, pages = await session_of(node, NURSE), PagesOf(node)
        await pages.break_glass(nurse, public, Reason("unconscious", "danger-to-life"))
        assert (await pages.emergency(nurse, public)).told == ()
        own = await session_of(node, User("own", "Ida", (Role.PATIENT,), "", number))
        told = [(await pages.emergency(own, public)).told]
        looks = [await pages.looks(own, public, after="")]
        clock.pass_by(5 * 3600)
        own = await session_of(node, User("own", "Ida", (Role.PATIENT,), "", number))
        told.append((await pages.emergency(own, public)).told)
        looks.append(await pages.looks(own, public, after=""))
        assert [len(each) for each in told] == ([1, 1] if hours == 0 else [0, 1])
        assert "Nia Owen, nurse, RXX opened your record" in told[1][0]
        assert told[1][0].endswith("They said: unconscious")
        broken = [any(line.overridden for line in view.lines) for view in looks]
        assert broken == ([True, True] if hours == 0 else [False, True])
        officer = await session_of(node, User("o", "Pat", (Role.PRIVACY_OFFICER,), "QWO"))
        assert len(await pages.access_alerts(officer)) == 1  # at once, whatever the person is told
        clock.pass_by(31 * 24 * 3600)
        own = await session_of(node, User("own", "Ida", (Role.PATIENT,), "", number))
        assert (await pages.emergency(own, public)).told == ()


async def test_each_look_says_why_in_plain_words_to_the_person_and_by_rule_to_the_officer(
    node: Node,
) -> None:
    number, public = await person_in(node)
    nurse, pages = await session_of(node, NURSE), PagesOf(node)
    await pages.permission(nurse, public, Permission.GIVEN)
    await pages.emergency(nurse, public)
    own = await session_of(node, User("own", "Ida", (Role.PATIENT,), "", number))
    officer = await session_of(node, User("o", "Pat", (Role.PRIVACY_OFFICER,), "QWO"))
    to_person, to_officer = [
        next(
            line.why
            for line in (await pages.looks(session, public, after="")).lines
            if line.action == "looked at the emergency summary"
        )
        for session in (own, officer)
    ]
    assert to_person == "They could look, because they care for you, and you had not said no."
    version = node.profile.version
    assert to_officer.startswith(f"Rank 6 by profile:opt-out; rules of sharing {version};")
    assert "consent epoch" in to_officer


async def test_a_withheld_record_says_by_what_it_was_decided_and_no_choice_by_its_id(
    node: Node,
) -> None:
    _, public = await person_in(node, consent("urn:gp:Moss"))
    nurse, pages = await session_of(node, NURSE), PagesOf(node)
    await pages.permission(nurse, public, Permission.GIVEN)
    withheld = (await pages.emergency(nurse, public)).withheld
    assert withheld is not None
    version = node.profile.version
    assert withheld.basis == f"Denied at rank 5 by directive; rules of sharing {version}."


@pytest.mark.parametrize("restricted", [True, False])
async def test_a_copy_of_a_restricted_persons_summary_names_nobody_who_would_know(
    node: Node, *, restricted: bool
) -> None:
    label = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    meta = {"security": [{"system": label, "code": "R" if restricted else "N"}]}
    sister = {
        "resourceType": "RelatedPerson",
        "patient": {"reference": "urn:gp:Moss"},
        "name": [{"family": "Moss", "given": ["Ann"]}],
        "telecom": [{"system": "phone", "value": "01632 960 001"}],
    }
    given = submission("gp", patient("Moss", "9990000018", meta=meta), sister)
    (outcome,) = await load(node, given)
    _, public = await person_id_of(node, names(outcome)[0])
    nurse, pages = await session_of(node, NURSE), PagesOf(node)
    await pages.break_glass(nurse, public, Reason("unconscious", "cannot-be-asked"))
    summary = (await pages.emergency(nurse, public, ports.Summary.PAPER)).summary
    assert summary.restricted is restricted
    assert len(for_copy(summary).contacts.items) == (0 if restricted else 1)
