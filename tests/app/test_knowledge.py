"""Packages in a node's folder."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from fhir.profile_making import HERE, PATIENT, profile
from fhir.test_packages import MANIFEST, VALUE_SET, file, tarball
from throughcare.app import folder, knowledge
from throughcare.cli import commands
from throughcare.fhir import validate
from throughcare.kernel import BadInputError

WITH_DATE = profile("dated", "Patient", ("Patient.birthDate", {"min": 1}))


def written(path: Path, packed: bytes) -> Path:
    path.write_bytes(packed)
    return path


def test_a_package_is_loaded_listed_and_known(tmp_path: Path) -> None:
    node = tmp_path / "node"
    folder.create(node)
    file_ = written(tmp_path / "p.tgz", tarball(file("a", WITH_DATE), file("b", VALUE_SET)))
    run = CliRunner().invoke(commands, ["package", "load", str(file_), "--node", str(node)])
    assert run.exit_code == 0, run.output
    assert "example.guide 1.0.0: 1 StructureDefinition, 1 ValueSet kept." in run.output
    listed = CliRunner().invoke(commands, ["package", "list", "--node", str(node)])
    assert listed.output == "example.guide 1.0.0 (2 definitions)\n"
    known = knowledge.load(node).profiles
    issues = validate(PATIENT, HERE + "dated", known)
    assert [issue.expression for issue in issues] == ["Patient.birthDate"]


def test_another_version_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    for version in ("1.0.0", "2.0.0"):
        packed = tarball(file("a", WITH_DATE), manifest={**MANIFEST, "version": version})
        knowledge.keep(tmp_path, written(tmp_path / "p.tgz", packed))
    assert [each.version for each in knowledge.load(tmp_path).packages] == ["2.0.0"]


def test_a_package_can_not_choose_where_it_lies(tmp_path: Path) -> None:
    packed = tarball(manifest={**MANIFEST, "name": "../evil"})
    with pytest.raises(BadInputError):
        knowledge.keep(tmp_path, written(tmp_path / "p.tgz", packed))
    assert [path.name for path in tmp_path.iterdir()] == ["p.tgz"]
