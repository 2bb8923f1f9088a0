"""Evidence of all pairs that share a key, by SQL: levels by numbers, letters asked once.

What two different names, lines or sets of levels come to is asked of the functions that compare
records one by one, once for each two that meet. A pair that has more to it than one value a field
is asked of them as a whole. So there is one meaning of every level, and one of every weight.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from throughcare.identity.adapting import Seen, drawn, seen, step
from throughcare.identity.bulk.database import statements
from throughcare.identity.bulk.letters import Letters
from throughcare.identity.bulk.naming import Frame
from throughcare.identity.bulk.normal import Normal
from throughcare.identity.bulk.weighing import FIELDS, RULES, levels, weighed
from throughcare.identity.compare import NUMBER_RULES, Evidence, Weights, evidence
from throughcare.identity.compare.dates import GROWN_UP_BEFORE
from throughcare.identity.compare.keys import MOST_SHARING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PARTS: Final = 8
"""Parts that keys are counted and joined in."""
_AT_ONCE: Final = 200_000
"""Records whose pairs are compared at a time: it bounds memory."""


_EDGE: Final = ("low", "high", "weight", "rule", "is_asked")


@dataclass(frozen=True, slots=True)
class Compared:
    """What was compared, and what was not."""

    pairs: int
    """Pairs that share a key."""
    keys_left_out: int
    """Keys that more than `MOST_SHARING` records share; these meet by their other keys alone."""
    records_left_out: int
    """Records of those keys; one of two such keys counts twice."""
    asked: int = 0
    """Pairs that had more to them than SQL was told."""


@dataclass(slots=True)
class Edges:
    """Evidence as columns, a row for each pair; `low` is before `high`."""

    low: npt.NDArray[np.int32]
    high: npt.NDArray[np.int32]
    weight: npt.NDArray[np.float64]
    rule: npt.NDArray[np.int8]
    """Place in `weighing.RULES`."""
    bits: npt.NDArray[np.float64]
    compared: Compared

    def evidence(self, at: int) -> Evidence:
        """Return the evidence of a row."""
        return Evidence(float(self.weight[at]), RULES[self.rule[at]], float(self.bits[at]))


class Comparing:
    """A database in memory that holds the columns of one table."""

    def __init__(self, database: "DuckDBPyConnection", known: Normal, weights: Weights) -> None:
        """Lay out the tables."""
        self._database, self._known, self._weights = database, known, weights
        self._letters = Letters(known)
        for name, field in FIELDS.items():
            texts = ", ".join(map(_quoted, weights.levels[field]))
            database.execute(f"CREATE TYPE {name} AS ENUM ({texts})")
        for name, frame in known.frames.items():
            self._fill(f"CREATE TABLE {name} AS FROM frame", frame)
        for name in ("layout", "records"):
            self._run(name)
        self._left_out = self._meet()

    def edges(self, progress: Callable[[int, int], None]) -> Edges:
        """Return the evidence of every pair that may ever matter, as `batch.edges` does.

        `progress` is told how many of how many records were compared with those after them.
        """
        self._run("choose_all")
        found: list[Frame] = []
        count = self._known.table.count
        for start in range(0, count, _AT_ONCE):
            self._level(start, start + _AT_ONCE)
            found.append(self._weighed())
            progress(min(start + _AT_ONCE, count), count)
        (compared,) = self._run("count_pairs").fetchone() or (0,)
        return self._completed(found, Compared(compared, *self._left_out))

    def adapted(self) -> Weights:
        """Draw the weights to the table, for all that is weighed from now on; return them."""
        count = self._known.table.count
        self._run("choose_some", step=step(count))
        self._level(0, count)
        counted = Counter[Seen]()
        for code, given_bits, family_bits, pairs in self._run("seen").fetchall():
            shown = tuple(levels(code, self._weights).items())
            counted[Seen(shown, given_bits, family_bits)] += pairs
        demographics = cache(self._known.demographics)
        for low, high in self._run("seen_asked").fetchall():
            counted[seen(demographics(low), demographics(high), self._weights)] += 1
        self._weights = drawn(counted, count, self._weights)
        return self._weights

    def _meet(self) -> tuple[int, int]:
        """Make `pair` of all that share a key; return how many keys and records were left out."""
        self._run("keys")
        keys = records = 0
        for part in range(_PARTS):
            self._run("crowds", parts=_PARTS, part=part)
            left_out = self._run("left_out", most=MOST_SHARING).fetchone() or (0, 0)
            keys, records = keys + left_out[0], records + left_out[1]
            self._run("meet", parts=_PARTS, part=part, most=MOST_SHARING)
        self._run("pairs")
        return keys, records

    def _run(self, name: str, **values: float) -> "DuckDBPyConnection":
        return self._database.execute(statements()[name], values or None)

    def _fill(self, statement: str, frame: Frame) -> None:
        self._database.register("frame", frame)
        self._database.execute(statement)
        self._database.unregister("frame")

    def _level(self, start: int, end: int) -> None:
        """Make `levelled` of the pairs whose first record is from `start` to before `end`."""
        self._run("compared", start=start, end=end, grown_up_before=GROWN_UP_BEFORE)
        for name, ask in self._letters.askers():
            met = self._run(f"met_{name}").fetchnumpy()
            answers = ask(met["one"].tolist(), met["other"].tolist())
            self._fill(f"INSERT INTO {name}_pair FROM frame", {**met, **answers})
        met = self._run("met_turned").fetchnumpy()
        turned = np.array(self._letters.turned(met), bool)
        self._fill(statements()["turned"], {name: each[turned] for name, each in met.items()})
        self._run("levelled")

    def _weighed(self) -> Frame:
        """Return the evidence of what is `levelled`."""
        codes = self._run("met_levels").fetchnumpy()["code"]
        answers = weighed(codes.tolist(), self._weights)
        self._fill("INSERT INTO verdict FROM frame", {"code": codes, **answers})
        weights = self._weights
        return self._run(
            "edges",
            given_per_bit=weights.given_per_bit,
            family_per_bit=weights.family_per_bit,
            least=_least(weights),
        ).fetchnumpy()

    def _completed(self, found: Sequence[Frame], compared: Compared) -> Edges:
        """Return the edges, with those that SQL does not know whole asked for."""
        columns = {name: np.concatenate([each[name] for each in found]) for name in _EDGE}
        asked = np.flatnonzero(columns["is_asked"])
        bits = np.zeros(len(columns["low"]))
        kept = np.ones(len(bits), bool)
        demographics = cache(self._known.demographics)
        for at in asked.tolist():
            one, other = (
                demographics(int(columns["low"][at])),
                demographics(int(columns["high"][at])),
            )
            each = evidence(one, other, self._weights)
            columns["weight"][at], columns["rule"][at] = each.weight, RULES.index(each.rule)
            bits[at] = each.bits
            kept[at] = each.weight >= _least(self._weights) or each.rule in NUMBER_RULES
        return Edges(
            low=columns["low"][kept],
            high=columns["high"][kept],
            weight=columns["weight"][kept],
            rule=columns["rule"][kept],
            bits=bits[kept],
            compared=replace(compared, asked=len(asked)),
        )


def _least(weights: Weights) -> float:
    """Return the weight below which no index is so small that a pair matters."""
    return weights.review_from - weights.bias_at(1)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
