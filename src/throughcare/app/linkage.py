"""The person index over tables of records, without a node: files in, files out."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from throughcare.identity import batch
from throughcare.identity.batch import Linked
from throughcare.identity.compare import Columns, Score, Sourced, Weights, compare, read, shipped
from throughcare.kernel import BadInputError, NotFoundError


@dataclass(frozen=True, slots=True)
class Counts:
    """What came of linking a table."""

    records: int
    persons: int
    reviews: int


def weights(path: Path | None) -> Weights:
    """Return the weights of a file, or those shipped. Raises BadInputError for a wrong file."""
    return shipped() if path is None else read(path.read_bytes())


def link(records: Path, out: Path, review: Path | None, chosen: Weights) -> Counts:
    """Link the records of a table; write the person of each, and the pairs left for people.

    `out` holds record_id,cluster_id in the order of the table; `review` one line for each two
    persons that may be one. Raises BadInputError for a table that can't be read.
    """
    known = table(records)
    linked = batch.link(known, chosen)
    _write(out, ("record_id", "cluster_id"), _clusters(known, linked))
    if review is not None:
        header = ("record_id", "other_record_id", "score", "reason")
        _write(review, header, _reviews(known, linked))
    return Counts(len(known), len(linked.persons), len(linked.doubts))


def explain(records: Path, one: str, other: str, chosen: Weights) -> Score:
    """Compare two records of a table, as linking it does. Raises NotFoundError for no such one."""
    known = table(records)
    ends = [_named(known, name) for name in (one, other)]
    people = len(batch.link(known, chosen).persons)
    return compare(ends[0].demographics, ends[1].demographics, chosen, people)


def table(path: Path) -> list[Sourced]:
    """Read a table of records. Raises BadInputError, with the place, for what is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            columns = Columns(next(rows, ()))
            found = [columns.read(row) for row in rows if row]
    except (csv.Error, UnicodeDecodeError) as error:
        message = f"{path.name} is no CSV file in UTF-8 ({error}). Export it again."
        raise BadInputError(message) from error
    _check_names(path, found)
    return found


def _check_names(path: Path, records: Sequence[Sourced]) -> None:
    seen = set()
    for record in records:
        name = record.source, record.local_id
        if not record.local_id or name in seen:
            message = f"{path.name}: a record id is missing or comes twice. Give each its own."
            raise BadInputError(message)
        seen.add(name)


def _named(records: Sequence[Sourced], name: str) -> Sourced:
    for record in records:
        if record.local_id == name:
            return record
    message = "The table has no record with this id. Look at its column of record ids."
    raise NotFoundError(message)


def _clusters(records: Sequence[Sourced], linked: Linked) -> Iterator[tuple[str, int]]:
    cluster = {at: number for number, group in enumerate(linked.persons) for at in group}
    for at, record in enumerate(records):
        yield record.local_id, cluster[at]


def _reviews(records: Sequence[Sourced], linked: Linked) -> Iterator[tuple[str, str, str, str]]:
    for doubt in linked.doubts:
        ends = sorted((doubt.edge.left, doubt.edge.right))
        names = [records[at].local_id for at in ends]
        yield names[0], names[1], f"{doubt.total:.3f}", doubt.rule.value


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
