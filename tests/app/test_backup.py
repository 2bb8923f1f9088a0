"""Backups: a node as it was at any time, and nothing that a flipped bit could turn into a fact."""

import asyncio
import random  # noqa: TID251 - which times and bits are tried
import shutil
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from app.operated import SetClock, backup_of, deliver, everything, operated
from locality_commands import throughcare
from throughcare.app import backup as backups
from throughcare.app.backup import manifest as manifests
from throughcare.app.folder import Folder
from throughcare.audit import scan
from throughcare.audit.verify import verify
from throughcare.kernel import ConflictError, DamagedError, NotFoundError
from throughcare.store.sqlite.archive import Archive
from throughcare.store.sqlite.connection import PAGE_BYTES, close_writing, open_writing
from throughcare.store.sqlite.filelock import FileLock
from throughcare.store.sqlite.writer import lock_path

MOMENTS = ("Backup._base", "manifests.put", "Backup._sweep")
"""What a backup is killed in front of."""
KILLED = """
import os, signal
from throughcare.app.backup import making
from throughcare.app.backup.making import Backup, manifests
from throughcare.cli import main
def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)
{} = kill
main()
"""


async def revived(folder: Path, root: Path, at: datetime | None = None) -> backups.Revived:
    return await asyncio.to_thread(backups.revive, folder, root, at)


async def test_a_node_is_restored_to_any_time_as_it_was_then(tmp_path: Path) -> None:
    chance = random.Random(1)  # noqa: S311 - which times are tried
    clock, target = SetClock(), tmp_path / "backup"
    was: list[tuple[datetime, dict[str, list[str]]]] = []
    async with operated(tmp_path / "node", clock) as node:
        await deliver(node, 0)
        made = await backups.make(node, backup_of(node, target), full=False)
        assert made.why_a_base
        for number in range(1, 25):
            clock.pass_by(chance.uniform(1, 3600))
            await deliver(node, number)
            was.append((clock.now(), everything(node.folder)))
            if chance.random() < 0.2:
                made = await backups.make(node, backup_of(node, target), full=number == 12)
        await node.journal.settle()
        clock.pass_by(1)
        made = await backups.make(node, backup_of(node, target), full=False)
        assert made.commits
    for number, (at, state) in enumerate(chance.sample(was, 8)):
        later = at + timedelta(seconds=chance.uniform(0, 0.9))
        root = tmp_path / f"restored-{number}"
        await revived(target, root, later)
        assert everything(Folder(root)) == state


async def test_the_newest_state_goes_on_where_it_was(tmp_path: Path) -> None:
    clock, target = SetClock(), tmp_path / "backup"
    async with operated(tmp_path / "node", clock) as node:
        for number in range(4):
            await deliver(node, number)
        await node.journal.settle()
        clock.pass_by()
        await backups.make(node, backup_of(node, target, with_keys=True), full=False)
        state = everything(node.folder)
    done = await revived(target, tmp_path / "again")
    assert done.restored.has_key
    assert not done.past.lost
    assert everything(Folder(tmp_path / "again")) == state
    async with operated(tmp_path / "again", clock) as node:
        await deliver(node, 4)
        await node.journal.settle()
        lines = [found.entry for found in scan.every(node.folder.ledger)]
        assert [line.action for line in lines].count("restore") == 1
        assert len({line.id for line in lines}) == len(lines)
    assert verify(Folder(tmp_path / "again").ledger).ok


async def test_the_ledger_never_goes_back_and_says_what_the_record_has_lost(
    tmp_path: Path,
) -> None:
    clock, target = SetClock(), tmp_path / "backup"
    async with operated(tmp_path / "node", clock) as node:
        await deliver(node, 0)
        await backups.make(node, backup_of(node, target), full=False)
        early = clock.now()
        clock.pass_by(60)
        await deliver(node, 3)
        await node.journal.settle()
        clock.pass_by(60)
        made = await backups.make(node, backup_of(node, target, with_keys=True), full=False)
        assert not made.why_a_base
        lines = {found.entry.id for found in scan.every(node.folder.ledger)}
        highest = max(p for found in scan.every(node.folder.ledger) for p in found.entry.persons)
    done = await revived(target, tmp_path / "again", early)
    assert done.past.lost == {"load": 1}
    async with operated(tmp_path / "again", clock) as node:
        await node.journal.settle()
        assert lines < {found.entry.id for found in scan.every(node.folder.ledger)}
        await deliver(node, 6)
        async with node.store.snapshot() as reader:
            rows = await reader.query("SELECT max(person) FROM person_link", ())
        assert rows == [(highest + 1,)], "the number of a lost person was given to another"


