"""Files of a code system's publisher, wherever they lie: in a folder, or in an archive."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from throughcare.kernel import BadInputError


class SourceFile(Protocol):
    """A file that is read when it is asked for."""

    @property
    def name(self) -> str:
        """Return its name without folders."""

    def lines(self) -> Iterator[str]:
        """Yield its lines without their ends."""

    def content(self) -> bytes:
        """Return all of it."""


def rows(file: SourceFile, wanted: Sequence[str], *, separator: str) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a table by column name.

    Raises BadInputError where a wanted column is missing. With tabs, quotes are plain characters.
    """
    if separator == "\t":
        reader = csv.DictReader(
            file.lines(), delimiter=separator, quoting=csv.QUOTE_NONE, restkey="", restval=""
        )
    else:
        reader = csv.DictReader(file.lines(), delimiter=separator, restkey="", restval="")
    try:
        missing = [name for name in wanted if name not in (reader.fieldnames or ())]
        if missing:
            message = f"The file lacks the column {missing[0]}: give the file as it was published."
            raise BadInputError(message, place=file.name)
        yield from reader
    except csv.Error as cause:
        message = "The file is no table that can be read: give the file as it was published."
        raise BadInputError(message, place=file.name) from cause
