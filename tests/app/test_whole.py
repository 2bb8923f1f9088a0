"""Whole nodes as exports and copies: equal by the canonical hash, and each in the ledger."""
# ruff: noqa: ASYNC240 - a test may wait for its files

import asyncio
import hashlib
import json
import random  # noqa: TID251 - which bits are flipped
from pathlib import Path

import pytest

from app.operated import SetClock, backup_of, deliver, everything, operated
from locality_commands import throughcare
from store.engines import drop, dsns, on_postgres
from throughcare.app import backup as backups
from throughcare.app.content import copying, export, tables, whole
from throughcare.app.content.reading import ignore
from throughcare.app.diagnosis import diagnose
from throughcare.app.folder import Folder
from throughcare.app.node import opened
from throughcare.audit import scan
from throughcare.audit.verify import verify
from throughcare.kernel import ConflictError, NotFoundError

LEFT_OUT = (*tables.OWN, *tables.FROM_LEDGER, *tables.RECORD, "audit_pending")


@pytest.fixture
async def exported(tmp_path: Path) -> Path:
    """Return an export beside the folder ``node`` that it was made of."""
    clock = SetClock()
    async with operated(tmp_path / "node", clock) as node:
        for number in range(9):
            clock.pass_by()
            await deliver(node, number)
        await node.journal.settle()
        await whole.leave(node, tmp_path / "export", ignore, with_keys=True)
    return tmp_path / "export"


async def lines_and_hash(root: Path) -> tuple[list[str], str]:
    async with operated(root, SetClock()) as node:
        await node.journal.settle()
        actions = [found.entry.action for found in scan.every(node.folder.ledger)]
        async with node.store.snapshot() as reader:
            summary = await copying.hash_of(reader, node.records)
            assert await node.records.verify(reader) == []
    return actions, summary.hash


async def test_a_node_made_of_an_export_is_equal_row_by_row(exported: Path, tmp_path: Path) -> None:
    made = await whole.arrive(exported, tmp_path / "again", ignore)
    actions, found = await lines_and_hash(tmp_path / "again")
    assert found == made.hash
    assert everything(Folder(tmp_path / "again"), LEFT_OUT) == everything(
        Folder(tmp_path / "node"), LEFT_OUT
    )
    assert actions[-2:] == ["export", "restore"]
    assert verify(tmp_path / "again" / "ledger").ok


async def test_an_export_is_fhir_that_any_program_reads(exported: Path) -> None:
    files = sorted((exported / "resources").glob("*.ndjson"))
    assert {path.stem for path in files} == {"Patient", "Condition"}
    for path in files:
        for line in path.read_text().splitlines():
            assert json.loads(line)["resourceType"] == path.stem
    lines = [json.loads(line) for line in (exported / "audit.ndjson").read_text().splitlines()]
    assert lines[-1]["action"] == "export"
    assert lines[-1]["user"].startswith("operator:")


async def test_a_flipped_bit_in_an_export_is_named_and_nothing_is_made_of_it(
    exported: Path, tmp_path: Path
) -> None:
    chance = random.Random(3)  # noqa: S311
    paths = [path for path in sorted(exported.rglob("*")) if path.is_file()]
    for path in paths:
        content = path.read_bytes()
        place = chance.randrange(len(content))
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        if path.name != export.FILE:
            with pytest.raises(ConflictError, match=path.name):
                await whole.arrive(exported, tmp_path / "again", ignore)
        assert not (tmp_path / "again" / "locality.toml").exists()
        path.write_bytes(content)
    (exported / export.FILE).unlink()
    with pytest.raises(NotFoundError, match="interrupted"):
        export.checked(exported)


async def test_an_export_never_chooses_what_is_read_or_written_elsewhere(
    exported: Path, tmp_path: Path
) -> None:
    (tmp_path / "planted").write_bytes(b"evil")
    path = exported / export.FILE
    named = json.loads(path.read_text())
    sha256 = hashlib.sha256(b"evil").hexdigest()
    for elsewhere in ("keys/../../planted", "keys/..", str(tmp_path / "planted"), "../planted"):
        part = {"path": elsewhere, "sha256": sha256, "size": 4}
        path.write_text(json.dumps(named | {"parts": [*named["parts"], part]}))
        with pytest.raises(ConflictError, match="outside the export"):
            await whole.arrive(exported, tmp_path / "deep" / "again", ignore)
    assert not (tmp_path / "deep").exists()


