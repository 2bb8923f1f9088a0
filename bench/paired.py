"""Two questions asked in turn, A B B A and B A A B, and by how much they differ.

The machine does other things, in bursts longer than a question takes: so each ratio is of questions
asked one after the other, the figure is the median of all ratios, and its spread is drawn from
pairs of things asked about (a bootstrap over pairs, for what is odd about one pair is odd in each
of its rounds).
"""

import gc
import math
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - seeded

Ask = Callable[[], Awaitable[object]]
DRAWS = 1000


@dataclass
class Ratios:
    """By pair, what A took as a multiple of what B took, round by round."""

    of: list[list[float]]
    took: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    """Microseconds of A and of B."""

    def middle(self) -> float:
        """Return the median over pairs of their medians."""
        return statistics.median(map(statistics.median, self.of))

    def spread(self) -> tuple[float, float]:
        """Return where 95 % of such medians lie if other pairs had been drawn."""
        each = [statistics.median(one) for one in self.of]
        random = Random(1)  # noqa: S311 - no secret is made of it
        drawn = sorted(statistics.median(random.choices(each, k=len(each))) for _ in range(DRAWS))
        return drawn[DRAWS // 40], drawn[-DRAWS // 40]

    def micros(self) -> tuple[float, float]:
        """Return the medians of A and B in microseconds."""
        a, b = map(statistics.median, self.took)
        return a, b


Spent = Callable[[], int]
"""Nanoseconds so far: of a clock, or of CPU time."""


async def measured(
    pairs: Sequence[tuple[Ask, Ask]], rounds: int, spent: Sequence[Spent], warm: int = 2
) -> list[Ratios]:
    """Return the ratios by each way of counting what was `spent`, after `warm` rounds for nothing.

    Nothing is collected while it is measured: the garbage of one question would fall on another.
    """
    found = [Ratios([[] for _ in pairs]) for _ in spent]
    try:
        for turn in range(rounds + warm):
            gc.collect()
            gc.disable()
            for at, pair in enumerate(pairs):
                order = (0, 1, 1, 0) if (turn + at) % 2 else (1, 0, 0, 1)
                least: list[list[float]] = [[math.inf, math.inf] for _ in spent]
                for which in order:
                    begun = [count() for count in spent]
                    await pair[which]()
                    ended = [count() for count in reversed(spent)][::-1]
                    for one, start, end in zip(least, begun, ended, strict=True):
                        one[which] = min(one[which], end - start)
                if turn >= warm:
                    for ratios, (a, b) in zip(found, least, strict=True):
                        if a and b:
                            ratios.of[at].append(a / b)
                            ratios.took[0].append(a / 1000)
                            ratios.took[1].append(b / 1000)
    finally:
        gc.enable()
    for ratios in found:
        ratios.of = [one for one in ratios.of if one]
    return found


COUNTS: tuple[Spent, ...] = (time.perf_counter_ns, time.process_time_ns)
"""The clock, and the CPU time of this process."""
