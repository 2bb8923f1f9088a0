"""Runs every benchmark: ``python -m bench [FOLDER]``, a folder of FHIR Bundles for some of them."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ALONE = (
    "node.py",
    "reading.py",
    "creating.py",
    "whole.py",
    "ledger.py",
    "identity_room.py",
    "copies.py",
)
WITH_BUNDLES = ("emergency.py", "importing.py", "fhir_room.py", "scale.py")


def main() -> int:
    """Run them one after the other and return the first code that is not 0."""
    bundles = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1] / "shared/data/fhir"
    folder = bundles if len(sys.argv) > 1 else bundles / "synthea-2019"
    commands = [[name] for name in ALONE]
    if folder.is_dir():
        commands += [[name, str(folder)] for name in WITH_BUNDLES]
    else:
        print(f"left out: {', '.join(WITH_BUNDLES)} (give a folder of FHIR Bundles)")
    codes = []
    for name, *words in commands:
        print(f"\n== {name}", flush=True)
        command = [sys.executable, str(HERE / name), *words]
        codes.append(subprocess.run(command, check=False).returncode)  # noqa: S603 - our own
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
