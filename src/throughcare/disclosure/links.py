"""From subjects to persons and back, as of one snapshot."""

import json
from collections.abc import Iterable

from throughcare.store.protocol import Reader


async def persons(reader: Reader, subjects: Iterable[int]) -> list[int]:
    """Return the persons that `subjects` belong to now."""
    listed = json.dumps(sorted(subjects))
    rows = await reader.rows("disclosure.persons_of_subjects", subjects=listed)
    return sorted({int(row[1] or 0) for row in rows})


async def siblings(reader: Reader, subjects: Iterable[int]) -> list[int]:
    """Return all subjects of the persons that `subjects` belong to, these included."""
    given = set(subjects)
    found = json.dumps(await persons(reader, given))
    rows = await reader.rows("disclosure.subjects_of_persons", persons=found)
    return sorted({int(row[0] or 0) for row in rows} | given)
