"""Files of a code system's release: in folders, alone, or in archives."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from throughcare.fhir.terminology.sources.files import SourceFile
from throughcare.kernel import BadInputError

LARGEST: Final = 1024 * 1024 * 1024
"""Bytes of a file that is read as a whole."""
BYTE_ORDER_MARK: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class DiskFile:
    """A file on disk."""

    path: Path

    @property
    def name(self) -> str:
        """Return its name without folders."""
        return self.path.name

    def lines(self) -> Iterator[str]:
        """Yield its lines without their ends."""
        with self.path.open("rb") as file:
            yield from _lines(file, self.name)

    def content(self) -> bytes:
        """Return all of it. Raises BadInputError for more than `LARGEST`."""
        _check_size(self.name, self.path.stat().st_size)
        return self.path.read_bytes()


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file in a zip archive."""

    archive: Path
    member: str

    @property
    def name(self) -> str:
        """Return its name without folders."""
        return self.member.rpartition("/")[2]

    def lines(self) -> Iterator[str]:
        """Yield its lines without their ends."""
        with zipfile.ZipFile(self.archive) as archive, archive.open(self.member) as file:
            yield from _lines(file, self.name)

    def content(self) -> bytes:
        """Return all of it. Raises BadInputError for more than `LARGEST`."""
        with zipfile.ZipFile(self.archive) as archive:
            _check_size(self.name, archive.getinfo(self.member).file_size)
            return archive.read(self.member)


def _check_size(name: str, size: int) -> None:
    if size > LARGEST:
        message = f"The file has more than {LARGEST} bytes: it is none of a release."
        raise BadInputError(message, place=name)


def _lines(file: IO[bytes], name: str) -> Iterator[str]:
    """Yield lines in UTF-8, its mark left out. Raises BadInputError for another encoding."""
    try:
        for number, line in enumerate(file):
            text = line.rstrip(b"\r\n").decode()
            yield text.removeprefix(BYTE_ORDER_MARK) if number == 0 else text
    except UnicodeDecodeError as cause:
        message = "The file is not in UTF-8: give it as it was published, or convert it."
        raise BadInputError(message, place=name) from cause


def files(paths: Sequence[Path]) -> list[SourceFile]:
    """Return all files at `paths`, those of folders and zip archives too, in their order."""
    found: list[SourceFile] = []
    for path in paths:
        for each in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if each.is_file():
                found += _inside(each)
    return found


def _inside(path: Path) -> list[SourceFile]:
    if path.suffix.casefold() != ".zip":
        return [DiskFile(path)]
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(archive.namelist())
    except zipfile.BadZipFile as cause:
        message = "The archive can't be opened: fetch it again."
        raise BadInputError(message, place=path.name) from cause
    return [ArchivedFile(path, name) for name in names if not name.endswith("/")]
