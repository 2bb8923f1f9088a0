"""What holds for all tests: where their files lie, their order, and what is counted as covered."""

import os

import pytest
from hypothesis import is_hypothesis_test, settings

from in_memory import memory

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")  # a busy machine makes no test fail

LONG = frozenset({"browser", "server", "slow"})
"""Marks of what takes seconds."""


def pytest_configure() -> None:
    """Keep the folders of tests in memory, where there is enough: a new node is 9 MB to a disk.

    A test that needs a disk makes one (``faults.disks``). pytest's own setting is left as it is.
    """
    where = memory()
    if where is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(where))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let long files begin first, and leave property tests out of what is counted as covered.

    Files of many short tests are then left for the end, so that no worker waits long for the
    last one (``make`` has xdist keep this order). To follow the lines of a property through its
    hundreds of examples costs as much as the examples do.
    """
    long = {item.path for item in items if LONG & {mark.name for mark in item.iter_markers()}}
    items.sort(key=lambda item: item.path not in long)
    for item in items:
        if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj):
            item.add_marker(pytest.mark.no_cover)


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
