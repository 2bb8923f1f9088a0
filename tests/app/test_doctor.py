"""The doctor: says what is amiss, and nothing where nothing is."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from app.operated import SetClock, backup_of, deliver, operated
from locality_commands import throughcare
from throughcare.app import backup as backups
from throughcare.app.backup.trial import note_restore
from throughcare.app.checks import growth
from throughcare.app.diagnosis import diagnose
from throughcare.app.folder import Folder
from throughcare.model.health import Health, State
from throughcare.store import statements
from throughcare.store.sqlite.connection import open_writing


def named(found: Health, name: str) -> tuple[State, str]:
    (check,) = (one for one in found.checks if one.name == name)
    assert (check.way is not None) is (check.state is not State.OK)
    assert check.way is None or (check.way.otherwise and (check.way.command or check.way.words))
    return check.state, check.found


async def diagnosed(root: Path, clock: SetClock) -> Health:
    async with operated(root, clock) as node:
        return await diagnose(node)


@pytest.fixture
async def node(tmp_path: Path) -> Path:
    """Return a node that was backed up and that nothing is amiss with."""
    async with operated(tmp_path / "node", SetClock()) as made:
        for number in range(3):
            await deliver(made, number)
        await made.journal.settle()
        await backups.make(made, backup_of(made, tmp_path / "backup"), full=False)
        note_restore(tmp_path / "backup", made.clock.now())
    return tmp_path / "node"


async def test_a_sound_node_is_ok_in_every_line(node: Path) -> None:
    found = await diagnosed(node, SetClock())
    assert {check.name: check.state for check in found.checks} == dict.fromkeys(
        (check.name for check in found.checks), State.OK
    )
    assert found.is_well


def sql(text: str) -> Callable[[Path], None]:
    def harm(root: Path) -> None:
        with contextlib.closing(open_writing(Folder(root).store)) as store:
            store.execute("PRAGMA foreign_keys=OFF")
            store.execute(text)

    return harm


def flip_the_ledger(root: Path) -> None:
    path = next((root / "ledger").glob("*.segment"))
    content = path.read_bytes()
    place = content.index(b'"load"')
    path.write_bytes(content[:place] + b'"lead"' + content[place + 6 :])


def open_the_folder(root: Path) -> None:
    root.chmod(0o705)


HARM: dict[str, tuple[Callable[[Path], None], str, State, str]] = {
    "a lost search row": (sql("DELETE FROM coded"), "search rows", State.FAULT, "out of date"),
    "a lost body": (sql("DELETE FROM res WHERE rowid IN (SELECT max(rowid) FROM res)"), "store",
                    State.FAULT, "bodies"),
    "a statement without its session": (
        sql("INSERT INTO actor_statement VALUES (x'00', 1, 'TREAT', 'yes', 'given', '', '', 0)"),
        "store", State.FAULT, "actor_statement points to nothing"),
    "a rebuild that did not end": (sql("INSERT INTO counter VALUES ('rebuild', 5)"), "rebuild",
                                   State.WARN, "did not end"),
    "a line that was changed": (flip_the_ledger, "ledger", State.FAULT, "chain ends"),
    "a folder open to all": (open_the_folder, "keys", State.WARN, "everybody"),
    "an archive that ended": (lambda root: (root / "archive" / "state").unlink(), "backup",
                              State.WARN, "commits are not kept"),
}  # fmt: skip


@pytest.mark.parametrize("what", HARM)
async def test_each_harm_is_named_with_its_way_out(node: Path, what: str) -> None:
    harm, name, state, words = HARM[what]
    await asyncio.to_thread(harm, node)
    found = await diagnosed(node, SetClock())
    there, said = named(found, name)
    assert (there, words in said) == (state, True), said
    assert found.is_well is (state is not State.FAULT)


async def test_age_of_the_backup_and_a_clock_that_went_back_are_told(node: Path) -> None:
    later = SetClock()
    later.pass_by(timedelta(days=2).total_seconds())
    assert named(await diagnosed(node, later), "backup")[0] is State.WARN
    earlier = SetClock()
    earlier.pass_by(-3600)
    assert named(await diagnosed(node, earlier), "clock")[0] is State.FAULT


def test_growth_is_measured_between_runs(tmp_path: Path) -> None:
    clock = SetClock()
    (tmp_path / "a").write_bytes(b"x" * (8 << 20))
    assert growth.a_day(tmp_path, clock.now()) is None
    (tmp_path / "b").write_bytes(b"x" * (16 << 20))
    clock.pass_by(6 * 3600)
    found = growth.a_day(tmp_path, clock.now())
    assert found is not None
    assert found >> 20 == 64, "16 MB in a quarter of a day"
    (tmp_path / growth.FILE).write_bytes(b"\xff")
    assert growth.a_day(tmp_path, clock.now()) is None


@pytest.mark.slow
def test_the_command_ends_with_1_where_something_is_at_fault(node: Path) -> None:
    done = throughcare("doctor", "--node", node, "--json")
    states = {check["name"]: check["state"] for check in json.loads(done.stdout)["checks"]}
    assert (done.returncode, states["store"]) == (0, "ok")
    sql("DELETE FROM words")(node)
    done = throughcare("doctor", "--node", node)
    assert done.returncode == 1
    assert "fault search rows" in done.stdout
    assert "-> throughcare rebuild" in done.stdout
    assert throughcare("rebuild", "--node", node).returncode == 0
    assert throughcare("doctor", "--node", node).returncode == 0


async def test_a_part_of_the_layout_that_waits_is_told(
    node: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(statements.LAYOUT, newer)
    (newer / "migrations" / "0902_record.post.sql").write_text("DROP TABLE former;", "utf-8")
    monkeypatch.setattr(statements, "LAYOUT", newer)
    found = await diagnosed(node, SetClock())
    assert named(found, "layout") == (State.WARN, "0902 waits until no older program is left")
    assert found.is_well


@pytest.mark.slow
async def test_a_node_in_use_is_not_finished(node: Path) -> None:
    async with operated(node, SetClock()):
        done = await asyncio.to_thread(throughcare, "migrate", "--node", node, "--finish")
        assert (done.returncode, "Stop it first" in done.stderr) == (1, True)
        done = await asyncio.to_thread(throughcare, "migrate", "--node", node)
        assert (done.returncode, "the newest of this program" in done.stdout) == (0, True)
    assert throughcare("migrate", "--node", node, "--finish").returncode == 0
