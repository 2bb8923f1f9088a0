"""Other people's records of made-up persons link as well as what they are measured by says.

FEBRL and Splink's example have no NHS number, sex or telephone. A floor is what Splink 5 reaches
there, less 0.002 (``bench.identity_peers`` compares).
"""

import csv
import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from shared_data import shared
from throughcare.app.linkage import table
from throughcare.identity import adapting, batch, scoring
from throughcare.identity.compare import shipped

Rows = Sequence[Mapping[str, str]]
Told = tuple[Rows, Mapping[str, str]]
"""Records, and whose each is."""


def febrl() -> Told:
    """Return the records of FEBRL 3 and whose each is."""
    with gzip.open(shared("linkage/febrl_dataset3.csv.gz"), "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, skipinitialspace=True))
    return rows, {row["rec_id"]: row["rec_id"].split("-")[1] for row in rows}


def example() -> Told:
    """Return the records of Splink's fake_1000 and whose each is, which they do not say."""
    with shared("linkage/fake_1000.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    whose = {row["unique_id"]: row.pop("cluster") for row in rows}
    return rows, whose


@pytest.mark.parametrize(
    ("records", "floor"), [(febrl, 0.9906), (example, 0.7412)], ids=["FEBRL 3", "fake_1000"]
)
def test_other_peoples_records_link_as_well_as_their_floor(
    records: Callable[[], Told], floor: float, tmp_path: Path
) -> None:
    rows, whose = records()
    path = tmp_path / "records.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        written = csv.DictWriter(file, list(rows[0]))
        written.writeheader()
        written.writerows(rows)
    known = table(path)
    links = batch.link(known, adapting.adapted(known, shipped()))
    found = scoring.figures(links, [whose[each.local_id] for each in known])
    assert found.f1 >= floor
    assert found.wrong_merges == 0
