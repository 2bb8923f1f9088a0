"""Where the shared test data is; tests that need it are skipped, visibly, where it is absent."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


def shared(*parts: str) -> Path:
    """Return the path of a file or folder of the shared data, or skip the test that asks."""
    path = SHARED.joinpath("data", *parts)
    if not path.exists():
        pytest.skip(f"shared data absent: data/{'/'.join(parts)}")
    return path
