"""Runs every benchmark and prints the figures that have a goal in one table: ``python -m bench``.

``python -m bench [FOLDER] [--million] [ONLY ...]``: FOLDER holds FHIR Bundles (``*.json.gz``, such
as Synthea's); without one, those that need it are left out. About ten minutes on two idle cores;
with ``--million`` stores grow to a million resources on both engines: about half an hour. ONLY
names files to run, such as ``reading.py``.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from bench.table import GATHERED, Row

HERE = Path(__file__).parent
BUNDLES = HERE.parents[1] / "shared/data/fhir/synthea-2019"
"""Where a checkout of this project's authors has them."""
LOCALITY = HERE.parents[1] / "shared/data/one-locality"
"""And the feeds of a locality."""
ALONE = (
    *("reading.py", "creating.py", "whole.py", "ledger.py", "identity_room.py", "copies.py"),
    *("deciding.py", "absence.py", "pages.py", "journeys.py", "connecting.py"),
)
WITH_BUNDLES = ("page_times.py", "emergency.py", "importing.py", "fhir_room.py", "scale.py")
LONGEST, LONGEST_MILLION = 600, 4 * 3600
"""Seconds that one file may take."""


def main() -> int:
    """Run them one after the other; return 0 if all ran to their end, whatever they found."""
    words = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    words.add_argument("folder", type=Path, nargs="?", default=BUNDLES)
    words.add_argument("--million", action="store_true")
    words.add_argument("--only", nargs="+", default=[*ALONE, *WITH_BUNDLES], metavar="FILE")
    given = words.parse_args()
    failed = []
    with tempfile.TemporaryDirectory() as name:
        gathered = Path(name) / "rows"
        gathered.touch()
        environment = os.environ | {GATHERED: str(gathered)}
        for file in given.only:
            command = [sys.executable, str(HERE / file)]
            if file in WITH_BUNDLES:
                if not given.folder.is_dir():
                    print(f"\n== {file} left out: give a folder of FHIR Bundles", flush=True)
                    continue
                command.append(str(given.folder))
            if file == "page_times.py" and LOCALITY.is_dir():
                command.append(str(LOCALITY))
            if file == "scale.py" and given.million:
                command += ["--sizes", "100000,1000000"]
            print(f"\n== {file}", flush=True)
            if not ran(command, environment, LONGEST_MILLION if given.million else LONGEST):
                failed.append(file)
        rows = [msgspec.json.decode(line, type=Row) for line in gathered.read_bytes().splitlines()]
    compare(rows)
    if failed:
        print(f"\ndid not run to the end: {', '.join(failed)}")
    return 1 if failed else 0


def ran(command: list[str], environment: dict[str, str], seconds: int) -> bool:
    """Run one file; tell whether it came to its end in time."""
    try:
        done = subprocess.run(command, check=False, env=environment, timeout=seconds)  # noqa: S603
    except subprocess.TimeoutExpired:
        print(f"stopped after {seconds} s")
        return False
    return done.returncode == 0


def compare(rows: list[Row]) -> None:
    """Print what has a goal, and whether it is met."""
    print(f"\n== goals\n{'':<54}{'ratio':>10}   {'goal':<10}")
    for row in rows:
        if row.goal != "-":
            print(
                f"{row.what:<54}{row.ratio:>10.2f}   {row.goal:<10}{'' if row.is_met else 'missed'}"
            )


if __name__ == "__main__":
    sys.exit(main())
