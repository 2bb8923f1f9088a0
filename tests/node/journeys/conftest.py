"""The served demo node, a browser, and everybody who can sign in there."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from node.conftest import Served
from node.journeys.visitor import CHROMIUM, FLAGS, PHONE, Visitor
from throughcare.app import folder
from throughcare.app.node import opened
from throughcare.store.protocol import Transaction
from throughcare.summary.words import role_name

LINKS_EACH = 12
"""Sign-in links made for everybody: a file of tests uses one or two."""

Links = dict[str, Iterator[str]]
Visit = Callable[..., Visitor]


async def _links(node: Path) -> dict[str, list[str]]:
    """Return links of all users by name and role, such as ``Sam Reid, paramedic``."""
    made: dict[str, list[str]] = {}
    async with opened(folder.existing(node)) as running:
        async with running.store.snapshot() as reader:
            users = await running.directory.all(reader)

        async def work(tx: Transaction) -> None:
            life = timedelta(hours=12)
            for user in users:
                role = user.roles[0]
                codes = [
                    await running.links.make(tx, user.id, role, lifetime=life)
                    for _ in range(LINKS_EACH)
                ]
                roles = " or ".join(role_name(post.role.value) for post in user.posts)
                who = f"{user.name}, {roles}"
                made[who] = [f"/sign-in/{code}" for code in codes]

        await running.store.transact(work)
    return made


def links_of(node: Path) -> dict[str, list[str]]:
    """Return one-time links of everybody in a demo node, from whatever thread."""
    with ThreadPoolExecutor(1) as beside:  # a browser of this thread has a loop of its own
        return beside.submit(lambda: asyncio.run(_links(node))).result()


@pytest.fixture(scope="session")
def links(served: Served) -> Links:
    """Return one-time links of everybody in the demo's table."""
    return {who: iter(each) for who, each in links_of(served.node).items()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one browser for a file of tests."""
    if not CHROMIUM.exists():
        pytest.skip("no /usr/bin/chromium: browser not tested")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="module")
def visit(browser: Browser, served: Served, links: Links) -> Iterator[Visit]:
    """Return how to sign somebody in, with or without scripts; "" is nobody. Each once a file."""
    visitors: dict[tuple[str, bool], Visitor] = {}

    def sign_in(who: str, *, scripts: bool = True) -> Visitor:
        if (who, scripts) in visitors:
            return visitors[who, scripts]
        size = {"width": PHONE[0], "height": PHONE[1]}
        context = browser.new_context(viewport=size, java_script_enabled=scripts)  # type: ignore[arg-type]
        visitor = Visitor(served.base, context, context.new_page())
        if who:
            visitor.go(next(links[who]))
            visitor.press("Sign in")
        visitor.begin()
        visitors[who, scripts] = visitor
        return visitor

    yield sign_in
    for visitor in visitors.values():
        visitor.context.close()
