"""A column mapping: the TOML file that says what the columns of one kind of CSV mean.

docs/intake/csv-mappings.md explains every key to whoever writes one.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from throughcare.intake.tables.convert import CONVERTERS
from throughcare.intake.tables.table import column_key
from throughcare.kernel import BadInputError

Json = Any

PLACEHOLDER: Final = re.compile(r"\{([^{}|]+)(?:\|([^{}]*))?\}")
_NAME_STYLES: Final = ("fields", "forename surname", "surname, forename")
_TESTS: Final = frozenset({"column", "is", "not", "matches"})


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on one cell."""

    __test__ = False  # no test of pytest
    column: str
    among: frozenset[str] = frozenset()
    """Casefolded values, any of which holds."""
    others: frozenset[str] = frozenset()
    """Casefolded values, none of which holds; a blank cell does not hold either."""
    matches: re.Pattern[str] | None = None

    def holds(self, cells: dict[str, str]) -> bool:
        """Tell whether a row meets it; one without is, not or matches wants a filled cell."""
        text = cells.get(self.column, "")
        if self.among:
            return text.casefold() in self.among
        if self.matches:
            return bool(self.matches.search(text))
        return bool(text) and text.casefold() not in self.others


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource that a row yields."""

    key: str
    resource: dict[str, Json]
    """Template: strings with ``{Column}``, ``{Column|converter}``, ``{$at}``, ``{$patient}``."""
    per: str = "row"
    """``row``, or ``person``: one for all rows of a person, folded by time."""
    when_any: tuple[Test, ...] = ()
    when_all: tuple[Test, ...] = ()
    otherwise: bool = False
    """Only if no other entry per row came of it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Where the person stands in a row. Values are column keys; "" where there is none."""

    id: str
    prefix: str = ""
    nhs_number: str = ""
    name_style: str = "fields"
    name: str = ""
    given: str = ""
    family: str = ""
    born: str = ""
    born_format: str = "%d/%m/%Y"
    age: str = ""
    died: str = ""
    sex: str = ""
    address: str = ""
    postcode: str = ""
    phone: str = ""
    practice_code: str = ""
    practice_name: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """One kind of CSV file."""

    name: str
    source: str
    custodian: str
    columns: tuple[str, ...]
    """Columns that a file must have to be of this kind."""
    person: Person
    at: str
    """Column of the event's date or time."""
    at_format: str
    key: tuple[str, ...] = ()
    """Columns that name the event; none: the content of the row is its key."""
    entries: tuple[Entry, ...] = ()
    used: frozenset[str] = field(default=frozenset(), compare=False)
    """Every column key that the mapping reads."""

    def fits(self, header: tuple[str, ...]) -> bool:
        """Tell whether a header has all the columns that this kind needs."""
        return {column_key(name) for name in self.columns} <= set(header)


def parse(text: str, name: str) -> Mapping:
    """Return the mapping that a TOML text holds; `name` is for messages.

    Raises BadInputError, naming the key, for anything that is missing or not understood.
    """
    try:
        table = tomllib.loads(text)
        return _mapping(table, name)
    except tomllib.TOMLDecodeError as error:
        message = f"The mapping is no TOML: {error}. Correct that line."
        raise BadInputError(message, place=name) from error
    except KeyError as error:
        message = f"The mapping lacks the key {error}. Add it (docs/intake/csv-mappings.md)."
        raise BadInputError(message, place=name) from error
    except (TypeError, AttributeError, re.error) as error:
        message = f"A key of the mapping is unknown or of the wrong kind: {error}."
        raise BadInputError(message, place=name) from error


def _mapping(table: dict[str, Json], name: str) -> Mapping:
    person = _person(dict(table["person"]), name)
    entries = tuple(_entry(dict(entry)) for entry in table.get("entry", []))
    for entry in entries:
        _check_converters(entry, name)
    row = table["row"]
    at, key = column_key(row["at"]), tuple(column_key(part) for part in row.get("key", []))
    columns = tuple(str(column) for column in table["columns"])
    if not columns:
        message = "The mapping recognises no file: columns is empty. Name its columns."
        raise BadInputError(message, place=name)
    places = (getattr(person, part) for part in Person.__slots__ if part not in _NO_COLUMNS)
    used = {at, *key, *places, *(found for entry in entries for found in _columns(entry))}
    return Mapping(
        name=str(table["name"]),
        source=str(table["source"]),
        custodian=str(table.get("custodian", "")),
        columns=columns,
        person=person,
        at=at,
        at_format=row["at_format"],
        key=key,
        entries=entries,
        used=frozenset(used - {""}),
    )


_NO_COLUMNS: Final = frozenset({"prefix", "name_style", "born_format"})


def _person(table: dict[str, Json], name: str) -> Person:
    person = Person(
        **{
            part: value if part in _NO_COLUMNS else column_key(value)
            for part, value in table.items()
        }
    )
    if person.name_style not in _NAME_STYLES:
        message = f"person.name_style is none of {', '.join(_NAME_STYLES)}. Choose one."
        raise BadInputError(message, place=name)
    return person


def _entry(table: dict[str, Json]) -> Entry:
    return Entry(
        key=table["key"],
        resource=table["resource"],
        per=table.get("per", "row"),
        when_any=tuple(_test(test) for test in table.get("when_any", [])),
        when_all=tuple(_test(test) for test in table.get("when_all", [])),
        otherwise=table.get("otherwise", False),
    )


def _test(table: dict[str, Json]) -> Test:
    unknown = table.keys() - _TESTS
    if unknown:
        raise TypeError(", ".join(sorted(unknown)))
    return Test(
        column=column_key(table["column"]),
        among=frozenset(value.casefold() for value in table.get("is", [])),
        others=frozenset(value.casefold() for value in table.get("not", [])),
        matches=re.compile(table["matches"], re.IGNORECASE) if "matches" in table else None,
    )


def _check_converters(entry: Entry, name: str) -> None:
    for text in _strings(entry.resource):
        for found in PLACEHOLDER.finditer(text):
            kind = (found[2] or "text").partition(" ")[0]
            if kind not in CONVERTERS:
                message = f"The converter {kind} is none of {', '.join(CONVERTERS)}. Choose one."
                raise BadInputError(message, place=f"{name}: entry {entry.key}")


def _columns(entry: Entry) -> Iterator[str]:
    for test in (*entry.when_any, *entry.when_all):
        yield test.column
    for text in _strings(entry.resource):
        for found in PLACEHOLDER.finditer(text):
            if not found[1].startswith("$"):
                yield column_key(found[1])


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


@cache
def built_in() -> tuple[Mapping, ...]:
    """Return the mappings that come with Throughcare, by name."""
    folder = files("throughcare.intake") / "mappings"
    found = sorted(folder.iterdir(), key=lambda file: file.name)
    return tuple(
        parse(file.read_text(encoding="utf-8"), file.name)
        for file in found
        if file.name.endswith(".toml")
    )
