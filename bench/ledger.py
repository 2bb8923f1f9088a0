"""Measures the ledger beside its limits: `python bench/ledger.py [ENTRIES]`.

The limit of an append is encoding the same entries alone; of a seal, one fdatasync of a 4 kB write
on the same disk; of verifying, SHA-256 over each entry's bytes alone.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from throughcare.audit import line
from throughcare.audit.ledger import Ledger
from throughcare.audit.sealer import Pace
from throughcare.audit.verify import verify
from throughcare.model.audit import AuditEntry

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
BY_HAND = Pace(seal=3600, entries=1 << 30, checkpoint=3600)


class FixedClock:
    """Always the same moment: the benchmark measures no clock."""

    def now(self) -> datetime:
        """Return it."""
        return AT


def entries(count: int) -> list[AuditEntry]:
    """Return lines as a read by id leaves them."""
    return [
        AuditEntry(
            id=f"{number:032x}",
            at=AT,
            action="read",
            outcome="permit",
            user="crew-7",
            role="paramedic",
            organisation="RX9",
            purpose="ETREAT",
            persons=(number % 1000,),
            what=f"Condition/{number:032x}",
            rank=6,
            because=("profile:emergency",),
            reason="cannot be asked",
            policy_version="2026-11-24.1",
            epoch=3,
            obligations=("alert",),
            seen=1,
        )
        for number in range(count)
    ]


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def appending(folder: Path, lines: list[AuditEntry]) -> list[bytes]:
    """Measure appends, as in a worker between two seals and with the sealer running."""
    payloads = [line.encode(line.Line(1, number, one)) for number, one in enumerate(lines)]
    limit = seconds(lambda: [line.encode(line.Line(1, 1, one)) for one in lines]) / len(lines)
    key = Ed25519PrivateKey.generate()
    for name, pace in (("append", BY_HAND), ("append, sealer running", Pace())):
        with Ledger.open(folder / name, FixedClock(), key, pace=pace) as ledger:
            took = seconds(lambda ledger=ledger: [ledger.append(one) for one in lines])
        show(name, took / len(lines), "encoding alone", limit)
    return payloads


def sealing(folder: Path) -> None:
    """Measure how long one waits for the seal of a single entry."""
    key = Ed25519PrivateKey.generate()
    one = entries(1)[0]

    async def waits(ledger: Ledger) -> list[float]:
        took = []
        for _ in range(100):
            start = time.perf_counter()
            await ledger.wait_sealed(ledger.append(one))
            took.append(time.perf_counter() - start)
        return took

    with Ledger.open(folder / "seal", FixedClock(), key) as ledger:
        took = asyncio.run(waits(ledger))
    show("append and wait for the seal, median", statistics.median(took), "fdatasync", sync(folder))


def sync(folder: Path) -> float:
    """Return the median time of an fdatasync after 4 kB."""
    descriptor = os.open(folder / "sync", os.O_RDWR | os.O_CREAT, 0o600)
    os.posix_fallocate(descriptor, 0, 1 << 20)
    took = []
    for number in range(100):
        os.pwrite(descriptor, bytes([number]) * 4096, number * 4096)
        took.append(seconds(lambda: os.fdatasync(descriptor)))
    os.close(descriptor)
    return statistics.median(took)


def verifying(folder: Path, payloads: list[bytes]) -> None:
    """Measure verification."""
    key = Ed25519PrivateKey.generate()
    with Ledger.open(folder / "verify", FixedClock(), key) as ledger:
        for one in entries(len(payloads)):
            ledger.append(one)
    start = time.perf_counter()
    report = verify(folder / "verify", key.public_key())
    took = (time.perf_counter() - start) / len(payloads)
    if not report.ok:
        raise SystemExit(str(report))
    limit = seconds(lambda: [sha256(one).digest() for one in payloads]) / len(payloads)
    show("verify", took, "SHA-256 alone", limit)
    print(f"{'':38} {1 / took:,.0f} entries/s, {len(payloads[0])} bytes each")


def show(name: str, took: float, limit_name: str, limit: float) -> None:
    """Print a figure beside its limit."""
    times = f"{took * 1e6:9.2f} µs   {limit_name} {limit * 1e6:9.2f} µs"
    print(f"{name:38} {times}   ratio {took / limit:6.2f}")


def main() -> None:
    """Run all."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        payloads = appending(folder, entries(count))
        sealing(folder)
        verifying(folder, payloads)


if __name__ == "__main__":
    main()
