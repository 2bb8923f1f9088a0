"""Copies on devices: off by default, for crews, and good as long as what they stand on."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.operated import SetClock
from app.test_grounds import person_in, session_of
from throughcare.actors.directory import User
from throughcare.app import profiles
from throughcare.app.folder import create
from throughcare.app.keeping import KeepingOf
from throughcare.app.node import Node, opened
from throughcare.app.pages import PagesOf
from throughcare.app.posts import PostsOf
from throughcare.kernel import DeniedError, UnauthenticatedError
from throughcare.model.request import Permission, Reason, Role

CREW = User("crew", "Sam Reid", (Role.PARAMEDIC, Role.NURSE), "RX8")
NURSE = User("nurse-1", "Nia Owen", (Role.NURSE,), "RXX")


async def node_with(folder: Path, rules: str) -> AsyncIterator[Node]:
    made = create(folder / "node")
    made.locality.write_text(made.locality.read_text("utf-8") + rules, "utf-8")
    async with opened(made, clock=SetClock()) as node:
        yield node


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async for made in node_with(tmp_path, "\n[offline]\ncrews = true\n"):
        yield made


@pytest.fixture
async def usual(tmp_path: Path) -> AsyncIterator[Node]:
    async for made in node_with(tmp_path, ""):
        yield made


async def test_nobody_keeps_a_copy_unless_the_locality_says_so(usual: Node) -> None:
    _, public = await person_in(usual)
    crew, pages = await session_of(usual, CREW), PagesOf(usual)
    await pages.permission(crew, public, Permission.GIVEN)
    assert not (await pages.emergency(crew, public)).keeps
    with pytest.raises(DeniedError, match="locality"):
        await KeepingOf(usual, pages).keep(crew, public)


async def test_a_crew_keeps_what_it_is_shown_and_no_other_role_does(node: Node) -> None:
    _, public = await person_in(node)
    pages = PagesOf(node)
    keeping = KeepingOf(node, pages)
    nurse = await session_of(node, NURSE)
    await pages.permission(nurse, public, Permission.GIVEN)
    with pytest.raises(DeniedError, match="role"):
        await keeping.keep(nurse, public)
    crew = await session_of(node, CREW)
    with pytest.raises(DeniedError, match="not shown"):
        await keeping.keep(crew, public)
    await pages.permission(crew, public, Permission.GIVEN)
    copy = await keeping.keep(crew, public)
    assert copy.until - copy.view.made == timedelta(hours=12)
    assert await keeping.still(crew, public, copy.mark)


async def test_a_copy_ends_with_the_glass_that_was_broken_for_it(node: Node) -> None:
    _, public = await person_in(node)
    crew, pages = await session_of(node, CREW), PagesOf(node)
    await pages.break_glass(crew, public, Reason("unconscious", "cannot-be-asked"))
    copy = await KeepingOf(node, pages).keep(crew, public)
    assert copy.until - copy.view.made == timedelta(hours=4)


async def test_a_mark_holds_until_handover_refusal_or_another_session(node: Node) -> None:
    _, public = await person_in(node)
    crew, pages = await session_of(node, CREW), PagesOf(node)
    keeping = KeepingOf(node, pages)
    await pages.permission(crew, public, Permission.GIVEN)
    mark = (await keeping.keep(crew, public)).mark
    for forged in ("", mark[:-1], "mark"):
        assert not await keeping.still(crew, public, forged)
    await pages.hand_over(crew, public)
    assert not await keeping.still(crew, public, mark)
    await pages.permission(crew, public, Permission.GIVEN)
    assert await keeping.still(crew, public, mark)
    await pages.permission(crew, public, Permission.REFUSED)
    assert not await keeping.still(crew, public, mark)
    other = await session_of(node, CREW)
    await pages.permission(other, public, Permission.GIVEN)
    assert not await keeping.still(other, public, mark)
    await PostsOf(node, pages).take(crew, "nurse@RX8")
    with pytest.raises(UnauthenticatedError):
        await keeping.still(crew, public, mark)


async def test_a_mark_ends_with_the_rules_that_it_was_given_by_in_every_process(node: Node) -> None:
    _, public = await person_in(node)
    crew, pages = await session_of(node, CREW), PagesOf(node)
    await pages.permission(crew, public, Permission.GIVEN)
    mark = (await KeepingOf(node, pages).keep(crew, public)).mark
    async with opened(node.folder, clock=node.clock) as other:
        asked = KeepingOf(other, PagesOf(other))
        assert await asked.still(crew, public, mark)
        text = node.folder.locality.read_text("utf-8")
        await profiles.use(node, text.replace("version = 1", "version = 2", 1), "other rules")
        assert not await asked.still(crew, public, mark)
        assert not await KeepingOf(node, pages).still(crew, public, mark)
