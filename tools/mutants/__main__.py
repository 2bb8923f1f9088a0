"""Change a room in one place at a time, and see whether its tests notice.

``make mutants`` tries every change of the room `consent`; ``python -m tools.mutants
ranks scope`` those of two modules. Each survivor is printed as ``module:line: before -> after``;
it is either killed by a new test or explained in docs/consent/mutants.md. With ``--noticed FILE``
a run that was stopped goes on where it was, and what survived meets the tests of today.
"""

import argparse
import gc
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from tools.mutants.changes import Mutant, mutants
from tools.mutants.told import Told
from tools.mutants.trials import QUIETLY, Outcome, Trials, in_fork, installed, survives_import

ROOT: Final = Path(__file__).resolve().parents[2]
BEFORE: Final = ("throughcare.fhir.validation", "throughcare.model.decision")
"""What is slow to import and no part of the room."""

SLOW: Final = (
    *("test_cedar.py", "test_conflicts.py", "test_decide_properties.py", "test_judging.py"),
    *("test_profile_changes.py", "test_recording.py"),
)
"""Tests that `--quick` leaves out: what survives without them may still be noticed by them."""


def main(words: Sequence[str]) -> int:
    """Try the mutants that were asked for.

    1 if one survives that is not explained, or something is explained that can't be tried.
    """
    asked = read(words)
    for name in BEFORE:
        __import__(name)
    gc.freeze()
    modules = asked.modules or sorted(path.stem for path in asked.room.glob("*.py"))
    changes = [each for name in modules for each in mutants(asked.room / f"{name}.py")]
    rows = explanations(asked.explained.read_text(encoding="utf-8"))
    explained = [each for each in changes if each.cell in rows]
    told = Told(asked.noticed)
    tried = told.untried([each for each in changes if each.cell not in rows])
    tests = [str(asked.tests), *(f"--ignore={asked.tests / name}" for name in SLOW if asked.quick)]

    def inside() -> Outcome:
        trials = Trials(asked.room, asked.tests, tried, told)
        pytest.main([*QUIETLY, *tests], plugins=[trials])
        trials.outcome.installed = installed()
        return trials.outcome

    outcome = in_fork(inside) or Outcome()
    if outcome.failed:
        print(f"Without any change fails: {outcome.failed}.")
        return 2
    survivors = [tried[number] for number in outcome.survivors]
    for name in outcome.installed:
        __import__(name)
    gc.freeze()
    for mutant in (tried[number] for number in outcome.left):
        if survives_import(mutant, asked.package, tests, outcome.record):
            survivors.append(mutant)
            told.survived(mutant)
        else:
            told.noticed(mutant)
    print(table(changes, explained, survivors))
    here = {cell for cell, module in rows.items() if module in modules}
    idle = sorted(here - {each.cell for each in explained})
    for cell in idle:
        print(f"{cell} is explained and can't be made any more: take it out of {asked.explained}.")
    return 1 if survivors or idle else 0


def read(words: Sequence[str]) -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description="Mutation testing of a room.")
    parser.add_argument("modules", nargs="*", help="modules of the room; all if none is named")
    parser.add_argument("--room", type=whole, default=ROOT / "src/throughcare/consent")
    parser.add_argument("--package", default="throughcare.consent", help="the room's name")
    parser.add_argument("--tests", type=whole, default=ROOT / "tests/consent")
    parser.add_argument("--explained", type=Path, default=ROOT / "docs/consent/mutants.md")
    parser.add_argument("--noticed", type=whole, help="file of changes that were: not tried again")
    parser.add_argument("--quick", action="store_true", help="without the slow tests")
    return parser.parse_args(words)


def whole(path: str) -> Path:
    """Return a path from the root: coverage and pytest name files so."""
    return Path(path).resolve()


def explanations(text: str) -> dict[str, str]:
    """Return the cells of a page that name a change which is explained, with their modules."""
    rows = re.findall(r"^\| (`(\w+): .*? -> .*?`) \| ", text, re.MULTILINE)
    return dict(rows)


def table(
    changes: Sequence[Mutant], explained: Sequence[Mutant], survivors: Sequence[Mutant]
) -> str:
    """Return the table of all modules, as docs/consent/mutants.md holds it."""
    counts = [Counter(each.module for each in some) for some in (changes, explained, survivors)]
    rows = [[f"`{name}`", *(str(count[name]) for count in counts)] for name in sorted(counts[0])]
    rows.append(["all", *(str(count.total()) for count in counts)])
    head = [["module", "changes", "explained", "survive"], ["---"] * 4]
    return "\n".join(f"| {' | '.join(row)} |" for row in [*head, *rows])


if __name__ == "__main__":
    began = time.monotonic()
    code = main(sys.argv[1:])
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{spent.ru_utime + spent.ru_stime:.0f} s of CPU, {time.monotonic() - began:.0f} s")
    sys.exit(code)
