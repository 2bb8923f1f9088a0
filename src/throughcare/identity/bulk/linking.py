"""From a table to its persons."""

from collections.abc import Callable

import numpy as np

from throughcare.identity.bulk.coding import Table
from throughcare.identity.bulk.comparing import Compared, Comparing
from throughcare.identity.bulk.database import opened
from throughcare.identity.bulk.normal import normal
from throughcare.identity.bulk.persons import Joined, persons
from throughcare.identity.compare import Weights


def link(
    table: Table,
    weights: Weights,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    is_adapted: bool = False,
) -> tuple[Joined, Compared]:
    """Return the persons of `table` as `batch.link` does, and what was compared.

    `progress` is told how many of how many records were compared. With `is_adapted`, weights are
    drawn to the table first, as `adapting.adapted` does. Needs the extra ``bulk``.
    """
    if not table.count:
        return Joined(np.zeros(0, np.int64), ()), Compared(0, 0, 0)
    known = normal(table, weights)
    with opened() as database:
        comparing = Comparing(database, known, weights)
        if is_adapted and weights.shares:
            weights = comparing.adapted()
        edges = comparing.edges(progress)
    found = persons(known, edges, weights)
    return found, edges.compared
