"""One request of a connection and the answer to it, as an ASGI application meets them.

An answer leaves in as few pieces as it is given in: head and body of a short one are one write.
Each write is a call of the kernel and a packet, which cost more than a short answer is made of.
"""

import asyncio
from collections.abc import Iterable, MutableMapping
from http import HTTPStatus
from typing import Any, Final, Protocol

Message = MutableMapping[str, Any]
Header = tuple[bytes, bytes]

MOST_UNREAD: Final = 1 << 16
"""Bytes of a body that wait for the application; with more, nothing more is read."""
_STATUS: Final = {
    int(status): f"HTTP/1.1 {int(status)} {status.phrase}\r\n".encode() for status in HTTPStatus
}
_BODILESS: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Line(Protocol):
    """What an exchange needs of its connection."""

    is_held_up: bool
    """Whether the client takes less than it is sent."""

    def write(self, pieces: list[bytes]) -> None:
        """Send."""

    async def drained(self) -> None:
        """Return when the client has taken most of what it was sent, or is gone."""

    def pause_reading(self) -> None:
        """Read no more until told."""

    def resume_reading(self) -> None:
        """Read on."""

    def usual_headers(self) -> Iterable[Header]:
        """Return the headers of every answer."""


class Exchange:
    """A request and its answer. `receive` and `send` are ASGI's; the rest is the connection's."""

    def __init__(self, line: Line, scope: Message, *, keeps: bool, waits: bool) -> None:
        """Answer the request of `scope` on `line`, which goes on afterwards if it `keeps`.

        A client that `waits` sends its body when it is told to (RFC 9110, 10.1.1).
        """
        self.scope = scope
        self.keeps = keeps
        self.is_begun = False
        """Whether something of the answer was sent."""
        self.is_answered = False
        self.is_gone = False
        """Whether nobody is there any more to be answered."""
        self._line = line
        self._waits = waits
        self._body = bytearray()
        self._is_whole = False
        self._is_read = False
        self._news: asyncio.Event | None = None
        self._start: Message | None = None
        self._length: int | None = None
        self._is_chunked = False
        self._sent = 0

    def add(self, chunk: bytes) -> None:
        """Take a part of the request's body; of what nobody will read nothing is kept."""
        if not self.is_answered:
            self._body += chunk
            if len(self._body) > MOST_UNREAD:
                self._line.pause_reading()
            self._tell()

    def end(self) -> None:
        """Take note that the request is whole."""
        self._is_whole = True
        self._tell()

    def leave(self) -> None:
        """Take note that the client is gone."""
        self.is_gone = True
        self._tell()

    async def receive(self) -> Message:
        """Return the next part of the body, or that there is nobody any more to answer to."""
        if self._waits and not self._is_over():
            self._line.write([_CONTINUE])
        self._waits = False
        while not self._is_over() and (self._is_read or not (self._body or self._is_whole)):
            self._line.resume_reading()
            self._news = self._news or asyncio.Event()
            self._news.clear()
            await self._news.wait()
        if self._is_over():
            return {"type": "http.disconnect"}
        body, self._body, self._is_read = bytes(self._body), bytearray(), self._is_whole
        return {"type": "http.request", "body": body, "more_body": not self._is_whole}

    async def send(self, message: Message) -> None:
        """Send the next part of the answer; nothing to a client that is gone.

        Raises RuntimeError for parts in another order, and for a body that is not as long as said.
        """
        if self._line.is_held_up:
            await self._line.drained()
        if self._start is None and message["type"] == "http.response.start":
            self._start = message  # it leaves with the first part of the body
            return
        if self._start is None or message["type"] != "http.response.body" or self.is_answered:
            fault = f"{message['type']} does not come here in an answer"
            raise RuntimeError(fault)
        if not self.is_gone:
            self._send(self._start, message.get("body", b""), more=message.get("more_body", False))

    def _send(self, start: Message, body: bytes, *, more: bool) -> None:
        silent = self.scope["method"] == "HEAD" or start["status"] in _BODILESS
        pieces = [] if self.is_begun else [self._head(start, body, framed=not silent, more=more)]
        if not silent:
            self._sent += len(body)
            if self._is_chunked:
                pieces += _chunk(body, more=more)
            else:
                pieces.append(body)
                self._check(more=more)
        self.is_begun = True
        self._line.write(pieces)
        if not more:
            self.is_answered = True
            self._tell()

    def _head(self, start: Message, body: bytes, *, framed: bool, more: bool) -> bytes:
        """Return status line and headers, and settle how the end of the body is told."""
        lines = [_STATUS[start["status"]]]
        length = None
        for name, value in (*self._line.usual_headers(), *start.get("headers", ())):
            if name == b"content-length":
                length = int(value)
            elif name == b"connection":
                self.keeps = self.keeps and b"close" not in value.lower()
                continue
            lines.append(name + b": " + value + b"\r\n")
        if framed and length is None:
            if not more:
                length = len(body)
                lines.append(b"content-length: %d\r\n" % length)
            elif self.scope["http_version"] == "1.1":  # before, the connection's end told it
                self._is_chunked = True
                lines.append(b"transfer-encoding: chunked\r\n")
        if not self.keeps:
            lines.append(b"connection: close\r\n")
        self._length = length
        return _whole(lines)

    def _check(self, *, more: bool) -> None:
        length, sent = self._length, self._sent
        if length is not None and (sent > length or (sent < length and not more)):
            fault = f"an answer said to be of {length} bytes is of {sent}"
            raise RuntimeError(fault)

    def _is_over(self) -> bool:
        return self.is_gone or self.is_answered

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set()


def _whole(lines: list[bytes]) -> bytes:
    """Return the head of an answer. Raises RuntimeError for a header that is more than a line."""
    head = b"".join(lines)
    if not head.count(b"\r") == head.count(b"\n") == len(lines) or b"\0" in head:
        fault = "a header of an answer holds a line break"
        raise RuntimeError(fault)
    return head + b"\r\n"


def _chunk(body: bytes, *, more: bool) -> list[bytes]:
    """Return a part of a body as chunks (RFC 9112, 7.1), with the last one if there is no more."""
    said = [b"%x\r\n" % len(body), body, b"\r\n"] if body else []
    return said if more else [*said, b"0\r\n\r\n"]
