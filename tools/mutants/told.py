"""What a run tells: survivors at once, and what was noticed in a file for the next run."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.mutants.changes import Mutant


@dataclass(frozen=True)
class Told:
    """Tells what became of each change, as soon as it is known.

    `file` holds what was noticed, a line each; None keeps nothing. It goes with one state of the
    room, whose tests may grow.
    """

    file: Path | None

    def untried(self, changes: Sequence[Mutant]) -> list[Mutant]:
        """Return the changes that the file does not name as often as they can be made."""
        if self.file is None or not self.file.exists():
            return list(changes)
        named = Counter(self.file.read_text(encoding="utf-8").splitlines())
        possible = Counter(map(str, changes))
        return [each for each in changes if named[str(each)] < possible[str(each)]]

    def survived(self, mutant: Mutant) -> None:
        """Print a survivor."""
        print(mutant, flush=True)

    def noticed(self, mutant: Mutant) -> None:
        """Keep what a test noticed."""
        if self.file is not None:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(f"{mutant}\n")
