"""The collector of cycles comes between answers."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from throughcare.api.call import Message, Receive, Scope, Send
from throughcare.app.serving import COLLECT_AFTER, SWEEP_AFTER, Swept


class Knot:
    """What holds itself, and so lives until the collector comes."""

    def __init__(self) -> None:
        """Hold itself."""
        self.self = self


@pytest.fixture(autouse=True)
def _as_served() -> Iterator[None]:
    before = gc.get_threshold()
    gc.collect()
    gc.set_threshold(COLLECT_AFTER)
    yield
    gc.set_threshold(*before)


async def nothing() -> Message:
    """Ask nothing."""
    return {}


async def sent(message: Message) -> None:
    """Take an answer."""


async def answered(size: int) -> tuple[bool, bool]:
    """Return whether a first object in a cycle lived to the end of an answer, and after it."""
    first: list[weakref.ref[Knot]] = []
    lived = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive, send
        knots = [Knot() for _ in range(size)]
        first.append(weakref.ref(knots[0]))
        del knots
        lived.append(first[0]() is not None)

    await Swept(application)({}, nothing, sent)
    return lived[0], first[0]() is not None


async def test_what_an_answer_leaves_in_cycles_is_swept_after_it_and_not_in_its_midst() -> None:
    assert await answered(4 * SWEEP_AFTER) == (True, False)


async def test_little_is_left_for_a_later_sweep() -> None:
    assert await answered(SWEEP_AFTER // 10) == (True, True)


async def test_what_outlived_sweeps_is_swept_at_last() -> None:
    knot = Knot()
    kept = weakref.ref(knot)
    gc.collect(0)  # it was held when the collector came
    del knot
    for _ in range(30):
        await answered(SWEEP_AFTER)
    assert kept() is None
