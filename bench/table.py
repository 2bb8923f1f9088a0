"""What every benchmark prints: a figure, its limit in the same run, their ratio, and its goal.

``python -m bench`` runs them all, each in a process of its own, and gathers what has a goal: with
the variable THROUGHCARE_BENCH, a line of JSON for each row goes to the file of that name.
"""

import os
from pathlib import Path
from typing import Final

import msgspec

GATHERED: Final = "THROUGHCARE_BENCH"
NO_GOAL: Final = "-"


class Row(msgspec.Struct, frozen=True):
    """One figure beside its limit."""

    what: str
    figure: float
    limit: float
    unit: str
    goal: str
    """What the ratio should be, such as ``<= 1.8`` or ``>= 3``; ``-`` for no goal."""

    @property
    def ratio(self) -> float:
        """Return the figure as a multiple of the limit."""
        return self.figure / self.limit

    @property
    def is_met(self) -> bool:
        """Tell whether the ratio is what it should be."""
        sign, number = self.goal.split()
        return self.ratio >= float(number) if sign == ">=" else self.ratio <= float(number)

    def __str__(self) -> str:
        """Return the row as it is printed."""
        return (
            f"{self.what:<54}{self.figure:>10.1f}{self.limit:>10.1f} {self.unit:<5}"
            f"{self.ratio:>8.2f}   {self.goal}"
        )


def title(text: str) -> None:
    """Print the head of the table."""
    print(f"{text:<54}{'figure':>10}{'limit':>10} {'unit':<5}{'ratio':>8}   goal", flush=True)


def show(  # noqa: PLR0913 - what a row is made of
    what: str,
    figure: float,
    limit: float,
    goal: str = NO_GOAL,
    unit: str = "us",
    *,
    note: str = "",
) -> None:
    """Print one row with a note behind it, and hand it on to who gathers."""
    row = Row(what, figure, limit, unit, goal)
    print(f"{row}   {note}".rstrip(), flush=True)
    gathering = os.environ.get(GATHERED)
    if gathering:
        with Path(gathering).open("ab") as file:
            file.write(msgspec.json.encode(row) + b"\n")
