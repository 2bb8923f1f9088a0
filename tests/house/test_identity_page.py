"""The page about the person index says the figures that the program uses."""

import re

from tools import identity_page

from house.repository import ROOT
from throughcare.identity.compare import shipped


def test_the_tables_are_those_of_the_weights_and_rules() -> None:
    text = identity_page.PAGE.read_text(encoding="utf-8")
    assert identity_page.made(text) == text, "run: python tools/identity_page.py"
    assert len(re.findall("<!-- made: ", text)) == 4
    for field, levels in shipped().levels.items():
        assert f"| {field} | " in text
        for level, weight in levels.items():
            assert f"{level} {weight:+g}" in text


def test_the_page_is_that_of_the_documents() -> None:
    assert identity_page.PAGE == ROOT / "docs" / "identity" / "README.md"
