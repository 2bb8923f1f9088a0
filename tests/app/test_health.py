"""How a node is, to its IT lead: late feeds, what ends, what runs aside, and who is told."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from app.operated import START, SetClock, deliver, operated
from throughcare.app import examination
from throughcare.app.checks import feeds, lapsing
from throughcare.app.diagnosis import diagnose, health
from throughcare.app.examination import Examination
from throughcare.app.folder import Folder, create
from throughcare.app.gateway import gateway
from throughcare.app.health import Aside, HealthOf
from throughcare.app.node import Node
from throughcare.app.system import SystemClock
from throughcare.kernel import DeniedError
from throughcare.model.health import Check, Feed, State, worst_first
from throughcare.model.request import Actor, Purpose, Request, Role
from throughcare.web.ports import Session

LEAD = Session(Actor("lead", Role.IT_LEAD, ""), "Ian Firth", "csrf", asks_permission=False)
HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 11, 2, tzinfo=UTC)


def weekdays(weeks: int) -> list[datetime]:
    """Hours of a feed that delivers from eight to six on weekdays."""
    days = [MONDAY + timedelta(days=day) for day in range(weeks * 7)]
    return [day + hour * HOUR for day in days if day.weekday() < 5 for hour in range(8, 19)]


def feed_of(hours: Sequence[datetime]) -> Feed:
    return Feed("hospital", hours[-1], feeds.usual_silence(hours), len(hours))


@pytest.mark.parametrize(
    ("silent", "late"),
    [
        (timedelta(hours=14), False),  # Saturday morning
        (timedelta(hours=62), False),  # Monday at eight
        (timedelta(hours=79), True),  # Tuesday at one in the morning
    ],
)
def test_a_feed_of_weekdays_is_not_late_at_a_weekend_and_late_after_it(
    silent: timedelta, *, late: bool
) -> None:
    feed = feed_of(weekdays(4))
    assert feed.is_late(feed.last + silent) is late


def test_one_outage_does_not_become_a_habit() -> None:
    hours = [MONDAY + n * HOUR for n in range(50)]
    broken = hours + [hours[-1] + timedelta(days=6) + n * HOUR for n in range(50)]
    feed = feed_of(broken)
    assert feed.usual == HOUR
    assert feed.is_late(feed.last + timedelta(hours=3))


def test_of_a_feed_that_has_delivered_seldom_nothing_is_said() -> None:
    hours = [MONDAY + n * HOUR for n in range(feeds.LEAST)]
    assert feeds.usual_silence(hours) is None
    assert not feed_of(hours).is_late(MONDAY + timedelta(days=900))


@settings(max_examples=60)
@given(st.lists(st.integers(0, 1300), min_size=1, max_size=40, unique=True).map(sorted))
def test_a_rhythm_is_never_broken_by_what_it_was_heard_from_but_once(numbers: list[int]) -> None:
    """Naive oracle: of all silences that were heard, at most one is longer than the usual one."""
    hours = [MONDAY + number * HOUR for number in numbers]
    usual = feeds.usual_silence(hours)
    longer = [b - a for a, b in pairwise(hours) if usual and b - a > usual]
    assert (usual is None) is (len(hours) <= feeds.LEAST)
    assert len(longer) <= 1


async def test_a_late_feed_is_named_with_what_happens_if_nobody_rings(tmp_path: Path) -> None:
    clock = SetClock()
    async with operated(tmp_path / "node", clock) as node:
        for number in range(6):
            clock.pass_by(3600)
            await deliver(node, number)
        clock.pass_by(7 * 3600)
        (late,) = [each for each in (await diagnose(node)).checks if each.name == "feeds"]
    assert (late.state, late.found) == (
        State.WARN,
        "gp is silent for 7 hours; usual is 60 minutes at most",
    )
    assert late.way is not None
    assert "as if it were so still" in late.way.otherwise


async def test_what_takes_long_is_told_with_its_time_and_what_is_quick_is_told_now(
    tmp_path: Path,
) -> None:
    clock = SetClock()
    async with operated(tmp_path / "node", clock) as node:
        await deliver(node, 0)
        await diagnose(node)
        clock.pass_by(600)
        (tmp_path / "node").chmod(0o705)
        told = await health(node, examination.last(node.folder))
    assert told.examined == START
    states = {check.name: check.state for check in told.checks}
    assert (states["store"], states["keys"]) == (State.OK, State.WARN)
    assert told.checks[0].state is State.WARN


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b'{"at": 1}'])
def test_an_examination_that_cannot_be_read_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / examination.FILE).write_bytes(content)
    assert examination.last(Folder(tmp_path)) is None


async def examined(node: Node, page: HealthOf) -> Examination:
    """Wait for the process that looks aside."""
    for _ in range(600):
        if not (await page.health(LEAD)).examining:
            break
        await asyncio.sleep(0.1)
    found = examination.last(node.folder)
    assert found is not None
    return found


@pytest.mark.slow
async def test_an_old_examination_is_made_anew_aside_and_not_again_before_it_is_old(
    tmp_path: Path,
) -> None:
    async with operated(tmp_path / "node", SystemClock()) as node:  # type: ignore[arg-type]  # a clock
        await deliver(node, 0)
        await node.journal.settle()
        page = HealthOf(node)
        first = await page.health(LEAD)
        assert (first.examined, first.examining) == (None, True)
        found = await examined(node, page)
        assert {check.name for check in found.checks} >= {"store", "ledger", "disk"}
        again = await page.health(LEAD)
        assert (again.examined, again.examining) == (found.at, False)
        await page.look_again(LEAD)
        assert (await page.health(LEAD)).examining
        page.end()
        told = await page.health(LEAD)
        for _ in range(100):
            if not told.examining:
                break
            await asyncio.sleep(0.05)
            told = await page.health(LEAD)
        assert "examination" in {check.name for check in told.checks if check.way is not None}


async def test_of_several_workers_one_examines_and_the_others_see_it(tmp_path: Path) -> None:
    async with operated(tmp_path / "node", SetClock()) as node:
        await diagnose(node)
        one, other = Aside(node.folder.root), Aside(node.folder.root)
        assert not other.is_running
        await one.begin()
        assert (one.is_running, other.is_running) == (True, True)
        await other.begin()
        assert other._process is None  # noqa: SLF001 - it began none
        one.end()
        for _ in range(100):
            if not other.is_running:
                break
            await asyncio.sleep(0.05)
        assert (one.is_running, other.is_running) == (False, False)


BEGUN: Final = """
import asyncio, sys
from pathlib import Path
from throughcare.app.health import Aside

