"""What a connection sends goes out together, in order, and whole."""

import asyncio
from collections.abc import Callable

import uvloop

from throughcare.app.outgoing import MOST_HELD, Outgoing

Writes = Callable[[Outgoing], None]


class Wire(asyncio.Protocol):
    """Counts what reaches the other side, piece by piece."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.pieces: list[bytes] = []
        self.ended = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        """Keep a piece."""
        self.pieces.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that all has come."""
        assert exc is None
        self.ended.set()


def sent(writes: Writes) -> list[bytes]:
    """Return the pieces that a client receives of what `writes` writes before it closes."""

    async def run() -> list[bytes]:
        loop = asyncio.get_running_loop()
        wire = Wire()
        closed = asyncio.Event()

        class Answering(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                outgoing = Outgoing(transport)  # type: ignore[arg-type]
                writes(outgoing)
                loop.call_later(0.05, self.end, outgoing)

            def end(self, outgoing: Outgoing) -> None:
                outgoing.close()
                closed.set()

        server = await loop.create_server(Answering, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        await loop.create_connection(lambda: wire, "127.0.0.1", port)
        await asyncio.wait_for(closed.wait(), 10)
        await asyncio.wait_for(wire.ended.wait(), 10)
        server.close()
        return wire.pieces

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())


def test_head_and_body_of_an_answer_arrive_in_one_piece() -> None:
    def writes(outgoing: Outgoing) -> None:
        outgoing.write(b"head ")
        outgoing.write(b"body")

    assert sent(writes) == [b"head body"]


def test_what_is_held_is_sent_before_the_connection_closes() -> None:
    def writes(outgoing: Outgoing) -> None:
        outgoing.write(b"last words")
        outgoing.close()
        assert outgoing.is_closing()

    assert sent(writes) == [b"last words"]


def test_a_long_answer_does_not_wait_for_the_end_of_the_turn_and_stays_in_order() -> None:
    chunks = [bytes([number]) * (MOST_HELD // 3) for number in range(9)]

    def writes(outgoing: Outgoing) -> None:
        for chunk in chunks:
            outgoing.write(chunk)
        assert outgoing._size <= MOST_HELD  # noqa: SLF001 - how much is held has no other sign

    assert b"".join(sent(writes)) == b"".join(chunks)
