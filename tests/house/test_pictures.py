"""Every page has its pictures in the documents, at the two widths that they are made at."""

import struct
from pathlib import Path

import pytest

from node.journeys.views import AFTER_FORMS, VIEWS

PICTURES = Path(__file__).parents[2] / "docs" / "pages"
NAMES = (*VIEWS, *AFTER_FORMS)
MAKE = "THROUGHCARE_SCREENSHOTS=docs/pages pytest tests/node/journeys/test_budgets.py (or _forms)"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_its_picture(name: str, width: int) -> None:
    path = PICTURES / f"{name}-{width}.png"
    assert path.exists(), f"{path.name} is missing: {MAKE}"
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", head[16:20]) == (width,)
