"""After an upgrade the doctor says that records have former keys; a command gives them theirs."""

import asyncio
from pathlib import Path

from click.testing import CliRunner

from app.operated import SetClock, deliver, operated
from identity.aged import age
from throughcare.app.diagnosis import diagnose
from throughcare.app.folder import Folder
from throughcare.cli import commands
from throughcare.model.health import Check


async def said(root: Path) -> tuple[Check, object]:
    """Return the doctor's line, and all keys that are stored."""
    async with operated(root, SetClock()) as node:
        found = await diagnose(node)
        async with node.store.whole() as reader:
            stored = await reader.query("SELECT h, subject FROM match_key ORDER BY h, subject", ())
    return next(check for check in found.checks if check.name == "keys of people"), stored


async def test_the_doctor_says_when_to_give_records_their_keys(tmp_path: Path) -> None:
    root = Folder(tmp_path / "node").root
    async with operated(root, SetClock()) as node:
        for number in range(5):
            await deliver(node, number)
    fresh, wanted = await said(root)
    assert fresh.state == "ok"
    async with operated(root, SetClock()) as node:
        await node.store.transact(age)
    aged, stored = await said(root)
    assert stored != wanted
    assert aged.way is not None
    assert "identity rekey" in aged.way.command
    assert await rekeyed(root) == "Every record has the keys of this release.\n"
    assert await said(root) == (fresh, wanted)


async def rekeyed(root: Path) -> str:
    """Run the command, and return what it prints."""
    words = ["identity", "rekey", "--node", str(root), "--quiet"]
    done = await asyncio.to_thread(CliRunner().invoke, commands, words)
    assert done.exit_code == 0, done.output
    return done.output
