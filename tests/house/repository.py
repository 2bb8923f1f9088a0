"""The repository as its own tests see it: where it is, and which files belong to it."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_MADE = {".git", ".venv", "node", "demo-node", "build", "dist", "htmlcov"}


@cache
def files() -> tuple[Path, ...]:
    """Return every file of the repository, relative: tracked, or new and not ignored.

    Without git (a release unpacked), every file but what the make targets make.
    """
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    if (ROOT / ".git").exists():
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        found = [Path(line) for line in listed.stdout.splitlines()]
    else:
        found = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
        found = [path for path in found if not _made(path)]
    return tuple(sorted(path for path in found if (ROOT / path).is_file()))


def _made(path: Path) -> bool:
    return any(part in _MADE or part.endswith(("_cache", "__pycache__")) for part in path.parts)


def texts(*suffixes: str) -> tuple[Path, ...]:
    """Return the files with one of these suffixes."""
    return tuple(path for path in files() if path.suffix in suffixes)


def read(path: Path | str) -> str:
    """Return the text of a file given relative to the repository."""
    return (ROOT / path).read_text(encoding="utf-8")
