"""Where a named statement runs, and how the answers of several databases become one; pure.

Below the name of a statement stands ``-- at:`` and one of these; without, it runs at home, which is
the first database.

======================== =======================================================================
``-- at:``               the statement runs in
======================== =======================================================================
``entry``, ``entry low`` the database of the entry number in the parameter ``entry``, or ``low``
``entry, and home``      the same, and at home
``entries``              the databases of the numbers in the JSON list ``entries``, each its own
``found by room.name``   the databases of the entries that this statement, run at home, names
``every``                every database
``one database alone``   none: it joins entries with what is at home, and is not run here
======================== =======================================================================

Rows come from one database after the other. ``; order by 1`` puts them in order by their first
column (``-1``: falling), ``; at most limit`` keeps as many as the parameter ``limit`` says.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, cast

import orjson

from throughcare.store.protocol import Row, Value
from throughcare.store.sharded.buckets import shard_of, shard_of_entry

Params = Mapping[str, Value]
HOME = 0
_KINDS = re.compile(
    r"(?P<kind>entry|entries|every|one database alone|found by (?P<finder>[\w.]+))"
    r"(?: (?P<param>\w+))?"
    r"(?P<home>, and home)?(?:; order by (?P<order>-?\d+))?(?:; at most (?P<most>\w+))?"
)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a statement runs."""

    kind: Literal["home", "entry", "entries", "found", "every", "one"] = "home"
    param: str = ""
    """The parameter that holds an entry number, or a list of them."""
    home: bool = False
    """Whether it runs at home besides."""
    finder: str = ""
    """The statement that names the entries."""
    order: int = 0
    """Column that the rows are in order by, counted from 1; negative: falling; 0: no order."""
    most: str = ""
    """The parameter that says how many rows are wanted; empty: all."""

    def shards(self, params: Params, shards: int) -> dict[int, Params]:
        """Return where a statement runs with `params`, and its parameters in each database.

        Not for the kind ``found``, which asks first. Raises LookupError for what runs in one
        database alone.
        """
        if self.kind == "one":
            message = "this statement joins what lies in several databases; see routes.py"
            raise LookupError(message)
        if self.kind == "home":
            return {HOME: params}
        if self.kind == "every":
            return dict.fromkeys(range(shards), params)
        if self.kind == "entries":
            split = split_entries(orjson.loads(cast("str", params[self.param])), shards)
            return {
                shard: {**params, self.param: orjson.dumps(entries).decode()}
                for shard, entries in split.items()
            }
        places = {shard_of_entry(cast("int", params[self.param]), shards)}
        return dict.fromkeys(sorted(places | {HOME} if self.home else places), params)

    def merged(self, params: Params, found: Sequence[list[Row]]) -> list[Row]:
        """Return the rows of several databases as one answer."""
        if len(found) == 1:
            return found[0]
        rows = [row for part in found for row in part]
        if self.order:
            column = abs(self.order) - 1
            rows.sort(key=lambda row: cast("Any", row[column]), reverse=self.order < 0)
        return rows[: cast("int", params[self.most])] if self.most else rows


@lru_cache(maxsize=1_024)
def parse(text: str) -> Route:
    """Return the route that ``-- at:`` says; empty is home. Raises ValueError for another text.

    >>> parse("every; order by 1; at most limit").most
    'limit'
    """
    if not text:
        return Route()
    found = _KINDS.fullmatch(text)
    if found is None:
        message = f"'-- at: {text}' is no place; see store/sharded/routes.py"
        raise ValueError(message)
    kind = cast("Any", found["kind"].partition(" ")[0])
    param = found["param"] or (kind if kind in {"entry", "entries"} else "")
    order = int(found["order"] or 0)
    return Route(
        kind, param, bool(found["home"]), found["finder"] or "", order, found["most"] or ""
    )


def split_entries(entries: Iterable[int], shards: int) -> dict[int, list[int]]:
    """Return entry numbers by the database that they lie in."""
    split: dict[int, list[int]] = {}
    for entry in entries:
        split.setdefault(shard_of_entry(entry, shards), []).append(entry)
    return split


def of_subjects(subjects: Iterable[int] | None, shards: int) -> list[int]:
    """Return the databases that entries of `subjects` lie in; all of them for None."""
    if subjects is None:
        return list(range(shards))
    return sorted({shard_of(subject, shards) for subject in subjects})


def by_shard(route: Route, rows: Iterable[Params], shards: int) -> dict[int, list[Params]]:
    """Return parameters of a statement that is run many times, by database."""
    split: dict[int, list[Params]] = {}
    for row in rows:
        for shard, params in route.shards(row, shards).items():
            split.setdefault(shard, []).append(params)
    return split
