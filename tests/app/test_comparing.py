"""``throughcare identity explain`` of two Patients of a node: a look like any other."""

import asyncio
from pathlib import Path

from click.testing import CliRunner

from doors.node_parts import load, names, patient, submission
from throughcare.app.folder import create
from throughcare.app.node import opened
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
