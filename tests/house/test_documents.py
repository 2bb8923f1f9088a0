"""The examples of the documents are run.

A fenced ``console`` block after the comment ``<!-- run -->`` is typed into bash, line by line,
in a copy of the repository; what stands under a command must be what it prints, ``...`` standing
for anything. Blocks of Python with ``>>>`` are doctests.
"""

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from house.repository import ROOT, files, read, texts

RUN = re.compile(r"^<!-- run -->\n+```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
ELLIPSIS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def console_blocks() -> Iterator[tuple[Path, str]]:
    for path in texts(".md"):
        for block in RUN.findall(read(path)):
            yield path, block


def steps(block: str) -> Iterator[tuple[str, str]]:
    """Return each command of a block with the output that the document shows under it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command = f"{command[:-1]}{more.removeprefix('> ')}"
        yield command, output


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("copy")
    for path in files():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target / path)
    return target


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "block"),
    list(console_blocks()),
    ids=[f"{path}-{number}" for number, (path, _) in enumerate(console_blocks())],
)
def test_a_console_example_does_what_it_shows(copy: Path, document: Path, block: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    kept = {key: value for key, value in os.environ.items() if not key.startswith("THROUGHCARE_")}
    environment = {**kept, "PATH": path, "COLUMNS": "160", "NO_COLOR": "1"}
    for command, expected in steps(block):
        result = subprocess.run(
            ["/bin/bash", "-c", command],
            cwd=copy,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        where = f"{document}: $ {command}\n{result.stdout}"
        assert result.returncode == 0, where
        if expected.strip():
            checker = doctest.OutputChecker()
            assert checker.check_output(expected, result.stdout, ELLIPSIS), where


@pytest.mark.parametrize(
    "document", [one for one in texts(".md") if PYTHON.search(read(one))], ids=str
)
def test_python_examples_are_true(document: Path) -> None:
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=ELLIPSIS)
    names: dict[str, object] = {}
    for number, block in enumerate(PYTHON.findall(read(document))):
        test = parser.get_doctest(block, names, f"{document}[{number}]", str(document), None)
        runner.run(test, clear_globs=False)
        names = test.globs
    assert runner.summarize(verbose=False).failed == 0


def test_the_steps_of_a_block_are_its_commands_with_their_output() -> None:
    block = "$ echo one \\\n>   two\none two\n$ true\n"
    assert list(steps(block)) == [("echo one   two", "one two\n"), ("true", "")]
