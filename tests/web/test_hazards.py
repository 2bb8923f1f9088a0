"""The hazard log: every test that it names exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOG = (ROOT / "docs" / "safety" / "hazards.md").read_text("utf-8")
ROWS = [line for line in LOG.splitlines() if line.startswith("| H")]
SEVERITIES = {"minor", "significant", "considerable", "major", "catastrophic"}
"""Of DCB0129; what the log says is a proposal."""
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", LOG)))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_the_hazard_log_names_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    functions = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert name in functions


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split()[1])
def test_every_hazard_has_a_cause_a_severity_a_control_and_a_guard_or_says_that_it_lacks_one(
    row: str,
) -> None:
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert len(cells) == 6
    assert all(cells)
    assert cells[3] in SEVERITIES
    assert "::" in cells[5] or "to be completed" in cells[5]


def test_hazards_are_numbered_in_order() -> None:
    numbers = [row.split()[1] for row in ROWS]
    assert numbers == [f"H{n:02d}" for n in range(1, len(ROWS) + 1)]
