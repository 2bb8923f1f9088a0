"""The property at any length: ``PYTHONPATH=tests python -m node.withheld --stores 1000``."""

import argparse
import asyncio
import time
from collections import Counter

from node.withheld.pair import differences


async def run(first: int, stores: int, each: int) -> int:
    """Compare `stores` pairs of nodes, print what differs, and return how many answers do."""
    withheld, kinds, differing = 0, Counter[str](), 0
    began = time.process_time()
    for seed in range(first, first + stores):
        case = await differences(seed, each)
        withheld += len(case.withheld)
        kinds.update(case.asked)
        differing += len(case.found)
        for difference in case.found:
            print(difference, flush=True)  # noqa: T201 - what it is for
    took = time.process_time() - began
    print(  # noqa: T201
        f"{stores} stores from number {first}, {withheld} entries withheld, {kinds.total()} "
        f"questions of {len(kinds)} kinds, {differing} answers differ, {took:.0f} s of CPU"
    )
    print(", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))  # noqa: T201
    return differing


def main() -> int:
    """Read the arguments; return 1 where an answer differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1, help="number of the first store")
    parser.add_argument("--stores", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=40, help="of each store")
    given = parser.parse_args()
    return min(1, asyncio.run(run(given.first, given.stores, given.questions)))


if __name__ == "__main__":
    raise SystemExit(main())
