"""Finds what an entry names, to be kept beside its body (`links`) when that is written."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from throughcare.fhir import mentions
from throughcare.record.hiding import targets
from throughcare.record.links import MOST
from throughcare.record.rows import Params
from throughcare.store.protocol import Transaction


async def link(
    tx: Transaction, written: Sequence[tuple[Params, bytes]], places: Mapping[str, int]
) -> None:
    """Fill in the columns of the rows of res `written`, each with its body, not packed.

    `places` are the numbers of entries by ``Type/id`` that this transaction writes itself. What
    names somebody who is not here is not kept: they may come, and be hidden. Nothing is kept where
    entries lie in several databases, since no statement brings the class of another one's.
    """
    if tx.spread:
        return
    named = [(row, mentions.referred(body)) for row, body in written]
    few = [(row, names) for row, names in named if names is not None and len(names) <= MOST]
    known = {**await _places(tx, {n for _, names in few for n in names} - places.keys()), **places}
    for row, names in few:
        if names <= known.keys():
            row["linked"] = row["version"]
            for at, name in enumerate(sorted(names), start=1):
                row[f"link{at}"] = known[name]


async def _places(tx: Transaction, names: Iterable[str]) -> dict[str, int]:
    """Return the numbers of those of `names` that are here."""
    by_type: dict[str, list[str]] = {}
    for name in names:
        type_, _, id_ = name.partition("/")
        by_type.setdefault(type_, []).append(id_)
    found = await targets(tx, by_type) if by_type else []
    return {f"{type_}/{id_}": cast("int", row[1]) for type_, id_, row in found}
