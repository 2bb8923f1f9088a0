"""Match review at the command line: looks and decisions like any other."""

import asyncio
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner

from doors.node_parts import load, names, patient, submission
from throughcare.app.folder import create
from throughcare.app.node import opened
from throughcare.app.system import SystemClock
from throughcare.audit.lines import Lines
from throughcare.cli import commands
from throughcare.kernel import NotFoundError


async def two(root: Path) -> list[str]:
    async with opened(create(root)) as node:
        given = [submission(source, patient("Moss", "9990000018")) for source in ("gp", "hospital")]
        return [names(outcome)[0] for outcome in await load(node, *given)]


async def actions(root: Path) -> list[tuple[str, str]]:
    async with opened(create(root)) as node, node.store.snapshot() as reader:
        persons = {record.person for record in await node.persons.people(reader)}
        lines = await Lines(node.folder.ledger).lines_about(reader, persons)
        return [(line.action, line.user) for line in lines]


def test_two_patients_of_a_node_are_explained_and_the_look_is_kept(tmp_path: Path) -> None:
    root = tmp_path / "node"
    one, other = asyncio.run(two(root))
    where = ["--node", str(root), "--user", "ada"]
    done = CliRunner().invoke(commands, ["identity", "explain", one, other, *where])
    assert done.exit_code == 0, done.output
    levels = {line.split("  ")[0]: line for line in done.output.splitlines()}
    assert " exact " in levels["family"]
    assert done.output.splitlines()[-1].startswith("link, +")
    assert ("compare", "ada") in asyncio.run(actions(root))
    lost = CliRunner().invoke(commands, ["identity", "explain", one, "Patient/none", *where])
    assert isinstance(lost.exception, NotFoundError)
    neither = CliRunner().invoke(commands, ["identity", "explain", one, other])
    assert neither.exit_code == 2


def run(root: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(commands, [*words, "--node", str(root)])
    return done.exit_code, done.output


async def two_in_doubt(root: Path) -> list[str]:
    john = [{"family": "Smith", "given": ["John"]}]
    async with opened(create(root)) as node:
        home, away = ({"address": [{"postalCode": code}]} for code in ("BD9 6RJ", "YO1 9AA"))
        given = [
            submission("gp", patient("Smith", "9990000018", name=john, **home)),
            submission("social", patient("Smith", name=john, **away)),
        ]
        return [names(outcome)[0] for outcome in await load(node, *given)]


def test_a_pair_is_put_off_decided_and_counted(tmp_path: Path) -> None:
    root = tmp_path / "node"
    asyncio.run(two_in_doubt(root))
    code, listed = run(root, "reviews")
    assert code == 0
    assert "1 pair waits" in listed
    until = (SystemClock().now() + timedelta(days=3)).date().isoformat()
    put_off = ("reviews", "--later", "2-1", "--why", "ask the ward")
    assert run(root, *put_off)[0] == 2
    assert run(root, *put_off, "--until", until)[0] == 0
    assert until in run(root, "reviews")[1]
    assert "put off 1" in run(root, "reviews", "--figures")[1]
    assert run(root, "reviews", "--apart", "2-1")[0] == 2
    assert run(root, "reviews", "--apart", "2-1", "--why", "two people")[0] == 0
    figures = run(root, "reviews", "--figures")[1]
    assert "linked 0, kept apart 1" in figures
    assert "by local-user: kept apart 1" in figures
    assert run(root, "reviews", "--undo", "2-1")[0] == 0
    assert "taken back       1" in run(root, "reviews", "--figures")[1]


def test_two_patients_are_merged_with_a_reason_and_parted_again(tmp_path: Path) -> None:
    root = tmp_path / "node"
    one, other = asyncio.run(two_in_doubt(root))
    merge, unmerge = (("identity", does, one, other) for does in ("merge", "unmerge"))
    _, before = run(root, "people", "--csv")
    assert run(root, *merge)[0] == 2
    code, said = run(root, *merge, "--preview")
    assert code == 0
    assert said.count("before") == 2
    assert run(root, "people", "--csv") == (0, before)
    assert run(root, *merge, "--why", "one person")[0] == 0
    assert run(root, "people", "--csv")[1] != before
    assert run(root, *unmerge, "--why", "two people")[0] == 0
    assert run(root, "people", "--csv") == (0, before)
    assert run(root, *unmerge, "--keep-apart", "--why", "two people")[0] == 0
    assert "0 pairs wait" in run(root, "reviews")[1]
