"""Every page has its pictures in the documents, at the two widths that they are made at."""

import struct
from pathlib import Path

import pytest

from node.journeys.views import AFTER_FORMS, VIEWS

PICTURES = Path(__file__).parents[2] / "docs" / "pages"
NAMES = (*VIEWS, *AFTER_FORMS)
STATES = frozenset(
    {"emergency-dark-390", "emergency-print", "first-screen-390", "sign-in-as-390", "withheld-390"}
    | {
        f"{name}-{width}"
        for name in ("unknown-reader", "glass-broken", "glass-over", "do-lines", "every-alert")
        for width in (390, 1280)
    }
)
"""Pictures of states of a page, which `web/test_browser.py` and the crew's journey make."""
MAKE = "THROUGHCARE_SCREENSHOTS=docs/pages pytest tests/node/journeys/test_budgets.py (or _forms)"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_its_picture(name: str, width: int) -> None:
    path = PICTURES / f"{name}-{width}.png"
    assert path.exists(), f"{path.name} is missing: {MAKE}"
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", head[16:20]) == (width,)


def test_no_picture_is_left_of_a_page_that_is_gone() -> None:
    pages = {f"{name}-{width}" for name in NAMES for width in (390, 1280)}
    assert {path.stem for path in PICTURES.glob("*.png")} == pages | STATES
