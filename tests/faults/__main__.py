"""The full recipes, from the command line: ``python -m faults``, or ``make faults``.

Prints one JSON object for each recipe as it ends, and exits with 1 if a promise was broken. What
the node writes lies in a folder of its own, which is removed unless something was found.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from faults import bit_rot, full_disk, kills, linearizability, power_cuts, restarts
from faults.databases import database
from faults.disks import NoDiskError

Facts = dict[str, object]
Recipe = Callable[[Path, argparse.Namespace], Awaitable[Facts]]


async def kill(folder: Path, given: argparse.Namespace) -> Facts:
    """Kill -9 of a random process, again and again, under an import."""
    if given.engine == "postgres":
        async with database() as where:
            found = await kills.run(
                folder, given.rounds, given.seed, workers=given.workers, database=where
            )
    else:
        found = await kills.run(folder, given.rounds, given.seed, workers=given.workers)
    return {
        "kills": found.rounds,
        "bundles acknowledged": found.acknowledged,
        "entries": found.interrupted.entries,
        "answers lost": found.lost_answers,
        "digest": found.interrupted.digest,
        "digest of an undisturbed import": found.undisturbed.digest,
        "faults": found.faults,
    }


async def power(folder: Path, given: argparse.Namespace) -> Facts:
    """Cut the power of the node's disk, again and again, under an import."""
    if given.engine == "postgres":
        found = await power_cuts.run_on_postgres(given.rounds, given.seed, given.workers)
    else:
        found = await power_cuts.run(folder, given.rounds, given.seed, workers=given.workers)
    return {
        "cuts": found.cuts,
        "bundles acknowledged": found.acknowledged,
        "answers after a cut": found.late,
        "looks sealed": found.sealed,
        "faults": found.faults,
    }


async def order(folder: Path, given: argparse.Namespace) -> Facts:
    """Look for one order of what all clients saw, through kills and pauses."""
    every = (30.0, 3.0)
    plan = linearizability.Plan(given.operations, given.seed, given.workers, *every, given.shards)
    if given.engine == "postgres":
        async with database() as where:
            found = await linearizability.run(folder, plan, where)
    else:
        found = await linearizability.run(folder, plan)
    return {
        "operations": found.operations,
        "resources": found.resources,
        "versions": found.versions,
        "kills": found.kills,
        "pauses": found.pauses,
        "counts": dict(found.counts),
        "faults": found.anomalies,
    }


async def disk(folder: Path, _given: argparse.Namespace) -> Facts:
    """Fill the disk, look until the ledger is full as well, then make room."""
    found = await full_disk.run(folder, 100, lambda small: small.ballast.unlink(), exhaust=True)
    return {
        "looks answered": found.looks,
        "lines about them": found.lines,
        "slowest refusal, seconds": round(max(found.refusals), 3),
        "faults": found.faults,
    }


async def rot(folder: Path, given: argparse.Namespace) -> Facts:
    """Flip bits of the store, the ledger and a backup."""
    store = await bit_rot.of_store(folder, 10 * given.rounds, given.seed)
    ledger = bit_rot.of_ledger(folder / "node", 10 * given.rounds, given.seed)
    backup = await bit_rot.of_backup(folder, folder / "node", given.rounds, given.seed)
    parts = {"store": store, "ledger": ledger, "backup": backup}
    return {f"bits of the {name}": part.flips for name, part in parts.items()} | {
        "faults": [fault for part in parts.values() for fault in part.faults]
    }


async def restart(folder: Path, given: argparse.Namespace) -> Facts:
    """Restart the database every ten seconds."""
    async with database() as where:
        found = await restarts.run(
            folder, where, restarts=given.rounds // 10, every=10.0, workers=given.workers
        )
    return {
        "restarts": found.restarts,
        "created": found.created,
        "refused with 503": found.refused,
        "found by the second try": found.found_again,
        "faults": found.faults,
    }


RECIPES: dict[str, Recipe] = {
    "kill": kill,
    "power": power,
    "disk": disk,
    "rot": rot,
    "restart": restart,
    "order": order,
}


def main() -> int:
    """Run the recipes that were asked for."""
    given = options().parse_args()
    broken = False
    for name in given.recipes or RECIPES:
        folder = Path(tempfile.mkdtemp(prefix=f"throughcare-{name}-", dir=given.folder))
        began = time.monotonic()
        try:
            found = asyncio.run(RECIPES[name](folder, given))
        except NoDiskError as error:
            print(json.dumps({"recipe": name, "skipped": str(error)}), flush=True)  # noqa: T201
            continue
        seconds = round(time.monotonic() - began, 1)
        about = {"recipe": name, "engine": given.engine, "seed": given.seed}
        about |= {"workers": given.workers, "seconds": seconds}
        print(json.dumps(about | found), flush=True)  # noqa: T201
        if found["faults"]:
            broken = True
        else:
            shutil.rmtree(folder)
    return int(broken)


def options() -> argparse.ArgumentParser:
    """Return what can be asked for."""
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("recipes", nargs="*", choices=[*RECIPES, []], help="all unless named")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--rounds", type=int, default=100, help="kills, and power cuts")
    parser.add_argument("--operations", type=int, default=1_000_000, help="of the order")
    parser.add_argument("--shards", type=int, default=1, help="databases of the order's record")
    parser.add_argument("--workers", type=int, default=2, help="processes that serve")
    parser.add_argument("--seed", type=int, default=1, help="of every choice")
    parser.add_argument("--folder", type=Path, default=None, help="where nodes are made")
    return parser


if __name__ == "__main__":
    sys.exit(main())
