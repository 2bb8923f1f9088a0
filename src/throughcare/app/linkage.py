"""The person index over tables of records, without a node: files in, files out."""

import csv
import importlib.util
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Final

from throughcare.app.collecting import few_collections
from throughcare.identity import adapting, batch, scoring, training
from throughcare.identity.cluster import Doubt
from throughcare.identity.compare import (
    Columns,
    Score,
    Sourced,
    Weights,
    compare,
    read,
    shipped,
    written,
)
from throughcare.identity.scoring import Figures
from throughcare.identity.training import Trained
from throughcare.kernel import BadInputError, NotFoundError

LARGE: Final = 2_000_000
"""Bytes of a table from which DuckDB is worth starting: some twenty thousand records."""
NOT_HERE: Final = "DuckDB is not installed. Install throughcare[bulk], or use --engine python."
_AMBIGUOUS: Final = "{}: a record id is missing or comes twice. Give each its own."
Progress = Callable[[int, int], None]
"""Told how much of how much is done."""


class Engine(StrEnum):
    """What compares the records of a table; the persons are the same."""

    AUTO = "auto"
    """DuckDB for a large table where it is installed, else Python."""
    DUCKDB = "duckdb"
    PYTHON = "python"


@dataclass(frozen=True, slots=True)
class Counts:
    """What came of linking a table."""

    records: int
    persons: int
    reviews: int
    keys_left_out: int = 0
    """Blocking keys that too many records share to compare them all with each other."""
    records_left_out: int = 0
    """Records of those keys, which were compared by their other keys alone."""


def weights(path: Path | None) -> Weights:
    """Return the weights of a file, or those shipped. Raises BadInputError for a wrong file."""
    return shipped() if path is None else read(path.read_bytes())


def link(  # noqa: PLR0913 - files in, files out, and how
    records: Path,
    out: Path,
    review: Path | None,
    chosen: Weights,
    *,
    engine: Engine = Engine.AUTO,
    progress: Progress = lambda _done, _total: None,
) -> Counts:
    """Link the records of a table; write the person of each, and the pairs left for people.

    The weights are drawn to the table's own errors first (`identity.adapting`).
    `out` holds record_id,cluster_id in the order of the table; `review` one line for each two
    persons that may be one. Raises BadInputError for a table that can't be read, or for DuckDB
    where there is none.
    """
    with few_collections():
        by_sql = _is_for_duckdb(engine, records)
        found = _by_sql(records, chosen, progress) if by_sql else _one_by_one(records, chosen)
        rows = zip(found.names, found.person, strict=True)
        _write(out, ("record_id", "cluster_id"), rows)
        if review is not None:
            header = ("record_id", "other_record_id", "score", "reason")
            _write(review, header, _reviews(found))
    return found.counts


@dataclass(frozen=True, slots=True)
class _Found:
    """Who is whom, in the order of the table."""

    names: Sequence[str]
    person: Sequence[int]
    doubts: Sequence[Doubt]
    counts: Counts


def _one_by_one(records: Path, chosen: Weights) -> _Found:
    known = table(records)
    linked = batch.link(known, adapting.adapted(known, chosen))
    person = {at: number for number, group in enumerate(linked.persons) for at in group}
    return _Found(
        names=[record.local_id for record in known],
        person=[person[at] for at in range(len(known))],
        doubts=linked.doubts,
        counts=Counts(len(known), len(linked.persons), len(linked.doubts)),
    )


def _is_for_duckdb(engine: Engine, records: Path) -> bool:
    there = importlib.util.find_spec("duckdb") is not None
    if engine is Engine.DUCKDB and not there:
        raise BadInputError(NOT_HERE)
    large = records.stat().st_size >= LARGE
    return there and (engine is Engine.DUCKDB or (engine is Engine.AUTO and large))


def _by_sql(records: Path, chosen: Weights, progress: Progress) -> _Found:
    from throughcare.identity import bulk  # noqa: PLC0415 - needs the extra "bulk"

    with _rows(records) as rows:
        header = next(rows, [])
        known = bulk.read_plain(records, header) or bulk.read(chain((header,), rows))
    if known.is_ambiguous:
        raise BadInputError(_AMBIGUOUS.format(records.name))
    joined, compared = bulk.link(known, chosen, progress, is_adapted=True)
    return _Found(
        names=known.local_ids,
        person=joined.person.tolist(),
        doubts=joined.doubts,
        counts=Counts(
            known.count,
            joined.persons,
            len(joined.doubts),
            compared.keys_left_out,
            compared.records_left_out,
        ),
    )


