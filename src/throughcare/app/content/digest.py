"""The canonical hash: one number for all content, whatever the engine and the order. Pure.

Each fact is hashed by itself and the hashes are added, modulo 2^512, kind by kind; so facts can
come in any order and from any engine. Two nodes with the same hash hold the same facts. It finds
what a copy lost, doubled or changed. It is no proof against somebody who makes up facts to fit:
that is what the signed ledger is for.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

Value = str | int | float | bytes | None
_BYTES: Final = 64
_MODULUS: Final = 1 << 512
_ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Total:
    """The facts of one kind."""

    count: int
    sum: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a node holds, kind by kind."""

    totals: Mapping[str, Total]

    @property
    def hash(self) -> str:
        """Return 64 hexadecimals: the same for the same facts, and nothing else of them."""
        found = hashlib.sha256()
        for kind, total in sorted(self.totals.items()):
            found.update(f"{kind} {total.count} {total.sum:x}\n".encode())
        return found.hexdigest()

    def differs(self, other: "Summary") -> list[str]:
        """Return the kinds of facts in which the two are not the same."""
        kinds = self.totals.keys() | other.totals.keys()
        return sorted(kind for kind in kinds if self.totals.get(kind) != other.totals.get(kind))


class Digest:
    """Adds facts up."""

    def __init__(self) -> None:
        """Know no fact."""
        self._counts: dict[str, int] = {}
        self._sums: dict[str, int] = {}

    def add(self, kind: str, facts: Sequence[Sequence[object]]) -> None:
        """Add facts of a kind: rows of texts, numbers, bytes and None, in the kind's own order."""
        total = self._sums.get(kind, 0)
        for fact in facts:
            encoded = _ENCODER.encode((kind, *map(_distinct, fact)))
            total += int.from_bytes(hashlib.blake2b(encoded, digest_size=_BYTES).digest(), "big")
        self._sums[kind] = total % _MODULUS
        self._counts[kind] = self._counts.get(kind, 0) + len(facts)

    def summary(self) -> Summary:
        """Return the sums so far. A kind without facts is as one that was never named."""
        kinds = {kind: count for kind, count in self._counts.items() if count}
        return Summary({kind: Total(count, self._sums[kind]) for kind, count in kinds.items()})


def _distinct(value: object) -> object:
    """Return bytes as what no other value is written as."""
    return (value,) if isinstance(value, bytes) else value
