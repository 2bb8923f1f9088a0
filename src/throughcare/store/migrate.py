"""Migrations: numbered SQL files, each applied once, in order, and known by its digest.

A change comes in two parts, each a file of its own: ``NNNN_<room>.sql`` adds what the new program
needs and leaves the old one working, so it is applied before the new one serves;
``NNNN_<room>.post.sql`` takes away what only the old one needs, so it waits until somebody says
that none is left.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from throughcare.kernel import ConflictError

_FILE = re.compile(r"^(\d{4})_(\w+?)(\.post)?\.sql$")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the layout."""

    number: int
    name: str
    sql: str
    digest: str
    """SHA-256 of the text, hexadecimal."""
    is_post: bool = False
    """Whether it may be applied only when no older program uses the store any more."""


@cache
def load(folder: Path) -> tuple[Migration, ...]:
    """Return the migrations of `folder` by rising number.

    Raises ValueError if two files have one number or a name is not ``NNNN_<room>.sql`` or
    ``NNNN_<room>.post.sql``.
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
        found[number] = Migration(number, match[2], text, digest, match[3] is not None)
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


def due(
    known: Sequence[Migration], applied: Mapping[int, str], *, finish: bool
) -> tuple[Migration, ...]:
    """Return those that are to be applied now: post parts only with `finish`, or to a new database.

    Raises as `pending`, and ConflictError if a post part of an earlier upgrade stands before what
    this program needs.
    """
    missing = pending(known, applied)
    if finish or not applied:
        return missing
    now = tuple(migration for migration in missing if not migration.is_post)
    passed = [one for one in missing if one.is_post and now and one.number < now[-1].number]
    if passed:
        message = (
            f"Migration {passed[0].number:04} of an earlier upgrade has not been applied yet, and "
            "this program needs what comes after it. Stop every process of this node, run "
            "'throughcare migrate --finish', then start again."
        )
        raise ConflictError(message)
    return now
