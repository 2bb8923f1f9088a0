"""Several workers behind one socket: nothing is lost, nothing wins twice, nothing is left over."""

import itertools
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx
import pytest

from doors.node_parts import condition, consent, patient
from locality_commands import throughcare
from node.conftest import Served, start, stop
from throughcare.audit import scan

pytestmark = pytest.mark.server

WORKERS = 3
CLIENTS = 12
MOST_CONNECTIONS = 96
NOBODY = {"resourceType": "Patient", "gender": "female"}
"""Like nobody else: many alike would be compared with each other, which is another test's."""


@dataclass(frozen=True)
class Farm:
    """A node that several workers serve."""

    process: Popen[bytes]
    served: Served
    headers: dict[str, str]

    def client(self, **more: str) -> httpx.Client:
        """Return a client with a connection of its own, so of one worker."""
        base = f"{self.served.base}/fhir/"
        return httpx.Client(base_url=base, headers=self.headers | more, timeout=30)

    def workers(self) -> list[int]:
        """Return the workers that run at the moment."""
        return children(self.process.pid)


def children(pid: int) -> list[int]:
    """Return the processes that `pid` started and that still run."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(word) for word in text.split()]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def until(holds: Callable[[], bool], seconds: float = 30) -> bool:
    """Wait for `holds`; tell whether it came about."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def farm_in(node: Path) -> Farm:
    throughcare("init", node)
    process, base = start(node, "--workers", str(WORKERS))
    served = Served(node, base)
    with served.client("gp", "TREAT", "--org", "B86001") as client:
        return Farm(process, served, {"authorization": client.headers["authorization"]})


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    """Serve a new node with several workers, until the last test that asks."""
    made = farm_in(tmp_path_factory.mktemp("farm") / "node")
    try:
        yield made
    finally:
        stop(made.process)


