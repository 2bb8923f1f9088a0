from pathlib import Path

import pytest

from throughcare.store import migrate, statements

ROOM = Path(statements.__file__).parent


def test_a_statement_is_known_by_room_and_name() -> None:
    found = statements.parse("room", "-- name: one\nSELECT 1;\n\n-- name: two\nSELECT\n 2\n")
    assert found == {"room.one": "SELECT 1", "room.two": "SELECT\n 2"}


@pytest.mark.parametrize("text", ["-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;", "-- name: a\n;"])
def test_a_name_that_stands_twice_or_is_empty_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"room\.a stands twice or is empty"):
        statements.parse("room", text)


def test_an_unknown_name_says_where_it_belongs() -> None:
    with pytest.raises(KeyError, match=r"store/sql/nowhere\.sql"):
        statements.load(ROOM / "sql", "sqlite")["nowhere.thing"]


def test_the_statements_and_migrations_of_the_house_can_be_loaded() -> None:
    assert len(statements.load(ROOM / "sql", "sqlite")) == len(
        list(statements.load(ROOM / "sql", "sqlite"))
    )
    assert [m.number for m in migrate.load(ROOM / "migrations")][:1] == [1]
