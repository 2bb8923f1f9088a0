"""Clients that read and write a few resources at once, and write down what they saw of each."""

import asyncio
import random  # noqa: TID251 - seeded by whoever runs it
import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from faults.histories import NEVER, Chain, Operation, Saw
from faults.wire import Connection, LostError, NotSentError, Reply, version_of

PATIENT = "register-holder"
KINDS = ("read", "put", "put if", "delete", "transaction")
WEIGHTS = (45, 20, 20, 5, 10)
AGAIN_SECONDS = 0.05
_VALUE = re.compile(rb'"text":"value (\d+)"')


def holder() -> dict[str, object]:
    """Return the Patient that the registers are about."""
    name = [{"family": "Register"}]
    return {"resourceType": "Patient", "id": PATIENT, "name": name, "birthDate": "1950-01-01"}


def register(id_: str, value: int) -> dict[str, object]:
    """Return a Condition that holds `value`."""
    return {
        "resourceType": "Condition",
        "id": id_,
        "subject": {"reference": f"Patient/{PATIENT}"},
        "code": {"text": f"value {value}"},
    }


@dataclass
class Registers:
    """Some resources, all that was seen of them, and what no client should ever see."""

    ids: Sequence[str]
    quota: int
    """Operations to be done, by all clients together."""
    seen: dict[str, list[Operation]] = field(default_factory=lambda: defaultdict(list))
    known: dict[str, int] = field(default_factory=dict)
    """The newest version that anybody saw: what If-Match names."""
    counts: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    """Answers that are none of those that the operation may have."""
    values: int = 0

    def value(self) -> int:
        """Return a value that was never put before."""
        self.values += 1
        return self.values

    def note(self, id_: str, operation: Operation) -> None:
        """Keep what was seen of a resource."""
        self.seen[id_].append(operation)
        self.counts[operation.saw.value] += 1
        self.known[id_] = max(self.known.get(id_, 0), operation.version)


