"""A lean HTTP/1.1 client: one connection, and what became of a request whose answer never came."""

import asyncio
from dataclasses import dataclass
from typing import Self

import orjson

REFUSED_SECONDS = 0.25
"""How long a client waits that was told to come back."""


class NotSentError(Exception):
    """No connection could be made: the request had no effect."""


class LostError(Exception):
    """The connection ended, or the time was up, before the answer: nobody knows what happened."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def version(self) -> int:
        """The FHIR version in the ETag; 0 if there is none."""
        return version_of(self.headers.get("etag", ""))


def version_of(etag: str) -> int:
    return int(etag.strip('W/"') or 0)


class Connection:
    """Sends one request at a time to a node on loopback; connects when it has to."""

    def __init__(
        self, port: int, token: str, *, seconds: float = 60.0, unsure: frozenset[int] = frozenset()
    ) -> None:
        """Talk to `port` with the bearer `token`; an answer may take `seconds`.

        A status in `unsure` says as little of what happened as no answer.
        """
        self.port, self._token, self._seconds, self._unsure = port, token, seconds, unsure
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(
        self, method: str, path: str, resource: object = None, headers: str = ""
    ) -> Reply:
        """Send one request, `path` below the base and `headers` with their line ends.

        Raises NotSentError or LostError.
        """
        body = b"" if resource is None else orjson.dumps(resource)
        text = (
            f"{method} /fhir/{path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\n"
            f"authorization: Bearer {self._token}\r\ncontent-type: application/fhir+json\r\n"
            f"content-length: {len(body)}\r\n{headers}\r\n"
        )
        reader, writer = await self._connected()
        try:
            async with asyncio.timeout(self._seconds):
                writer.write(text.encode() + body)
                reply = await _reply(reader)
        except (OSError, EOFError, TimeoutError) as error:
            self.close()
            raise LostError from error
        if reply.status in self._unsure:
            await asyncio.sleep(REFUSED_SECONDS)
            raise LostError
        return reply

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is not None and self._streams[0].at_eof():
            self.close()
        if self._streams is None:
            try:
                self._streams = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError as error:
                raise NotSentError from error
        return self._streams

    def close(self) -> None:
        """Close the connection; the next call makes another."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close."""
        self.close()


async def _reply(reader: asyncio.StreamReader) -> Reply:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines[1:] if line)
    headers = {name.lower(): value for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Reply(int(lines[0].split(" ", 2)[1]), headers, body)
