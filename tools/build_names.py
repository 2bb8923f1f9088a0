"""Make ``world.txt``, the given names that no slip of the pen is taken for, from a list of names.

    npm pack @faker-js/faker@10.6.0 && tar xf faker-js-faker-10.6.0.tgz
    python tools/build_names.py package

The list is that of `@faker-js/faker` (MIT licence), the given names of every locale that has them
in Latin letters. Needs node, which reads the package; the names alone are kept, folded.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from throughcare.identity.compare.names import parts

WORLD: Final = (
    Path(__file__).resolve().parents[1] / "src/throughcare/identity/compare/data/world.txt"
)
_SHORTEST: Final = 2
_READ: Final = """
const { allLocales } = await import(process.argv[1]);
const texts = (one) => typeof one === "string" ? [one] : Object.values(one).flatMap(texts);
const given = Object.values(allLocales).flatMap((each) => texts(each.person?.first_name ?? {}));
console.log(JSON.stringify(given));
"""


def names(package: Path) -> Iterator[str]:
    """Yield the folded given names of an unpacked package, in Latin letters."""
    module = (package / "dist" / "index.js").resolve().as_uri()
    command = ["node", "--input-type=module", "--eval", _READ, module]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    for text in json.loads(done.stdout):
        yield from (part for part in parts(text) if part.isascii() and len(part) >= _SHORTEST)


def main() -> None:
    """Write the list."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and one folder
        sys.exit(__doc__)
    found = sorted(set(names(Path(sys.argv[1]))))
    WORLD.write_text("\n".join(found) + "\n", encoding="utf-8")
    print(f"{len(found)} names")


if __name__ == "__main__":
    main()
