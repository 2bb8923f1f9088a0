"""A connection of HTTP/1.1: httptools reads requests, one task answers them in their order.

It stands in the place of uvicorn's own and costs half of it: a request makes no task and no timer.
uvicorn's server opens the connections, counts them and shuts them down.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.utils import get_local_addr, get_remote_addr
from uvicorn.server import ServerState

from throughcare.app.exchange import Exchange, Header, Message

IDLE_SECONDS: Final = 5
"""How long a connection may be without a request; then it is closed."""
ARRIVING_SECONDS: Final = 60
"""How long after the last answer a request may still be on its way."""
LONGEST_HEAD: Final = 1 << 16
"""Bytes of a request line and its headers, at most about."""

_ASGI: Final = {"version": "3.0", "spec_version": "2.3"}


class Connection(asyncio.Protocol):
    """One client, until one of the two goes."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Answer with the application of `config`. Called by uvicorn's server."""
        del app_state  # what an application gives to its requests: ours gives nothing
        self.is_held_up = False
        self._application = config.loaded_app
        self._server = server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._is_arriving = False
        """Whether a request has begun to come and is not whole."""
        self._arriving: Exchange | None = None
        """That request, once its head is whole."""
        self._head = 0
        """Bytes that came of its head, which is not whole."""
        self._waiting: deque[Exchange] = deque()
        self._answering: Exchange | None = None
        self._arrival: asyncio.Future[None] | None = None
        self._drained = asyncio.Event()
        self._is_paused = False
        self._is_lost = False

    # What the event loop says.

    # asyncio hands it some transport; that of a stream, which this is, can write.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to answer."""
        self._transport = transport
        self._addresses = get_local_addr(transport), get_remote_addr(transport)
        self._since = self._loop.time()
        self._timer = self._loop.call_later(IDLE_SECONDS, self._look)
        self._server.connections.add(self)  # type: ignore[arg-type]  # it knows its own two alone
        task = self._loop.create_task(self._answer())
        self._server.tasks.add(task)
        task.add_done_callback(self._ended)

    def data_received(self, data: bytes) -> None:
        """Take what the client sent."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return  # it is answered as if it had not asked for another protocol, and is the last
        except httptools.HttpParserError as error:
            logging.getLogger(__name__).warning("No HTTP request: %s", type(error).__name__)
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        if self._is_arriving and self._arriving is None:
            self._head += len(data)
            if self._head > LONGEST_HEAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def pause_writing(self) -> None:
        """Have answers wait: the client takes less than it is sent."""
        self.is_held_up = True
        self._drained.clear()

    def resume_writing(self) -> None:
        """Have answers go on."""
        self.is_held_up = False
        self._drained.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell what is under way that nobody waits for it."""
        del exc
        self._is_lost = True
        self._server.connections.discard(self)
        self._timer.cancel()
        self._waiting.clear()
        for exchange in {self._answering, self._arriving} - {None}:
            exchange.leave()  # type: ignore[union-attr]
        self.resume_writing()
        self._wake()
        del self._parser  # which holds on to this

    # What the parser says.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._is_arriving, self._arriving, self._head = True, None, 0
        self._url = b""
        self._headers: list[Header] = []
        self._waits = False

    def on_url(self, url: bytes) -> None:
        """Take a part of what is asked for."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self._waits = True
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Have the request answered; its body may come later."""
        parser = self._parser
        version = parser.get_http_version()
        may_go_on = version == "1.1" and parser.should_keep_alive() and not parser.should_upgrade()
        exchange = Exchange(self, self._scope(version), keeps=may_go_on, waits=self._waits)
        if self._waiting or self._answering is not None:
            self.pause_reading()  # a client that sends ahead is served no sooner for it
        self._arriving = exchange
        self._waiting.append(exchange)
        self._wake()

    def on_body(self, body: bytes) -> None:
        """Take a part of its body."""
        if self._arriving is not None:
            self._arriving.add(body)

    def on_message_complete(self) -> None:
        """End the request."""
        if self._arriving is not None:
            self._arriving.end()
        self._is_arriving, self._arriving = False, None

    # What an exchange asks for.

    def write(self, pieces: Sequence[bytes]) -> None:
        """Send, if anybody is there."""
        if not self._transport.is_closing():
            self._transport.writelines(pieces)

    async def drained(self) -> None:
        """Return when the client has taken most of what it was sent, or is gone."""
        await self._drained.wait()

    def pause_reading(self) -> None:
        """Read no more until told."""
        if not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()

    def usual_headers(self) -> Sequence[Header]:
        """Return the headers of every answer: the date."""
        return self._server.default_headers

    # What uvicorn's server asks for.

    def shutdown(self) -> None:
        """Finish what is under way, then close."""
        under_way = [one for one in (self._answering, *self._waiting) if one is not None]
        if under_way:
            under_way[-1].keeps = False
        else:
            self._transport.close()

    def _scope(self, version: str) -> Message:
        raw, query = _target(self._url)
        path = raw.decode("ascii")
        server, client = self._addresses
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "method": self._parser.get_method().decode("ascii"),
            "scheme": "http",
            "path": unquote(path) if "%" in path else path,
            "raw_path": raw,
            "query_string": query,
            "root_path": "",
            "headers": self._headers,
            "client": client,
            "server": server,
        }

    async def _answer(self) -> None:
        """Answer one request after the other, until the connection ends."""
        while not self._is_lost:
            if not self._waiting:
                self.resume_reading()
                self._arrival = self._loop.create_future()
                await self._arrival
                continue
            exchange = self._answering = self._waiting.popleft()
            await self._application(exchange.scope, exchange.receive, exchange.send)
            if not exchange.is_answered and not exchange.is_gone:
                fault = "the application returned before its answer was whole"
                raise RuntimeError(fault)
            if not exchange.keeps:
                return
            self._answering = None
            self._since = self._loop.time()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        """Close; first tell the client, and the log, of an error that nobody foresaw."""
        self._server.tasks.discard(task)
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            text = "A request ended in an error of the program."
            logging.getLogger(__name__).error(text, exc_info=fault)
            if self._answering is not None and not self._answering.is_begun:
                self.write([_refusal(HTTPStatus.INTERNAL_SERVER_ERROR)])
        self._transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        """Close; say why, unless the client would take it for the answer to another request."""
        under_way = [one for one in (self._answering, *self._waiting) if one is not None]
        if not any(one is not self._arriving or one.is_begun for one in under_way):
            self.write([_refusal(status)])
        self._transport.close()

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def _look(self) -> None:
        """Close if there has been no request for too long; look again when that may be so."""
        limit = ARRIVING_SECONDS if self._is_arriving else IDLE_SECONDS
        left = self._since + limit - self._loop.time()
        if left > 0 or self._answering is not None or self._waiting:
            self._timer = self._loop.call_later(min(max(left, 1), IDLE_SECONDS), self._look)
        else:
            self._transport.close()


def _target(url: bytes) -> tuple[bytes, bytes]:
    """Return path and query of what a request line asks for (RFC 9112, 3.2)."""
    if url.startswith(b"/") and b"#" not in url:
        path, _, query = url.partition(b"?")
        return path, query
    parsed = httptools.parse_url(url)
    return parsed.path or b"/", parsed.query or b""


def _refusal(status: HTTPStatus) -> bytes:
    text = status.phrase
    return (
        f"HTTP/1.1 {int(status)} {text}\r\ncontent-type: text/plain; charset=utf-8\r\n"
        f"content-length: {len(text)}\r\nconnection: close\r\n\r\n{text}"
    ).encode()
