"""The person index and Splink on the same records, in one run: who links how many people rightly.

    python -m bench.identity_peers --persons 10000
    python -m bench.identity_peers --records RECORDS.csv --truth TRUTH.csv

Records come from a generator of UK-like people with truth (``--generator``), or from a table of
your own. Splink is given the same normalised values, a model of the kind that its documentation
shows (names with term frequencies, birth date, postcode, phone, sex, NHS number), blocking rules
like our keys, and its own training; of its thresholds the one is shown that suits it best, by the
truth. Of ours, what the shipped weights say, drawn to the records' own errors.
"""

import argparse
import csv
import importlib.util
import logging
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from throughcare.app.linkage import table
from throughcare.identity import adapting, batch, scoring
from throughcare.identity.compare import Sourced, shipped

GENERATOR = Path(__file__).parents[2] / "shared/tools/linkage_gen.py"
"""Where a checkout of this project's authors has it."""
THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99999, 0.999999)
ENOUGH = 0.9999
"""Pair precision that a record of somebody's health asks for."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one program made of the records."""

    name: str
    precision: float
    recall: float
    wrong_merges: int
    seconds: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / max(1e-12, self.precision + self.recall)


def main() -> None:
    """Make or read records, run both, print one table."""
    words = argparse.ArgumentParser(prog="python -m bench.identity_peers", description=__doc__)
    words.add_argument("--persons", type=int, default=10_000)
    words.add_argument("--seed", type=int, default=2026)
    words.add_argument("--errors", type=float, default=1.0, help="multiplies every rate of error")
    words.add_argument("--generator", type=Path, default=GENERATOR)
    words.add_argument("--records", type=Path)
    words.add_argument("--truth", type=Path)
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.records is None:
            generate(given, Path(folder))
        records = table(given.records or Path(folder) / "records.csv")
        person, group = truth(given.truth or Path(folder) / "truth.csv", records)
    print(f"{len(records)} records of {len(set(person))} persons")
    ours(records, person, group)
    if importlib.util.find_spec("splink") is None:
        print("Splink is not installed here; python tools/set_up.py test brings it.")
        return
    peer(records, person)


def generate(given: argparse.Namespace, folder: Path) -> None:
    """Let the generator write records.csv and truth.csv."""
    if not given.generator.exists():
        sys.exit("Give --generator, or --records and --truth.")
    command = [sys.executable, given.generator, "--persons", given.persons, "--seed", given.seed]
    command += ["--errors", given.errors, "--out", folder]
    subprocess.run([str(word) for word in command], check=True)  # noqa: S603


