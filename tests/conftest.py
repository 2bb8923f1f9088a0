"""What holds for all tests: a busy machine makes none of them fail."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let long runs, and data that is not in the repository, be asked for."""
    parser.addoption("--mutants", type=int, default=2000, help="how many mutants to validate")
    parser.addoption(
        "--cedar-cases", type=int, default=200, help="how many decisions to compare with Cedar"
    )
    parser.addoption(
        "--examples", type=Path, help="hl7.fhir.r4.examples-4.0.1.tgz, as npm pack fetches it"
    )
