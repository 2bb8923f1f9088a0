"""One node with the whole of the shared locality loaded, made once for these tests."""

from pathlib import Path

import pytest

from locality_commands import throughcare
from shared_data import shared


@pytest.fixture(scope="session")
def locality_node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a node that holds all feeds of the shared locality."""
    data = shared("one-locality")
    node = tmp_path_factory.mktemp("locality") / "node"
    made = throughcare("init", node)
    assert made.returncode == 0, made.stderr
    loaded = throughcare("load", data, "--node", node, "--quiet")
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    return node
