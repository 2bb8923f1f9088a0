"""A node at rest, judged from inside: all that was promised is there, whole, found and audited."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import orjson

from faults.imports import TYPES
from throughcare.app import folder as folders
from throughcare.app.node import Node, opened
from throughcare.audit import scan
from throughcare.audit.journal import read_pending
from throughcare.audit.verify import verify
from throughcare.model.audit import AuditEntry
from throughcare.model.entry import Stored
from throughcare.record import keys
from throughcare.store.protocol import Reader

AT_ONCE = 500


def at_rest(folder: Path) -> AbstractAsyncContextManager[Node]:
    """Open a node that nobody serves at the moment."""
    return opened(folders.existing(folder))


async def entries(node: Node, reader: Reader) -> list[Stored]:
    """Return the current version of every entry."""
    found, after = [], 0
    while rows := await reader.rows("record.every_entry", after=after, limit=AT_ONCE):
        for row in rows:
            stored = await node.records.current(reader, keys.type_name(_int(row[1])), str(row[2]))
            assert stored is not None, f"a head row without an entry: {row[:3]}"
            found.append(stored)
        after = _int(rows[-1][0])
    return found


def digest(stored: Iterable[Stored]) -> str:
    """Return one hash of what is stored, whenever and in whatever order it came.

    Left out are ``meta.lastUpdated`` and the numbers of subjects: a subject is named by its
    Patients.
    """
    everything = list(stored)
    owners: dict[int, list[str]] = {}
    for entry in everything:
        if entry.type == "Patient":
            owners.setdefault(entry.subject, []).append(entry.id)
    lines = []
    for entry in everything:
        body = orjson.loads(entry.body)
        del body["meta"]["lastUpdated"]
        text = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        cls = f"{entry.cls.category} {sorted(entry.cls.labels)} {entry.cls.custodian}"
        owner = sorted(owners.get(entry.subject, []))
        lines.append(f"{entry.type}/{entry.id} {entry.version} {cls} {owner} ".encode() + text)
    return hashlib.sha256(b"\n".join(sorted(lines))).hexdigest()


async def audited(node: Node) -> list[AuditEntry]:
    """Return every line of the ledger, and those of writes that are on their way to it."""
    found = [one.entry for one in scan.after(node.folder.ledger, {})]
    async with node.store.snapshot() as reader:
        known = {entry.id for entry in found}
        return found + [entry for _, entry in await read_pending(reader) if entry.id not in known]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a node at rest came to."""

    entries: int
    digest: str
    lines: Counter[str]
    """Lines of the ledger by the user that they tell of."""
    faults: tuple[str, ...]


async def judged(folder: Path, acknowledged: Collection[int], sent: int) -> Judgement:
    """Judge an import of which `acknowledged` was promised, out of the bundles below `sent`.

    Each bundle is whole or absent, each promised one is whole and has its audit line, search rows
    are those of a rebuild, the tables agree, and the ledger verifies.
    """
    async with at_rest(folder) as node:
        async with node.store.snapshot() as reader:
            stored = await entries(node, reader)
            wrong = await node.records.verify(reader)
        faults = [f"search rows of {name} are not those of a rebuild" for name in wrong]
        faults += (await node.records.check()).faults
        lines = await audited(node)
    there = Counter(entry.id for entry in stored if entry.type in TYPES)
    named = {name for line in lines for name in line.what.split()}
    for number in range(sent):
        parts = there[f"b{number}"]
        if parts not in {0, len(TYPES)}:
            faults.append(f"torn: bundle {number} has {parts} of {len(TYPES)} resources")
        if number in acknowledged and parts == 0:
            faults.append(f"lost: bundle {number} was acknowledged and is not there")
        if parts and f"Patient/b{number}" not in named:
            faults.append(f"unaudited: bundle {number} is stored and no line tells of it")
    faults += map(str, verify(folder / "ledger").findings)
    users = Counter(line.user for line in lines)
    return Judgement(len(stored), digest(stored), users, tuple(faults))


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
