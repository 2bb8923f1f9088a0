"""Packages in a node's folder."""

import asyncio
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.operated import SetClock, backup_of, deliver, operated
from fhir.profile_making import HERE, PATIENT, profile
from fhir.release_files import LOINC, SNOMED
from fhir.test_packages import MANIFEST, VALUE_SET, file, tarball
from throughcare.app import backup as backups
from throughcare.app import folder, knowledge
from throughcare.app.content import whole
from throughcare.app.content.reading import ignore
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


def test_a_release_is_loaded_from_an_archive_and_answers(tmp_path: Path) -> None:
    node = tmp_path / "node"
    folder.create(node)
    archive = tmp_path / "uk_sct2.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for each in SNOMED:
            made.writestr(f"Release/Snapshot/Terminology/{each.name}", "\ufeff" + each.text)
    run = CliRunner().invoke(commands, ["terminology", "load", str(archive), "--node", str(node)])
    assert run.exit_code == 0, run.output
    assert "SNOMED CT 20240101: 4 codes of http://snomed.info/sct kept." in run.output
    terms = knowledge.load(node).terms
    assert terms.below("http://snomed.info/sct", "64572001") == {
        ("http://snomed.info/sct", "64572001"),
        ("http://snomed.info/sct", "73211009"),
    }


def test_a_release_in_a_folder_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    release = tmp_path / "release"
    release.mkdir()
    for each in LOINC:
        (release / each.name).write_text(each.text, "utf-8", newline="")
    for _ in range(2):
        knowledge.keep_codes(tmp_path, [release])
    assert knowledge.load(tmp_path).own == ("http://loinc.org",)


def test_a_code_list_is_loaded_as_a_value_set(tmp_path: Path) -> None:
    node = tmp_path / "node"
    folder.create(node)
    file_ = tmp_path / "ours-asthma-1a.csv"
    file_.write_text("code,term\n195967001,Asthma\n", "utf-8")
    system = "http://snomed.info/sct"
    words = ["terminology", "load", str(file_), "--node", str(node), "--codelist", system]
    run = CliRunner().invoke(commands, words)
    assert run.exit_code == 0, run.output
    url = "https://www.opencodelists.org/codelist/ours-asthma-1a"
    assert f"{url}: 1 codes kept." in run.output
    assert knowledge.load(node).terms.contains(url, system, "195967001") is True


async def test_what_a_node_knows_goes_with_its_backups_exports_and_copies(tmp_path: Path) -> None:
    async with operated(tmp_path / "node", SetClock()) as node:
        root = node.folder.root
        packed = tarball(file("a", WITH_DATE), file("b", VALUE_SET))
        knowledge.keep(root, written(tmp_path / "p.tgz", packed))
        release = tmp_path / "release"
        release.mkdir()
        for each in LOINC:
            (release / each.name).write_text(each.text, "utf-8", newline="")
        knowledge.keep_codes(root, [release])
        (root / knowledge.LISTS).mkdir()
        (root / knowledge.LISTS / "own.csv").write_text("label,system,code,words\n", "utf-8")
        await deliver(node, 1)
        await node.journal.settle()
        await backups.make(node, backup_of(node, tmp_path / "backup"), full=False)
        await whole.leave(node, tmp_path / "export", ignore, with_keys=True)
    await asyncio.to_thread(backups.revive, tmp_path / "backup", tmp_path / "restored", None)
    await whole.arrive(tmp_path / "export", tmp_path / "arrived", ignore)
    await whole.copy(folder.Folder(root), tmp_path / "copied", ignore)
    expected = {path.relative_to(root): path.read_bytes() for path in knowledge.files(root)}
    assert len(expected) == 3
    for name in ("restored", "arrived", "copied"):
        made = tmp_path / name
        files = knowledge.files(made)
        assert {path.relative_to(made): path.read_bytes() for path in files} == expected
        known = knowledge.load(made)
        assert known.own == ("http://loinc.org",)
        assert [each.name for each in known.packages] == ["example.guide"]
        assert known.terms.library.value_set(VALUE_SET["url"]) is not None


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    file_ = tmp_path / "Loinc.csv"
    file_.write_bytes(LOINC[0].text.replace("Old test", "M\u00e9ni\u00e8re").encode("cp1252"))
    with pytest.raises(BadInputError, match="UTF-8"):
        knowledge.keep_codes(tmp_path, [file_])
    broken = written(tmp_path / "x.zip", b"no archive")
    with pytest.raises(BadInputError):
        knowledge.keep_codes(tmp_path, [broken])
