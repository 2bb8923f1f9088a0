"""The text of a CSV file: delimiter, header, and rows with their line numbers."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

DELIMITERS: Final = (",", ";", "|", "\t")
_END: Final = re.compile(r"[\r\n]")
_FIRST: Final = re.compile(r"\A\ufeff?(?:[ \t]*[\r\n]+)*")


@dataclass(frozen=True, slots=True)
class Row:
    """A row that has as many cells as the header."""

    line: int
    """Line of the file that it begins on, from 1."""
    cells: dict[str, str]
    """By column, as folded by `column_key`; without white space around them."""
    text: bytes
    """Header and row as CSV in UTF-8: the row as it was received, readable on its own."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that can't be told into columns."""

    line: int
    rule: str
    text: str
    """As it was received, with all lines that an open quote swallowed."""


def column_key(name: str) -> str:
    """Return a column name in the form that names are compared in."""
    return " ".join(name.strip().strip("\ufeff").casefold().split())


def header_of(line: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the column keys of a header, split by the delimiter that finds most of `wanted`."""
    keys = {column_key(name) for name in wanted}
    splits = [_split(line, delimiter) for delimiter in DELIMITERS]
    return max(splits, key=lambda names: (len(keys & set(names)), len(names)))


def _split(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return ()
    return tuple(column_key(cell) for cell in cells)


def delimiter_of(line: str, wanted: Sequence[str]) -> str:
    """Return the delimiter of a header."""
    header = header_of(line, wanted)
    return next(mark for mark in DELIMITERS if _split(line, mark) == header)


def first_line(text: str) -> str:
    """Return the first line of `text` that is not blank, whatever ends its lines."""
    return _END.split(_FIRST.sub("", text, count=1), maxsplit=1)[0]


def rows(text: str, wanted: Sequence[str]) -> Iterator[Row | BadRow]:
    """Yield the rows below the header; blank ones are passed over.

    A row with more or fewer cells than the header is a BadRow: its cells may stand in the wrong
    columns, and a wrong person is worse than a missing one.
    """
    mark = delimiter_of(first_line(text), wanted)
    lines = list(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    reader = csv.reader(lines, delimiter=mark, strict=True)
    header: list[str] = []
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            rule = "The row can't be read as CSV: a quote is not closed, or stray."
            yield BadRow(start, rule, "".join(lines[start - 1 : reader.line_num]))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if not header:
            header = [cell.strip() for cell in cells]
        else:
            yield _row(start, header, cells)


def _row(line: int, header: list[str], cells: list[str]) -> Row | BadRow:
    extra = cells[len(header) :]
    if len(cells) < len(header) or any(cell.strip() for cell in extra):
        rule = f"The row has {len(cells)} cells; the header has {len(header)}."
        return BadRow(line, rule, "\n".join(cells))
    cells = cells[: len(header)]
    named: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=True):
        named.setdefault(column_key(name), cell.strip())
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, cells])
    return Row(line, named, out.getvalue().encode("utf-8", "replace"))
