"""A connection answers HTTP as uvicorn's own does, and ends well whatever its client does."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import httptools
import pytest
import uvicorn
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from throughcare.app import connection
from throughcare.app.connection import Connection
from throughcare.app.exchange import Message

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


async def echo(scope: Message, receive: Receive, send: Send) -> None:
    """Answer with what was asked and sent; in parts to whoever asks for ``parts``."""
    asked = b"%s %s?%s " % (
        scope["method"].encode(),
        scope["path"].encode(),
        scope["query_string"],
    )
    parts, more = [asked], True
    while more:
        message = await receive()
        assert message["type"] == "http.request"
        parts.append(message["body"])
        more = message["more_body"]
    body = b"".join(parts)
    headers = [(b"x-answer", b"yes")]
    if scope["query_string"] == b"parts":
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for at in range(0, len(body), 5):
            part = body[at : at + 5]
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def serving(
    application: Application, protocol: type[asyncio.Protocol] = Connection
) -> AsyncIterator[tuple[int, ServerState]]:
    """Serve on a port of this machine; yield the port, and what the server knows."""
    config = uvicorn.Config(application, log_level="error", interface="asgi3")  # type: ignore[arg-type]
    config.load()
    state = ServerState()
    made = partial(protocol, config, state, {})
    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], state
    finally:
        server.close()
        for one in list(state.connections):
            one.shutdown()
        async with asyncio.timeout(10):
            await asyncio.gather(*state.tasks, return_exceptions=True)
        assert not state.tasks


async def told(port: int, *pieces: bytes) -> bytes:
    """Send `pieces`, each in a packet of its own, and return all that comes until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.closing(writer):
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.001)
        async with asyncio.timeout(10):
            return await reader.read()


async def asked(application: Application, *pieces: bytes) -> bytes:
    """Return what `application` answers to `pieces`, the last of which ends the connection."""
    async with serving(application) as (port, _):
        return await told(port, *pieces)


@dataclass
class Answers:
    """Takes answers apart: of each status, body and headers, but for how its end is told."""

    found: list[tuple[int, bytes, frozenset[tuple[bytes, bytes]]]] = field(default_factory=list)

    def on_message_begin(self) -> None:
        """Begin."""
        self.body = b""
        self.headers: set[tuple[bytes, bytes]] = set()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        if name not in {b"content-length", b"transfer-encoding", b"date"}:
            self.headers.add((name, value))

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self.body += body

    def on_message_complete(self) -> None:
        """Keep an answer."""
        status = self.parser.get_status_code()
        self.found.append((status, self.body, frozenset(self.headers)))

    def of(self, data: bytes) -> "Answers":
        """Take `data` apart."""
        self.parser = httptools.HttpResponseParser(self)
        self.parser.feed_data(data)
        return self


def request(method: str, query: str, body: bytes, *, chunks: int, last: bool) -> bytes:
    """Return a request, whose body is sent in so many chunks, or by its length if 0."""
    lines = [f"{method} /%61b/c{query} HTTP/1.1", "hOST: a", f"X-Long: {'x' * 300}"]
    if last:
        lines.append("Connection: close")
    if chunks:
        lines.append("Transfer-Encoding: chunked")
        size = max(1, -(-len(body) // chunks))
        parts = [body[at : at + size] for at in range(0, len(body), size)]
        sent = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    else:
        lines.append(f"Content-Length: {len(body)}")
        sent = body
    return "\r\n".join([*lines, "", ""]).encode() + sent


REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(["GET", "POST", "PATCH"]),
        st.sampled_from(["", "?parts", "?a=%20b"]),
        st.binary(max_size=200),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(REQUESTS, st.lists(st.integers(0, 2500), max_size=4))
def test_however_requests_are_cut_the_answers_are_those_of_uvicorn(
    requests: list[tuple[str, str, bytes, int]], cuts: list[int]
) -> None:
    """Pipelined ones included: nothing waits for the answer before."""
    whole = b"".join(
        request(method, query, body, chunks=chunks, last=number == len(requests))
        for number, (method, query, body, chunks) in enumerate(requests, start=1)
    )
    places = [0, *sorted(cut for cut in cuts if cut < len(whole)), len(whole)]
    pieces = [whole[low:high] for low, high in pairwise(places) if low < high]

    async def both() -> tuple[bytes, bytes]:
        async with serving(echo) as (port, _), serving(echo, HttpToolsProtocol) as (other, _):
            return await told(port, *pieces), await told(other, whole)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        ours, theirs = runner.run(both())
    found = Answers().of(ours).found
    assert len(found) == len(requests)
    assert found == Answers().of(theirs).found


async def test_a_short_answer_leaves_in_one_piece() -> None:
    class Wire(asyncio.Protocol):
        def __init__(self) -> None:
            self.pieces: asyncio.Queue[bytes] = asyncio.Queue()

        def data_received(self, data: bytes) -> None:
            self.pieces.put_nowait(data)

    async with serving(echo) as (port, _):
        wire, loop = Wire(), asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: wire, "127.0.0.1", port)
        for _ in range(3):
            transport.write(GET)
            piece = await asyncio.wait_for(wire.pieces.get(), 10)
            assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
            assert piece.endswith(b"\r\n\r\nGET /a? ")
        transport.close()


async def test_head_and_no_content_have_no_body() -> None:
    async def nothing(_scope: Message, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    answer = await asked(echo, LAST.replace(b"GET", b"HEAD"))
    assert b"\r\ncontent-length: 9\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")
    assert (await asked(nothing, GET, LAST)).count(b"HTTP/1.1 204 No Content\r\n") == 2


async def test_before_http_1_1_the_end_of_the_connection_ends_an_answer() -> None:
    answer = await asked(echo, b"GET /a?parts HTTP/1.0\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert body == b"GET /a?parts "
    assert b"chunked" not in head


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"no request\r\n\r\n", b"400 "),
        (b"GET a HTTP/1.1\r\n\r\n", b"400 "),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", b"400 "),
        (b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400 "),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nX: " + b"x" * (1 << 16), b"431 "),
    ],
)
async def test_what_is_no_request_is_refused_and_the_connection_ends(
    sent: bytes, status: bytes
) -> None:
    answer = await asked(echo, sent)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert answer.count(b"HTTP/1.1 ") == 1


