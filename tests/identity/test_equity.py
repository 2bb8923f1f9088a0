"""The report on whom the index serves less well is counted as anybody would count it."""

import csv
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import CliRunner

from throughcare.app import equity, linkage
from throughcare.cli.identity import identity
from throughcare.identity import batch
from throughcare.identity.compare import Verdict, shipped

FAMILIES = ("Smith", "Jones", "Okonkwo", "Nguyen", "Zbrzezny")
GIVEN = ("John", "Mary", "Wojciech", "Thu", "Olumide")


def check_digit(nine: str) -> str | None:
    rest = 11 - sum(int(digit) * (10 - at) for at, digit in enumerate(nine)) % 11
    return None if rest == 10 else str(0 if rest == 11 else rest)


def numbers() -> list[str]:
    """Return NHS numbers of the range that nobody has."""
    nines = [f"999{at:06}" for at in range(300)]
    return [nine + digit for nine in nines if (digit := check_digit(nine)) is not None]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Write records of 60 people in two sources, every third without an NHS number in one."""
    folder = tmp_path_factory.mktemp("equity")
    records, truth = folder / "records.csv", folder / "truth.csv"
    held = numbers()
    rows, true = [], []
    for person in range(60):
        family, given = FAMILIES[person % 5], GIVEN[person // 5 % 5]
        born = f"19{40 + person % 50}-0{1 + person % 9}-1{person % 8}"
        for source in ("gp", "hospital"):
            number = held[person] if source == "gp" or person % 3 else ""
            moved = "YO1 9AA" if source == "hospital" and person % 4 == 0 else "LS12 4QT"
            name = f"{source}-{person}"
            rows.append((name, source, number, given, family, "female", born, moved))
            true.append((name, f"p{person}", "A" if person % 5 < 2 else "B"))
    header = [
        "record_id",
        "source",
        "nhs_number",
        "given_name",
        "family_name",
        "sex",
        "birth_date",
        "postcode",
    ]
    for path, head, body in (
        (records, header, rows),
        (truth, ["record_id", "person_id", "group"], true),
    ):
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *body])
    return records, truth


def test_shares_and_recalls_are_those_of_counting_pairs_one_by_one(
    tables: tuple[Path, Path],
) -> None:
    records, truth = tables
    found = equity.report(records, truth, shipped())
    known = linkage.table(records)
    persons, groups = linkage.truth_of(truth, known)
    joined = batch.link(known, shipped())
    linked, doubts = joined.persons, joined.doubts
    together = {pair for group in linked for pair in combinations(sorted(group), 2)}
    for name in ("A", "B"):
        pairs = [
            (one, other)
            for one, other in combinations(range(len(known)), 2)
            if persons[one] == persons[other] and groups[one] == name == groups[other]
        ]
        (recalled,) = [each for each in found.recalls if each.group == f"group {name}"]
        assert recalled.pairs == len(pairs)
        assert recalled.recall == sum(pair in together for pair in pairs) / len(pairs)
        # All doubts are of two records of the same person here, or of different ones.
        asked = {frozenset((each.edge.left, each.edge.right)) for each in doubts}
        right = [pair in together or frozenset(pair) in asked for pair in pairs]
        assert recalled.answered == sum(right) / len(pairs)
    lacking = [at for at, record in enumerate(known) if not record.demographics.number]
    (share,) = [each for each in found.shares if each.group == "NHS number missing"]
    assert share.records == len(lacking) == 20
    alone = {at for group in linked if len(group) == 1 for at in group}
    assert share.linked == 1 - len(alone.intersection(lacking)) / len(lacking)


def test_drift_counts_the_links_that_growth_would_undo(tables: tuple[Path, Path]) -> None:
    records, _ = tables
    found = equity.report(records, None, shipped())
    assert found.recalls == ()
    known = [record.demographics for record in linkage.table(records)]
    evidence = batch.edges(known, shipped()).values()
    for size in found.drift:
        assert size.needed == pytest.approx(shipped().link_from - shipped().bias_at(size.people))
        links = [
            {each.verdict(people, shipped()) for people in (found.people, size.people)}
            for each in evidence
        ]
        assert size.links == sum(
            each.verdict(found.people, shipped()) is Verdict.LINK for each in evidence
        )
        assert size.lost == sum(Verdict.LINK in both and len(both) > 1 for both in links)
    assert [size.people for size in found.drift] == [found.people * by for by in (1, 10, 100)]
    assert [size.bias for size in found.drift] == sorted(
        (size.bias for size in found.drift), reverse=True
    )


def test_the_command_prints_each_group_and_names_the_weights(tables: tuple[Path, Path]) -> None:
    records, truth = tables
    done = CliRunner().invoke(
        identity, ["report", str(records), "--truth", str(truth)], catch_exceptions=False
    )
    people = equity.report(records, truth, shipped()).people
    assert f"{shipped().version}, learnt at {shipped().learnt_at:,} people" in done.output
    for part in (
        "NHS number missing: of 20 records ",
        "group A",
        "NHS number at one end: of 20 true pairs ",
        "at 6",
        f"drawn to the errors of this table\npeople           {people} in 120 records\n",
    ):
        assert part in done.output
