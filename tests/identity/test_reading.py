"""A file read by DuckDB is the table that is read row by row, or is left to that."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from throughcare.identity import bulk

Rows = list[list[str]]
Put = Callable[[Path, Rows, str], None]
HEADER = ("record_id", "first_name", "surname")
PLAIN = st.text("ab é", max_size=3)
ODD = st.text('a "\n\r\t,é', max_size=4)


def rows_of(table: bulk.Table) -> list[tuple[str, ...]]:
    columns = [[one.values[code] for code in one.codes] for one in table.coded.values()]
    return list(zip(*columns, strict=True))


def by_row(path: Path) -> list[tuple[str, ...]] | None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            return rows_of(bulk.read(csv.reader(file, strict=True)))
        except (csv.Error, UnicodeDecodeError):
            return None


def by_duckdb(path: Path) -> list[tuple[str, ...]] | None:
    table = bulk.read_plain(path, HEADER)
    return table and rows_of(table)


def written(path: Path, body: str, end: str = "\n") -> Path:
    path.write_bytes((",".join(HEADER) + end + body).encode())
    return path


def by_writer(path: Path, rows: Rows, end: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator=end).writerows([HEADER, *rows])


def as_it_is(path: Path, rows: Rows, end: str) -> None:
    written(path, end.join(map(",".join, rows)), end)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.lists(st.one_of(PLAIN, ODD), min_size=3, max_size=3), min_size=1, max_size=4),
    st.sampled_from(("\n", "\r\n")),
    st.sampled_from((by_writer, as_it_is)),
)
@example([["a", ' "', "b"], ["c", '"d', "e"]], "\n", as_it_is)
@example([["1", '"Ann', 'Lee"']], "\n", as_it_is)
def test_duckdb_reads_a_file_as_python_does_or_leaves_it(
    tmp_path: Path, rows: Rows, end: str, put: Put
) -> None:
    path = tmp_path / "records.csv"
    put(path, rows, end)
    found = by_duckdb(path)
    assert found is None or found == by_row(path)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["Ann", '"Ann, Lee"', '"the ""one"""', "Zoë", '"two\nlines"', ""])
def test_a_plain_file_is_not_left_to_python(tmp_path: Path, name: str, end: str) -> None:
    path = written(tmp_path / "records.csv", f"1,{name},Hall{end}2,{name},Okafor{end}", end)
    found = by_duckdb(path)
    assert found is not None
    assert found == by_row(path)


@pytest.mark.parametrize(
    "body",
    [
        b"1,Ann\n",
        b"1,Ann,Hall,x\n",
        b'1, "Ann",Hall\n',
        b'1,Ann,"Hall',
        b'1,A"n,"Hall',
        b"1,\xff,Hall\n",
        b"1," + b"a" * 200_000 + b",Hall\n",
    ],
    ids=["short", "long", "space", "cut", "within", "bytes", "value"],
)
def test_what_may_be_read_otherwise_is_left_to_python(tmp_path: Path, body: bytes) -> None:
    path = written(tmp_path / "records.csv", "")
    path.write_bytes(path.read_bytes() + body)
    assert bulk.read_plain(path, HEADER) is None


def test_another_first_row_or_a_name_for_many_files_is_left_to_python(tmp_path: Path) -> None:
    path = written(tmp_path / "records.csv", "1,Ann,Hall\n")
    assert bulk.read_plain(path, ("record_id", "first_name", "last_name")) is None
    assert bulk.read_plain(path.rename(tmp_path / "records[1].csv"), HEADER) is None