async def test_nonsense_after_a_request_is_not_taken_for_its_answer() -> None:
    async def slow(scope: Message, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.05)
        await echo(scope, receive, send)

    assert b" 400 " not in await asked(slow, GET + b"\x00\x01 nonsense\r\n\r\n")


async def no_answer(scope: Message, _receive: Receive, send: Send) -> None:
    if scope["path"] == "/half":
        await send({"type": "http.response.start", "status": 200, "headers": []})


async def raising(_scope: Message, _receive: Receive, _send: Send) -> None:
    message = "a fault of the program"
    raise ValueError(message)


async def splitting(_scope: Message, _receive: Receive, send: Send) -> None:
    headers = [(b"location", b"/a\r\nset-cookie: b")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"a"})


async def too_long(_scope: Message, _receive: Receive, send: Send) -> None:
    headers = [(b"content-length", b"1")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ab"})


@pytest.mark.parametrize("application", [no_answer, raising, splitting, too_long])
async def test_an_error_of_the_program_is_logged_and_answered_once(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await asked(application, GET, GET)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"set-cookie" not in answer
    (record,) = (one for one in caplog.records if one.name == connection.__name__)
    assert record.exc_info is not None


async def test_who_waits_to_be_told_to_send_is_told_when_the_body_is_read() -> None:
    head = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
    async with serving(echo) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.closing(writer):
            writer.write(head + b"Connection: close\r\n\r\n")
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(b"ok")
            assert (await reader.read()).endswith(b"POST /a? ok")


async def test_an_application_is_told_when_its_client_goes() -> None:
    told_of: list[str] = []
    over = asyncio.Event()

    async def waiting(_scope: Message, receive: Receive, send: Send) -> None:
        await receive()
        told_of.append((await receive())["type"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"to nobody"})
        over.set()

    async with serving(waiting) as (port, _):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        await asyncio.sleep(0.05)
        writer.transport.abort()
        await asyncio.wait_for(over.wait(), 10)
    assert told_of == ["http.disconnect"]


async def test_an_answer_waits_for_a_client_that_does_not_read() -> None:
    sent = 0
    size, count = 1 << 16, 1_000

    async def long(_scope: Message, _receive: Receive, send: Send) -> None:
        nonlocal sent
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(count):
            await send({"type": "http.response.body", "body": bytes(size), "more_body": True})
            sent += 1
        await send({"type": "http.response.body"})

    async with serving(long) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 16)
        with contextlib.closing(writer):
            writer.write(LAST)
            await asyncio.sleep(0.3)
            assert 0 < sent < count
            async with asyncio.timeout(20):
                assert len(await reader.read()) > size * count
    assert sent == count


async def test_a_body_waits_until_it_is_read() -> None:
    go = asyncio.Event()
    size = 1 << 24

    async def later(scope: Message, receive: Receive, send: Send) -> None:
        await go.wait()
        total, more = 0, True
        while more:
            message = await receive()
            total += len(message["body"])
            more = message["more_body"]
        assert scope["method"] == "POST"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"%d" % total})

    async with serving(later) as (port, state):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size)
        writer.write(bytes(size))
        await asyncio.sleep(0.2)
        assert writer.transport.get_write_buffer_size() > 0
        assert len(state.connections) == 1
        go.set()
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n%d" % size), 10)
        writer.close()


async def test_a_connection_without_requests_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(connection, "ARRIVING_SECONDS", 0.4)
    async with serving(echo) as (port, _):
        for begun in (b"", GET, GET[:9]):
            answer = await told(port, begun)
            assert answer.count(b"HTTP/1.1 200 ") == (begun == GET)


async def test_shutting_down_finishes_what_is_under_way() -> None:
    begun = asyncio.Event()

    async def slow(scope: Message, receive: Receive, send: Send) -> None:
        begun.set()
        await asyncio.sleep(0.1)
        await echo(scope, receive, send)

    async with serving(slow) as (port, state):
        _, idle = await asyncio.open_connection("127.0.0.1", port)
        answer = asyncio.create_task(told(port, GET))
        await begun.wait()
        for one in list(state.connections):
            one.shutdown()
        assert (await answer).endswith(b"connection: close\r\n\r\nGET /a? ")
        idle.close()
