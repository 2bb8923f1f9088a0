"""What makes millions of objects, and how seldom it looks for cycles among them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

COLLECT_EVERY: Final = 200_000
"""Objects more than before after which unreachable cycles are looked for."""


@contextmanager
def few_collections() -> Iterator[None]:
    """Look seldom for unreachable cycles.

    A load makes some hundred thousand objects a second, and linking a table millions, which
    reference counts free. To walk them all again and again costs a load a tenth to a sixth of its
    time, and linking a million people a fifth.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
