"""People, and those who act for them, get an account by a command; it opens what is theirs."""

import asyncio
from pathlib import Path

import httpx
import pytest

from app.test_posts import browser, token
from doors.node_parts import load, node_in, patient, submission
from throughcare import cli
from throughcare.app.entering import called
from throughcare.app.folder import existing
from throughcare.app.node import opened
from throughcare.audit import scan
from throughcare.kernel import BadInputError, NotFoundError

ROSE, TOM = "9990000018", "9990000026"
ACCOUNT = ("account", "omar")
STAFF = ("staff", "omar", "--name", "Omar Baines", "--post", "nurse@RXX")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    async def make() -> None:
        async with node_in(tmp_path) as node:
            await load(node, submission("gp", patient("Example", ROSE), key="1"))
            await load(node, submission("gp", patient("Sample", TOM), key="2"))

    asyncio.run(make())
    return tmp_path / "node"


def run(folder: Path, *words: str) -> None:
    cli.commands.main([*words, "--node", str(folder)], standalone_mode=False)


def account(folder: Path, *words: str) -> None:
    run(folder, "account", *words)


async def signed_in(folder: Path, link: str) -> httpx.Response:
    async with opened(existing(folder)) as node:
        client = browser(node)
        asked = await client.get(link)
        answer = await client.post(link, data={"token": token(asked.text)})
        if answer.status_code != 303:
            return answer
        return await client.get(answer.headers["location"], follow_redirects=True)


def test_a_person_and_who_acts_for_one_sign_in_with_the_link_that_is_printed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account(folder, "rose", "--name", "Rose Example", "--nhs", "999 000 0018")
    page = asyncio.run(signed_in(folder, capsys.readouterr().out.strip()))
    assert (page.status_code, "EXAMPLE" in page.text) == (200, True)
    account(folder, "omar", "--name", "Omar Baines", "--proxy")
    page = asyncio.run(signed_in(folder, capsys.readouterr().out.strip()))
    assert "No right to act for anybody is in force" in page.text
    account(folder, "rose", "--nhs", ROSE)
    link = capsys.readouterr().out.strip()
    account(folder, "rose", "--retire")
    assert capsys.readouterr().out.strip() == "rose can sign in no more."
    assert asyncio.run(signed_in(folder, link)).status_code != 200
    lines = [each.entry for each in scan.every(existing(folder).ledger)]
    assert [each.what for each in lines if each.action == "account"] == [
        "rose: patient",
        "omar: proxy",
        "rose: patient",
    ]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("rose", "--nhs", TOM), BadInputError),
        (("rose", "--proxy"), BadInputError),
        (("ruth", "--nhs", "9990000019"), BadInputError),
        (("ruth", "--nhs", "9990000034"), NotFoundError),
    ],
)
def test_a_sign_in_name_passes_to_nobody_else_and_belongs_to_somebody_who_is_here(
    folder: Path, words: tuple[str, ...], error: type[Exception]
) -> None:
    account(folder, "rose", "--nhs", ROSE)
    with pytest.raises(error):
        account(folder, *words)


@pytest.mark.parametrize("retired", [True, False])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((*ACCOUNT, "--proxy"), (*ACCOUNT, "--name", "Una Moss", "--proxy")),
        ((*ACCOUNT, "--nhs", ROSE), ("staff", "omar", "--post", "nurse@RXX")),
        ((*ACCOUNT, "--proxy"), ("staff", "omar", "--post", "nurse@RXX")),
        (("staff", "omar", "--post", "nurse@RXX"), (*ACCOUNT, "--proxy")),
        (STAFF, ("staff", "omar", "--name", "Una Moss", "--post", "gp@B86001")),
        ((*ACCOUNT, "--nhs", ROSE), (*ACCOUNT, "--nhs", TOM)),
    ],
)
def test_a_name_passes_to_nobody_else_even_after_it_was_retired(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    before: tuple[str, ...],
    after: tuple[str, ...],
    *,
    retired: bool,
) -> None:
    run(folder, *before)
    if retired:
        run(folder, *before[:2], "--retire")
    lines = len(list(scan.every(existing(folder).ledger)))
    with pytest.raises(BadInputError, match="passes to another"):
        run(folder, *after)
    assert len(list(scan.every(existing(folder).ledger))) == lines
    run(folder, *before)  # who it belongs to comes back
    assert "/sign-in/" in capsys.readouterr().out.splitlines()[-1]


def test_somebody_who_marries_keeps_their_sign_in_name(folder: Path) -> None:
    run(folder, *STAFF)
    run(folder, "staff", "omar", "--name", "Omar Moss", "--post", "nurse@RXX", "--renamed")
    assert asyncio.run(name_of(folder)) == "Omar Moss"
    run(folder, "staff", "omar", "--post", "gp@B86001")
    assert asyncio.run(name_of(folder)) == "Omar Moss"  # another post leaves the name as it was


async def name_of(folder: Path) -> str:
    async with opened(existing(folder)) as node:
        return await called(node, "omar")
