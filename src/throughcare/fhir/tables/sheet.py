"""A table as text: NDJSON, JSON or CSV (RFC 4180), within bounds."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.tables.definition import View
from throughcare.fhir.tables.rows import Row, rows_of
from throughcare.kernel.errors import UnprocessableError

MOST_ROWS: Final = 100_000
MOST_BYTES: Final = 32 * 1024 * 1024


class Form(StrEnum):
    """How rows are written; the value is the code of ``_format``."""

    NDJSON = "ndjson"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    """Whose rows are kept as NDJSON here: who renders them writes it."""


@dataclass(slots=True)
class Sheet:
    """The rows of a view, each written as it comes."""

    form: Form
    columns: tuple[str, ...]
    header: bool = True
    """Whether CSV begins with the names of the columns."""
    most: int = 0
    """Rows that are wanted; 0 for all."""
    lines: list[bytes] = field(default_factory=list)
    size: int = 0

    @property
    def is_full(self) -> bool:
        """Tell whether it has all rows that are wanted."""
        return 0 < self.most <= len(self.lines)

    def fill(self, view: View, resource: Mapping[str, Any]) -> None:
        """Add the rows that `view` makes of `resource`, until it is full.

        Raises EvaluationError for a view that can't be answered over it, UnprocessableError
        beyond `MOST_ROWS` and `MOST_BYTES`.
        """
        self.take(rows_of(view, resource))

    def take(self, rows: Iterable[Row]) -> None:
        """Add rows until it is full. Raises UnprocessableError beyond its bounds."""
        for row in rows:
            self._add(row)
            if self.is_full:
                return

    def text(self) -> bytes:
        """Return the whole table in UTF-8."""
        if self.form is Form.JSON:
            return b"[" + b",".join(self.lines) + b"]"
        has_header = self.form is Form.CSV and self.header
        return b"".join([_record(self.columns), *self.lines] if has_header else self.lines)

    def _add(self, row: Row) -> None:
        line = self._line(row)
        self.size += len(line)
        if len(self.lines) == MOST_ROWS or self.size > MOST_BYTES:
            message = (
                f"The table has more than {MOST_ROWS} rows or {MOST_BYTES} bytes. "
                "Ask for fewer rows by _limit, or narrow what the view meets."
            )
            raise UnprocessableError(message)
        self.lines.append(line)

    def _line(self, row: Row) -> bytes:
        if self.form is Form.CSV:
            return _record(_cell(row[name]) for name in self.columns)
        text = fhir_bytes.dump(row)
        return text if self.form is Form.JSON else text + b"\n"


def _cell(value: Any) -> str:  # noqa: ANN401 - a JSON value
    """Return a value as CSV has it: a text as it is, nothing as nothing, the rest as in JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else fhir_bytes.dump(value).decode()


def _record(cells: Iterable[str]) -> bytes:
    """Return one line of CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