async def begin():
    await Aside(Path(sys.argv[1])).begin()
    print("begun", flush=True)
    await asyncio.sleep(600)

asyncio.run(begin())
"""


@pytest.mark.slow
async def test_an_examination_outlives_its_worker_and_is_the_only_one_until_it_ends(
    tmp_path: Path,
) -> None:
    async with operated(tmp_path / "node", SystemClock()) as node:  # type: ignore[arg-type]  # a clock
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-c", BEGUN, node.folder.root, stdout=asyncio.subprocess.PIPE
        )
        assert worker.stdout is not None
        assert await worker.stdout.readline() == b"begun\n"
        worker.kill()
        await worker.wait()
        other = Aside(node.folder.root)
        assert other.is_running
        await other.begin()
        assert other._process is None  # noqa: SLF001 - it began none
        for _ in range(600):
            if not other.is_running:
                break
            await asyncio.sleep(0.1)
        assert examination.last(node.folder) is not None
        await other.begin()
        assert other._process is not None  # noqa: SLF001 - the lock is free again
        other.end()
        await other._process.wait()  # noqa: SLF001 - nothing is left behind


@pytest.mark.slow
def test_an_examination_that_comes_to_no_end_ends_itself(tmp_path: Path) -> None:
    signed = create(tmp_path / "node").ledger / "checkpoints"
    signed.parent.mkdir(exist_ok=True)
    os.mkfifo(signed)  # nobody writes to it: who reads it waits for ever
    words = ("-m", "throughcare", "doctor", "--node", str(tmp_path / "node"), "--within", "2")
    done = subprocess.run([sys.executable, *words], check=False, timeout=120)
    assert done.returncode == -signal.SIGALRM


async def test_only_the_it_lead_of_the_locality_is_told(tmp_path: Path) -> None:
    async with operated(tmp_path / "node", SetClock()) as node:
        await diagnose(node)
        page = HealthOf(node)
        for role in set(Role) - {Role.IT_LEAD}:
            actor = Actor("somebody", role, "")
            with pytest.raises(DeniedError):
                await page.told(Request(actor, Purpose.HOPERAT, START))
        with pytest.raises(DeniedError):
            await page.told(Request(LEAD.actor, Purpose.TREAT, START))
    rules = node.folder.locality
    text = rules.read_text("utf-8")
    rules.write_text(text.replace('[roles.it-lead]\npurposes = ["HOPERAT"]\ncategories = []\n', ""))
    async with operated(tmp_path / "node", SetClock()) as without:
        with pytest.raises(DeniedError):
            await HealthOf(without).health(LEAD)


async def test_the_privacy_officer_is_told_of_the_ledger_and_of_nothing_else(
    tmp_path: Path,
) -> None:
    async with operated(tmp_path / "node", SetClock()) as node:
        await diagnose(node)
        page = HealthOf(node)
        actor = Actor("officer", Role.PRIVACY_OFFICER, "")
        told = await page.ledger(Session(actor, "Pat Lomax", "csrf", asks_permission=False))
        assert {check.name for check in told.checks} == {"ledger", "checkpoint"}
        assert (told.examined, told.examining) == (START, False)
        with pytest.raises(DeniedError):
            await page.ledger(LEAD)


async def test_a_monitor_is_told_by_status_and_nobody_without_a_token(tmp_path: Path) -> None:
    clock = SetClock()
    async with operated(tmp_path / "node", clock) as node:
        await deliver(node, 0)
        await node.journal.settle()
        await diagnose(node)
        transport = httpx.ASGITransport(gateway(node))
        async with httpx.AsyncClient(transport=transport, base_url="http://node.test") as client:
            assert (await client.get("/healthz")).json() == {"status": "ok"}
            assert (await client.get("/api/health")).status_code == 401
            asked = Request(LEAD.actor, Purpose.HOPERAT, START)
            bearer = {"authorization": f"Bearer {node.issue(asked, hours=1)}"}
            well = await client.get("/api/health", headers=bearer)
            assert (well.status_code, well.json()["well"]) == (200, True)
            assert well.json()["sources"].keys() == {"gp"}
            assert (await client.get("/api/health/x", headers=bearer)).status_code == 404
            (node.folder.keys / "node.pem").chmod(0o644)
            ill = await client.get("/api/health", headers=bearer)
            assert (ill.status_code, ill.json()["checks"][0]["name"]) == (503, "keys")
            assert ill.json()["checks"][0]["command"].startswith("chmod 600 ")
            crew = Request(Actor("crew", Role.PARAMEDIC, "RX8"), Purpose.TREAT, START)
            other = {"authorization": f"Bearer {node.issue(crew, hours=1)}"}
            assert (await client.get("/api/health", headers=other)).status_code == 403


@pytest.mark.parametrize(
    ("review", "state", "words"),
    [
        (date(2027, 11, 1), State.OK, "approved"),
        (date(2026, 12, 10), State.WARN, "is due on 2026-12-10"),
        (date(2026, 11, 23), State.FAULT, "none is shown"),
    ],
)
def test_handling_lines_warn_before_their_review_and_are_a_fault_after_it(
    tmp_path: Path, review: date, state: State, words: str
) -> None:
    text = f'approved_by = "Dr H"\napproved_on = 2026-01-01\nreview_by = {review}\n'
    (tmp_path / "handling.toml").write_text(text, "utf-8")
    (found,) = lapsing.checks(Folder(tmp_path), START)
    assert (found.state, words in found.found) == (state, True)


def certificate(path: Path, ends: datetime) -> None:
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "db")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(ends - timedelta(days=400))
        .not_valid_after(ends)
    )
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - used here

    path.write_bytes(made.sign(key, None).public_bytes(Encoding.PEM))


@pytest.mark.parametrize(
    ("left", "state"), [(400, State.OK), (20, State.WARN), (-1, State.FAULT), (None, State.FAULT)]
)
def test_a_certificate_that_the_database_is_met_by_is_told_before_it_ends(
    tmp_path: Path, left: int | None, state: State
) -> None:
    path = tmp_path / "root.pem"
    if left is not None:
        certificate(path, START + timedelta(days=left))
    node = Folder(tmp_path)
    node.keep_dsns([f"postgresql://throughcare:secret@db/record?sslrootcert={path}"])
    found = lapsing.checks(node, START)[-1]
    assert (found.name, found.state) == ("certificates", state)
    assert "secret" not in str(found)


def test_the_worst_comes_first_and_equals_keep_their_order() -> None:
    made = tuple(
        Check(str(number), state, "")
        for number, state in enumerate([State.OK, State.WARN, State.FAULT, State.WARN])
    )
    assert [each.name for each in worst_first(made)] == ["2", "1", "3", "0"]
