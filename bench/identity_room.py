"""Online placing into the person index: time per record, and what comes of it.

    python bench/identity_room.py --people 10000

People are made here with a seed, from the names that the index ships; each has a GP record, half
of them a hospital record with slips. Placing is timed in transactions of 64 (group commit) on a
real SQLite file. The limit beside it: keys and comparisons alone, in memory.
"""

import argparse
import asyncio
import platform
import random  # noqa: TID251 - made from a seed
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import accumulate
from pathlib import Path

from table import show, title

from throughcare.identity import PersonIndex
from throughcare.identity.compare import Demographics, evidence, keys, name_of, shipped
from throughcare.model.person import Placement
from throughcare.store.protocol import Transaction
from throughcare.store.sqlite import open_store

Feed = tuple[str, str, Demographics]
GROUP = 64
AT_ONE_POSTCODE = 40
"""People, about as many as in the United Kingdom."""
FEWEST_POSTCODES = 1_000


class System:
    """The real clock and ids that count."""

    count = 0

    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock

    def new(self) -> str:
        """Return an id."""
        self.count += 1
        return f"b{self.count}"


def names(file: str) -> tuple[list[str], list[int]]:
    """Return names and their shares."""
    text = files("throughcare.identity.compare").joinpath("data", file).read_text()
    rows = [line.split("\t") for line in text.splitlines()]
    return [name for name, _ in rows], [int(share) for _, share in rows]


def number(stem: int) -> str:
    """Return the stem with its check digit, or "" where there is none."""
    digits = f"{stem:09d}"
    check = (11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11) % 11
    return "" if check == 10 else f"{digits}{check}"


def feed(people: int, seed: int) -> Iterator[Feed]:
    """Yield GP records, and for every other person a hospital record with slips."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    (given, given_shares), (family, family_shares) = (
        (each, list(accumulate(shares))) for each, shares in map(names, ("given.tsv", "family.tsv"))
    )
    stems = iter(chance.sample(range(900_000_000, 999_999_999), people * 2))
    for person in range(people):
        nhs = next(filter(None, map(number, stems)))
        first, middle = chance.choices(given, cum_weights=given_shares, k=2)
        last = chance.choices(family, cum_weights=family_shares)[0]
        born = date(1930, 1, 1) + timedelta(days=chance.randrange(33_000))
        code = postcode(chance, people)
        phone = f"07700{chance.randrange(1_000_000):06d}"
        sex = chance.choice(("male", "female"))
        known = Demographics(
            nhs_number=nhs,
            names=(name_of(f"{first} {middle}", last),),
            born=born,
            sex=sex,
            postcodes=(code,),
            phones=(phone,),
        )
        yield "gp", f"NHS:{nhs}", known
        if person % 2:
            elsewhere = postcode(chance, people)
            yield "hospital", f"MRN:{person}", slipped(known, f"{first} {last}", elsewhere, chance)


def postcode(chance: random.Random, people: int) -> str:
    """Return one of as many postcodes as so many people live at."""
    at = chance.randrange(max(FEWEST_POSTCODES, people // AT_ONE_POSTCODE))
    street, (district, sector) = at // 280, divmod(at % 280, 10)
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    first, second = divmod(street, len(letters))
    return f"LS{district + 1}{sector}{letters[first % len(letters)]}{letters[second]}"


def slipped(known: Demographics, text: str, elsewhere: str, chance: random.Random) -> Demographics:
    """Return what a hospital makes of somebody: no number, a typing error, an old address."""
    first, last = text.split(" ", 1)
    if chance.random() < 0.05:
        last = last[0] + last[2:] + last[1:2]
    return Demographics(
        nhs_number="" if chance.random() < 0.2 else known.nhs_number,
        names=(name_of(first, last),),
        born=known.born,
        sex=known.sex,
        postcodes=known.postcodes if chance.random() < 0.7 else (elsewhere,),
        phones=known.phones if chance.random() < 0.5 else (),
    )


async def place_all(
    folder: Path, records: Sequence[Feed]
) -> tuple[list[float], list[Placement], float]:
    """Place everything; return seconds per record, placements and seconds of the rebuild."""
    system = System()
    store = await open_store(folder / "store.sqlite", clock=system)
    index = PersonIndex(system, system)
    seconds: list[float] = []
    placed: list[Placement] = []

    async def group(tx: Transaction, some: Sequence[Feed]) -> None:
        for source, local_id, known in some:
            start = time.perf_counter()
            placed.append(await index.place(tx, source, local_id, "record", known))
            seconds.append(time.perf_counter() - start)

    for at in range(0, len(records), GROUP):
        some = records[at : at + GROUP]
        await store.transact(lambda tx, some=some: group(tx, some))
    start = time.perf_counter()
    await store.transact(index.rebuild)
    rebuilt = time.perf_counter() - start
    await store.close()
    return seconds, placed, rebuilt


def compare_all(records: Sequence[Feed]) -> float:
    """Return the seconds per record of keys and comparisons alone."""
    weights = shipped()
    sharing: dict[int, list[Demographics]] = {}
    start = time.perf_counter()
    for _, _, known in records:
        found = keys(known)
        others = {id(other): other for key in found for other in sharing.get(key, ())}
        for other in others.values():
            evidence(known, other, weights)
        for key in found:
            sharing.setdefault(key, []).append(known)
    return (time.perf_counter() - start) / len(records)


def main() -> None:
    """Run and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    records = list(feed(wanted.people, wanted.seed))
    random.Random(wanted.seed).shuffle(records)  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory() as folder:
        seconds, placed, rebuilt = asyncio.run(place_all(Path(folder), records))
    limit = compare_all(records)
    last = sorted(seconds[-len(seconds) // 4 :])
    middle = statistics.median(last)
    print(f"{platform.machine()}, Python {platform.python_version()}, {len(records)} records")
    slow = last[-len(last) // 100]
    title("placing a record, last quarter, beside keys and comparisons alone")
    show("link a record online, p50", middle * 1e3, limit * 1e3, unit="ms")
    show("link a record online, p99", slow * 1e3, limit * 1e3, unit="ms")
    print(f"rebuild               {rebuilt:.1f} s")
    print(f"in review             {sum(p.state == 'review' for p in placed)}")


if __name__ == "__main__":
    main()
