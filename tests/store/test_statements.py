import re
from pathlib import Path

import apsw
import pytest

from store.engines import open_sqlite
from throughcare.store import dialect, migrate, statements
from throughcare.store.postgres.binding import bound, template
from throughcare.store.sections import of_engine
from throughcare.store.sqlite.connection import open_reading

ROOM = Path(statements.__file__).parent


def test_a_statement_is_known_by_room_and_name() -> None:
    found = statements.parse("room", "-- name: one\nSELECT 1;\n\n-- name: two\nSELECT\n 2\n")
    assert found == {"room.one": "SELECT 1", "room.two": "SELECT\n 2"}


@pytest.mark.parametrize("text", ["-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;", "-- name: a\n;"])
def test_a_name_that_stands_twice_or_is_empty_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"room\.a stands twice or is empty"):
        statements.parse("room", text)


def test_a_shared_piece_stands_where_it_is_named() -> None:
    text = "-- shared: rows\nFROM t\n\n-- name: b\nSELECT x\n-- here: rows\nLIMIT 1;"
    assert statements.parse("r", text) == {"r.b": "SELECT x\nFROM t\nLIMIT 1"}
    with pytest.raises(ValueError, match=r"r\.b has 'row' in it, which no '-- shared:' above it"):
        statements.parse("r", text.replace("here: rows", "here: row"))


def test_an_unknown_name_says_where_it_belongs() -> None:
    with pytest.raises(KeyError, match=r"store/sql/nowhere\.sql"):
        statements.load(ROOM / "sql", "sqlite")["nowhere.thing"]


def test_the_statements_and_migrations_of_the_house_can_be_loaded() -> None:
    assert len(statements.load(ROOM / "sql", "sqlite")) == len(
        list(statements.load(ROOM / "sql", "sqlite"))
    )
    assert [m.number for m in migrate.load(ROOM / "migrations")][:1] == [1]


async def test_every_statement_is_known_to_sqlite(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path)
    await store.close()
    connection = open_reading(tmp_path / "store.sqlite")
    for name, sql in statements.load(ROOM / "sql", "sqlite").items():
        values = dict.fromkeys(re.findall(r":(\w+)", sql))
        try:
            connection.execute(f"EXPLAIN {sql}", values)
        except apsw.SQLError as error:
            pytest.fail(f"{name}: {error}")
    connection.close()


def test_a_statement_of_sqlite_is_run_without_its_comments() -> None:
    text = "-- Why.\nSELECT '--  kept',  a -- b\n  FROM \"t  --\" -- end"
    assert statements.plain(text) == "SELECT '--  kept', a FROM \"t  --\""


@pytest.mark.parametrize("text", ["SELECT {everything :x}", "SELECT 1 {", "SELECT '{}' }"])
def test_braces_that_are_no_point_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"braces without a known point"):
        dialect.parse(text)


def test_literals_comments_and_casts_are_left_alone() -> None:
    text = "SELECT ':a ? {match t :x}', a::int -- {numbers ?} :b\nFROM t WHERE b = :b"
    assert dialect.sqlite(text) == text
    assert bound(text, {"b": 1}) == (text.replace("= :b", "= $1"), [1])


def test_a_part_of_one_engine_is_for_that_engine() -> None:
    text = "-- name: a\n-- on sqlite\nSELECT 1;\n-- on postgres\nSELECT 2;\n-- name: b\nSELECT 3;"
    assert statements.parse("r", of_engine(text, "sqlite")) == {
        "r.a": "SELECT 1",
        "r.b": "SELECT 3",
    }
    assert statements.parse("r", of_engine(text, "postgres"))["r.a"] == "SELECT 2"


MARK = "get_byte($1::bytea, h.a::integer)"
LOOKED_UP = "SELECT * FROM alias WHERE type = $1 AND id = j.value OFFSET 0"


@pytest.mark.parametrize(
    ("text", "on_sqlite", "on_postgres"),
    [
        ("{numbers ?} j", "json_each(?) j", "(SELECT unnest($1::bigint[]) AS value) j"),
        ("{texts ?} j", "json_each(?) j", "(SELECT unnest($1::text[]) AS value) j"),
        ("{computed h.entry}", "h.entry", "(h.entry + 0)"),
        ("{has t a || ?}", "t.tok MATCH a || ?", "t.terms @> ARRAY[term(a || $1)]"),
        ("a CROSS JOIN b ON TRUE", "a CROSS JOIN b ON TRUE", "a JOIN b ON TRUE"),
        ("{terms ?}", "?", "$1::bigint[]"),
        (
            "{mark h.a ?} = {byte 10}",
            "substr(?, h.a + 1, 1) = x'0a'",
            f"(CASE WHEN h.a < octet_length($1::bytea) THEN {MARK} ELSE -1 END) = 10",
        ),
        (
            "CROSS JOIN {alias a j ?}",
            "CROSS JOIN alias a ON a.type = ? AND a.id = j.value",
            f"JOIN LATERAL ({LOOKED_UP}) a ON TRUE",
        ),
        (
            "{sought t a ON a.b = j.value}",
            "t a ON a.b = j.value",
            "LATERAL (SELECT a.* FROM t a WHERE a.b = j.value OFFSET 0) a ON TRUE",
        ),
    ],
)
def test_a_point_is_said_as_each_engine_says_it(
    text: str, on_sqlite: str, on_postgres: str
) -> None:
    assert dialect.sqlite(text) == on_sqlite
    assert template(text).text == on_postgres


def test_rows_of_a_subject_are_looked_up_first() -> None:
    text = "{numbers ?} s CROSS JOIN {within tok t s} ON {meets t ?}"
    assert dialect.sqlite(text) == "json_each(?) s CROSS JOIN tok t ON t.tok MATCH ?"
    said, values = bound(text, ("[7]", "(00000000000000aa OR 00000000000000bb)"))
    assert "LATERAL (SELECT * FROM tok WHERE rowid > s.value << 24" in said
    assert said.endswith("((t.terms || '{}'::bigint[]) && $2::bigint[])")
    assert values == [[7], [0xAA, 0xBB]]
