import asyncio
import itertools
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from audit.ledger_parts import BY_HAND, KEY, SMALL, SetClock, entry
from throughcare.audit import frame, line
from throughcare.audit.errors import LedgerClosedError, LedgerFullError
from throughcare.audit.frame import Kind
from throughcare.audit.ledger import Ledger
from throughcare.audit.report import Fault
from throughcare.audit.segment import Sizes, segments
from throughcare.audit.verify import verify
from throughcare.kernel import UnprocessableError
from throughcare.model.audit import AuditEntry

PUBLIC = KEY.public_key()


def entries(folder: Path) -> list[AuditEntry]:
    return [
        line.read_line(found.payload).entry
        for path in sorted(folder.glob("*.segment"))
        for found in frame.frames(path.read_bytes())
        if found.kind is Kind.ENTRY
    ]


def test_what_was_appended_is_in_the_file_before_append_returns(
    ledger: Ledger, folder: Path
) -> None:
    ledger.append(entry(1))
    assert entries(folder) == [entry(1)]


def test_every_field_of_an_entry_comes_back(ledger: Ledger, folder: Path) -> None:
    full = entry(
        1, because=("Consent/1#provision", "ümlaut \x00 ☃"), labels=("PSY",), epoch=2, seen=9
    )
    ledger.append(full)
    assert entries(folder) == [full]


def test_a_full_segment_goes_on_in_the_next(ledger: Ledger, folder: Path) -> None:
    wanted = [entry(number) for number in range(100)]
    for one in wanted:
        ledger.append(one)
    assert len(segments(folder)[1]) > 2
    assert entries(folder) == wanted
    ledger.close()
    report = verify(folder, PUBLIC)
    assert report.ok, str(report)
    assert (report.entries, report.unsealed, report.unsigned) == (100, 0, 0)


def test_reopening_goes_on_where_it_ended(folder: Path, clock: SetClock) -> None:
    for start in range(0, 60, 20):
        with Ledger.open(folder, clock, KEY, sizes=SMALL) as ledger:
            for number in range(start, start + 20):
                assert ledger.append(entry(number)) == number + 1
    assert entries(folder) == [entry(number) for number in range(60)]
    assert verify(folder, PUBLIC).ok


def test_opening_and_closing_without_an_entry_writes_no_block(
    folder: Path, clock: SetClock
) -> None:
    for _ in range(3):
        Ledger.open(folder, clock, KEY, sizes=SMALL).close()
    report = verify(folder, PUBLIC)
    assert (report.ok, report.blocks, report.checkpoints) == (True, 0, 0)


async def test_a_sealed_entry_is_under_a_block(ledger: Ledger, folder: Path) -> None:
    sequence = ledger.append(entry(1))
    assert await ledger.wait_sealed(sequence)
    report = verify(folder, PUBLIC)
    assert (report.blocks, report.unsealed) == (1, 0)


async def test_the_wait_for_the_seal_ends_in_time(folder: Path, clock: SetClock) -> None:
    with Ledger.open(folder, clock, KEY, sizes=SMALL) as ledger:
        ledger.append(entry(1))
        with ledger._sealing:  # noqa: SLF001 - stands for a disk that hangs
            assert not await ledger.wait_sealed(at_most=0.01)
        assert await ledger.wait_sealed()


async def test_many_tasks_wait_for_one_seal(ledger: Ledger) -> None:
    async def one(number: int) -> bool:
        return await ledger.wait_sealed(ledger.append(entry(number)))

    assert all(await asyncio.gather(*(one(number) for number in range(50))))


@pytest.mark.parametrize("purpose", ["TREAT", "ETREAT", "BTG", "HRESCH"])
async def test_what_must_be_on_disk_is(ledger: Ledger, purpose: str) -> None:
    await ledger.keep(entry(1, purpose=purpose))
    assert ledger.health().sequence == 1
    if purpose in {"BTG", "HRESCH"}:
        assert ledger.health().sealed == 1


