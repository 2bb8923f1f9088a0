"""Every check of `make check` is a test, so that `make test` leaves none out."""

import importlib.util
import sys
from types import ModuleType

import pytest

from house.repository import ROOT


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


check = _tool("check")


@pytest.mark.parametrize("name", sorted(check.CHECKS))
def test_the_code_passes(name: str) -> None:
    result = check.run(name)
    assert result.returncode == 0, f"\n{result.stdout}"
