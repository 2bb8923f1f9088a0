"""A node that is backed up while it is loaded, by the commands that its keeper types."""

import subprocess
import sys
from pathlib import Path

import pytest

from locality_commands import throughcare

pytestmark = pytest.mark.slow


def run(*words: str | Path) -> str:
    done = throughcare(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", ["restore", "export"])
def test_a_copy_that_was_made_during_a_load_is_whole_and_the_last_one_equal(
    tmp_path: Path, kind: str
) -> None:
    node, backup, again = tmp_path / "node", tmp_path / "backup", tmp_path / "again"
    tool = Path(__file__).parents[2] / "tools" / "write_demo_feeds.py"
    made = [sys.executable, tool, tmp_path / "feeds", "--today", "2026-11-24", "--people", "60"]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    run("init", node)
    words = [sys.executable, "-m", "throughcare", "load", tmp_path / "feeds", "--node", node]
    report = tmp_path / "report"
    with report.open("wb") as said:
        loading = subprocess.Popen([*words, "--quiet"], stdout=said, stderr=said)
    during = 0
    while loading.poll() is None or not during:
        if kind == "restore":
            run("backup", "--node", node, "--to", backup, "--with-keys", "--quiet")
        else:
            backup = tmp_path / f"export-{during}"
            run("export", "--node", node, "--to", backup, "--with-keys", "--quiet")
        during += 1
    assert loading.returncode == 0, report.read_text("utf-8")
    first = tmp_path / "first"
    run("restore", backup, "--node", first)
    run("doctor", "--node", first)
    if kind == "restore":
        run("backup", "--node", node, "--to", backup, "--with-keys", "--quiet")
    else:
        backup = tmp_path / "export"
        run("export", "--node", node, "--to", backup, "--with-keys", "--quiet")
    run("restore", backup, "--node", again)
    run("audit", "verify", "--node", again)
    assert run("doctor", "--node", again, "--hash") == run("doctor", "--node", node, "--hash")


def test_options_that_would_be_passed_over_are_refused(tmp_path: Path) -> None:
    node = tmp_path / "node"
    run("init", node)
    run("backup", "--node", node, "--to", tmp_path / "backup", "--quiet")
    run("export", "--node", node, "--to", tmp_path / "export", "--quiet")
    for source, option in (("backup", "--store"), ("export", "--at"), ("export", "--ledger")):
        words = ("--node", tmp_path / "again", option, "2026-11-24T09:30:00Z")
        done = throughcare("restore", tmp_path / source, *words)
        assert (done.returncode, option in done.stderr) == (2, True)
    words = ("--node", tmp_path / "again", "--at", "2026-11-24T09:30:00")
    done = throughcare("restore", tmp_path / "backup", *words)
    assert (done.returncode, "zone" in done.stderr) == (2, True)
