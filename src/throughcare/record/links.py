"""What an entry names, kept beside its body as the numbers of those entries; pure.

Whether what an entry links to may be seen is asked at each look. The names stand in its bytes, and
were looked for there and looked up one by one; so up to three of them are kept as numbers when the
entry is written, and the statement that brings the entry brings the class of each.

INVARIANT: a number that an entry was given is never given to another (`Writing`), and the head row
under it is there as long as the id has this number. So a target that was moved or deleted has no
class here, and one that has a class is what the name still means.

INVARIANT: what is kept is of the version that it says (`linked`). A program that knows nothing of
it may write the next version, whose names are then in its bytes alone.
"""

from collections.abc import Collection
from typing import Final, cast

from throughcare.model.decision import Gate
from throughcare.record import keys
from throughcare.record.gate import shows
from throughcare.record.rows import Params
from throughcare.store.protocol import Row

MOST: Final = 3
"""Names of an entry that are kept; one that names more is read for them."""
COLUMNS: Final = "r.linked AS linked, " + ", ".join(
    f"r.link{n} AS link{n}, l{n}.cls AS cls{n}" for n in range(1, MOST + 1)
)
"""Of res as ``r``, to select: what `of` reads."""
NUMBERS: Final = "r.linked, " + ", ".join(f"r.link{n}, NULL" for n in range(1, MOST + 1))
"""The same without the classes, for which nothing besides is looked at: for `are_among`."""
JOINS: Final = "".join(
    f" LEFT JOIN head l{n} ON l{n}.entry = r.link{n}" for n in range(1, MOST + 1)
)
"""Tables that `COLUMNS` looks at besides."""
NAMES: Final = ("linked", *(f"link{n}" for n in range(1, MOST + 1)))
"""The columns that are written."""
UNKNOWN: Final[Params] = dict.fromkeys(NAMES)
"""Those of an entry of which is not known what it names."""

Links = tuple[int | None, ...]
"""Number and class of each entry that is named, one after the other; None behind the last."""


def of(version: int, row: Row, at: int) -> Links | None:
    """Return what a version names by a row that has `COLUMNS` from `at` to its end.

    None if that stands in its bytes alone.
    """
    return cast("Links", row[at + 1 :]) if row[at] == version else None


def are_among(visible: Collection[int], links: Links | None) -> bool:
    """Tell whether all that is named is among entries that may be seen, by their numbers."""
    return links is not None and all(link is None or link in visible for link in links[::2])


def are_shown(gate: Gate, links: Links | None) -> bool:
    """Tell whether all that is named may be seen, whatever else is known of it than its class.

    False also where that is not known so: then whoever asks has to look the names up.
    """
    if links is None:
        return False
    for at in range(0, len(links), 2):
        entry = links[at]
        if entry is None:
            return True
        cls = links[at + 1]
        if cls is None or not shows(gate, entry >> keys.PLACES, cls):
            return False
    return True
