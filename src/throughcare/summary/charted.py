"""Which results a page of charts draws, told from their bytes: eight charts of hundreds are read.

INVARIANT: the charts are those of `trends.all_trends` made of everything. A result of a shape that
can't be told in passing is read for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import msgspec

from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.submission import Json
from throughcare.summary import concepts, trends
from throughcare.summary.dates import When
from throughcare.summary.reconcile import fold
from throughcare.summary.trends import CHARTS, FEWEST, NOT_DONE, Charts, Kind

_ABSENT: Final = msgspec.Raw()
_NUMBER: Final = frozenset(b"-0123456789")
"""What a number begins with."""


class _Quantity(msgspec.Struct, gc=False):
    value: msgspec.Raw = _ABSENT
    unit: str | None = None
    code: str | None = None


class _Measured(msgspec.Struct, gc=False):
    """The members that say what an observation is a value of."""

    status: str | None = None
    code: msgspec.Raw = _ABSENT
    valueQuantity: _Quantity | None = None  # noqa: N815 - FHIR's name
    component: msgspec.Raw = _ABSENT


_read: Final = msgspec.json.Decoder(_Measured)


@dataclass(slots=True)
class _Found:
    """The values of one kind: of each day what its last is of, and where they are."""

    days: dict[tuple[int, int, int], Mapping[str, Json]] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)

    def name(self, kind: Kind) -> str:
        return trends.name_of(kind[0], self.days[max(self.days)])


def charted(
    observed: Sequence[tuple[When | None, bytes]], first: int
) -> tuple[Charts, frozenset[int]]:
    """Return which charts a page shows from the place `first` on, and where what it draws is.

    Of observations, newest first: each with its date, and as stored.
    """
    found: dict[Kind, _Found] = {}
    for place in range(len(observed) - 1, -1, -1):
        when, body = observed[place]
        if when is None or not when.day:
            continue
        day = when.year, when.month, when.day
        for kind, concept in _measured(body):
            held = found.get(kind)
            if held is None:
                held = found[kind] = _Found()
            held.days[day] = concept
            held.places.append(place)
    drawn = [(kind, held) for kind, held in found.items() if len(held.days) >= FEWEST]
    drawn.sort(key=lambda each: fold(each[1].name(each[0])))
    shown = drawn[first : first + CHARTS]
    kinds = frozenset(kind for kind, _ in shown)
    return Charts(kinds, len(drawn)), frozenset(at for _, held in shown for at in held.places)


def _measured(body: bytes) -> Iterator[tuple[Kind, Mapping[str, Json]]]:
    """Yield of each value of a stored observation its kind, and what it is of."""
    try:
        found = _read.decode(body)
    except msgspec.DecodeError:  # of another shape than most
        yield from _read_whole(body)
        return
    quantity = found.valueQuantity
    if bytes(found.component):
        yield from _read_whole(body)
    elif quantity is not None and found.status not in NOT_DONE and bytes(quantity.value):
        if bytes(quantity.value)[0] in _NUMBER:
            key, concept = _coded(bytes(found.code))
            yield (key, 1, _unit(quantity.unit, quantity.code)), concept
        else:
            yield from _read_whole(body)


def _read_whole(body: bytes) -> Iterator[tuple[Kind, Mapping[str, Json]]]:
    for value in trends.values(fhir_bytes.read_again(body)):
        yield value.kind, value.concept


@lru_cache(maxsize=4096)
def _coded(raw: bytes) -> tuple[object, Mapping[str, Json]]:
    """Return key and concept of the bytes of a code; one stands in many entries."""
    held = fhir_bytes.read_again(b'{"code":' + (raw or b"null") + b"}")
    concept = concepts.first(held, "code")
    return trends.key_of(concept), concept


def _unit(unit: str | None, code: str | None) -> str:
    return trends.unit({"unit": unit, "code": code})