def test_threads_write_one_chain(ledger: Ledger, folder: Path) -> None:
    def many(start: int) -> None:
        for number in range(start, start + 50):
            ledger.append(entry(number))

    threads = [threading.Thread(target=many, args=(start,)) for start in range(0, 200, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()
    assert verify(folder, PUBLIC).entries == 200
    assert {one.id for one in entries(folder)} == {f"look-{number}" for number in range(200)}


def test_two_openers_write_as_two_workers(folder: Path, clock: SetClock) -> None:
    with (
        Ledger.open(folder, clock, KEY, sizes=SMALL) as one,
        Ledger.open(folder, clock, KEY, sizes=SMALL) as two,
    ):
        one.append(entry(1))
        two.append(entry(2))
        assert (one.worker, two.worker) == (1, 2)
        assert verify(folder, PUBLIC).ok, "beside running nodes"
    report = verify(folder, PUBLIC)
    assert (report.ok, report.entries, report.checkpoints) == (True, 2, 2)


def test_a_closed_ledger_refuses(ledger: Ledger) -> None:
    ledger.close()
    with pytest.raises(LedgerClosedError, match="try again"):
        ledger.append(entry(1))


def test_an_entry_that_fits_no_segment_is_refused_and_the_next_is_taken(
    ledger: Ledger, folder: Path
) -> None:
    with pytest.raises(UnprocessableError, match="too long"):
        ledger.append(entry(1, what="x" * 9000))
    ledger.append(entry(2))
    assert entries(folder) == [entry(2)]


def fill(ledger: Ledger) -> int:
    """Append until the ledger refuses, and return how many it took."""
    for written in itertools.count():
        try:
            ledger.append(entry(written))
        except LedgerFullError:
            return written
    raise AssertionError


def test_a_full_disk_uses_the_reserve_then_refuses_then_goes_on_without_a_restart(
    folder: Path, clock: SetClock
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with Ledger.open(folder, clock, KEY, sizes=Sizes(8192, 2), pace=BY_HAND) as ledger:
        try:
            # no file may be allocated any more; mapped pages still take writes
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
            written = fill(ledger)
            assert len(segments(folder)[1]) == 3
            with pytest.raises(LedgerFullError, match="make room, no restart"):
                ledger.append(entry(written))
            ledger.seal()
            assert ledger.health().sealed == written
            ledger.refill()
            assert "reserve" in ledger.health().fault
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, previous)
        ledger.append(entry(written))
        ledger.refill()
        assert ledger.health().spares == 2
    report = verify(folder, PUBLIC)
    assert report.ok, str(report)
    assert report.entries == written + 1


def test_the_reserve_holds_a_day_of_reads() -> None:
    sizes = Sizes.for_reads(200_000)
    assert sizes.segment * sizes.spares >= 200_000 * 420


WRITER = """
import sys
from pathlib import Path
from audit.ledger_parts import KEY, SMALL, SetClock, entry
from throughcare.audit.ledger import Ledger
ledger = Ledger.open(Path(sys.argv[1]), SetClock(), KEY, sizes=SMALL)
number = ledger.health().sequence
while True:
    number = ledger.append(entry(number + 1))
    print(number, flush=True)
"""


def test_after_kill_9_everything_acknowledged_is_there(folder: Path) -> None:
    acknowledged = 0
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    for _ in range(4):
        command = [sys.executable, "-c", WRITER, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as writer:
            assert writer.stdout is not None
            for _ in range(70):
                acknowledged = int(writer.stdout.readline())
            writer.kill()
            acknowledged = max(
                [acknowledged, *(int(text) for text in writer.stdout.read().split(b"\n")[:-1])]
            )
        assert len(entries(folder)) >= acknowledged
        found = verify(folder, PUBLIC).findings
        assert {one.fault for one in found} <= {Fault.TORN}, "killed while it wrote, at most"
    with Ledger.open(folder, SetClock(), KEY, sizes=SMALL) as ledger:
        assert ledger.health().sealed >= acknowledged
    report = verify(folder, PUBLIC)
    assert report.ok, str(report)
    assert report.unsigned == 0


@pytest.mark.parametrize("cut", [1, 6, 9, 60])
def test_a_torn_write_is_left_noted_and_gone_on_after(
    folder: Path, clock: SetClock, cut: int
) -> None:
    with Ledger.open(folder, clock, KEY, sizes=SMALL, pace=BY_HAND) as ledger:
        ledger.append(entry(1))
        ledger.checkpoint()
        at, _ = ledger.places()
    torn = frame.pack(Kind.ENTRY, line.encode(line.Line(1, 2, entry(2))))[:-1]
    path = folder / "w0001-000001.segment"
    with path.open("r+b") as file:
        file.seek(at.offset)
        file.write(torn[:cut] if cut != 6 else bytes(8) + torn[8:])  # or: head not written
    assert [one.fault for one in verify(folder, PUBLIC).findings] == [Fault.TORN]
    with Ledger.open(folder, clock, KEY, sizes=SMALL) as ledger:
        assert ledger.append(entry(3)) == 2
    assert entries(folder) == [entry(1), entry(3)]
    report = verify(folder, PUBLIC)
    assert report.ok, str(report)
    assert "torn" in report.remarks[0]


def test_a_torn_write_of_a_worker_that_does_not_come_back_is_noted_by_another(
    folder: Path, clock: SetClock
) -> None:
    with (
        Ledger.open(folder, clock, KEY, sizes=SMALL, pace=BY_HAND) as first,
        Ledger.open(folder, clock, KEY, sizes=SMALL, pace=BY_HAND) as second,
    ):
        first.append(entry(1))
        second.append(entry(2))
        second.checkpoint()
        at, _ = second.places()
    with (folder / "w0002-000001.segment").open("r+b") as file:
        file.seek(at.offset)
        file.write(b"\1torn")
    assert [one.fault for one in verify(folder, PUBLIC).findings] == [Fault.TORN]
    with Ledger.open(folder, clock, KEY, sizes=SMALL) as alone:
        assert alone.worker == 1
    report = verify(folder, PUBLIC)
    assert report.ok, str(report)
    assert "w0002-000001.segment" in report.remarks[0]
    with Ledger.open(folder, clock, KEY, sizes=SMALL), Ledger.open(folder, clock, KEY) as again:
        assert again.append(entry(3)) == 2


def test_a_crash_before_the_header_of_a_new_segment_is_no_loss(
    folder: Path, clock: SetClock
) -> None:
    with Ledger.open(folder, clock, KEY, sizes=SMALL) as ledger:
        ledger.append(entry(1))
    (folder / "w0001-000002.segment").write_bytes(bytes(8192))
    assert verify(folder, PUBLIC).ok
    with Ledger.open(folder, clock, KEY, sizes=SMALL) as ledger:
        ledger.append(entry(2))
    assert entries(folder) == [entry(1), entry(2)]
    assert verify(folder, PUBLIC).ok


def test_a_crash_between_segment_and_file_of_checkpoints_is_completed_at_the_next_start(
    folder: Path, clock: SetClock
) -> None:
    with Ledger.open(folder, clock, KEY, sizes=SMALL) as ledger:
        ledger.append(entry(1))
    kept = (folder / "checkpoints").read_bytes()
    (folder / "checkpoints").write_bytes(kept[:40])
    Ledger.open(folder, clock, KEY, sizes=SMALL).close()
    assert (folder / "checkpoints").read_bytes() == kept
    assert verify(folder, PUBLIC).ok


def test_a_burst_of_looks_goes_on_while_the_reserve_is_being_filled(
    folder: Path, clock: SetClock
) -> None:
    stop = threading.Event()
    with Ledger.open(folder, clock, KEY, sizes=SMALL, pace=BY_HAND) as ledger:

        def fill() -> None:
            while not stop.is_set():
                ledger.refill()

        filling = threading.Thread(target=fill)
        filling.start()
        try:
            for number in range(4_000):
                ledger.append(entry(number))
        finally:
            stop.set()
            filling.join()
        assert ledger.health().sequence == 4_000
    assert verify(folder, KEY.public_key()).ok
