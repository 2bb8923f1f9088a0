"""What a connection sends: all that is written in one turn of the event loop goes out together.

uvicorn writes the head of an answer and then its body, and uvloop hands each to the kernel at once.
Two calls and two packets cost more than the whole of what a short answer is made of.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HELD: Final = 1 << 16
"""Bytes that wait for the end of the turn; more go out at once, so a slow client is noticed."""


class Outgoing(asyncio.Transport):
    """Holds what is written until the event loop's turn ends. The rest is the transport's."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """Write to `transport`."""
        super().__init__()
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._held: list[bytes] = []
        self._size = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data` with the rest of this turn. Nothing is sent once the connection is lost."""
        if not self._held:
            self._loop.call_soon(self._send)
        self._held.append(bytes(data))
        self._size += len(data)
        if self._size > MOST_HELD:
            self._send()

    def close(self) -> None:
        """Send what is held, then close."""
        self._send()
        self._transport.close()

    def is_closing(self) -> bool:
        """Tell whether it is, or is about to be."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Read no more until told."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - as the base
        """Return what is known of the connection."""
        return self._transport.get_extra_info(name, default)

    def _send(self) -> None:
        if self._held and not self._transport.is_closing():
            self._transport.writelines(self._held)
        self._held, self._size = [], 0


class Connection(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 over a transport that sends an answer in one piece."""

    # uvicorn narrows what asyncio hands it, to a transport that can write; so does this.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        super().connection_made(Outgoing(transport))
