"""Measures durable creates of 64 clients beside the disk's fdatasync: `python bench/creating.py`.

Each create is a POST of an Observation: validated, placed, labelled, written with its search rows
and its audit entry, and acknowledged when it is on disk. The limit is how often the same disk
syncs a 4 kB write within a second, nothing else being asked of it.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import orjson
import uvloop
from serving import Caller, Server, cores, gp, server
from table import show, title

from throughcare.app import folder
from throughcare.app.gateway import gateway
from throughcare.app.node import opened
from throughcare.store.sqlite import SqliteStore

CLIENTS = 64
SECONDS = 5.0
PATIENT = orjson.dumps({"resourceType": "Patient", "gender": "female", "birthDate": "1950-01-01"})


def observation(patient: str) -> bytes:
    """Return an Observation about `patient`."""
    return orjson.dumps(
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
            "subject": {"reference": f"Patient/{patient}"},
            "effectiveDateTime": "2026-11-24T09:00:00Z",
            "valueQuantity": {"value": 120, "unit": "mmHg"},
        }
    )


def syncs(where: Path) -> float:
    """Return how many fdatasync of 4 kB the disk does in a second."""
    descriptor = os.open(where / "sync", os.O_RDWR | os.O_CREAT, 0o600)
    os.posix_fallocate(descriptor, 0, 1 << 20)
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS / 2:
        os.pwrite(descriptor, bytes([count % 256]) * 4096, count % 256 * 4096)
        os.fdatasync(descriptor)
        count += 1
    os.close(descriptor)
    return count / (time.perf_counter() - start)


async def in_process(root: Path, synchronous: str) -> tuple[float, float, float]:
    """Return creates a second, the CPU microseconds of one, and how many shared a commit."""
    async with opened(folder.create(root)) as node:
        assert isinstance(node.store, SqliteStore)
        writing = node.store._writer._connection  # noqa: SLF001 - what is compared has no setting
        writing.execute(f"PRAGMA synchronous={synchronous}")
        call = Caller(gateway(node), node.issue(gp(node), hours=1))
        status, made = await call("POST", "/fhir/Patient", body=PATIENT)
        assert status == 201
        body = observation(orjson.loads(made)["id"])
        start, used = time.perf_counter(), time.process_time()
        count = commits = 0

        def committing() -> bool:
            nonlocal commits
            commits += 1
            return False  # go on

        writing.set_commit_hook(committing)

        async def client() -> None:
            nonlocal count
            while time.perf_counter() - start < SECONDS:
                status, _ = await call("POST", "/fhir/Observation", body=body)
                assert status == 201
                count += 1

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        took, used = time.perf_counter() - start, time.process_time() - used
        return count / took, used / count * 1e6, count / commits


async def over_http(running: Server, token: str) -> float:
    """Return creates a second over as many connections as there are clients."""
    status, made = await post(*await connection(running), "Patient", PATIENT, token)
    assert status == 201
    body = observation(orjson.loads(made)["id"])
    start, count = time.perf_counter(), 0

    async def client() -> None:
        nonlocal count
        streams = await connection(running)
        while time.perf_counter() - start < SECONDS:
            status, _ = await post(*streams, "Observation", body, token)
            assert status == 201
            count += 1
        streams[1].close()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return count / (time.perf_counter() - start)


async def connection(running: Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return a new connection."""
    return await asyncio.open_connection("127.0.0.1", running.port)


async def post(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    type_: str,
    body: bytes,
    token: str,
) -> tuple[int, bytes]:
    """Return status and body of a POST on a connection that is kept."""
    head = (
        f"POST /fhir/{type_} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/fhir+json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    answer = await reader.readuntil(b"\r\n\r\n")
    (length,) = (
        int(line[15:])
        for line in answer.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    return int(answer[9:12]), await reader.readexactly(length)


async def token_of(root: Path) -> str:
    """Return a token of the node in `root`, made if absent."""
    async with opened(folder.create(root)) as node:
        return node.issue(gp(node), hours=1)


def main() -> None:
    """Run all."""
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd()
    title(f"durable creates of {CLIENTS} clients, a second")
    with (
        tempfile.TemporaryDirectory(dir=where) as name,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        root = Path(name)
        limit = syncs(root)
        full, used, shared = runner.run(in_process(root / "full", "FULL"))
        show("in process, FULL", full, limit, ">= 3", "/s")
        normal, _, _ = runner.run(in_process(root / "normal", "NORMAL"))
        show("in process, FULL : NORMAL", full, normal, ">= 0.9", "/s")
        print(f"{'':<50}{used:>10.1f} us CPU a create; {shared:.0f} share a commit")
        for workers in sorted({1, cores()}):
            node = root / f"served-{workers}"
            token = runner.run(token_of(node))
            words = ("serve", "--node", str(node), "--workers", str(workers), "--port")
            with server("-m", "throughcare", *words) as running:
                made = runner.run(over_http(running, token))
                show(f"over HTTP, {workers} workers", made, limit, ">= 3", "/s")


if __name__ == "__main__":
    main()
