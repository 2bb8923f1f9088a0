"""Compile the hashed requirement files from pyproject.toml.

Run by ``make requirements`` after a change of the dependencies. The files name versions and
hashes and no place to fetch from: pip takes that from its own configuration, and a download
that is not byte for byte what was compiled is refused.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = "3.11"

COMMON = (
    "pip",
    "compile",
    "--quiet",
    "--universal",
    f"--python-version={PYTHON}",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
)


def compile_file(uv: str, name: str, *extra: str) -> None:
    """Write ``requirements/<name>.txt`` from pyproject.toml, with the groups of `extra`."""
    target = ROOT / "requirements" / f"{name}.txt"
    command = [uv, *COMMON, "pyproject.toml", *extra, f"--output-file={target}"]
    subprocess.run(command, cwd=ROOT, check=True)
    print(f"requirements/{name}.txt: {target.read_text().count('==')} packages")


def main() -> int:
    """Compile both files; 1 if the compiler is missing."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        print("uv is missing. Install it with .venv/bin/pip install uv, and run this again.")
        return 1
    compile_file(uv, "run", "--group=pyproject.toml:build")
    compile_file(
        uv,
        "test",
        "--extra=bulk",
        "--extra=print",
        "--group=pyproject.toml:build",
        "--group=pyproject.toml:test",
        "--constraint=requirements/run.txt",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
