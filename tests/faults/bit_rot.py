"""Recipe: one bit of the store, the ledger or a backup flips; no answer is ever wrong for it."""

import random  # noqa: TID251 - seeded by whoever runs it
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import apsw
import orjson

from faults.imports import resources
from faults.judging import at_rest, digest, entries
from faults.processes import new_node, ran
from faults.registers import transaction
from locality_commands import throughcare
from throughcare.audit.verify import verify
from throughcare.fhir import query
from throughcare.kernel import ThroughcareError
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.store.sqlite import connection, damaged_pages

PEOPLE = 60
PAGE = connection.PAGE_BYTES
QUESTIONS = (
    ("Condition", "code=http://snomed.info/sct|100005"),
    ("Condition", "code=100007&_sort=-onset-date"),
    ("Observation", "patient=Patient/b3&date=ge2012"),
    ("Patient", "family=Family7"),
    ("Patient", "birthdate=lt1950"),
    ("Observation", "value-quantity=gt3"),
)


@dataclass
class Findings:
    """What a run came to."""

    flips: int = 0
    refused: int = 0
    """Flips for which something was refused rather than answered."""
    unread: int = 0
    """Flips on pages that no question came to: every answer was right."""
    faults: list[str] = field(default_factory=list)


def loaded(folder: Path) -> Path:
    """Return a node that holds `PEOPLE` records, at rest, its log emptied."""
    feed = folder / "feed.ndjson"
    bundles = (orjson.dumps(transaction(resources(number))) for number in range(PEOPLE))
    feed.write_bytes(b"".join(bundle + b"\n" for bundle in bundles))
    node = new_node(folder / "node")
    ran(throughcare("load", feed, "--node", node, "--quiet"))
    return node


async def answers(folder: Path) -> dict[str, str]:
    """Return what a node says: every entry, and each question. A refusal raises."""
    async with at_rest(folder) as node, node.store.snapshot() as reader:
        gate = Gate(others=Residual((Clause(frozenset(await node.records.classes(reader))),)))
        found = {"everything": digest(await entries(node, reader))}
        for type_, text in QUESTIONS:
            asked = query.parse(type_, [tuple(part.split("=", 1)) for part in text.split("&")])
            page = await node.records.search(reader, asked, gate)
            found[f"{type_}?{text}"] = f"{page.total} {[entry.id for entry in page.entries]}"
        people = await node.persons.people(reader)
        found["people"] = str(sorted((one.local_id, one.state.value) for one in people))
        return found


@contextmanager
def flipped(path: Path, bit: int) -> Iterator[None]:
    """Flip one bit of a file, and put the file back as it was afterwards."""
    kept = path.read_bytes()
    rotten = bytearray(kept)
    rotten[bit // 8] ^= 1 << bit % 8
    path.write_bytes(rotten)
    try:
        yield
    finally:
        path.write_bytes(kept)


async def of_store(folder: Path, flips: int, seed: int) -> Findings:
    """Flip bits of the store, half of them where the tables with bodies and indexes lie."""
    chance = random.Random(seed)  # noqa: S311 - seeded
    original = loaded(folder)
    right = await answers(original)
    copy = folder / "rotten"
    pages = _pages(original / "store.sqlite")
    found = Findings()
    for number in range(flips):
        name = chance.choice(sorted(pages)) if number % 2 else ""
        page = chance.choice(pages[name]) if name else chance.randrange(1, max(pages[""]))
        bit = (page - 1) * PAGE * 8 + chance.randrange(PAGE * 8)
        shutil.copytree(original, copy)
        with flipped(copy / "store.sqlite", bit):
            if list(damaged_pages(copy / "store.sqlite")) != [page]:
                found.faults.append(f"bit {bit}: page {page} ({name}) is not named as damaged")
            await _ask(copy, right, f"bit {bit} on page {page} ({name})", found)
        shutil.rmtree(copy)
        found.flips += 1
    return found


async def _ask(copy: Path, right: dict[str, str], where: str, found: Findings) -> None:
    try:
        said = await answers(copy)
    except (ThroughcareError, apsw.Error) as error:
        found.refused += 1
        if not isinstance(error, ThroughcareError):
            found.faults.append(f"{where}: {error!r} is no plain sentence")
        return
    found.unread += said == right
    found.faults += [f"{where}: {name} is wrong" for name in right if said[name] != right[name]]


def _pages(database: Path) -> dict[str, list[int]]:
    """Return the pages of each table and index; under "" all of the file."""
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    pages: dict[str, list[int]] = {"": list(range(1, database.stat().st_size // PAGE + 1))}
    for name, page in connection.execute("SELECT name, pageno FROM dbstat").fetchall():
        pages.setdefault(str(name), []).append(int(page))
    connection.close()
    return pages


def of_ledger(node: Path, flips: int, seed: int) -> Findings:
    """Flip bits in what the ledger's segments and checkpoints hold."""
    chance = random.Random(seed)  # noqa: S311 - seeded
    found = Findings()
    ledger = node / "ledger"
    files = [path for path in sorted(ledger.iterdir()) if path.suffix != ".lock"]
    for _ in range(flips):
        path = chance.choice([file for file in files if file.read_bytes().strip(b"\0")])
        written = len(path.read_bytes().rstrip(b"\0"))
        bit = chance.randrange(written * 8)
        with flipped(path, bit):
            report = verify(ledger)
            named = path.name in str(report) or path.stem in str(report)
            if report.ok:
                found.faults.append(f"bit {bit} of {path.name} went unnoticed")
            elif not named:
                found.faults.append(f"bit {bit} of {path.name} was noticed elsewhere: {report}")
        found.flips += 1
        found.refused += not report.ok
    return found


async def of_backup(folder: Path, node: Path, flips: int, seed: int) -> Findings:
    """Flip bits in a backup: it is refused, or what it restores is what was backed up."""
    chance = random.Random(seed)  # noqa: S311 - seeded
    right = await answers(node)
    made, target = folder / "backup", folder / "restored"
    ran(throughcare("backup", "--node", node, "--to", made, "--with-keys", "--quiet"))
    files = [path for path in sorted(made.rglob("*")) if path.is_file() and path.stat().st_size]
    found = Findings()
    for number in range(flips):
        path = files[number % len(files)]
        bit = chance.randrange(path.stat().st_size * 8)
        with flipped(path, bit):
            done = throughcare("restore", made, "--node", target)
        where = f"bit {bit} of {path.relative_to(made)}"
        if done.returncode == 0:
            await _ask(target, right, where, found)
            if not verify(target / "ledger").ok:
                found.faults.append(f"{where}: restored with a ledger that does not verify")
        else:
            found.refused += 1
            if "Traceback" in done.stderr or not done.stderr.strip():
                found.faults.append(f"{where}: {done.stderr[-300:]} is no plain sentence")
        shutil.rmtree(target, ignore_errors=True)
        found.flips += 1
    return found