async def test_a_flipped_bit_anywhere_is_named_and_nothing_is_made_of_it(tmp_path: Path) -> None:
    chance = random.Random(2)  # noqa: S311 - which bits are flipped
    clock, target = SetClock(), tmp_path / "backup"
    async with operated(tmp_path / "node", clock) as node:
        for number in range(3):
            await deliver(node, number)
            clock.pass_by()
            await backups.make(node, backup_of(node, target), full=False)
    assert len(backups.check(target).logs) == 2
    for path in sorted(target.iterdir()):
        whole = path.read_bytes()
        for _ in range(5):
            place = chance.randrange(len(whole))
            flipped = whole[place] ^ 1 << chance.randrange(8)
            path.write_bytes(whole[:place] + bytes([flipped]) + whole[place + 1 :])
            with pytest.raises(ConflictError, match=path.name):
                await revived(target, tmp_path / "again")
            assert not (tmp_path / "again").exists()
        path.write_bytes(whole)
    for path in sorted(target.glob("*.*")):
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        with pytest.raises(ConflictError, match=path.name):
            backups.check(target)
        path.unlink()
        with pytest.raises((ConflictError, NotFoundError), match=path.name):
            backups.check(target)
        path.write_bytes(whole)
    backups.check(target)


async def test_a_backup_never_chooses_what_is_read_or_written_elsewhere(tmp_path: Path) -> None:
    target = tmp_path / "backup"
    async with operated(tmp_path / "node", SetClock()) as node:
        await deliver(node, 0)
        await backups.make(node, backup_of(node, target), full=False)
    found = manifests.read(target)
    rules = next(piece for piece in found.files if piece.path == "locality.toml")
    changes = [{"path": path} for path in ("../evil", "keys/../../evil", "keys/..", "store.dsn")]
    changes += [{"path": str(tmp_path / "evil")}, {"stored": f"../backup/{rules.stored}"}]
    for change in changes:
        piece = msgspec.structs.replace(rules, **change)
        manifests.put(target, msgspec.structs.replace(found, files=(*found.files, piece)))
        with pytest.raises(ConflictError, match="no backup holds"):
            await revived(target, tmp_path / "deep" / "again")
    assert not (tmp_path / "deep").exists()
    assert not (tmp_path / "evil").exists()


def flip(path: Path, place: int) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])


async def test_a_bit_that_flips_in_the_open_archive_is_taken_from_the_log_again(
    tmp_path: Path,
) -> None:
    clock, target = SetClock(), tmp_path / "backup"
    async with operated(tmp_path / "node", clock) as node:
        await backups.make(node, backup_of(node, target), full=False)
        await deliver(node, 0)
        (path,) = (node.folder.root / "archive").glob("*.commits")
        flip(path, 100)
        clock.pass_by()
        made = await backups.make(node, backup_of(node, target), full=False)
        assert not made.why_a_base
        state = everything(node.folder)
    await revived(target, tmp_path / "again")
    assert everything(Folder(tmp_path / "again")) == state


async def test_a_damaged_file_of_the_archive_is_named_and_a_whole_copy_begins_anew(
    tmp_path: Path,
) -> None:
    clock, target = SetClock(), tmp_path / "backup"
    async with operated(tmp_path / "node", clock) as node:
        await backups.make(node, backup_of(node, target), full=False)
        await deliver(node, 0)
        connection = open_writing(node.folder.store)
        lock = FileLock(lock_path(node.folder.store))
        archive = Archive(node.folder.store, connection, clock)
        with lock.held():
            archive.roll()
        archive.close()
        close_writing(connection, keep_log=True)
        lock.close()
        flip(next((node.folder.root / "archive").glob("*.commits")), 100)
        clock.pass_by()
        made = await backups.make(node, backup_of(node, target), full=False)
        assert made.why_a_base == "000000000001.commits of the node's archive is damaged"
        state = everything(node.folder)
    await revived(target, tmp_path / "again")
    assert everything(Folder(tmp_path / "again")) == state


async def test_two_folders_and_a_broken_archive_are_told_and_begin_anew(tmp_path: Path) -> None:
    clock = SetClock()
    one, other = tmp_path / "one", tmp_path / "other"
    async with operated(tmp_path / "node", clock) as node:
        for target in (one, other, one):
            await deliver(node, 0)
            clock.pass_by()
            made = await backups.make(node, backup_of(node, target, keep=1), full=False)
        assert not made.why_a_base
        clock.pass_by()
        await deliver(node, 1)
        await backups.make(node, backup_of(node, other), full=False)
        clock.pass_by()
        made = await backups.make(node, backup_of(node, one, keep=1), full=False)
        assert made.why_a_base == "the commits since were collected by a backup to another folder"
        assert len(made.manifest.bases) == 1
        (node.folder.root / "archive" / "state").unlink()
        made = await backups.make(node, backup_of(node, one), full=False)
        assert made.why_a_base == "the node keeps no commits for backups yet"
    for target in (one, other):
        backups.check(target)


