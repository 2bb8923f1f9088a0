"""Write the demo's feeds into a folder, to look at or to load: nobody in them exists.

python tools/write_demo_feeds.py FOLDER [--today 2026-11-24] [--seed 2012] [--people 300]
"""

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from throughcare.demo import generate


def main() -> int:
    """Write the feeds and print each file; existing files are replaced."""
    parser = argparse.ArgumentParser(description="Write the demo's feeds into a folder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--today", type=date.fromisoformat)
    parser.add_argument("--seed", type=int, default=2012)
    parser.add_argument("--people", type=int, default=300)
    given = parser.parse_args()
    today = given.today or datetime.now(UTC).date()  # noqa: TID251 - whoever runs it means today
    locality = generate(today=today, seed=given.seed, people=given.people)
    for name, content in locality.files.items():
        path = given.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    print(f"{len(locality.files)} files of {given.people} people in {given.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
