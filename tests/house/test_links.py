"""What a document points to is there."""

import re
from pathlib import Path

import pytest

from house.repository import ROOT, read, texts

DOCUMENTS = texts(".md")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
QUOTED = re.compile(
    r"`((?:src|tests|docs|tools|bench|requirements|\.ci|\.githooks)/[\w./*-]*"
    r"(?:::[\w:]+)?|[A-Z][A-Za-z]+\.md|Makefile|pyproject\.toml)`"
)
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def problem_of_link(document: Path, target: str) -> str | None:
    """Return what is wrong with a link, None if nothing is; links to the outside are not tried."""
    if re.match(r"[a-z]+:", target):
        return None
    name, _, anchor = target.partition("#")
    path = ROOT / document.parent / name if name else ROOT / document
    if not path.exists():
        return f"{target}: no such file"
    if anchor and anchor not in anchors(path):
        return f"{target}: no such heading"
    return None


def problem_of_pointer(pointer: str) -> str | None:
    """Return what is wrong with a quoted path or ``path::name``, None if nothing is."""
    name, _, thing = pointer.partition("::")
    if "*" in name:
        return None if any(ROOT.glob(name)) else f"{pointer}: nothing matches"
    if not (ROOT / name).exists():
        return f"{pointer}: no such path"
    if thing and not re.search(rf"\b(?:def|class) {thing.split('::')[-1]}\b", read(name)):
        return f"{pointer}: not defined there"
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_relative_link_resolves(document: Path) -> None:
    found = [problem_of_link(document, target) for target in LINK.findall(read(document))]
    assert [one for one in found if one] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_path_and_test_that_is_quoted_exists(document: Path) -> None:
    found = [problem_of_pointer(pointer) for pointer in QUOTED.findall(read(document))]
    assert [one for one in found if one] == []


def test_a_dead_pointer_is_noticed() -> None:
    assert problem_of_pointer("tests/house/nowhere.py")
    assert problem_of_pointer("tests/house/test_links.py::test_of_nothing")
    assert problem_of_pointer("tests/house/test_links.py::test_a_dead_pointer_is_noticed") is None
    assert problem_of_link(Path("README.md"), "docs/nowhere.md")
    assert problem_of_link(Path("README.md"), "#no-such-heading")