def explain(records: Path, one: str, other: str, chosen: Weights) -> Score:
    """Compare two records of a table, as linking it does. Raises NotFoundError for no such one."""
    known = table(records)
    ends = [_named(known, name) for name in (one, other)]
    chosen = adapting.adapted(known, chosen)
    people = len(batch.link(known, chosen).persons)
    return compare(ends[0].demographics, ends[1].demographics, chosen, people)


def train(records: Path, out: Path, start: Weights, version: str) -> Trained:
    """Learn weights from a table's own NHS numbers and write them; see `identity.training`.

    Nothing is written where there are too few pairs to learn from.
    """
    trained = training.train(table(records), start, version)
    if trained.is_new:
        out.write_text(written(trained.weights), encoding="utf-8")
    return trained


def evaluate(records: Path, truth: Path | None, chosen: Weights) -> Figures:
    """Score linking a table against the truth, a table of record_id, person_id and maybe group.

    Without one, NHS numbers stand in for it: records are linked as if nobody had a number, and
    those that have one are scored. Raises BadInputError where no two records are one person's.
    """
    known = table(records)
    if truth is None:
        hidden = [_numberless(record) for record in known]
        persons = [record.demographics.number for record in known]
        _need_pairs(
            persons,
            f"No two records of {records.name} have one NHS number to score by. Give --truth.",
        )
        return scoring.figures(batch.link(hidden, adapting.adapted(hidden, chosen)), persons)
    person, group = truth_of(truth, known)
    _need_pairs(
        person, f"By {truth.name} no two records are of one person: there is nothing to score."
    )
    return scoring.figures(batch.link(known, adapting.adapted(known, chosen)), person, group)


def _need_pairs(persons: Sequence[str], message: str) -> None:
    """Raise BadInputError where no two records are of one person: there is nothing to score by."""
    named = [person for person in persons if person]
    if len(set(named)) == len(named):
        raise BadInputError(message)


def _numberless(record: Sourced) -> Sourced:
    return replace(record, demographics=replace(record.demographics, nhs_number=""))


def truth_of(path: Path, known: Sequence[Sourced]) -> tuple[list[str], list[str]]:
    """Return person and group of each record; no groups unless all have one."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row.get("record_id", ""): row for row in csv.DictReader(file)}
    try:
        found = [rows[record.local_id] for record in known]
        groups = [row["group"] for row in found if row.get("group")]
        return [row["person_id"] for row in found], groups if len(groups) == len(found) else []
    except KeyError as error:
        message = (
            f"{path.name} needs record_id and person_id, and every record ({error} is missing)."
        )
        raise BadInputError(message) from error


def table(path: Path) -> list[Sourced]:
    """Read a table of records. Raises BadInputError, with the place, for what is none."""
    with _rows(path) as rows:
        columns = Columns(next(rows, ()))
        found = [columns.read(row) for row in rows if row]
    _check_names(path, found)
    return found


@contextmanager
def _rows(path: Path) -> Iterator[Iterator[list[str]]]:
    """Yield the rows of a table. Raises BadInputError, with the place, for what is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield csv.reader(file, strict=True)
    except (csv.Error, UnicodeDecodeError) as error:
        message = f"{path.name} is no CSV file in UTF-8 ({error}). Export it again."
        raise BadInputError(message) from error


def _check_names(path: Path, records: Sequence[Sourced]) -> None:
    seen = set()
    for record in records:
        name = record.source, record.local_id
        if not record.local_id or name in seen:
            raise BadInputError(_AMBIGUOUS.format(path.name))
        seen.add(name)


def _named(records: Sequence[Sourced], name: str) -> Sourced:
    for record in records:
        if record.local_id == name:
            return record
    message = "The table has no record with this id. Look at its column of record ids."
    raise NotFoundError(message)


def _reviews(found: _Found) -> Iterator[tuple[str, str, str, str]]:
    for doubt in found.doubts:
        one, other = sorted((doubt.edge.left, doubt.edge.right))
        yield found.names[one], found.names[other], f"{doubt.total:.3f}", doubt.rule.value


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
