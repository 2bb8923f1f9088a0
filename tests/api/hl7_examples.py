"""HL7's own examples of R4, as npm serves them, where they are installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "fhir" / "examples" / "node_modules" / "hl7.fhir.r4.examples"


def examples(largest: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and text of each example of at most so many bytes. Skips where there are none."""
    if not FOLDER.is_dir():
        pytest.skip("HL7's examples are not installed: tools/set_up.py test installs them")
    for path in sorted(FOLDER.glob("*.json")):
        if path.name != "package.json" and path.stat().st_size <= largest:
            yield path.stem, path.read_bytes()
