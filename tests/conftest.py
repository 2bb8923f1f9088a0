"""What holds for all tests: a busy machine makes none of them fail."""

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
        "--largest-example",
        type=int,
        default=200_000,
        help="bytes of the largest of HL7's examples to validate, besides those with known errors",
    )
