"""The tool that changes a room finds what its tests do not notice, and only that."""

import os
import subprocess
import sys
from pathlib import Path

from house.repository import ROOT

ROOM = """
GROWN: int = 18


def is_grown(years: int) -> bool:
    return years >= GROWN


def is_asked(years: int, agrees: bool) -> bool:
    if is_grown(years) or years == 17:
        return agrees and True
    return False
"""
TESTS = """
from people.ages import is_asked, is_grown


def test_who_is_18_is_grown():
    assert is_grown(18) and is_grown(20) and not is_grown(12)


def test_who_is_grown_is_asked():
    assert is_asked(20, True) and not is_asked(20, False) and not is_asked(12, True)
"""


def tried(folder: Path, tests: str, explained: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Try the mutants of a room of one module, its folders given from where the tool is called."""
    room, of_room = folder / "people", folder / "tests"
    room.mkdir(exist_ok=True)
    of_room.mkdir(exist_ok=True)
    (room / "__init__.py").touch()
    (room / "ages.py").write_text(ROOM)
    (of_room / "test_ages.py").write_text(tests)
    (folder / "explained.md").write_text(explained)
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src"), str(folder)])
    words = ["--room", room.name, "--package", "people", "--tests", of_room.name, *more]
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "tools.mutants",
            *words,
            "--explained",
            str(folder / "explained.md"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | {"PYTHONPATH": paths},
        cwd=folder,
    )


def test_a_change_that_no_test_notices_is_found_unless_it_is_explained(tmp_path: Path) -> None:
    """All others are noticed: the number of 18 at import, the rest in the functions."""
    found = tried(tmp_path, TESTS, "")
    assert found.returncode == 1, found.stderr
    lines = found.stdout.splitlines()
    assert [line for line in lines if line.startswith("ages:")] == [
        "ages:10: years == 17 -> years == 18"
    ]
    assert "| `ages` | 9 | 0 | 1 |" in lines
    explained = tried(tmp_path, TESTS, "| `ages: years == 17 -> years == 18` | why |")
    assert explained.returncode == 0
    assert "| `ages` | 9 | 1 | 0 |" in explained.stdout


def test_what_was_noticed_is_kept_and_only_the_rest_meets_new_tests(tmp_path: Path) -> None:
    """By a run that is called again: the survivor is noticed by a test that asks who is 17."""
    kept = tmp_path / "noticed.txt"
    first = tried(tmp_path, TESTS, "", "--noticed", kept.name)
    assert (first.returncode, len(kept.read_text().splitlines())) == (1, 8)
    more = f"{TESTS}\n\ndef test_who_is_17_is_asked():\n    assert is_asked(17, True)\n"
    assert tried(tmp_path, more, "", "--noticed", kept.name).returncode == 0
    lines = kept.read_text().splitlines()
    assert lines[8:] == ["ages:10: years == 17 -> years == 18"]


def test_a_number_that_only_names_a_test_is_found(tmp_path: Path) -> None:
    """The test is called otherwise with the other number, and passes with both."""
    tests = """
import pytest
from people.ages import GROWN, is_asked, is_grown

@pytest.mark.parametrize("years", [GROWN])
def test_who_is_grown_is_asked(years):
    assert is_asked(years, True) and not is_asked(years, False)
    assert is_asked(17, True) and not is_asked(16, True)
    assert is_grown(years) and not is_grown(years - 1)
"""
    found = tried(tmp_path, tests, "")
    assert found.returncode == 1, found.stderr
    lines = [line for line in found.stdout.splitlines() if line.startswith("ages:")]
    assert lines == ["ages:2: GROWN: int = 18 -> GROWN: int = 19"]


def test_what_is_explained_and_can_not_be_made_is_named(tmp_path: Path) -> None:
    explained = "| `ages: years == 17 -> years == 18` | why |\n| `ages: a -> b` | why |\n"
    found = tried(tmp_path, TESTS, explained)
    assert found.returncode == 1
    assert "`ages: a -> b` is explained and can't be made any more" in found.stdout


def test_a_test_that_fails_without_any_change_is_named(tmp_path: Path) -> None:
    found = tried(tmp_path, TESTS.replace("not is_grown(12)", "is_grown(12)"), "")
    assert found.returncode == 2
    assert "test_who_is_18_is_grown" in found.stdout