async def test_times_that_the_backup_does_not_know_are_refused(tmp_path: Path) -> None:
    clock, target = SetClock(), tmp_path / "backup"
    async with operated(tmp_path / "node", clock) as node:
        await backups.make(node, backup_of(node, target), full=False)
        first = clock.now()
        (node.folder.root / "archive" / "state").unlink()
        gap = clock.pass_by(60)
        clock.pass_by(60)
        await backups.make(node, backup_of(node, target), full=False)
    for at in (first - timedelta(seconds=1), gap, clock.pass_by(60)):
        with pytest.raises(NotFoundError):
            backups.revive(target, tmp_path / "again", at)
    assert not (tmp_path / "again").exists()


async def test_the_backup_of_another_node_and_a_folder_in_use_are_left_alone(
    tmp_path: Path,
) -> None:
    target, other = tmp_path / "backup", tmp_path / "other"
    async with operated(tmp_path / "node", SetClock()) as node:
        await backups.make(node, backup_of(node, target), full=False)
    other.mkdir()
    (other / "holiday.jpg").write_bytes(b"x")
    async with operated(tmp_path / "node-2", SetClock()) as node:
        for folder in (target, other):
            with pytest.raises(ConflictError):
                await backups.make(node, backup_of(node, folder), full=False)
    with pytest.raises(ConflictError, match="not empty"):
        backups.revive(target, other)


async def test_the_line_of_a_backup_comes_before_its_first_byte(tmp_path: Path) -> None:
    async with operated(tmp_path / "node", SetClock()) as node:
        await backups.make(node, backup_of(node, tmp_path / "backup"), full=False)
        copied = {found.entry.action for found in scan.every(node.folder.ledger)}
        assert "backup" in copied
    done = await revived(tmp_path / "backup", tmp_path / "again")
    assert [found.entry.action for found in scan.every(tmp_path / "again" / "ledger")] == ["backup"]
    assert done.restored.lines == 1


async def test_a_backup_that_is_killed_leaves_the_one_before_and_the_next_goes_on(
    tmp_path: Path,
) -> None:
    clock, root, target = SetClock(), tmp_path / "node", tmp_path / "backup"
    async with operated(root, clock) as node:
        await deliver(node, 0)
        await backups.make(node, backup_of(node, target), full=False)
    words = ["backup", "--quiet", "--full", "--node", str(root), "--to", str(target)]
    for moment in MOMENTS:
        killed = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", KILLED.format(moment), *words],
            check=False,
            capture_output=True,
            text=True,
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert backups.check(target)
    assert len(backups.check(target).bases) == 2, "killed after the manifest: it counts"
    async with operated(root, clock) as node:
        await deliver(node, 3)
        await node.journal.settle()
        made = await backups.make(node, backup_of(node, target), full=False)
        assert not made.why_a_base
        state = everything(node.folder)
    named = {piece.stored for piece in backups.check(target).pieces()}
    assert {path.name for path in target.iterdir()} == named | {manifests.FILE}
    await revived(target, tmp_path / "again")
    assert everything(Folder(tmp_path / "again")) == state


async def test_a_ledger_that_lost_lines_with_a_restore_is_shown_by_a_later_checkpoint(
    tmp_path: Path,
) -> None:
    clock, target = SetClock(), tmp_path / "backup"
    async with operated(tmp_path / "node", clock) as node:
        await deliver(node, 0)
        await backups.make(node, backup_of(node, target, with_keys=True), full=False)
        clock.pass_by(60)
        await deliver(node, 3)
    lost, kept = tmp_path / "node" / "ledger", tmp_path / "kept"
    shutil.copy(lost / "checkpoints", kept)
    for name, saved, code in (("again", None, 1), ("whole", lost, 0)):
        await asyncio.to_thread(backups.revive, target, tmp_path / name, None, ledger=saved)
        words = ("audit", "verify", "--node", tmp_path / name, "--against", kept)
        done = await asyncio.to_thread(throughcare, *words)
        assert done.returncode == code, done.stdout
        assert ("rollback" in done.stdout) is (code == 1)
    kept.write_text("{}")
    done = await asyncio.to_thread(throughcare, *words)
    assert (done.returncode, "no file of checkpoints" in done.stderr) == (1, True)


async def test_a_damaged_page_of_the_store_is_named_and_the_backup_stays_as_it_was(
    tmp_path: Path,
) -> None:
    clock, target = SetClock(), tmp_path / "backup"
    async with operated(tmp_path / "node", clock) as node:
        for number in range(9):
            await deliver(node, number)
        await node.journal.settle()
    async with operated(tmp_path / "node", clock) as node:
        await backups.make(node, backup_of(node, target), full=False)
        before = manifests.read(target)
        flip(node.folder.store, PAGE_BYTES * 20 + 77)
        with pytest.raises(DamagedError, match="Page 21 of the store"):
            await backups.make(node, backup_of(node, target), full=True)
    assert backups.check(target) == before
