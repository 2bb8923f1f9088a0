"""One node with the Synthea sets of the shared data, loaded once for these tests."""

from pathlib import Path

import pytest

from locality_commands import throughcare
from shared_data import shared


@pytest.fixture(scope="session")
def synthea_node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a node that holds all 250 bundles, loaded in the order of file names."""
    folders = [shared("fhir", "synthea-2019"), shared("fhir", "synthea-2021")]
    node = tmp_path_factory.mktemp("synthea") / "node"
    assert throughcare("init", node).returncode == 0
    loaded = throughcare("load", *folders, "--node", node, "--quiet")
    assert loaded.returncode == 0, loaded.stdout[-4000:]
    return node