async def test_an_export_of_a_newer_program_is_refused(exported: Path) -> None:
    path = exported / export.FILE
    named = json.loads(path.read_text())
    path.write_text(json.dumps(named | {"format": export.FORMAT + 1}))
    with pytest.raises(ConflictError, match="newer"):
        export.checked(exported)


async def test_an_export_that_says_another_hash_makes_no_node(
    exported: Path, tmp_path: Path
) -> None:
    path = exported / export.FILE
    named = json.loads(path.read_text())
    path.write_text(json.dumps(named | {"hash": "0" * 64}))
    with pytest.raises(ConflictError, match="not the same"):
        await whole.arrive(exported, tmp_path / "again", ignore)
    assert not (tmp_path / "again" / "locality.toml").exists()


async def test_an_occupied_folder_is_refused_and_left_as_it_is(
    exported: Path, tmp_path: Path
) -> None:
    for target in (exported, tmp_path / "node"):
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(ConflictError, match="not empty"):
            await whole.arrive(exported, target, ignore)
        with pytest.raises(ConflictError, match="not empty"):
            await whole.copy(Folder(tmp_path / "node"), target, ignore)
        assert sorted(tmp_path.rglob("*")) == before


async def test_a_node_that_is_served_is_not_copied(tmp_path: Path) -> None:
    async with operated(tmp_path / "node", SetClock()) as node:
        with pytest.raises(ConflictError, match="being served"):
            await whole.copy(node.folder, tmp_path / "copy", ignore)
    assert not (tmp_path / "copy").exists()


@pytest.mark.usefixtures("exported")
async def test_a_copy_goes_on_as_the_same_node(tmp_path: Path) -> None:
    copied = await whole.copy(Folder(tmp_path / "node"), tmp_path / "copy", ignore)
    actions, found = await lines_and_hash(tmp_path / "copy")
    assert found == copied.hash
    assert actions[-2:] == ["copy", "restore"]
    async with operated(tmp_path / "copy", SetClock()) as node:
        await deliver(node, 12)
    assert verify(tmp_path / "copy" / "ledger").ok


@pytest.mark.parametrize(
    "engine", [pytest.param(name, marks=on_postgres) for name in ("postgres", "two", "four")]
)
@pytest.mark.usefixtures("exported")
async def test_a_node_moves_to_postgres_and_back(tmp_path: Path, engine: str) -> None:
    addresses = await dsns(engine, tmp_path / "there")
    copied = await whole.copy(Folder(tmp_path / "node"), tmp_path / "there", ignore, dsns=addresses)
    assert (tmp_path / "there" / "store.dsn").read_text().split() == addresses
    assert (tmp_path / "there" / "store.dsn").stat().st_mode & 0o077 == 0
    async with opened(Folder(tmp_path / "there")) as node:
        assert (await diagnose(node)).is_well
        left = await whole.leave(node, tmp_path / "second", ignore, with_keys=True)
        assert left.hash == copied.hash
        with pytest.raises(ConflictError, match="PostgreSQL"):
            await backups.make(node, backup_of(node, tmp_path / "backup"), full=False)
    again = await whole.arrive(tmp_path / "second", tmp_path / "third", ignore)
    assert again.hash == copied.hash
    back = await whole.copy(Folder(tmp_path / "there"), tmp_path / "back", ignore)
    assert back.hash == copied.hash
    assert everything(Folder(tmp_path / "back"), LEFT_OUT) == everything(
        Folder(tmp_path / "node"), LEFT_OUT
    )
    await drop(engine, tmp_path / "there")


@pytest.mark.slow
async def test_the_commands_say_what_they_did(exported: Path, tmp_path: Path) -> None:
    node = tmp_path / "node"

    def run(*words: str | Path) -> str:
        done = throughcare(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    said = await asyncio.to_thread(run, "restore", exported, "--check")
    assert "files are as they were written" in said
    said = await asyncio.to_thread(run, "restore", exported, "--node", tmp_path / "again")
    assert "equal to the export" in said
    said = await asyncio.to_thread(run, "copy", "--from", node, "--to", tmp_path / "copy")
    assert "serve one of the two only" in said
    said = await asyncio.to_thread(run, "export", "--node", node, "--to", tmp_path / "second")
    assert json.loads((tmp_path / "second" / export.FILE).read_text())["hash"] in said
    assert not (tmp_path / "second" / "keys" / "node.pem").exists()
