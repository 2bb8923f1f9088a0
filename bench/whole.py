"""Measures the whole record of a person beside unpacking its bytes: `python bench/whole.py`.

A record of 5,500 entries, returned by ``$everything`` and by a bulk export; the limit is to
decompress the same stored bodies and to join them. CPU time of the process.
"""

import asyncio
import gc
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import orjson
import uvloop
from serving import Caller, gp
from table import show, title

from throughcare.app import folder
from throughcare.app.gateway import gateway
from throughcare.app.loading import Found, Loader
from throughcare.app.node import Node, opened
from throughcare.app.serving import Swept, spare_the_lasting
from throughcare.disclosure.exporting.job import Level, State, Wish
from throughcare.model.request import Actor, Purpose, Role

ENTRIES = 5_500
ROUNDS = 10
CODES = ("8480-6", "8462-4", "29463-7", "8302-2")


def feed() -> bytes:
    """Return a transaction Bundle: one person and their observations."""
    url = "urn:uuid:00000000-0000-4000-8000-{:012d}"
    person = {"resourceType": "Patient", "name": [{"family": "Whole"}], "birthDate": "1950-01-01"}
    resources = [person, *(observation(number, url.format(0)) for number in range(1, ENTRIES))]
    entries = [
        {
            "fullUrl": url.format(number),
            "resource": resource,
            "request": {"method": "POST", "url": resource["resourceType"]},
        }
        for number, resource in enumerate(resources)
    ]
    return orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def observation(number: int, patient: str) -> dict[str, object]:
    """Return the observation of this number."""
    day = f"20{10 + number % 16}-{1 + number % 12:02}-{1 + number % 28:02}"
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": CODES[number % len(CODES)]}]},
        "subject": {"reference": patient},
        "effectiveDateTime": f"{day}T09:00:00Z",
        "valueQuantity": {
            "value": 50 + number % 150,
            "unit": "mm[Hg]",
            "system": "http://unitsofmeasure.org",
            "code": "mm[Hg]",
        },
    }


async def measure(root: Path) -> None:
    """Load the record and return it, again and again."""
    (root / "record.json").write_bytes(feed())

    def progress(_found: Found, _part: float) -> None:
        """Show nothing."""

    async with opened(folder.create(root / "node")) as node:
        loader = Loader(node.admission, Actor("bench", Role.IT_LEAD, ""))
        report = await loader.load([root / "record.json"], progress)
        assert report.is_clean
        call = Caller(Swept(gateway(node)), node.issue(gp(node), hours=1), b"identity")
        _, found = await call("GET", "/fhir/Patient")
        patient = orjson.loads(found)["entry"][0]["resource"]["id"]
        spare_the_lasting()
        limits, times = [], []
        for _ in range(ROUNDS):
            limits.append(await unpacking(node))
            start = time.process_time()
            status, body = await call("GET", f"/fhir/Patient/{patient}/$everything")
            times.append((time.process_time() - start) * 1e3)
            assert status == 200
        matches = [e for e in orjson.loads(body)["entry"] if e["search"]["mode"] == "match"]
        assert len(matches) == ENTRIES
        show(f"$everything of {ENTRIES} entries", min(times), min(limits), "<= 2.5", "ms")
        exported = await exporting(node, patient)
        show(f"an export of {ENTRIES} entries, fetched", exported, min(limits), "-", "ms")


async def exporting(node: Node, patient: str) -> float:
    """Return the CPU milliseconds of fetching all files of an export: the person's own."""
    async with node.store.snapshot() as reader:
        stored = await node.records.current(reader, "Patient", patient)
        assert stored is not None
        (person,) = await node.persons.persons_of(reader, [stored.subject])
    own = msgspec.structs.replace(
        gp(node),
        actor=Actor("bench", Role.PATIENT, "", person=person),
        purpose=Purpose.PATRQT,
    )
    exports = node.operations.exports
    job = await exports.begin(own, Wish("bench", Level.PATIENTS))
    while (job := exports.status(own, job.id)).state is State.UNDER_WAY:  # noqa: ASYNC110 - as a client does
        await asyncio.sleep(0.01)
    times = []
    for _ in range(ROUNDS):
        gc.collect()
        start = time.process_time()
        files = [await exports.file(own, job.id, number) for number in range(len(job.parts))]
        lines = [b"".join(entry.body + b"\n" for entry in file.entries) for file in files]
        times.append((time.process_time() - start) * 1e3)
        assert sum(text.count(b"\n") for text in lines) == ENTRIES
    return min(times)


async def unpacking(node: Node) -> float:
    """Return the CPU milliseconds of decompressing every body and joining them."""
    bodies = node.records._reading._bodies  # noqa: SLF001 - the same work, without the rest
    async with node.store.snapshot() as reader:
        stored = [bytes(row[0]) for row in await reader.query("SELECT body FROM res", ())]
        known = await bodies._dictionaries(reader, {packed[0] for packed in stored})  # noqa: SLF001
    gc.collect()
    start = time.process_time()
    b",".join([known[packed[0]].unpacked((packed,))[0] for packed in stored])
    return (time.process_time() - start) * 1e3


def main() -> None:
    """Run all."""
    title("whole record")
    where = sys.argv[1] if len(sys.argv) > 1 else None
    with (
        tempfile.TemporaryDirectory(dir=where) as name,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(measure(Path(name)))


if __name__ == "__main__":
    main()
