"""The register and the opt-outs, as somebody at the node's own machine keeps them."""

import asyncio
import re
from pathlib import Path

import pytest

from doors.node_parts import load, node_in, patient, submission
from throughcare import cli


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    """Run a command and return its code and what it printed."""
    code = cli.commands.main([str(word) for word in words], standalone_mode=False)
    return code or 0, capsys.readouterr().out


async def _make(folder: Path) -> None:
    async with node_in(folder) as node:
        for family, number in (("Khan", "9990000018"), ("Shah", "9990000026")):
            await load(node, submission("gp", patient(family, number), key=family))


@pytest.fixture
def node(tmp_path: Path) -> Path:
    asyncio.run(_make(tmp_path))
    return tmp_path / "node"


def test_opt_outs_are_asked_by_files(
    node: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ("--node", node)
    code, text = run(capsys, "optout", "state", *at)
    assert (code, "never" in text) == (1, True)
    out = tmp_path / "out.dat"
    run(capsys, "optout", "out", *at, out)
    assert out.read_bytes() == b"9990000018,\n9990000026,\n"
    assert out.stat().st_mode & 0o077 == 0
    back = tmp_path / "back.dat"
    back.write_bytes(b"9990000026,\n")
    _, text = run(capsys, "optout", "in", *at, back)
    assert text.startswith("1 of 2 came back; relied on until ")
    code, text = run(capsys, "optout", "state", *at)
    assert (code, "1 people are known" in text) == (0, True)


def test_the_register_is_kept_by_commands(node: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--node", node)
    made = ("permit", "add", *at, "--basis", "statute", "--provision", "an order of the court")
    whom = ("--recipient", "role:nurse&RXX", "--purpose", "TREAT", "--until", "2099-03-31")
    _, text = run(capsys, *made, *whom, "--approver", "A Guardian", "--nhs-number", "9990000018")
    found = re.search(r"Entered as (\w+)", text)
    assert found is not None
    _, text = run(capsys, "permit", "list", *at)
    assert "about 1" in text
    run(capsys, "permit", "end", *at, found[1])
    _, text = run(capsys, "permit", "list", *at)
    assert "ended" in text
