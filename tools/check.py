"""Run every check of the code that is no test: lint, format, types, contracts and the like.

``make check`` runs them all and prints a line each; ``tests/house`` runs the same ones, so that
``make test`` leaves none out.
"""

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent

CHECKS: Mapping[str, tuple[str, ...]] = {
    "lint": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("mypy",),
    "contracts": ("lint-imports", "--no-cache"),
    "dependencies": ("deptry", "src"),
    "spelling": ("codespell",),
}
"""Name of each check and the command of the virtual environment that is it."""


def run(name: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run one check over the tree at `root`, its output captured.

    Raises KeyError for a name that is not in `CHECKS`.
    """
    program, *rest = CHECKS[name]
    return subprocess.run(
        [str(BIN / program), *rest],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def main() -> int:
    """Run all checks; 1 if one of them failed, after the others have run too."""
    failed = 0
    for name in CHECKS:
        began = time.perf_counter()
        result = run(name)
        took = time.perf_counter() - began
        print(f"{name:13} {'ok' if result.returncode == 0 else 'FAILED'} ({took:.1f} s)")
        if result.returncode:
            failed += 1
            print(result.stdout)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
