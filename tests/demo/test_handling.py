"""The demo shows lines beside alerts, neutral ones, of somebody who says that they do not exist."""

import tomllib
from datetime import date

from throughcare.demo.handling import LINES
from throughcare.summary.handling import neutral, parse


def test_the_lines_of_the_demo_are_neutral_ones_of_a_clinician_who_does_not_exist() -> None:
    assert "does not exist" in parse(LINES).author
    assert "lines" not in tomllib.loads(LINES)
    found = parse(LINES).line("insulin", date(2026, 11, 24))
    assert found is not None
    assert found.text == neutral()["insulin"]
