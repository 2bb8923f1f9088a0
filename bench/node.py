"""Measures a whole node beside its limits, in one run: `python bench/node.py`.

Each figure stands beside its limit: a raw ASGI handler of 2 kB on the same server for reads and
searches, `orjson.loads` of the same bytes for the import. CPU time, so that a busy machine matters
little; the goals and the figures of one run are in docs/performance/README.md.
"""

import asyncio
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import orjson

from throughcare.app import asking, folder
from throughcare.app.loading import Found, Loader
from throughcare.app.node import Node, opened
from throughcare.demo import generate
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)

ROUNDS = 2_000
LOADER = Actor("bench", Role.IT_LEAD, "")
RAW = """
import sys, uvicorn
async def raw(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * 2048})
uvicorn.run(raw, port=int(sys.argv[1]), log_level="error", access_log=False, lifespan="off")
"""
"""What no server of this kind can be faster than."""


@contextlib.contextmanager
def server(*words: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a server as a process; its port is the last of `words`. Ended by its own id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603 - our own commands
        [sys.executable, *words, str(port)], stdout=quiet, stderr=quiet
    )
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                httpx.get(f"{base}/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield process, base
    finally:
        process.terminate()
        process.wait(timeout=30)


def spent(process: subprocess.Popen[bytes]) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cost(process: subprocess.Popen[bytes], url: str, token: str) -> float:
    """Return the CPU microseconds of the server for one request; every answer must be 200."""
    with httpx.Client(headers={"authorization": f"Bearer {token}"}) as client:
        for _ in range(50):
            assert client.get(url).status_code == httpx.codes.OK, url
        before = spent(process)
        for _ in range(ROUNDS):
            client.get(url)
        return (spent(process) - before) / ROUNDS * 1e6


def row(what: str, figure: float, limit: float, goal: str) -> None:
    """Print one line of the table."""
    print(f"{what:<42}{figure:>10.1f}{limit:>12.1f}{figure / limit:>9.1f}   {goal}")


async def load(node: Node, files: Path) -> float:
    """Load the feeds and return the CPU seconds that it took."""
    start = time.process_time()

    def progress(_found: Found, _part: float) -> None:
        """Show nothing."""

    report = await Loader(node.admission, LOADER).load([files], progress)
    assert report.is_clean
    return time.process_time() - start


def parsed(files: Path) -> float:
    """Return the CPU seconds of `orjson.loads` of the GP feed."""
    lines = (files / "gp.ndjson").read_bytes().splitlines()
    start = time.process_time()
    for _ in range(20):
        for line in lines:
            orjson.loads(line)
    return (time.process_time() - start) / 20


def crew(node: Node) -> Request:
    """Return the request of a crew that can't ask."""
    return Request(
        Actor("bench", Role.PARAMEDIC, "RX8"),
        Purpose.ETREAT,
        node.clock.now(),
        Relationship.YES,
        Permission.UNABLE,
        Reason("cannot be asked", "cannot-be-asked"),
        id=node.ids.new(),
    )


def gp(node: Node) -> Request:
    """Return the request of a GP with relationship and permission."""
    return Request(
        Actor("bench", Role.GP, "B86001"),
        Purpose.TREAT,
        node.clock.now(),
        Relationship.YES,
        Permission.GIVEN,
        id=node.ids.new(),
    )


async def summaries(node: Node, number: str) -> tuple[float, int]:
    """Return the median CPU milliseconds of an emergency summary, and the entries behind it."""
    person = await asking.person_id_with(node, number)
    times = []
    for _ in range(50):
        start = time.process_time()
        await node.people.emergency(crew(node), person)
        times.append(time.process_time() - start)
    record = await node.disclosure.everything(
        gp(node), (await node.people.patients(gp(node), person))[0]
    )
    return statistics.median(times) * 1000, len(record.entries)


async def measure(root: Path) -> None:
    """Make a node of demo people, and measure it."""
    locality = generate(today=date(2026, 11, 24))
    files = root / "feeds"
    for name, content in locality.files.items():
        path = files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    gp_only = root / "gp"
    gp_only.mkdir()
    (gp_only / "gp.ndjson").write_bytes(locality.files["gp.ndjson"])
    print(f"{'work':<42}{'figure':>10}{'limit':>12}{'ratio':>9}   goal")
    async with opened(folder.create(root / "node")) as node:
        took = await load(node, gp_only) * 1000
        row("import of the GP feed, validated, ms", took, parsed(gp_only) * 1000, "<= 10 x")
        await load(node, files)
        token = node.issue(gp(node), hours=1)
        number = next(p.nhs_number for p in locality.personas if p.key == "edith")
        person = await asking.person_id_with(node, number)
        patient = (await node.people.patients(gp(node), person))[0]
        median, entries = await summaries(node, number)
        row(f"emergency summary of {entries} entries, ms", median, 5.0, "<= 5 ms for 500")
    over_http(root / "node", patient, token)


def over_http(node: Path, patient: str, token: str) -> None:
    """Measure a read and a search of a served node beside the raw handler."""
    with server("-c", RAW) as (process, base):
        limit = cost(process, base, token)
    words = ("-m", "throughcare", "serve", "--node", str(node), "--port")
    with server(*words) as (process, base):
        read = cost(process, f"{base}/fhir/Patient/{patient}", token)
        row("read by id, decided and audited, us", read, limit, "<= 1.8 x")
        query = f"patient={patient}&code=http://snomed.info/sct|52448006&recorded-date=ge2020"
        search = cost(process, f"{base}/fhir/Condition?{query}", token)
        row("search person + code + date, us", search, limit, "<= 6 x")


def main() -> None:
    """Run all."""
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(measure(Path(name)))


if __name__ == "__main__":
    main()
