"""The import contracts bite: one wrong import in an otherwise empty house breaks exactly one.

The house is a skeleton with the rooms that pyproject.toml names, so the contracts themselves are
tried, whatever the real rooms hold.
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from house.repository import read

SETTINGS = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]
NAMES = {contract["id"]: contract["name"] for contract in SETTINGS["contracts"]}
SUBMODULES = ("identity/compare", "audit/tree")


def rooms() -> list[str]:
    layers = next(one for one in SETTINGS["contracts"] if one["id"] == "floors")["layers"]
    return re.findall(r"\w+", " ".join(layers))


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(read("pyproject.toml"))
    package = tmp_path / "src" / "throughcare"
    for room in ("", *rooms(), *SUBMODULES):
        (package / room).mkdir(parents=True, exist_ok=True)
        (package / room / "__init__.py").write_text("")
    return tmp_path


def broken(house: Path) -> tuple[set[str], str]:
    program = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(house / "src"), "COLUMNS": "200"}
    result = subprocess.run(
        [str(program), "--no-cache"],
        cwd=house,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    text = result.stdout
    found = {key for key, name in NAMES.items() if re.search(re.escape(name) + r"\s+BROKEN", text)}
    assert (result.returncode == 0) == (not found), text
    return found, text


def test_an_empty_house_keeps_every_contract(house: Path) -> None:
    found, text = broken(house)
    assert not found, text
    assert all(name in text for name in NAMES.values())


@pytest.mark.parametrize(
    ("room", "line", "contract"),
    [
        ("store", "import throughcare.model", None),
        ("disclosure", "import throughcare.record", None),
        ("store", "import throughcare.disclosure", "floors"),
        ("admission", "import throughcare.disclosure", "floors"),
        ("demo", "import throughcare.intake", "floors"),
        ("api", "import throughcare.record", "doors"),
        ("web", "import throughcare.consent", "doors"),
        ("cli", "import throughcare.identity", "doors"),
        ("api", "import throughcare.audit.tree", "doors"),
        ("cli", "import throughcare.actors", "actors"),
        ("web", "import throughcare.store", "store"),
        ("consent", "import socket", "pure"),
        ("summary", "import asyncio", "pure"),
        ("identity/compare", "import apsw", "pure"),
        ("record", "import starlette", "web-frameworks"),
        ("disclosure", "import jinja2", "web-frameworks"),
    ],
)
def test_a_wrong_import_breaks_its_contract(
    house: Path, room: str, line: str, contract: str | None
) -> None:
    (house / "src" / "throughcare" / room / "newcomer.py").write_text(line + "\n")
    found, text = broken(house)
    assert found == ({contract} if contract else set()), text


def test_two_modules_of_one_room_may_not_import_each_other(house: Path) -> None:
    room = house / "src" / "throughcare" / "kernel"
    (room / "chicken.py").write_text("import throughcare.kernel.egg\n")
    (room / "egg.py").write_text("import throughcare.kernel.chicken\n")
    found, text = broken(house)
    assert found == {"cycles"}, text


def test_a_room_that_is_on_no_floor_is_refused(house: Path) -> None:
    cellar = house / "src" / "throughcare" / "utilities"
    cellar.mkdir()
    (cellar / "__init__.py").write_text("")
    found, text = broken(house)
    assert found == {"floors"}, text
