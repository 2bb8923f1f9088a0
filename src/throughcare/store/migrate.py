"""Migrations: numbered SQL files, each applied once, in order, and known by its digest."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from throughcare.kernel import ConflictError

_FILE = re.compile(r"^(\d{4})_(\w+)\.sql$")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the layout."""

    number: int
    name: str
    sql: str
    digest: str
    """SHA-256 of the text, hexadecimal."""


@cache
def load(folder: Path) -> tuple[Migration, ...]:
    """Return the migrations of `folder` by rising number.

    Raises ValueError if two files have one number or a name is not ``NNNN_<room>.sql``.
    """
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _FILE.match(path.name)
        number = int(match.group(1)) if match else 0
        if match is None or number in found:
            message = f"migration {path.name}: name it NNNN_<room>.sql with a number of its own"
            raise ValueError(message)
        text = path.read_text(encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        found[number] = Migration(number, match.group(2), text, digest)
    return tuple(found[number] for number in sorted(found))


def pending(known: Sequence[Migration], applied: Mapping[int, str]) -> tuple[Migration, ...]:
    """Return those of `known` that are not in `applied` (number to digest), by rising number.

    Raises ConflictError if the database holds a migration that this program does not know, or
    one whose text was another when it was applied.
    """
    digests = {migration.number: migration.digest for migration in known}
    newest = max(digests, default=0)
    for number, digest in sorted(applied.items()):
        if number not in digests:
            message = (
                f"The database has migration {number:04} and this program knows {newest:04} at "
                "most: it was written by a newer Throughcare. Start that version or a later one, "
                "or restore the backup made before the upgrade."
            )
            raise ConflictError(message)
        if digests[number] != digest:
            message = (
                f"Migration {number:04} of the database is not the one of this program: its text "
                "was changed after it was applied. Start the version that wrote the database, or "
                "load the data into a new node."
            )
            raise ConflictError(message)
    return tuple(migration for migration in known if migration.number not in applied)
