"""Loads a script of `tools/` as a module, to try its parts."""

import importlib.util
import sys
from types import ModuleType

from house.repository import ROOT


def tool(name: str) -> ModuleType:
    """Return ``tools/<name>.py`` as a fresh module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
