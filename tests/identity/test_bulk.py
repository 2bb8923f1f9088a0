"""Many records by SQL: the evidence and the persons of comparing them one by one."""

import csv
import random  # noqa: TID251 - seeded: the same rows each time
from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.people_made import ANNE, BRIAN
from throughcare.cli.identity import identity
from throughcare.fhir.nhs import check_digit
from throughcare.identity import adapting, batch, bulk
from throughcare.identity.bulk import comparing
from throughcare.identity.bulk.database import COMPARING, READING, opened
from throughcare.identity.bulk.normal import normal
from throughcare.identity.bulk.numbers import nhs_numbers
from throughcare.identity.compare import Columns, Sourced, compare, nhs_number, shipped
from throughcare.identity.compare.keys import MOST_SHARING

W = shipped()
POOLS: Mapping[str, Sequence[str]] = {
    "source": ("gp", "hospital", ""),
    "nhs_number": ("", "", ANNE, BRIAN, "1234567890"),
    "nhs_number_status": ("", "01", "02"),
    "given_name": (
        "Anne", "ANNE", "Annie", "A", "Ann Rose", "Charlotte", "Charlote", "Charley", "Lotte",
        "Rose", "Okafor", "Baby", "", "B", "Zoë", "Anna", "Nan",
    ),
    "middle_names": ("", "", "Rose", "R", "Rosa", "Anne Rose", "Lee", "Charlotte"),
    "family_name": ("Okafor", "Okafro", "Okafor-Hall", "Hall", "Anne", "", "Unknown", "Okaford"),
    "previous_family_name": ("", "", "", "", "", "Hall"),
    "sex": ("female", "male", "F", ""),
    "birth_date": (
        "1947-08-06", "1947-08-06", "1947-06-08", "1947-08-16", "1947-01-01", "1948-08-06",
        "1950-08-06", "1950-08-16", "1947-09-16", "2001-10-10", "", "1947-02-30",
    ),
    "address_line": (
        "1 High Street", "1 Hihg Street", "2 High Street", "Flat 3, 1 High St", "", "Mill",
    ),
    "postcode": (
        "LS12 4QT", "LS12 4QT", "LS12 4QA", "LS12 9AA", "YO1 9AA", "", "ZZ99 3VZ", "D01X2", "D01X3",
    ),
    "phone": ("07700 900846", "+44 7700 900846", "07700 900847", "0113 496 0000", "", ""),
    "email": (
        "", "", "", "", "anne@example.org", "ann@example.org", "b@hall.example", "zoë@example.org",
    ),
    "soc_sec_id": ("", "", "", "1234567", "1234576", "7654321"),
}  # fmt: skip
HEADER = ("record_id", *POOLS)
rows_made = st.lists(
    st.tuples(*(st.sampled_from(values) for values in POOLS.values())), min_size=2, max_size=40
)


def numbered(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[str(at), *row] for at, row in enumerate(rows)]


def one_by_one(rows: Sequence[Sequence[str]]) -> list[Sourced]:
    columns = Columns(HEADER)
    return [columns.read(row) for row in rows]


@pytest.mark.parametrize("chosen", [COMPARING, READING])
def test_the_database_shows_no_bar_of_its_own(chosen: Sequence[str]) -> None:
    with opened(chosen) as database:
        shown = database.execute("SELECT current_setting('enable_progress_bar')").fetchall()
    assert shown == [(False,)]


def assert_same_evidence(rows: Sequence[Sequence[str]]) -> None:
    known = [record.demographics for record in one_by_one(rows)]
    wanted = batch.edges(known, W)
    table = bulk.read(iter([HEADER, *rows]))
    with opened() as database:
        edges = comparing.Comparing(database, normal(table, W), W).edges(lambda _done, _total: None)
    pairs = zip(edges.low.tolist(), edges.high.tolist(), strict=True)
    found = {pair: edges.evidence(at) for at, pair in enumerate(pairs)}
    assert found.keys() == wanted.keys()
    for pair, each in wanted.items():
        assert found[pair].weight == each.weight, pair
        assert found[pair].ruling(100, W) == each.ruling(100, W), pair
        assert found[pair].verdict(10**6, W) == each.verdict(10**6, W), pair


