"""Set-up does what is missing, once, and says what it can't do.

The programs that it calls are real processes of its own kind: a `venv` module that works only
once a stand-in for apt-get has run.
"""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from house.tool import tool

VENV = """
import pathlib, sys
if not pathlib.Path({installed!r}).exists():
    sys.exit("ensurepip is not available")
pathlib.Path(sys.argv[-1], "bin").mkdir(parents=True)
"""
APT_GET = '#!/bin/sh\necho "$@" >> {log}\n[ "$1" = install ] && touch {installed}\nexit {code}\n'


@pytest.fixture
def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = tool("set_up")
    monkeypatch.setattr(module, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    shadow = tmp_path / "modules"
    shadow.mkdir()
    (shadow / "venv.py").write_text(VENV.format(installed=str(tmp_path / "installed")))
    monkeypatch.setenv("PYTHONPATH", str(shadow))
    return module


def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, root: bool, code: int = 0) -> Path:
    """Put an apt-get on the path that ends with `code`, and return the file that it logs to."""
    programs, log = tmp_path / "programs", tmp_path / "log"
    programs.mkdir()
    script = APT_GET.format(log=log, installed=tmp_path / "installed", code=code)
    (programs / "apt-get").write_text(script)
    (programs / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr("os.geteuid", lambda: 0 if root else 1000)
    return log


def test_a_python_without_venv_is_helped_where_it_may_be(
    set_up: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = debian(tmp_path, monkeypatch, root=True)
    set_up.make_environment()
    assert (tmp_path / ".venv" / "bin").is_dir()
    assert "install --yes --no-install-recommends python3-venv" in log.read_text()


def test_a_python_without_venv_says_the_way_out_where_it_may_not(
    set_up: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = debian(tmp_path, monkeypatch, root=False)
    with pytest.raises(set_up.SetUpError, match="Install python3-venv"):
        set_up.make_environment()
    assert not log.exists()


def test_a_missing_browser_is_said_and_stops_nothing(
    set_up: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    debian(tmp_path, monkeypatch, root=True, code=100)
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    set_up.find_browser()
    assert "browser tests will be skipped" in capsys.readouterr().out


def test_a_missing_font_is_installed_or_said_and_stops_nothing(
    set_up: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = debian(tmp_path, monkeypatch, root=True, code=100)
    monkeypatch.setattr(set_up, "FONTS", tmp_path)
    set_up.find_font()
    assert "fonts-liberation" in log.read_text()
    assert "no font as wide as Arial" in capsys.readouterr().out


def test_a_font_that_is_there_is_left_alone(
    set_up: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "LiberationSans-Regular.ttf").touch()
    monkeypatch.setattr(set_up, "FONTS", tmp_path)
    set_up.find_font()
    assert capsys.readouterr().out == ""


def test_packages_that_are_installed_are_left_alone(
    set_up: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".venv").mkdir()
    requirements = set_up.ROOT / "requirements" / "run.txt"
    (tmp_path / ".venv" / "installed-run").write_text(set_up.digest_of(requirements))
    set_up.install_packages("run")
    assert capsys.readouterr().out == ""


def test_packages_that_can_not_be_installed_leave_no_stamp(
    set_up: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to("/bin/false")
    with pytest.raises(set_up.SetUpError, match="pip could not install"):
        set_up.install_packages("run")
    assert not (tmp_path / ".venv" / "installed-run").exists()


def test_a_wrong_word_prints_how_it_is_used(
    set_up: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set_up.main(["everything"]) == 2
    assert "set_up.py run" in capsys.readouterr().out
    assert sys.version_info >= set_up.OLDEST


def test_without_npm_what_comes_from_there_is_said_to_be_left_out(
    set_up: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    set_up.install_from_npm()
    assert "will not be tried" in capsys.readouterr().out


def test_what_comes_from_npm_is_installed_once_by_its_lock_file(
    set_up: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs, log = tmp_path / "npm", tmp_path / "log"
    folders = {name: tmp_path / name for name in ("clients", "examples")}
    for folder in (programs, *folders.values(), tmp_path / ".venv"):
        folder.mkdir()
    for name, folder in folders.items():
        (folder / "package-lock.json").write_text(f'"{name}"')
    (programs / "npm").write_text(f'#!/bin/sh\necho "$@" >> {log}\nmkdir -p node_modules\n')
    (programs / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(set_up, "ROOT", tmp_path)
    monkeypatch.setattr(set_up, "FROM_NPM", {name: (at, name) for name, at in folders.items()})
    set_up.install_from_npm()
    set_up.install_from_npm()
    assert log.read_text() == "ci --silent\n" * 2