def together(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run `works` at the same moment, each in a thread of its own, and return what they return."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> object:
        barrier.wait(timeout=30)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_each_worker_answers(farm: Farm) -> None:
    with ExitStack() as held:
        assert len(readers_on_every_worker(farm, held, "Patient?_summary=count", "each")) > 1


def readers_on_every_worker(farm: Farm, held: ExitStack, url: str, user: str) -> list[httpx.Client]:
    """Return clients with connections that reach every worker between them."""
    with farm.served.client("nurse", "TREAT", "--org", "RXX", "--user", user) as made:
        authorization = made.headers["authorization"]
    clients = []
    for _ in range(MOST_CONNECTIONS):
        client = held.enter_context(farm.client(authorization=authorization))
        assert client.get(url).status_code == httpx.codes.OK
        clients.append(client)
        lines = scan.after(farm.served.node / "ledger", {})
        if len({line.place.worker for line in lines if line.entry.user == user}) == WORKERS:
            return clients
    pytest.fail(f"{MOST_CONNECTIONS} connections did not reach {WORKERS} workers")


def test_of_many_updates_of_one_version_one_wins_and_none_is_lost(farm: Farm) -> None:
    with farm.client() as first:
        made = first.post("Patient", json=patient("Contended")).json()
    wins: list[str] = []

    def add(mark: str) -> int:
        """Add an identifier, again and again until no other update came between."""
        with farm.client() as client:
            for tries in itertools.count(1):
                read = client.get(f"Patient/{made['id']}")
                changed = read.json()
                changed.setdefault("identifier", []).append({"system": "urn:mark", "value": mark})
                headers = {"if-match": read.headers["etag"]}
                put = client.put(f"Patient/{made['id']}", json=changed, headers=headers)
                if put.status_code == httpx.codes.OK:
                    wins.append(put.headers["etag"])
                    return tries
                assert put.status_code == httpx.codes.PRECONDITION_FAILED, put.text
        raise AssertionError

    marks = [f"{client}-{turn}" for turn in range(4) for client in range(CLIENTS)]
    for turn in range(4):
        together([lambda m=m: add(m) for m in marks[turn * CLIENTS : (turn + 1) * CLIENTS]])
    assert sorted(wins) == sorted(f'W/"{number}"' for number in range(2, len(marks) + 2))
    with farm.client() as last:
        found = last.get(f"Patient/{made['id']}")
    assert {each["value"] for each in found.json()["identifier"]} == set(marks)
    assert found.headers["etag"] == f'W/"{len(marks) + 1}"'


@pytest.mark.parametrize("turn", range(4))
def test_of_many_conditional_creates_one_creates(farm: Farm, turn: int) -> None:
    name, headers = f"only-{turn}", {"if-none-exist": f"identifier=urn:once|only-{turn}"}
    person = patient("Once") | {"identifier": [{"system": "urn:once", "value": name}]}
    with farm.served.client("gp", "TREAT", "--org", f"NEW{turn}") as made:
        authorization = made.headers["authorization"]  # so the entry is of a class not seen before

    def create() -> httpx.Response:
        with farm.client(authorization=authorization) as client:
            return client.post("Patient", json=person, headers=headers)

    answers = together([create] * CLIENTS)
    codes = [answer.status_code for answer in answers]
    assert codes.count(httpx.codes.CREATED) == 1, codes
    assert codes.count(httpx.codes.OK) == CLIENTS - 1
    assert len({answer.json()["id"] for answer in answers}) == 1
    with farm.client() as client:
        found = client.get("Patient", params={"identifier": f"urn:once|{name}"})
    assert found.json()["total"] == 1


def test_a_withdrawal_through_one_worker_binds_the_next_read_of_every_other(farm: Farm) -> None:
    with ExitStack() as held:
        writer = held.enter_context(farm.client())
        about = f"Patient/{writer.post('Patient', json=patient('Private')).json()['id']}"
        url = f"Condition/{writer.post('Condition', json=condition(about)).json()['id']}"
        clients = readers_on_every_worker(farm, held, url, "withdrawn-from")
        assert writer.post("Consent", json=consent(about)).status_code == httpx.codes.CREATED
        after = {client.get(url).status_code for client in clients}
    assert after == {httpx.codes.NOT_FOUND}


def test_an_unchanged_update_makes_no_version_and_is_audited_all_the_same(farm: Farm) -> None:
    with farm.client() as client:
        made = client.post("Patient", json=patient("Same"))
        url = f"Patient/{made.json()['id']}"
        again = client.put(url, json=made.json(), headers={"if-match": made.headers["etag"]})
        assert again.status_code == httpx.codes.OK
        assert again.headers["etag"] == made.headers["etag"] == 'W/"1"'
        assert again.content == made.content
        assert client.get(f"{url}/_history").json()["total"] == 1
        changed = made.json() | {"gender": "male"}
        wrong = client.put(url, json=changed, headers={"if-match": 'W/"2"'})
        assert wrong.status_code == httpx.codes.PRECONDITION_FAILED

    def writes() -> int:
        lines = scan.after(farm.served.node / "ledger", {})
        return sum(line.entry.action == "write" and line.entry.what == url for line in lines)

    assert until(lambda: writes() == 2)


def test_a_body_over_the_limit_is_refused_before_it_is_read(farm: Farm) -> None:
    host, _, port = farm.served.base.removeprefix("http://").partition(":")
    head = (
        f"POST /fhir/Patient HTTP/1.1\r\nHost: {host}\r\n"
        f"Authorization: {farm.headers['authorization']}\r\nContent-Length: {65 << 20}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(head.encode())  # and nothing of the body, ever
        answer = b"".join(iter(lambda: connection.recv(65536), b""))  # to its end: it is closed
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"OperationOutcome" in answer


def test_a_killed_worker_is_replaced_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    farm = farm_in(tmp_path / "node")
    acknowledged: list[str] = []
    failed: list[str] = []
    stopping = threading.Event()

    def create() -> None:
        while not stopping.is_set():
            try:
                with farm.client() as client:
                    for _ in range(5):
                        made = client.post("Patient", json=NOBODY)
                        assert made.status_code == httpx.codes.CREATED, made.text
                        acknowledged.append(made.json()["id"])
            except httpx.TransportError as error:
                failed.append(str(error))

    threads = [threading.Thread(target=create) for _ in range(6)]
    for thread in threads:
        thread.start()
    try:
        killed = []
        for _ in range(2):
            before = len(acknowledged)
            assert until(lambda b=before: len(acknowledged) > b + 20)
            killed.append(farm.workers()[0])
            os.kill(killed[-1], signal.SIGKILL)
            assert until(lambda: len(set(farm.workers()) - set(killed)) == WORKERS)
            before = len(acknowledged)
            assert until(lambda b=before: len(acknowledged) > b + 20)
    finally:
        stopping.set()
        for thread in threads:
            thread.join(timeout=60)
    log = farm.served.node / "serve.log"
    assert until(lambda: log.read_text("utf-8").count("serves again") == len(killed))
    assert f"(process {killed[0]}) was ended by SIGKILL" in log.read_text("utf-8")
    with farm.client() as client:
        assert {client.get(f"Patient/{id_}").status_code for id_ in acknowledged} == {200}
        total = client.get("Patient?_summary=count").json()["total"]
    assert len(acknowledged) <= total <= len(acknowledged) + len(failed)
    workers = farm.workers()
    stop(farm.process)
    assert farm.process.returncode == 0
    assert not any(is_running(worker) for worker in workers)
    verified = throughcare("audit", "verify", "--node", farm.served.node)
    assert verified.returncode == 0, verified.stdout


def test_no_worker_outlives_its_supervisor(tmp_path: Path) -> None:
    farm = farm_in(tmp_path / "node")
    workers = farm.workers()
    assert len(workers) == WORKERS
    os.kill(farm.process.pid, signal.SIGKILL)
    farm.process.wait(timeout=30)
    assert until(lambda: not any(is_running(worker) for worker in workers))
    verified = throughcare("audit", "verify", "--node", farm.served.node)
    assert verified.returncode == 0, verified.stdout


def test_a_request_under_way_is_finished_when_the_node_is_stopped(tmp_path: Path) -> None:
    farm = farm_in(tmp_path / "node")
    halves = [b'{"resourceType":"Patient",', b'"gender":"male"}']
    asked = threading.Event()

    def body() -> Iterator[bytes]:
        yield halves[0]
        asked.set()
        time.sleep(1)
        yield halves[1]

    def post() -> httpx.Response:
        with farm.client() as client:
            length = {"content-length": str(sum(map(len, halves)))}
            return client.post("Patient", content=body(), headers=length)

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(post)
        asked.wait(timeout=30)
        stop(farm.process)
        assert answer.result(timeout=30).status_code == httpx.codes.CREATED
    assert farm.process.returncode == 0
