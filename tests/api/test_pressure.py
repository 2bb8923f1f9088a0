"""What a client is told when the node can't take more."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from doors.node_parts import asks, patient
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.model.request import Role
from throughcare.store.jobs import WAITING
from throughcare.store.protocol import Transaction
from throughcare.store.sqlite import SqliteStore
from throughcare.store.sqlite.filelock import FileLock
from throughcare.store.sqlite.writer import lock_path

OVER = 64 * 1024 * 1024 + 1


def refusal(answer: httpx.Response) -> str:
    """Return the issue code of the OperationOutcome that `answer` is."""
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    (issue,) = outcome["issue"]
    assert issue["severity"] == "error"
    return str(issue["code"])


async def nothing(_tx: Transaction) -> None:
    """Do nothing, in a transaction."""


async def test_a_full_queue_says_when_to_come_back(node: Node, client: httpx.AsyncClient) -> None:
    assert isinstance(node.store, SqliteStore)
    lock = FileLock(lock_path(node.store.path))
    with lock.held():  # as another process does while it writes
        waiting = [asyncio.create_task(node.store.transact(nothing))]
        await asyncio.sleep(0.2)  # it is in the writer's hand; the others wait
        waiting += [asyncio.create_task(node.store.transact(nothing)) for _ in range(WAITING)]
        await asyncio.sleep(0)
        async with asyncio.timeout(60):
            answer = await client.post("Patient", json=patient("Late"))
    lock.close()
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert answer.headers["retry-after"].isdecimal()
    assert refusal(answer) == "transient"
    await asyncio.gather(*waiting)
    again = await client.post("Patient", json=patient("Late"))
    assert again.status_code == httpx.codes.CREATED
    assert (await client.get("Patient?_summary=count")).json()["total"] == 1


async def test_a_full_disk_stops_writes_alone_and_only_while_it_is_full(
    node: Node, client: httpx.AsyncClient
) -> None:
    assert isinstance(node.store, SqliteStore)
    made = await client.post("Patient", json=patient("First"))
    connection = node.store._writer._connection  # noqa: SLF001 - the disk seems full to it
    connection.execute("PRAGMA max_page_count = 1")  # which SQLite raises to the present size
    answers = [await client.post("Patient", json=patient("More" * 500)) for _ in range(40)]
    full = answers[-1]
    assert full.status_code == httpx.codes.INSUFFICIENT_STORAGE
    assert refusal(full) == "no-store"
    assert (await client.get(f"Patient/{made.json()['id']}")).status_code == httpx.codes.OK
    connection.execute("PRAGMA max_page_count = 1000000")
    again = await client.post("Patient", json=patient("After"))
    assert again.status_code == httpx.codes.CREATED


async def test_a_body_over_the_limit_is_not_read(node: Node) -> None:
    async def receive() -> dict[str, object]:
        pytest.fail("the body was read")

    sent = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    token = node.issue(asks(Role.GP), hours=1)
    headers = [
        (b"authorization", f"Bearer {token}".encode()),
        (b"content-length", str(OVER).encode()),
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/fhir/Patient",
        "scheme": "http",
        "query_string": b"",
        "headers": headers,
    }
    await gateway(node)(scope, receive, send)
    assert sent[0]["status"] == httpx.codes.REQUEST_ENTITY_TOO_LARGE


async def test_a_body_of_unknown_length_is_read_to_the_limit_and_no_further(
    client: httpx.AsyncClient,
) -> None:
    given = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(100):
            given += 1
            yield b" " * (1 << 20)

    answer = await client.post("Patient", content=chunks())
    assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    assert given == 65
    assert refusal(answer) == "too-long"
