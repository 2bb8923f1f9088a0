"""A locality's own lists and releases label; the command and the doctor say how far it is."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.operated import SetClock, operated
from doors.node_parts import condition, load, patient, submission
from fhir.release_files import DMD, ICD_10, SNOMED, TextFile
from throughcare.app import knowledge
from throughcare.app.checks import code_lists
from throughcare.cli import commands
from throughcare.kernel import BadInputError
from throughcare.model.health import State

LIST = """# Origin: a test
label,system,code,words
STD,snomed,64572001,
FERT,dmd,1,
TERM,icd10,A00,
"""
CODES = [
    ("64572001", "http://snomed.info/sct", {"STD"}),
    ("73211009", "http://snomed.info/sct", {"STD"}),
    ("4", "https://dmd.nhs.uk", {"FERT"}),
    ("A00.0", "http://hl7.org/fhir/sid/icd-10", {"TERM"}),
    ("A01", "http://hl7.org/fhir/sid/icd-10", set()),
]
"""Codes that are listed, or lie below a listed one, and what a plain condition of each gets."""


def keep(root: Path, release: list[TextFile]) -> None:
    folder = root / "release" / release[0].name
    folder.mkdir(parents=True)
    for each in release:
        (folder / each.name).write_text(each.text, "utf-8", newline="")
    knowledge.keep_codes(root, [folder])


async def labels(root: Path) -> dict[str, set[str]]:
    async with operated(root, SetClock()) as node, node.store.whole() as reader:
        stored = [await node.records.current(reader, "Condition", f"c{n}") for n in range(5)]
        found = zip(CODES, stored, strict=True)
        return {code: set(each.cls.labels) for (code, _, _), each in found if each is not None}


async def doctor(root: Path) -> State:
    async with operated(root, SetClock()) as node:
        return (await code_lists.check(node)).state


async def test_codes_below_a_listed_one_are_labelled_where_a_release_is_loaded(
    tmp_path: Path,
) -> None:
    root = tmp_path / "node"
    entries = [
        {
            **condition("Patient/p"),
            "id": f"c{number}",
            "code": {"coding": [{"system": system, "code": code}]},
        }
        for number, (code, system, _) in enumerate(CODES)
    ]
    async with operated(root, SetClock()) as node:
        (made,) = await load(node, submission("gp", patient("Khan", id="p"), *entries))
        assert made.rejection is None, made.rejection
    assert await doctor(root) is State.OK
    for release in (SNOMED, DMD, ICD_10):
        keep(root, release)
    (root / knowledge.LISTS).mkdir()
    (root / knowledge.LISTS / "own.csv").write_text(LIST, "utf-8")
    assert await doctor(root) is State.WARN
    assert set().union(*(await labels(root)).values()) == set()
    run = await in_thread(root)
    assert run.exit_code == 0, run.output
    assert "4 entries" in run.output
    assert await labels(root) == {code: given for code, _, given in CODES}
    assert await doctor(root) is State.OK


async def in_thread(root: Path) -> Result:
    """Run the command beside this loop: it has one of its own."""
    words = ["relabel", "--node", str(root), "--quiet"]
    return await asyncio.to_thread(CliRunner().invoke, commands, words)


@pytest.mark.parametrize("name", ["own list.csv", ".csv.csv", "ä.csv"])
def test_a_list_whose_name_no_backup_could_hold_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / knowledge.LISTS).mkdir()
    (tmp_path / knowledge.LISTS / name).write_text(LIST, "utf-8")
    with pytest.raises(BadInputError) as refused:
        knowledge.list_files(tmp_path)
    assert name in str(refused.value.place)
