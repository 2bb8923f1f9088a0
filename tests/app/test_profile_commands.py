"""The commands about a profile, as an IT lead types them."""

from pathlib import Path

from click.testing import CliRunner, Result

from throughcare.cli import commands
from throughcare.consent.profile import default_text


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(commands, list(map(str, words)), standalone_mode=False)


def test_a_profile_with_faults_is_refused_with_all_of_them(tmp_path: Path) -> None:
    file = tmp_path / "locality.toml"
    file.write_text(default_text().replace("hours = 4", 'hours = "4"\nminutes = 3'), "utf-8")
    done = run("profile", "check", file)
    assert done.return_value == 1
    number = default_text().splitlines().index("hours = 4") + 1
    assert f"{file}:{number}: break_glass.hours must be a whole number" in done.output
    assert f"{file}:{number + 1}: break_glass.minutes is no key" in done.output
    assert "2 faults" in done.output


def test_a_change_is_told_in_sentences(tmp_path: Path) -> None:
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    old.write_text(default_text(), "utf-8")
    new.write_text(default_text().replace('roles = ["paramedic", "nurse"', 'roles = ["nurse"'))
    done = run("profile", "diff", old, new)
    assert "Closes\n  - Paramedic for break-glass: all kinds of entry they see." in done.output
    assert "break_glass.roles: - paramedic" in done.output
    assert run("profile", "check", new).return_value == 0
    assert "The two say the same." in run("profile", "diff", old, old).output
