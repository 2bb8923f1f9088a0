"""Writes a CSV file as the spreadsheets of offices do: quoted where needed, CRLF."""

import csv
import io
from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]], encoding: str = "utf-8") -> bytes:
    """Return the table as bytes; every row has as many fields as `header`."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        if len(row) != len(header):
            message = f"a row of {len(row)} fields under a header of {len(header)}"
            raise ValueError(message)
        writer.writerow(row)
    return text.getvalue().encode(encoding)