def assert_same_persons(rows: Sequence[Sequence[str]]) -> None:
    wanted = batch.link(one_by_one(rows), W)
    joined, _ = bulk.link(bulk.read(iter([HEADER, *rows])), W)
    found = joined.linked()
    assert found.persons == wanted.persons
    assert {_named(doubt) for doubt in found.doubts} == {_named(doubt) for doubt in wanted.doubts}


def _named(doubt: batch.Doubt) -> object:
    ends = frozenset((doubt.edge.left, doubt.edge.right))
    return ends, round(doubt.total, 9), doubt.rule, doubt.provisional, doubt.candidate


@settings(max_examples=12, deadline=None)
@given(rows_made)
def test_sql_says_of_every_pair_what_comparing_one_by_one_says(
    rows: list[tuple[str, ...]],
) -> None:
    assert_same_evidence(numbered(rows))


def likely(count: int) -> list[list[str]]:
    """Return rows of a few people, each written down in many ways: every level occurs."""
    chance = random.Random(7)  # noqa: S311 - no secret
    rows = []
    for at in range(count):
        wide = at % 4 == 0
        row = [
            chance.choice(values if wide or chance.random() < 0.3 else values[:2])
            for values in POOLS.values()
        ]
        rows.append(row)
    return numbered(rows)


def test_every_level_is_met_and_weighs_the_same() -> None:
    rows = likely(230)
    assert_same_evidence(rows)
    known = [record.demographics for record in one_by_one(rows)]
    seen = {
        (each.field, each.level)
        for left, right in batch.candidates(known)
        for each in compare(known[left], known[right], W, 1000).comparisons[:-1]
    }
    levels = {(name, level) for name, found in W.levels.items() for level in found}
    assert levels == seen


def test_names_of_china_read_the_same() -> None:
    words = "Jiejun", "Feng", "Du", "Weifang", "Wekfang", "Gong", "Gon"
    fields = {name: values[0] for name, values in POOLS.items()}
    rows = [
        tuple((fields | {"given_name": given, "family_name": family}).values())
        for given, family in permutations(words, 2)
    ]
    assert_same_evidence(numbered(rows))


def test_many_at_once_are_the_persons_of_one_by_one() -> None:
    assert_same_persons(likely(110))


def test_both_ways_draw_the_weights_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapting, "_AT_ONCE", 50)
    rows = likely(90)
    records = one_by_one(rows)
    wanted = adapting.adapted(records, W)
    table = bulk.read(iter([HEADER, *rows]))
    with opened() as database:
        assert comparing.Comparing(database, normal(table, W), W).adapted() == wanted != W
    joined, _ = bulk.link(table, W, is_adapted=True)
    assert joined.linked().persons == batch.link(records, wanted).persons


NUMBERS = st.one_of(
    st.text("0123 -\u00a0x٣²", max_size=12),
    st.from_regex(r"[0-9]{10}", fullmatch=True),
    st.from_regex(r"[0-9]{9}", fullmatch=True).map(lambda nine: nine + check_digit(nine)),
    st.sampled_from(("1111111111", "943 476 5919", "9434765919", "0000000000")),
)


@given(st.lists(NUMBERS, max_size=20))
def test_numbers_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    assert nhs_numbers(texts).tolist() == [int(nhs_number(text) or 0) for text in texts]


def test_no_record_is_no_person() -> None:
    assert bulk.link(bulk.read(iter([HEADER])), W)[0].persons == 0


def test_keys_that_a_crowd_shares_are_left_out_and_counted() -> None:
    crowd = MOST_SHARING + 1
    rows = [[f"{at}", "gp", "", "", "", "", "Hall", "", "", "1960-02-03"] for at in range(crowd)]
    header = HEADER[:10]
    found, compared = bulk.link(bulk.read(iter([header, *rows])), W)
    assert (compared.keys_left_out, compared.records_left_out) == (1, crowd)
    assert found.persons == crowd


def test_both_engines_of_the_command_write_the_same_files(tmp_path: Path) -> None:
    records = tmp_path / "records.csv"
    with records.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *likely(60)])
    said = {}
    for engine in ("python", "duckdb"):
        out, review = tmp_path / f"{engine}.csv", tmp_path / f"{engine}-review.csv"
        words = ["link", records, "--out", out, "--review", review, "--engine", engine]
        done = CliRunner().invoke(identity, list(map(str, words)), catch_exceptions=False)
        assert done.exit_code == 0
        said[engine] = done.output, out.read_bytes(), sorted(review.read_text().splitlines())
    assert said["python"] == said["duckdb"]