def truth(path: Path, records: Sequence[Sourced]) -> tuple[list[str], list[str]]:
    """Return person and group of each record."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["record_id"]: row for row in csv.DictReader(file)}
    found = [rows[record.local_id] for record in records]
    return [row["person_id"] for row in found], [row.get("group", "") for row in found]


def ours(records: Sequence[Sourced], person: Sequence[str], group: Sequence[str]) -> None:
    """Link with the shipped weights; print what came of it."""
    start = time.process_time()
    linked = batch.link(records, adapting.adapted(records, shipped()))
    seconds = time.process_time() - start
    found = scoring.figures(linked, person, group)
    title()
    show(Result("ours", found.precision, found.recall, found.wrong_merges, seconds))
    recalls = [recall for _, recall in found.recalls] or [0.0]
    print(f"  review queue for 1,000 records  {found.per_thousand:.2f}   (<= 10)")
    print(f"  recall once it is answered      {found.answered:.4f} (>= 0.994)")
    print(f"  gap between name groups         {max(recalls) - min(recalls):.4f} (<= 0.01)")


def title() -> None:
    """Print the head of the table."""
    print(f"{'':<34}{'precision':>10}{'recall':>9}{'F1':>9}{'wrong merges':>14}{'CPU s':>8}")


def show(found: Result) -> None:
    """Print one row."""
    print(
        f"{found.name:<34}{found.precision:>10.6f}{found.recall:>9.4f}{found.f1:>9.4f}"
        f"{found.wrong_merges:>14}{found.seconds:>8.1f}",
        flush=True,
    )


def columns(records: Sequence[Sourced]) -> pa.Table:
    """Return the normalised values as Splink takes them; "" is null."""
    return pa.Table.from_pylist([dict(_values(at, one)) for at, one in enumerate(records)])


def _values(at: int, record: Sourced) -> Iterator[tuple[str, object]]:
    known = record.demographics
    name = known.names[0] if known.names else None
    code = known.postcodes[0] if known.postcodes else ""
    yield "unique_id", at
    yield "given", (name.given if name else "") or None
    yield "middle", (name.middles[0] if name and name.middles else "") or None
    yield "family", (name.family if name else "") or None
    yield "dob", known.born.isoformat() if known.born else None
    yield "postcode", f"{code[:-3]} {code[-3:]}" if code and code[0] != "~" else code or None
    yield "phone", next(iter(known.phones), None)
    yield "sex", known.sex or None
    yield "nhs", known.number or None
    yield "other", next(iter(known.identifiers), None)


def peer(records: Sequence[Sourced], person: Sequence[str]) -> None:
    """Train and run Splink; print its best thresholds."""
    logging.getLogger("splink").setLevel(logging.ERROR)  # it warns of what a column never holds
    start = time.process_time()
    linker = trained(records)
    predicted = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    shared = time.process_time() - start
    results = [_at(linker, predicted, threshold, person, shared) for threshold in THRESHOLDS]
    show(max(results, key=lambda each: each.f1))
    precise = [each for each in results if each.precision >= ENOUGH]
    if precise:
        show(max(precise, key=lambda each: each.recall))
    else:
        print(f"Splink: no threshold reaches precision {ENOUGH}")
        show(max(results, key=lambda each: each.precision))


def trained(records: Sequence[Sourced]):  # noqa: ANN201 - splink's linker, imported here alone
    """Return a linker with parameters that Splink estimated."""
    import splink.comparison_library as cl  # noqa: PLC0415 - a peer, not needed by ours
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    rows = columns(records)
    has = {name for name in rows.column_names if rows[name].null_count < len(rows)}
    compared = {
        "given": cl.NameComparison("given").configure(term_frequency_adjustments=True),
        "middle": cl.JaroWinklerAtThresholds("middle", [0.9]),
        "family": cl.NameComparison("family").configure(term_frequency_adjustments=True),
        "dob": cl.DateOfBirthComparison("dob", input_is_string=True),
        "postcode": cl.PostcodeComparison("postcode"),
        "phone": cl.LevenshteinAtThresholds("phone", 1),
        "sex": cl.ExactMatch("sex"),
        "nhs": cl.LevenshteinAtThresholds("nhs", 1),
        "other": cl.LevenshteinAtThresholds("other", 1),
    }
    blocks = [
        ("nhs",), ("other",), ("given", "dob"), ("family", "dob"), ("postcode", "dob"),
        ("given", "family"), ("given", "postcode"), ("family", "postcode"), ("phone", "family"),
        ("phone", "given"),
    ]  # fmt: skip
    usable = [each for each in blocks if set(each) <= has]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[one for name, one in compared.items() if name in has],
        blocking_rules_to_generate_predictions=[block_on(*each) for each in usable],
        retain_intermediate_calculation_columns=False,
    )
    linker = Linker(DuckDBAPI().register(rows), settings, log_level=None)
    sure = [block_on(*each) for each in (("given", "family", "dob"), ("nhs",)) if set(each) <= has]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6)
    for each in (("given", "family"), ("dob",)):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*each))
    return linker


def _at(linker, predicted, threshold: float, person: Sequence[str], shared: float) -> Result:  # noqa: ANN001
    start = time.process_time()
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=threshold
    )
    seconds = shared + time.process_time() - start
    rows = clusters.as_record_list()
    found: Mapping[int, object] = {row["unique_id"]: row["cluster_id"] for row in rows}
    right = Counter((found[at], person[at]) for at in range(len(person)))
    precision = _pairs(right) / max(1, _pairs(Counter(found.values())))
    recall = _pairs(right) / max(1, _pairs(Counter(person)))
    wrong = sum(count > 1 for count in Counter(cluster for cluster, _ in right).values())
    return Result(f"Splink, from {threshold:.6g}", precision, recall, wrong, seconds)


def _pairs(counts: Mapping[object, int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())


if __name__ == "__main__":
    main()