class Client:
    """One client: one operation after the other, until the quota is used up."""

    def __init__(self, wire: Connection, registers: Registers, chance: random.Random) -> None:
        """Work on `registers` through `wire`, choosing by `chance`."""
        self._wire, self._registers, self._chance = wire, registers, chance

    async def run(self) -> None:
        """Do operations until enough are done."""
        acts = {"read": self._read, "delete": self._delete, "transaction": self._transaction}
        while self._registers.quota > 0:
            self._registers.quota -= 1
            kind = self._chance.choices(KINDS, WEIGHTS)[0]
            id_ = self._chance.choice(self._registers.ids)
            try:
                if kind in acts:
                    await acts[kind](id_)
                else:
                    await self._put(id_, conditional=kind == "put if")
            except NotSentError:
                self._registers.quota += 1
                await asyncio.sleep(AGAIN_SECONDS)

    async def _read(self, id_: str) -> None:
        start = time.perf_counter()
        try:
            reply = await self._wire.call("GET", f"Condition/{id_}")
        except LostError:
            self._registers.counts["read lost"] += 1
            return
        end = time.perf_counter()
        saw = {200: Saw.READ, 410: Saw.GONE, 404: Saw.ABSENT}.get(reply.status)
        if saw is None:
            self._odd("read", reply)
            return
        value = value_of(reply.body) if saw is Saw.READ else 0
        self._registers.note(id_, Operation(saw, start, end, value, reply.version))

    async def _put(self, id_: str, *, conditional: bool) -> None:
        value, expected = self._registers.value(), None
        headers = ""
        if conditional:
            expected = self._registers.known.get(id_, 0) or 1
            headers = f'if-match: W/"{expected}"\r\n'
        start = time.perf_counter()
        try:
            reply = await self._wire.call("PUT", f"Condition/{id_}", register(id_, value), headers)
        except LostError:
            lost = Operation(Saw.PUT_LOST, start, NEVER, value, expected=expected)
            self._registers.note(id_, lost)
            return
        end = time.perf_counter()
        if reply.status in {200, 201}:
            wrote = Operation(Saw.WROTE, start, end, value, reply.version, expected)
            self._registers.note(id_, wrote)
        elif reply.status == 412 and conditional:
            self._registers.note(id_, Operation(Saw.REFUSED, start, end, value, expected=expected))
        else:
            self._odd("put", reply)

    async def _delete(self, id_: str) -> None:
        start = time.perf_counter()
        try:
            reply = await self._wire.call("DELETE", f"Condition/{id_}")
        except LostError:
            self._registers.note(id_, Operation(Saw.DELETE_LOST, start, NEVER))
            return
        end = time.perf_counter()
        if reply.status in {204, 404}:
            saw = Saw.DELETED if reply.status == 204 else Saw.ABSENT
            self._registers.note(id_, Operation(saw, start, end, 0, reply.version))
        else:
            self._odd("delete", reply)

    async def _transaction(self, _id: str) -> None:
        """Put two or three at once; every second time only if the first is as it was known."""
        ids = self._chance.sample(list(self._registers.ids), self._chance.randint(2, 3))
        values = [self._registers.value() for _ in ids]
        expected: list[int | None] = [None] * len(ids)
        if self._chance.random() < 0.5:
            expected[0] = self._registers.known.get(ids[0], 0) or 1
        puts = list(zip(ids, values, expected, strict=True))
        bundle = transaction([register(id_, value) for id_, value, _ in puts], expected[0])
        start = time.perf_counter()
        try:
            reply = await self._wire.call("POST", "", bundle)
        except LostError:
            for id_, value, version in puts:
                lost = Operation(Saw.PUT_LOST, start, NEVER, value, expected=version)
                self._registers.note(id_, lost)
            return
        end = time.perf_counter()
        if reply.status == 412 and expected[0] is not None:
            refused = Operation(Saw.REFUSED, start, end, values[0], expected=expected[0])
            self._registers.note(ids[0], refused)
        elif reply.status == 200:
            self._registers.counts["transaction"] += 1
            answers = [entry["response"] for entry in orjson.loads(reply.body)["entry"]]
            for (id_, value, version), answer in zip(puts, answers, strict=True):
                if f"/{id_}/" not in answer["location"]:
                    self._registers.odd.append(f"transaction answered out of order: {answer}")
                made = version_of(answer["etag"])
                self._registers.note(id_, Operation(Saw.WROTE, start, end, value, made, version))
        else:
            self._odd("transaction", reply)

    def _odd(self, kind: str, reply: Reply) -> None:
        self._registers.odd.append(f"{kind}: {reply.status} {reply.body[:300]!r}")


def value_of(body: bytes) -> int:
    found = _VALUE.search(body)
    return int(found[1]) if found else 0


def transaction(
    resources: Sequence[dict[str, object]], expected: int | None = None
) -> dict[str, object]:
    """Return a transaction that puts each of `resources`, the first one If-Match `expected`."""
    entries = []
    for resource in resources:
        name = f"{resource['resourceType']}/{resource['id']}"
        condition = {} if entries or expected is None else {"ifMatch": f'W/"{expected}"'}
        request = {"method": "PUT", "url": name, **condition}
        url = f"http://example.org/{name}"
        entries.append({"fullUrl": url, "resource": resource, "request": request})
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


async def chain(wire: Connection, id_: str) -> Chain:
    """Return the final history of a register: the value of each version, None for a deletion."""
    versions: dict[int, int | None] = {}
    page = f"Condition/{id_}/_history"
    while page:
        reply = await wire.call("GET", page)
        if reply.status == 404:
            return ()
        assert reply.status == 200, reply.body
        bundle = orjson.loads(reply.body)
        for entry in bundle["entry"]:
            versions[version_of(entry["response"]["etag"])] = _held(entry)
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        page = links.get("next", "").partition("/fhir/")[2]
    assert sorted(versions) == list(range(1, len(versions) + 1)), f"{id_}: gaps in {versions}"
    return tuple(versions[number] for number in range(1, len(versions) + 1))


def _held(entry: dict[str, dict[str, dict[str, str]]]) -> int | None:
    if "resource" not in entry:
        return None
    return int(entry["resource"]["code"]["text"].removeprefix("value "))
